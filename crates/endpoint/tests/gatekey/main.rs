//! Gatekey's own service through the endpoint, in one process.
#![cfg(test)]

#[path = "../common/asked.rs"]
mod asked;
#[path = "../common/root_key.rs"]
mod root_key;
#[path = "../common/server.rs"]
mod server;

mod access;
mod checked;
mod crashed;
mod explained;
mod foreseen;
mod foreseen_changes;
mod orphans;
mod recovered;
mod refused;
mod remembered;
mod replayed;
mod replayed_walk;
mod services;
mod simulated;
mod versions;
mod world;
