//! Policy cases: one request, every policy that applies to it, and what must be decided.
//!
//! The format is described in `docs/policy-tests.md`; the conformance cases of Gatekey itself are written in it. A file of
//! JSON, YAML or TOML holds one case or a list of them. Reading is strict: a member that is not known is refused, since a
//! misspelt one would make a test pass for the wrong reason.

mod case;
mod explain;
mod grants;
pub mod junit;
mod principal;
mod reader;
mod request;
mod run;
mod tree;
mod writing;

pub use case::{Case, Decision, Expectation};
pub use explain::{Explanation, Question};
pub use reader::Reading;
pub use run::{CaseResult, Mismatch};
pub use tree::Format;
pub use writing::ExpectedAnswer;

use crate::text::Position;
use core::fmt;
use reader::{At, Fault};

/// Why a file of cases was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseError {
    /// What is wrong, and what may have been meant.
    pub message: String,
    /// JSON pointer to where; empty for the whole file.
    pub pointer: String,
    /// Line and column of that, where they can be told.
    pub position: Option<Position>,
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "{position}: ")?;
        }
        if !self.pointer.is_empty() {
            write!(f, "{}: ", self.pointer)?;
        }
        f.write_str(&self.message)
    }
}

impl core::error::Error for CaseError {}

/// Longest file of cases that is read, in bytes.
const LONGEST: usize = 64 * 1024 * 1024;

/// Reads the cases of a file.
///
/// # Errors
/// The first thing that is wrong, with its place: the text is not of the format, a member is unknown, missing or of the
/// wrong type, or (unless it is read as stored) a policy is one that AWS refuses.
pub fn load(text: &str, format: Format, reading: Reading) -> Result<Vec<Case>, CaseError> {
    if text.len() > LONGEST {
        return Err(CaseError {
            message: "the file is too large".to_owned(),
            pointer: String::new(),
            position: None,
        });
    }
    let tree = tree::read(text, format).map_err(|unreadable| CaseError {
        message: unreadable.message,
        pointer: String::new(),
        position: unreadable.at,
    })?;
    cases(&At::root(&tree, reading)).map_err(|fault| CaseError {
        position: tree::position(text, format, &fault.pointer),
        message: fault.message,
        pointer: fault.pointer,
    })
}

/// Reads one case that is a value already, its policies as stored.
///
/// # Errors
/// As [`load`], without line and column.
pub fn from_value(value: &serde_json::Value) -> Result<Case, CaseError> {
    case::read(&At::root(value, Reading::AsStored)).map_err(|fault| CaseError {
        message: fault.message,
        pointer: fault.pointer,
        position: None,
    })
}

/// One case, a list, or (since a TOML file cannot be a list) an object whose only member is the list `cases`.
fn cases(root: &At<'_>) -> Result<Vec<Case>, Fault> {
    match root.member("cases") {
        Some(list) => {
            root.only(&["cases"])?;
            list.elements()?.iter().map(case::read).collect()
        }
        None if root.value.is_array() => root.elements()?.iter().map(case::read).collect(),
        None => Ok(vec![case::read(root)?]),
    }
}
