//! Who is shown events as they are recorded.

use crate::{Cursor, Entry, Terms};
use std::fmt::Debug;

/// An event that was just recorded.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'e> {
    /// The event, and where it stands.
    pub entry: Entry<'e>,
    /// What it is found by. `None`: only the event itself tells.
    pub terms: Option<Terms<'e>>,
}

/// Sees every event that a log records, in their order, while nothing else can be recorded: it must be quick, and wait for nobody.
pub trait Witness: Debug + Send + Sync {
    /// Sees events that follow those that it saw before, up to `end`. They are written, and perhaps not on the disk yet.
    fn see(&self, events: &mut dyn Iterator<Item = Seen<'_>>, end: Cursor);
}
