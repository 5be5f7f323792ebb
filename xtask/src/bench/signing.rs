//! Sign through the API beside what the crypto library signs alone on the same processors, and beside the most that any server could
//! that has to answer requests besides: the same processors carry the requests, the server and whoever makes them.

use super::load::{CONNECTIONS, Floor, Load};
use crate::{
    Failure, Outcome, fail,
    live::{Client, Server, build},
};
use serde_json::{Value, json};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

/// Different requests in the rotation.
const REQUESTS: u8 = 128;
/// What is signed with: spec, algorithm.
const SIGNERS: [(&str, &str); 2] =
    [("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256"), ("ECC_NIST_P256", "ECDSA_SHA_256")];

/// What is run.
struct Binaries {
    gatekey: PathBuf,
    load: Load,
    floor: Floor,
    alone: PathBuf,
}

/// Measures, and prints what it measured.
pub(crate) fn run(rounds: usize, seconds: u32) -> Outcome {
    let binaries = Binaries {
        gatekey: build(&["--package", "gatekey"], "gatekey")?,
        load: Load::build()?,
        floor: Floor::build()?,
        alone: build(&["--package", "gatekey-crypto", "--example", "sign"], "examples/sign")?,
    };
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let server = Server::start(&binaries.gatekey, &data)?;
    let mut client = Client::connect(&server, &data)?;
    println!(
        "Sign, {CONNECTIONS} connections, beside the crypto library alone (the target is 0.9) and beside a bare"
    );
    println!("server that signs (one request of bare hyper and one signature, one after the other):");
    println!("  spec               alone/s   hyper/s     API/s  of alone  of bare    us CPU    p99 us");
    for (spec, algorithm) in SIGNERS {
        let (requests, answer) = (folder.path().join(spec), folder.path().join("answer"));
        write_requests(&mut client, spec, algorithm, &requests, &answer)?;
        for _ in 0..rounds {
            let floor = binaries.floor.under(&binaries.load, &answer, &requests, seconds)?;
            compare(&binaries, &server, spec, &requests, floor.per_second, seconds)?;
        }
    }
    Ok(())
}

/// Signed requests to sign a digest each, by one new key; and an answer to one of them.
fn write_requests(client: &mut Client, spec: &str, algorithm: &str, file: &Path, answer: &Path) -> Outcome {
    let (_, made) = client.call("CreateKey", &json!({"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"}))?;
    let key = made.pointer("/KeyMetadata/KeyId").and_then(Value::as_str).unwrap_or_default();
    let mut out = fs::File::create(file)?;
    for number in 0..REQUESTS {
        // 32 bytes in Base64: all alike but for a letter of the number.
        let letter = char::from(b'A' + number % 26);
        let digest = format!("{letter}{}=", "A".repeat(42));
        let input =
            json!({"KeyId": key, "SigningAlgorithm": algorithm, "MessageType": "DIGEST", "Message": digest});
        if number == 0 {
            let (status, body) = client.call("Sign", &input)?;
            if status != 200 {
                return fail(format!("Sign failed: {body}"));
            }
            fs::write(answer, body.to_string())?;
        }
        let request = client.request("Sign", &input);
        writeln!(out, "{}", request.len())?;
        out.write_all(&request)?;
    }
    Ok(())
}

/// One round: the library, then the API, for the same time. `floor` is how many requests a second bare hyper answers.
fn compare(
    binaries: &Binaries,
    server: &Server,
    spec: &str,
    requests: &Path,
    floor: f64,
    seconds: u32,
) -> Outcome {
    let alone = Command::new(&binaries.alone).args([spec, &seconds.to_string()]).output()?;
    let alone: f64 = String::from_utf8_lossy(&alone.stdout)
        .trim()
        .parse()
        .map_err(|_| Failure(format!("sign said: {}", String::from_utf8_lossy(&alone.stderr))))?;
    let through = binaries.load.on(&server.address, server.pid(), requests, seconds)?;
    let bare = 1.0 / (1.0 / alone + 1.0 / floor);
    println!(
        "  {spec:<15} {alone:>10.0} {floor:>9.0} {:>9.0} {:>9.2} {:>8.2} {:>9.1} {:>9.0}",
        through.per_second,
        through.per_second / alone,
        through.per_second / bare,
        through.cpu_micros,
        through.p99_micros,
    );
    Ok(())
}
