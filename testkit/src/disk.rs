//! A disk that fails at the n-th call, or loses what was not synced: for child processes of a test, on Linux.
//!
//! What is tested is the real program with its real system calls; a C library that is loaded into it stands between
//! (`testkit/disk/faulty.c`, compiled when a test needs it).

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// What happens at the chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// So many calls fail for want of space; writes may be cut short first.
    Full(u64),
    /// So many calls fail with an I/O error.
    Error(u64),
    /// One call fails with an I/O error, and the process is killed so many calls later.
    ErrorThenKilled(u64),
    /// The process is killed. The system keeps what it was given.
    Killed,
    /// The power fails: of what was not synced, some sectors are lost, as this seed decides.
    PowerCut(u64),
}

impl Mishap {
    /// As the library wants to be told.
    fn orders(self) -> [(&'static str, String); 4] {
        let (word, lasting, kill, seed) = match self {
            Self::Full(calls) => ("full", calls, 0, 1),
            Self::Error(calls) => ("error", calls, 0, 1),
            Self::ErrorThenKilled(calls) => ("error", 1, calls, 1),
            Self::Killed => ("kill", 1, 0, 1),
            Self::PowerCut(seed) => ("power", 1, 0, seed),
        };
        [
            ("FAULTY_DISK_DO", word.to_owned()),
            ("FAULTY_DISK_FOR", lasting.to_string()),
            ("FAULTY_DISK_KILL", kill.to_string()),
            ("FAULTY_DISK_SEED", seed.to_string()),
        ]
    }
}

/// Lets `command` have its files under `folder` on a faulty disk: `mishap` happens at its `at`-th write, sync or
/// truncation, counted from 1.
pub fn befall(command: &mut Command, folder: &Path, at: u64, mishap: Mishap) -> io::Result<()> {
    command
        .env("LD_PRELOAD", library()?)
        .env("FAULTY_DISK_FOLDER", folder)
        .env("FAULTY_DISK_AT", at.to_string())
        .envs(mishap.orders());
    Ok(())
}

/// Lets `command` run to its end, and tells how many calls there were that a mishap could have befallen.
pub fn count_calls(command: &mut Command, folder: &Path) -> io::Result<u64> {
    let counted = folder.with_extension("calls");
    let status = command
        .env("LD_PRELOAD", library()?)
        .env("FAULTY_DISK_FOLDER", folder)
        .env("FAULTY_DISK_COUNT", &counted)
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!("the program failed on a sound disk: {status}")));
    }
    let text = fs::read_to_string(&counted)?;
    fs::remove_file(&counted)?;
    text.trim().parse().map_err(io::Error::other)
}

/// The compiled library; each process makes it anew, and puts it in its place whole.
fn library() -> io::Result<&'static Path> {
    static LIBRARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let made = LIBRARY.get_or_init(|| compile().map_err(|error| error.to_string()));
    made.as_deref().map_err(|error| io::Error::other(error.clone()))
}

fn compile() -> io::Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("disk").join("faulty.c");
    let program = env::current_exe()?;
    let folder = program.parent().ok_or_else(|| io::Error::other("a program without a folder"))?;
    let made = folder.join(format!("faulty-disk-{}.so", std::process::id()));
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut command = Command::new(&compiler);
    command.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&made).arg(&source).arg("-ldl");
    let status = command.status()?;
    if !status.success() {
        return Err(io::Error::other("the C compiler refuses faulty.c"));
    }
    let library = folder.join("faulty-disk.so");
    fs::rename(made, &library)?;
    Ok(library)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::ExitStatus;

    /// Twice writes a block and syncs it, then says so.
    fn run(folder: &Path, at: u64, mishap: Mishap) -> (ExitStatus, String) {
        let path = folder.join("file");
        let script = "for n in 1 2; do dd if=/dev/zero of=\"$0\" bs=512 count=1 seek=$n conv=notrunc,fsync \
                      2>/dev/null && echo $n; done";
        let mut command = Command::new("sh");
        command.args(["-c", script]).arg(&path);
        befall(&mut command, folder, at, mishap).unwrap();
        let output = command.output().unwrap();
        (output.status, String::from_utf8(output.stdout).unwrap())
    }

    /// Each `dd` is a process of its own, which counts its own calls: a write, then a sync.
    #[test]
    fn each_mishap_befalls_the_call_that_was_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let said = |at, mishap| run(folder.path(), at, mishap).1;
        assert_eq!(said(3, Mishap::Error(1)), "1\n2\n", "there is no third call");
        assert_eq!(said(1, Mishap::Error(1)), "");
        assert_eq!(said(2, Mishap::Error(1)), "");
        assert_eq!(said(2, Mishap::Killed), "");
    }

    #[test]
    fn a_power_cut_loses_only_what_was_not_synced() {
        let mut lost = 0;
        for seed in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("file"), [b'x'; 1536]).unwrap();
            let _ = run(folder.path(), 2, Mishap::PowerCut(seed));
            let bytes = fs::read(folder.path().join("file")).unwrap();
            assert!(bytes[..512].iter().all(|byte| *byte == b'x'), "what was not written is not touched");
            lost += bytes[512..].chunks(512).filter(|sector| sector[0] == b'x').count();
        }
        assert!(lost > 5 && lost < 35, "of forty sectors that were not synced, {lost} were lost");
    }
}
