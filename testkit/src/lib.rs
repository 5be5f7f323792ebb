//! Fakes, fixtures and the naive second evaluator; for tests only.
