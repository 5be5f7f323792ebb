//! Logs: to standard error, as text for people or as JSON for machines.

use std::io::{self, IsTerminal as _};
use tracing_subscriber::{EnvFilter, filter::ParseError, fmt};

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One line of text an event, coloured on a terminal unless `NO_COLOR` says otherwise.
    Text,
    /// One JSON object an event.
    Json,
}

/// The log's filter could not be understood.
#[derive(Debug, thiserror::Error)]
#[error("cannot understand the log level {filter:?}: {source}; try one of error, warn, info, debug, trace")]
pub struct BadFilter {
    filter: String,
    source: ParseError,
}

/// Checks a filter such as `info` or `info,gatekey_server=debug`.
pub fn check_filter(filter: &str) -> Result<(), BadFilter> {
    parse(filter).map(drop)
}

fn parse(filter: &str) -> Result<EnvFilter, BadFilter> {
    EnvFilter::builder().parse(filter).map_err(|source| BadFilter { filter: filter.to_owned(), source })
}

/// Starts logging for the whole process. Later calls change nothing.
pub fn start(format: LogFormat, filter: &str, colour: bool) -> Result<(), BadFilter> {
    let log = fmt().with_env_filter(parse(filter)?).with_writer(io::stderr).with_target(false);
    // A second subscriber is refused, which is what is wanted of a second call.
    let _ = match format {
        LogFormat::Text => log.with_ansi(colour && io::stderr().is_terminal()).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    Ok(())
}
