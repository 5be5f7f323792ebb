//! The server against the floor: what a fully signed, authorized and audited request costs beside bare hyper.

use super::load::{CONNECTIONS, Figures, Floor, Load};
use crate::{
    Outcome, fail,
    live::{Client, Server, build},
};
use serde_json::{Value, json};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// Different requests in the rotation, so that no answer can be kept.
const REQUESTS: usize = 512;

/// What is run.
struct Binaries {
    gatekey: PathBuf,
    floor: Floor,
    load: Load,
}

/// Measures, and prints what it measured.
pub(crate) fn run(rounds: usize, seconds: u32) -> Outcome {
    let binaries = Binaries {
        gatekey: build(&["--package", "gatekey"], "gatekey")?,
        floor: Floor::build()?,
        load: Load::build()?,
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
        let answer = folder.join("answer");
        fs::write(&answer, prepare(&mut client, operation, &key, &requests)?)?;
        let floor = binaries.floor.under(&binaries.load, &answer, &requests, seconds)?;
        let gatekey = binaries.load.on(&server.address, server.pid(), &requests, seconds)?;
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
    Figures {
        cpu_micros: of(|figures| figures.cpu_micros),
        per_second: of(|figures| figures.per_second),
        p99_micros: of(|figures| figures.p99_micros),
    }
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

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
