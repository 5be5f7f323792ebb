//! How far a long command is, on standard error, for whoever looks at a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over so many bytes. Nothing is shown where standard error is no terminal.
pub(crate) fn bar(what: &str, bytes: u64) -> ProgressBar {
    drawn(what, bytes, "{msg} [{bar:30}] {percent:>3}%  {bytes} of {total_bytes}, {eta} left")
}

/// A bar over so many seconds of what was recorded.
pub(crate) fn time(what: &str, seconds: u64) -> ProgressBar {
    drawn(what, seconds, "{msg} [{bar:30}] {percent:>3}%  {eta} left")
}

fn drawn(what: &str, length: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.with_message(what.to_owned())
}
