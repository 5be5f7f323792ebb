//! Gatekey's own service through the endpoint, in one process.
#![cfg(test)]

mod access;
mod explained;
mod simulated;
mod world;
