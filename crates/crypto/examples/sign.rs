//! What the crypto library does alone: `cargo run --release -p gatekey-crypto --example sign SPEC SECONDS`.
//!
//! Signs a digest on every processor for so long, each thread with the same key, and prints signatures per second.

#![expect(clippy::print_stdout, reason = "an example talks on standard output")]

use gatekey_crypto::{KeyMaterial, KeySpec, MessageType, SigningAlgorithm};
use gatekey_testkit::SeededEntropy;
use gatekey_types::KeyId;
use std::{
    error::Error,
    thread,
    time::{Duration, Instant},
};

/// The spec of a name, and the algorithm that the benchmark signs with.
fn named(spec: &str) -> Option<(KeySpec, SigningAlgorithm)> {
    match spec {
        "RSA_2048" => Some((KeySpec::Rsa2048, SigningAlgorithm::RsassaPkcs1V15Sha256)),
        "ECC_NIST_P256" => Some((KeySpec::EccNistP256, SigningAlgorithm::EcdsaSha256)),
        _ => None,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [spec, seconds] = arguments.as_slice() else { return Err("usage: sign SPEC SECONDS".into()) };
    let (spec, algorithm) = named(spec).ok_or("no such spec")?;
    let duration = Duration::from_secs_f64(seconds.parse()?);
    let key = KeyMaterial::generate(spec, KeyId::from_random([7; 16], false), &SeededEntropy::new(1))?;
    let begun = Instant::now();
    let signing = || {
        let mut made = 0_u64;
        while begun.elapsed() < duration {
            key.sign(algorithm, MessageType::Digest, &[7; 32])?;
            made += 1;
        }
        Ok::<_, gatekey_crypto::SigningFault>(made)
    };
    let made = thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(signing)).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or(Ok(0))).sum::<Result<u64, _>>()
    })?;
    println!("{:.0}", made as f64 / begun.elapsed().as_secs_f64());
    Ok(())
}
