//! Questions that need many decisions, and the policy linter.
