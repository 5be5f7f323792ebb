//! What is told of a panic: where it was, and nothing of what it was about.
//!
//! The text of a panic may repeat what was worked on: the standard library's repeats a string that cannot be cut where it was
//! to be, and a string can be a secret. So the text is shown nowhere.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    fmt::Write as _,
    io::Write as _,
    panic::{self, Location},
};

/// Has every panic of the process told by its place alone: in the log, or on standard error before there is a log. With
/// `RUST_BACKTRACE=1` the way there is told too, by the names of functions.
pub fn tell_places_alone() {
    panic::set_hook(Box::new(|panic| {
        let told = told(panic.location(), &Backtrace::capture());
        if tracing::dispatcher::has_been_set() {
            tracing::error!("{told}");
        } else {
            let _ = writeln!(std::io::stderr().lock(), "gatekey: {told}");
        }
    }));
}

fn told(place: Option<&Location<'_>>, way: &Backtrace) -> String {
    let mut told = "panicked; this is a bug in Gatekey".to_owned();
    // Writing to a String cannot fail.
    if let Some(place) = place {
        let _ = write!(told, ", at {place}");
    }
    if way.status() == BacktraceStatus::Captured {
        let _ = write!(told, "\n{way}");
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(text);
            Ok(text.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What the hook logs of this panic. Hooks are the process's: the test runner gives each test a process, and elsewhere no
    /// other test of this crate looks at what the hook writes.
    fn logged(panicking: impl FnOnce() + panic::UnwindSafe) -> String {
        let log = Log::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        tracing::subscriber::with_default(subscriber, || {
            tell_places_alone();
            panic::catch_unwind(panicking).unwrap_err();
            drop(panic::take_hook());
        });
        String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn of_a_panic_the_place_is_logged_and_never_the_text() {
        // As of a secret that ends in a letter of two bytes.
        let secret = "Hush-7f3ä".to_owned();
        let inside = secret.len() - 1;
        let text = panic::catch_unwind(|| drop(secret[..inside].to_owned())).unwrap_err();
        let text = text.downcast_ref::<String>().unwrap();
        assert!(text.contains("Hush"), "the text repeats the secret: {text}");

        let told = logged(|| drop(secret[..inside].to_owned()));
        assert!(told.contains("panicked; this is a bug in Gatekey, at "), "{told}");
        assert!(told.contains("panics.rs:"), "{told}");
        assert!(!told.contains("Hush") && !told.contains("7f3"), "{told}");
    }
}
