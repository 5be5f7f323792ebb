//! A hundred thousand principals: how long they take to load, how much memory, and what AssumeRole costs among them beside
//! bare hyper.

use super::load::{CONNECTIONS, Floor, Load};
use crate::{
    Outcome, fail,
    live::{Server, build},
};
use gatekey_testkit::Signer;
use gatekey_types::Timestamp;
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// Users and roles, each with a policy of its own.
const PRINCIPALS: &str = "100000";

/// Measures, and prints what it measured.
pub(crate) fn run(rounds: usize, seconds: u32) -> Outcome {
    let gatekey = build(&["--package", "gatekey"], "gatekey")?;
    let fill = build(&["--package", "gatekey-endpoint", "--example", "principals"], "examples/principals")?;
    let (floor, load) = (Floor::build()?, Load::build()?);
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    drop(Server::start(&gatekey, &data)?);
    let begun = Instant::now();
    let out = Command::new(&fill).arg(&data).arg(PRINCIPALS).output()?;
    if !out.status.success() {
        return fail(format!("principals said: {}", String::from_utf8_lossy(&out.stderr)));
    }
    let filled = begun.elapsed();
    let server = Server::start(&gatekey, &data)?;
    println!(
        "{PRINCIPALS} principals with a policy each: written in {:.1} s, ready to serve after {:.0} ms, {:.0} MiB resident",
        filled.as_secs_f64(),
        server.ready_after.as_secs_f64() * 1000.0,
        server.resident_kib()? as f64 / 1024.0,
    );
    let requests = folder.path().join("requests");
    let answer = folder.path().join("answer");
    let users = String::from_utf8_lossy(&out.stdout).into_owned();
    let first = write_requests(&users, &requests)?;
    fs::write(&answer, ask(&server.address, &first)?)?;
    let measured = Measured { floor, load, requests, answer };
    measured.compare(&server, rounds, seconds)
}

/// Signed requests to assume a role, one for each user; gives the first.
fn write_requests(users: &str, file: &Path) -> Outcome<Vec<u8>> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    let mut out = fs::File::create(file)?;
    let mut first = Vec::new();
    for line in users.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [id, secret, role] = words.as_slice() else {
            return fail(format!("principals printed {line:?}"));
        };
        let body = format!(
            "Action=AssumeRole&Version=2011-06-15&RoleArn={}&RoleSessionName=bench",
            role.replace(':', "%3A").replace('/', "%2F")
        );
        let signer = Signer {
            access_key_id: (*id).to_owned(),
            secret: (*secret).to_owned(),
            region: "us-east-1".into(),
            service: "sts",
        };
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let headers = signer.sign(&form, body.as_bytes(), now);
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!("POST / HTTP/1.1\r\n{lines}content-length: {}\r\n\r\n{body}", body.len());
        writeln!(out, "{}", request.len())?;
        out.write_all(request.as_bytes())?;
        if first.is_empty() {
            first = request.into_bytes();
        }
    }
    Ok(first)
}

/// Sends one request and gives the body of its answer.
fn ask(address: &str, request: &[u8]) -> Outcome<Vec<u8>> {
    let mut stream = BufReader::new(TcpStream::connect(address)?);
    stream.get_mut().write_all(request)?;
    let mut status = String::new();
    stream.read_line(&mut status)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    match status.contains(" 200 ") {
        true => Ok(body),
        false => fail(format!("AssumeRole failed: {}", String::from_utf8_lossy(&body))),
    }
}

/// What a comparison needs.
struct Measured {
    floor: Floor,
    load: Load,
    requests: PathBuf,
    answer: PathBuf,
}

impl Measured {
    /// Floor and Gatekey in turn, under the same requests, answering the same number of bytes.
    fn compare(&self, server: &Server, rounds: usize, seconds: u32) -> Outcome {
        let mut rows = Vec::new();
        for _ in 0..rounds {
            let floor = self.floor.under(&self.load, &self.answer, &self.requests, seconds)?;
            let gatekey = self.load.on(&server.address, server.pid(), &self.requests, seconds)?;
            rows.push((gatekey.per_second / floor.per_second, gatekey, floor));
        }
        rows.sort_by(|left, right| left.0.total_cmp(&right.0));
        let Some((ratio, gatekey, floor)) = rows.get(rows.len() / 2) else { return Ok(()) };
        println!(
            "AssumeRole among {PRINCIPALS} principals, {CONNECTIONS} connections: {ratio:.2} of the throughput of bare hyper \
             ({:.0}/s against {:.0}/s); {:.1} against {:.1} us of CPU a request; {rounds} rounds, median",
            gatekey.per_second, floor.per_second, gatekey.cpu_micros, floor.cpu_micros,
        );
        Ok(())
    }
}
