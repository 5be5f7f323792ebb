//! The server against the floor: what a fully signed, authorized and audited request costs beside bare hyper.

use crate::{
    Failure, Outcome, fail,
    live::{Client, Server, build},
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Connections of the load.
const CONNECTIONS: &str = "64";
/// Different requests in the rotation, so that no answer can be kept.
const REQUESTS: usize = 512;

/// What is run.
struct Binaries {
    gatekey: PathBuf,
    floor: PathBuf,
    load: PathBuf,
}

/// One measurement of `load`.
#[derive(Clone, Copy)]
struct Figures {
    cpu_micros: f64,
    per_second: f64,
}

/// Measures, and prints what it measured.
pub(crate) fn run(rounds: usize, seconds: u32) -> Outcome {
    let binaries = Binaries {
        gatekey: build(&["--package", "gatekey"], "gatekey")?,
        floor: build(&["--package", "gatekey-server", "--example", "floor"], "examples/floor")?,
        load: build(&["--package", "gatekey-server", "--example", "load"], "examples/load")?,
    };
    let folder = tempfile::tempdir()?;
    start_up(&binaries, folder.path())?;
    for operation in ["Encrypt", "Decrypt"] {
        compare(&binaries, folder.path(), operation, rounds, seconds)?;
    }
    Ok(())
}

/// Starts in each way.
const STARTS: usize = 7;

/// Start-up and memory of a server with an empty store: from the start of the process to its first answer.
fn start_up(binaries: &Binaries, folder: &Path) -> Outcome {
    let binary = &binaries.gatekey;
    let data = folder.join("data");
    started("gatekey dev", || Server::start_dev(binary))?;
    let mut fresh = (0..).map(|number| folder.join(format!("fresh{number}")));
    started("gatekey serve, first start", || {
        let data = fresh.next().unwrap_or_default();
        Server::start(binary, &data)
    })?;
    Server::start(binary, &data)?.stop()?;
    started("gatekey serve, started again", || Server::start(binary, &data))
}

fn started(how: &str, start: impl FnMut() -> Outcome<Server>) -> Outcome {
    let (mut millis, mut cpu, mut mebibytes) = (Vec::new(), Vec::new(), 0.0_f64);
    for server in std::iter::repeat_with(start).take(STARTS) {
        let server = server?;
        millis.push(server.ready_after.as_secs_f64() * 1000.0);
        cpu.push(server.cpu_seconds()? * 1000.0);
        mebibytes = mebibytes.max(server.resident_kib()? as f64 / 1024.0);
        server.stop()?;
    }
    let fastest = millis.iter().copied().fold(f64::INFINITY, f64::min);
    println!(
        "{how}: answers after {:.0} ms (median of {STARTS}; fastest {fastest:.0}; {:.0} ms of it CPU of its first thread); \
         {mebibytes:.1} MiB resident when idle",
        median(&millis),
        median(&cpu),
    );
    Ok(())
}

/// One operation: floor and Gatekey in turn, under the same requests, answering the same number of bytes.
fn compare(binaries: &Binaries, folder: &Path, operation: &str, rounds: usize, seconds: u32) -> Outcome {
    let data = folder.join("data");
    let server = Server::start(&binaries.gatekey, &data)?;
    let mut client = Client::connect(&server, &data)?;
    let (_, made) = client.call("CreateKey", &json!({}))?;
    let key = made.pointer("/KeyMetadata/KeyId").and_then(Value::as_str).unwrap_or_default().to_owned();
    println!("{operation} of 32 bytes, signed, authorized and audited, {CONNECTIONS} connections:");
    println!("             bare hyper              gatekey                 CPU");
    println!("  round      us CPU    requests/s    us CPU    requests/s    ratio");
    let (mut floors, mut gatekeys, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=rounds {
        let requests = folder.join("requests");
        let answer = prepare(&mut client, operation, &key, &requests)?;
        let floor = floor(binaries, folder, &answer, &requests, seconds)?;
        let gatekey = load(binaries, &server.address, server.pid(), &requests, seconds)?;
        row(&round.to_string(), floor, gatekey, gatekey.cpu_micros / floor.cpu_micros);
        ratios.push(gatekey.cpu_micros / floor.cpu_micros);
        floors.push(floor);
        gatekeys.push(gatekey);
    }
    row("median", middle(&floors), middle(&gatekeys), median(&ratios));
    Ok(())
}

fn row(name: &str, floor: Figures, gatekey: Figures, ratio: f64) {
    println!(
        "  {name:<7} {:>9.1} {:>13.0} {:>9.1} {:>13.0} {ratio:>8.2}",
        floor.cpu_micros, floor.per_second, gatekey.cpu_micros, gatekey.per_second
    );
}

/// The median of each figure.
fn middle(all: &[Figures]) -> Figures {
    let of = |which: fn(&Figures) -> f64| median(&all.iter().map(which).collect::<Vec<_>>());
    Figures { cpu_micros: of(|figures| figures.cpu_micros), per_second: of(|figures| figures.per_second) }
}

/// Writes signed requests to a file, and gives the answer that the floor is to repeat.
fn prepare(client: &mut Client, operation: &str, key: &str, file: &Path) -> Outcome<Vec<u8>> {
    let mut out = fs::File::create(file)?;
    let mut answer = Vec::new();
    for number in 0..REQUESTS {
        let context = json!({"Department": "IT", "n": number.to_string()});
        let plain = json!({"KeyId": key, "Plaintext": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "EncryptionContext": context});
        let input = if operation == "Decrypt" {
            let (_, made) = client.call("Encrypt", &plain)?;
            json!({"CiphertextBlob": made.get("CiphertextBlob"), "EncryptionContext": context})
        } else {
            plain
        };
        if number == 0 {
            let (status, body) = client.call(operation, &input)?;
            if status != 200 {
                return fail(format!("{operation} failed: {body}"));
            }
            answer = body.to_string().into_bytes();
        }
        let request = client.request(operation, &input);
        writeln!(out, "{}", request.len())?;
        out.write_all(&request)?;
    }
    Ok(answer)
}

/// The same load on bare hyper.
fn floor(
    binaries: &Binaries,
    folder: &Path,
    answer: &[u8],
    requests: &Path,
    seconds: u32,
) -> Outcome<Figures> {
    let body = folder.join("answer");
    fs::write(&body, answer)?;
    let child = Command::new(&binaries.floor).arg(&body).stdout(Stdio::piped()).spawn()?;
    let mut running = Ended(child);
    let out = running.0.stdout.take().ok_or_else(|| Failure("the floor has no output".into()))?;
    let mut address = String::new();
    BufReader::new(out).read_line(&mut address)?;
    load(binaries, address.trim(), running.0.id(), requests, seconds)
}

/// A process that is ended when dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn load(binaries: &Binaries, address: &str, pid: u32, requests: &Path, seconds: u32) -> Outcome<Figures> {
    let out = Command::new(&binaries.load)
        .args([address, &pid.to_string(), CONNECTIONS, &seconds.to_string()])
        .arg(requests)
        .output()?;
    let figures: Value = serde_json::from_slice(&out.stdout)
        .map_err(|_| Failure(format!("load said: {}", String::from_utf8_lossy(&out.stderr))))?;
    let number = |name: &str| figures.get(name).and_then(Value::as_f64).unwrap_or_default();
    if number("not_200") > 0.0 {
        return fail(format!("{} answers were refusals: {figures}", number("not_200")));
    }
    Ok(Figures { cpu_micros: number("cpu_us_per_request"), per_second: number("per_second") })
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
