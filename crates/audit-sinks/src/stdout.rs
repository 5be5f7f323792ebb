//! Standard output, one event a line: for where whoever starts Gatekey gathers that.

use crate::{Outgoing, Sink, SinkFault, file::lines};
use std::io::{self, Write as _};

/// Writes each event to standard output, as one line of JSON.
#[derive(Debug, Clone, Copy, Default)]
pub struct StdoutSink;

impl Sink for StdoutSink {
    fn take(&mut self, events: &[Outgoing]) -> Result<(), SinkFault> {
        let mut out = io::stdout().lock();
        out.write_all(&lines(events))?;
        Ok(out.flush()?)
    }
}
