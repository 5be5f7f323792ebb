//! Memory in which the operating system keeps a copy of what files hold.
//!
//! A busy log writes many times what the machine has of it, and hardly anything of that is read again: left to itself it
//! pushes out what others need, and each write waits for memory to be found.

use std::fs::File;

/// Lets go of the copy of a file, as far as the disk has it. It is a hint: what it comes to, nobody depends on.
#[cfg(target_os = "linux")]
pub(crate) fn release(file: &File) {
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn release(_file: &File) {}
