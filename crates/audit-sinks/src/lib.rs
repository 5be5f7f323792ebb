//! Where audit events go besides the log: a file, standard output, syslog, an OpenTelemetry collector.
//!
//! The log comes first, and is the truth. A [`Sink`] is fed from it, by a thread of its own, event by event in the log's order; how far
//! it is, is kept on disk. So after an outage of the sink, or of Gatekey, it gets what it lacks: every event, perhaps some of
//! them twice, none out of order. Whoever waits for an event to be recorded waits for the sinks too, for a bounded time: then his
//! request fails. No answer leaves before every sink has taken its record.

mod event;
mod fault;
mod feed;
mod file;
mod https;
mod otlp;
mod place;
mod sinks;
mod stdout;
mod syslog;

pub use event::Outgoing;
pub use fault::{SinkFault, StartFault};
pub use file::FileSink;
pub use otlp::{Headers, OtlpSink};
pub use sinks::{Plan, Sinks};
pub use stdout::StdoutSink;
pub use syslog::{Syslog, SyslogSink};

/// What takes events. It may wait, but not for ever.
pub trait Sink: Send {
    /// Takes events, in order: all of them. What it is not known to have taken, it is given again.
    ///
    /// # Errors
    /// It did not take all; the text is for the operator.
    fn take(&mut self, events: &[Outgoing]) -> Result<(), SinkFault>;
}
