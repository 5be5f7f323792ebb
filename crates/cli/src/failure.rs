//! Why a command failed, in words for the operator and in a code for scripts.

use gatekey_server::{CannotListen, config::Problems, private_file::PrivateFileError, tls::TlsError};
use std::{fmt, io, process::ExitCode};

/// Why a command failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    hint: Option<String>,
}

/// What kind of thing failed; the discriminants are the exit codes of `docs/configuration.md`. Code 2 is clap's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anything else.
    Other = 1,
    /// What the command was given to read is wrong: as a wrong command line.
    Input = 2,
    /// The configuration is wrong.
    Configuration = 3,
    /// The data folder cannot be used.
    Data = 4,
    /// An address cannot be listened on.
    Address = 5,
    /// A verification found a change.
    Verification = 6,
    /// Somebody stopped the command before it was done.
    Stopped = 7,
}

impl Failure {
    /// A failure of this kind.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// A failure of this kind of which standard output has told everything.
    pub(crate) fn told(kind: Kind) -> Self {
        Self::new(kind, "")
    }

    /// Why, without advice; empty if it was told already.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The same failure with advice on what to do.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The process's exit code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.kind as u8)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gatekey: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::new(Kind::Configuration, format!("the configuration is wrong\n{problems}"))
    }
}

impl From<PrivateFileError> for Failure {
    fn from(error: PrivateFileError) -> Self {
        Self::new(Kind::Data, error.to_string())
    }
}

impl From<TlsError> for Failure {
    fn from(error: TlsError) -> Self {
        let kind = if matches!(error, TlsError::File(_)) { Kind::Data } else { Kind::Configuration };
        Self::new(kind, error.to_string())
    }
}

impl From<CannotListen> for Failure {
    fn from(error: CannotListen) -> Self {
        let hint = match error.source.kind() {
            io::ErrorKind::AddrInUse => {
                "another process listens there; stop it, or choose another address with --listen"
            }
            io::ErrorKind::AddrNotAvailable => "no interface of this machine has that address",
            io::ErrorKind::PermissionDenied => "ports below 1024 need privileges; choose a higher one",
            _ => "choose another address with --listen",
        };
        Self::new(Kind::Address, error.to_string()).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_use_says_what_to_do_and_has_its_own_code() {
        let source = io::Error::from(io::ErrorKind::AddrInUse);
        let failure = Failure::from(CannotListen { address: "127.0.0.1:4599".into(), source });
        assert_eq!(failure.kind, Kind::Address);
        let text = failure.to_string();
        assert!(text.contains("127.0.0.1:4599") && text.contains("--listen"), "{text}");
    }

    #[test]
    fn exit_codes_are_those_of_the_documentation() {
        let page = include_str!("../../../docs/configuration.md");
        for kind in [Kind::Other, Kind::Configuration, Kind::Data, Kind::Address, Kind::Stopped] {
            assert!(page.contains(&format!("\n| {} | ", kind as u8)));
        }
    }
}
