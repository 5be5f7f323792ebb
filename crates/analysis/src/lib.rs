//! Questions about policies that need more than one decision: test cases with what they expect, the linter, and foresight:
//! who can, who could give themselves the right, the lockout, what a change does, and what can never happen.
//!
//! Pure, as the evaluator is: it is given texts and gives back values. Reading files is the command line's work.

pub mod cases;
pub mod change;
pub mod checks;
pub mod difference;
pub mod escalation;
pub mod lint;
pub mod lockout;
mod nearest;
pub mod orphans;
pub mod search;
#[cfg(test)]
mod testing;
mod text;
pub mod who_can;
pub mod world;

pub use text::Position;
