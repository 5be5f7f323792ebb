//! Gatekey's own service through the endpoint, in one process.
#![cfg(test)]

mod simulated;
mod world;
