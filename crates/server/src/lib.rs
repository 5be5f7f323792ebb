//! HTTP for Gatekey: sockets, TLS, limits, deadlines, health, metrics, logs and configuration.
//!
//! It turns a socket into [`RawRequest`]s and calls one [`Application`]. It knows nothing of KMS, policies or keys.

pub mod dispatch;

pub use dispatch::{Answer, Application, Connection, Outcome, RawRequest, Readiness};
