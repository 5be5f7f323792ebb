//! The ordered, guarded, watched key-value store: contract, memory engine, conformance suite.
