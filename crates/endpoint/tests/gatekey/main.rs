//! Gatekey's own service through the endpoint, in one process.
#![cfg(test)]

mod access;
mod checked;
mod explained;
mod foreseen;
mod services;
mod simulated;
mod versions;
mod world;
