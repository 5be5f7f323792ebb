use std::path::PathBuf;

/// Why a sink did not take events. The texts are for operators, and hold nothing of an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SinkFault {
    /// It cannot be reached, or refuses to be written to.
    #[error("{0}")]
    Unreachable(String),
    /// It answered that it does not take the events.
    #[error("it refused: {0}")]
    Refused(String),
    /// It took too long.
    #[error("it did not take them in time")]
    Slow,
}

impl From<std::io::Error> for SinkFault {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => Self::Slow,
            _ => Self::Unreachable(error.to_string()),
        }
    }
}

/// Why sinks cannot be fed.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// The place where it is kept how far sinks are cannot be used.
    #[error("cannot keep in {0} how far audit sinks are: {1}")]
    Place(PathBuf, std::io::Error),
    /// The system gives no thread, or no way out to the network.
    #[error("cannot start an audit sink: {0}")]
    Start(String),
}
