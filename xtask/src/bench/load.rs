//! The load that every server is measured under, and the bare server that is measured beside it.

use crate::{Failure, Outcome, fail, live::build};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Connections of the load.
pub(super) const CONNECTIONS: &str = "64";

/// One measurement.
#[derive(Clone, Copy)]
pub(super) struct Figures {
    /// Microseconds of the server's CPU for each request.
    pub(super) cpu_micros: f64,
    /// Requests a second.
    pub(super) per_second: f64,
    /// Microseconds that all but one in a hundred took at most.
    pub(super) p99_micros: f64,
}

/// The program that makes the load.
pub(super) struct Load(PathBuf);

impl Load {
    pub(super) fn build() -> Outcome<Self> {
        build(&["--package", "gatekey-server", "--example", "load"], "examples/load").map(Self)
    }

    /// Puts these requests to a server, again and again, for so long.
    pub(super) fn on(&self, address: &str, pid: u32, requests: &Path, seconds: u32) -> Outcome<Figures> {
        let out = Command::new(&self.0)
            .args([address, &pid.to_string(), CONNECTIONS, &seconds.to_string()])
            .arg(requests)
            .output()?;
        let figures: Value = serde_json::from_slice(&out.stdout)
            .map_err(|_| Failure(format!("load said: {}", String::from_utf8_lossy(&out.stderr))))?;
        let number = |name: &str| figures.get(name).and_then(Value::as_f64).unwrap_or_default();
        if number("not_200") > 0.0 {
            return fail(format!("{} answers were refusals: {figures}", number("not_200")));
        }
        Ok(Figures {
            cpu_micros: number("cpu_us_per_request"),
            per_second: number("per_second"),
            p99_micros: number("p99_us"),
        })
    }
}

/// Bare hyper, which gives every request the same answer.
pub(super) struct Floor(PathBuf);

impl Floor {
    pub(super) fn build() -> Outcome<Self> {
        build(&["--package", "gatekey-server", "--example", "floor"], "examples/floor").map(Self)
    }

    /// The same load on bare hyper, answering what the file `answer` holds.
    pub(super) fn under(
        &self,
        load: &Load,
        answer: &Path,
        requests: &Path,
        seconds: u32,
    ) -> Outcome<Figures> {
        let mut running = Ended(Command::new(&self.0).arg(answer).stdout(Stdio::piped()).spawn()?);
        let out = running.0.stdout.take().ok_or_else(|| Failure("the floor has no output".into()))?;
        let mut address = String::new();
        BufReader::new(out).read_line(&mut address)?;
        load.on(address.trim(), running.0.id(), requests, seconds)
    }
}

/// A process that is ended when dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
