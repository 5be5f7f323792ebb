//! The clients' own Python: a folder `.venv` with what `requirements.txt` pins.

use crate::{Failure, Outcome, workspace};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter, with everything installed; made anew when the requirements change.
pub(super) fn ready(requirements: &Path) -> Outcome<PathBuf> {
    let folder = workspace::root().join(".venv");
    let (python, installed) = (folder.join("bin/python"), folder.join("requirements.txt"));
    let wanted = std::fs::read_to_string(requirements)
        .map_err(|error| Failure(format!("{} cannot be read: {error}", requirements.display())))?;
    if python.exists() && std::fs::read_to_string(&installed).is_ok_and(|current| current == wanted) {
        return Ok(python);
    }
    println!("installing the clients into .venv");
    workspace::execute(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    workspace::execute(pip.arg(requirements))?;
    std::fs::write(installed, wanted)?;
    Ok(python)
}

/// The search path with the interpreter's own folder in front.
pub(super) fn path_with(python: &Path) -> OsString {
    let mut folders: Vec<PathBuf> = python.parent().map(Path::to_path_buf).into_iter().collect();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    std::env::join_paths(folders).unwrap_or_default()
}
