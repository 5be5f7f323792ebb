//! What a request may cost, whatever it holds.

use crate::WireError;

/// Levels of lists, maps and structures that a request may nest. The deepest modelled input has under ten.
pub const DEPTH: usize = 32;

/// Elements, entries and members that a request may have in all.
pub const VALUES: usize = 100_000;

/// Characters of a value that an error text repeats.
pub const ECHO: usize = 16_384;

/// Validation errors that one answer lists, as many as AWS does.
pub const ERRORS: usize = 10;

/// What is left of a request's allowance while it is read.
#[derive(Debug)]
pub(crate) struct Budget {
    depth: usize,
    values: usize,
}

impl Budget {
    /// The whole allowance.
    pub(crate) const fn new() -> Self {
        Self { depth: DEPTH, values: VALUES }
    }
    /// Pays for one more value.
    pub(crate) fn spend(&mut self) -> Result<(), WireError> {
        self.values = self.values.checked_sub(1).ok_or_else(|| too_much("values"))?;
        Ok(())
    }
    /// Goes one level down.
    pub(crate) fn descend(&mut self) -> Result<(), WireError> {
        self.depth = self.depth.checked_sub(1).ok_or_else(|| too_much("levels"))?;
        Ok(())
    }
    /// Comes back up.
    pub(crate) fn ascend(&mut self) {
        self.depth = self.depth.saturating_add(1);
    }
}

fn too_much(what: &str) -> WireError {
    WireError::Serialization(Some(format!("The request has too many {what}")))
}
