//! Starting the command, watching it, and ending it by its own process id.

use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

/// The command with a clean environment, so that the one the tests run in changes nothing.
pub(crate) fn gatekey<I: AsRef<str>>(arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatekey"));
    command.env_clear().stdin(Stdio::null());
    for argument in arguments {
        command.arg(argument.as_ref());
    }
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    gatekey(arguments).output().unwrap()
}

/// What it wrote, and its exit code.
pub(crate) fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// A server process. Dropping it ends it.
pub(crate) struct Serving {
    child: Child,
    /// What it has written to standard error until it answered.
    pub(crate) said: String,
    /// Where it answers.
    pub(crate) url: String,
}

impl Serving {
    /// Starts it and waits until it tells how to use it.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = gatekey(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.as_mut().unwrap());
        let mut said = String::new();
        while !said.contains("aws kms create-key") {
            assert_ne!(lines.read_line(&mut said).unwrap(), 0, "it ended instead of serving:\n{said}");
        }
        let url = said.split("AWS_ENDPOINT_URL=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        Self { child, said, url }
    }

    /// The value of a variable in the lines to paste.
    pub(crate) fn pasted(&self, variable: &str) -> String {
        let after = self.said.split(&format!("{variable}='")).nth(1).unwrap();
        after.split('\'').next().unwrap().to_owned()
    }

    /// Asks it something over plain HTTP; the whole answer.
    pub(crate) fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.url.strip_prefix("http://").unwrap()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The certificate that it shows, in DER; it must be trusted through the authority that the banner names.
    pub(crate) fn certificate(&self) -> Vec<u8> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.pasted("AWS_CA_BUNDLE")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let address: SocketAddr = self.url.strip_prefix("https://").unwrap().parse().unwrap();
        let mut session = ClientConnection::new(Arc::new(config), ServerName::from(address.ip())).unwrap();
        session.complete_io(&mut TcpStream::connect(address).unwrap()).unwrap();
        session.peer_certificates().unwrap().first().unwrap().to_vec()
    }

    /// Sends it a signal by name.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    }

    /// Sends it a signal by name and waits for its end: exit code and everything on standard output.
    pub(crate) fn end(mut self, signal: &str) -> (i32, String) {
        self.signal(signal);
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "it does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut output = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
        (self.child.wait().unwrap().code().expect("ended by a signal instead of in order"), output)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The permission bits of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
