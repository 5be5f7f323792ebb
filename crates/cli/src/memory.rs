//! What the memory holds stays in it: no core file is written, and no process of the same user reads it along. And it is no larger
//! than what it holds.

use crate::failure::{Failure, Kind};
use rustix::process::{Resource, Rlimit, setrlimit};

/// Has the system write no core file of this process and its children, and keeps other processes of its user out of its
/// memory. To be called before anything secret is read.
///
/// # Errors
/// The system refuses: nothing secret may be read then.
pub(crate) fn keep_in() -> Result<(), Failure> {
    let refused = |errno| Failure::new(Kind::Other, format!("cannot forbid core files: {errno}"));
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).map_err(refused)?;
    // Where core files go to a program, their largest size counts for nothing: this does.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
        .map_err(refused)?;
    Ok(())
}

/// Has the system give memory to this process in small pages, where it would give everybody huge ones: an idle server holds
/// several of them that are nearly empty, and under load they save nothing that was measured.
pub(crate) fn keep_small() {
    // A system that knows no huge pages gives none.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

#[cfg(test)]
mod tests {
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

    #[test]
    fn no_core_file_is_written_and_none_is_piped_to_a_program() {
        super::keep_in().unwrap();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        assert!(matches!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable));
    }

    #[test]
    fn no_huge_pages_are_given() {
        super::keep_small();
        assert!(rustix::thread::transparent_huge_pages_are_disabled().unwrap());
    }
}
