//! Kills writers at random moments.

use crate::{
    Outcome, check,
    report::{self, Event},
};
use std::{
    env,
    io::{BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// So many kills befall the same store, then a fresh one is begun.
const LIVES: u64 = 20;

/// The whole loop.
pub(crate) fn cycles(cycles: u64, seed: u64) -> Outcome {
    let folder = env::temp_dir().join(format!("gatekey-store-crash-{}-{seed}", std::process::id()));
    let mut dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let (mut reports, mut acknowledged) = (Vec::new(), 0);
    for cycle in 0..cycles {
        if cycle % LIVES == 0 {
            clear(&folder)?;
            reports.clear();
        }
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        // From before the first commit to after some checkpoints.
        let life = Duration::from_micros(dice % 120_000);
        let before = reports.len();
        reports.extend(one_life(&folder, cycle, life)?);
        let new = reports.iter().skip(before);
        acknowledged += new.filter(|report| matches!(report.event, Event::Acknowledged(_))).count();
        check::check(&folder, &reports)
            .map_err(|error| format!("cycle {cycle} of seed {seed}, folder {}: {error}", folder.display()))?;
    }
    clear(&folder)?;
    writeln!(
        std::io::stdout(),
        "{cycles} crashes, {acknowledged} acknowledged commits, none lost, none torn"
    )?;
    Ok(())
}

fn clear(folder: &Path) -> std::io::Result<()> {
    if folder.exists() { std::fs::remove_dir_all(folder) } else { Ok(()) }
}

/// Lets a writer live so long, and gives what it said.
fn one_life(
    folder: &Path,
    cycle: u64,
    life: Duration,
) -> Result<Vec<report::Report>, Box<dyn std::error::Error + Send + Sync>> {
    let base = (cycle + 1) * 1_000_000;
    let mut child = spawn(folder, base)?;
    let output = child.stdout.take().ok_or("no output")?;
    let reading = thread::spawn(move || report::read(BufReader::new(output)));
    thread::sleep(life);
    child.kill()?;
    child.wait()?;
    reading.join().map_err(|_| "the reading thread failed")?
}

fn spawn(folder: &Path, base: u64) -> std::io::Result<Child> {
    let mut command = Command::new(env::current_exe()?);
    command.arg("write").arg(folder).args([base.to_string(), "0".to_owned()]).stdout(Stdio::piped()).spawn()
}
