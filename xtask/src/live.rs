//! A Gatekey server of our own: started, asked over HTTP with signed requests, and ended by its process id.

use crate::{Failure, Outcome, fail};
use gatekey_testkit::Signer;
use gatekey_types::{Clock, Timestamp};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// The machine's clock: requests must be signed at the present moment.
struct Present;

impl Clock for Present {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn steady(&self) -> Duration {
        // Nothing here measures by it.
        Duration::ZERO
    }
}

/// Builds a binary or an example in release mode and says where it is.
pub(crate) fn build(arguments: &[&str], product: &str) -> Outcome<PathBuf> {
    let built =
        Command::new(env!("CARGO")).args(["build", "--release", "--quiet"]).args(arguments).status()?;
    if !built.success() {
        return fail(format!("cargo build {} failed", arguments.join(" ")));
    }
    let metadata =
        Command::new(env!("CARGO")).args(["metadata", "--no-deps", "--format-version", "1"]).output()?;
    let metadata: Value = serde_json::from_slice(&metadata.stdout)?;
    let target = metadata.get("target_directory").and_then(Value::as_str).unwrap_or("target");
    Ok(Path::new(target).join("release").join(product))
}

/// A running server; ended when dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it answers.
    pub(crate) address: String,
    /// How long it took from its start to its first answer.
    pub(crate) ready_after: Duration,
}

impl Server {
    /// Starts `gatekey serve` on a data folder, which is initialised if it is new.
    pub(crate) fn start(binary: &Path, data: &Path) -> Outcome<Self> {
        Self::run(Command::new(binary).arg("serve").args(["--data".as_ref(), data.as_os_str()]))
    }

    /// Starts `gatekey dev`, whose folder is its own affair.
    pub(crate) fn start_dev(binary: &Path) -> Outcome<Self> {
        Self::run(Command::new(binary).arg("dev"))
    }

    fn run(command: &mut Command) -> Outcome<Self> {
        let address = free_address()?;
        let begun = Instant::now();
        let child = command
            .args(["--listen", &address])
            .args(["--set", "log.level=error"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut server = Self { child, address, ready_after: Duration::ZERO };
        while !server.answers() {
            if let Some(status) = server.child.try_wait()? {
                return fail(format!("the server ended at once: {status}"));
            }
            if begun.elapsed() > PATIENCE {
                return fail("the server does not answer");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        server.ready_after = begun.elapsed();
        Ok(server)
    }

    fn answers(&self) -> bool {
        let ready = || -> std::io::Result<bool> {
            let mut stream = TcpStream::connect(&self.address)?;
            stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")?;
            let mut line = String::new();
            BufReader::new(stream).read_line(&mut line)?;
            Ok(line.contains(" 200 "))
        };
        ready().unwrap_or(false)
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory in KiB.
    pub(crate) fn resident_kib(&self) -> Outcome<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let figure = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse().ok());
        figure.ok_or_else(|| Failure("no VmRSS in /proc".into()))
    }

    /// Seconds of CPU time that it has used so far, user and system.
    pub(crate) fn cpu_seconds(&self) -> Outcome<f64> {
        let times = fs::read_to_string(format!("/proc/{}/schedstat", self.pid()))?;
        let nanoseconds: f64 = times.split(' ').next().unwrap_or_default().parse()?;
        Ok(nanoseconds / 1e9)
    }

    /// Ends it as its operator would, so that it tidies up, and waits until it has.
    pub(crate) fn stop(mut self) -> Outcome {
        let asked = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status()?;
        if !asked.success() {
            return fail("the server could not be asked to stop");
        }
        self.child.wait()?;
        Ok(())
    }

    /// Kills it at once, as a power cut of the process would.
    pub(crate) fn kill(mut self) -> Outcome {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to do.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn free_address() -> Outcome<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// A caller with a connection of its own.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    signer: Signer,
    /// What the targets of the service's operations begin with.
    prefix: &'static str,
    /// The id of the request that was answered last.
    pub(crate) answered: String,
}

impl Client {
    /// Connects to KMS with the first profile of the data folder's credentials.
    pub(crate) fn connect(server: &Server, data: &Path) -> Outcome<Self> {
        Self::connect_to(server, data, ("kms", "TrentService"))
    }

    /// The same, to the service of this name, whose operations' targets begin so.
    pub(crate) fn connect_to(
        server: &Server,
        data: &Path,
        (service, prefix): (&'static str, &'static str),
    ) -> Outcome<Self> {
        let file = fs::read_to_string(data.join("credentials"))?;
        let value = |name: &str| {
            let line = file.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(" = ")).map(|(_, value)| value.to_owned())
        };
        let (Some(access_key_id), Some(secret)) =
            (value("aws_access_key_id"), value("aws_secret_access_key"))
        else {
            return fail("the credentials file names no access key");
        };
        let stream = TcpStream::connect(&server.address)?;
        stream.set_nodelay(true)?;
        let signer = Signer { access_key_id, secret, region: "us-east-1".into(), service };
        Ok(Self { stream: BufReader::new(stream), signer, prefix, answered: String::new() })
    }

    /// A whole signed request, as it goes over the wire.
    pub(crate) fn request(&self, operation: &str, input: &Value) -> Vec<u8> {
        let body = input.to_string();
        let target = format!("{}.{operation}", self.prefix);
        let headers = self.signer.headers(&target, body.as_bytes(), Present.now());
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        format!("POST / HTTP/1.1\r\n{lines}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }

    /// Asks and waits for the answer: its status and its body.
    pub(crate) fn call(&mut self, operation: &str, input: &Value) -> Outcome<(u16, Value)> {
        let request = self.request(operation, input);
        self.stream.get_mut().write_all(&request)?;
        let mut status = String::new();
        self.stream.read_line(&mut status)?;
        let code = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let code = code.ok_or_else(|| Failure("the connection ended before an answer".into()))?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            if let Some(value) = line.strip_prefix("x-amzn-requestid:") {
                self.answered = value.trim().to_owned();
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? };
        Ok((code, body))
    }
}
