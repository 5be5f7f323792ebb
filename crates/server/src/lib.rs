//! HTTP for Gatekey: sockets, TLS, limits, deadlines, health, metrics, logs and configuration.
//!
//! It turns a socket into [`RawRequest`]s and calls one [`Application`]. It knows nothing of KMS, policies or keys.

mod answers;
mod aside;
mod body;
pub mod cohort;
pub mod config;
mod connection;
mod cors;
pub mod dispatch;
mod errand;
mod exchange;
mod hush;
mod lanes;
pub mod limits;
pub mod logs;
mod metrics;
mod own_waker;
pub mod panics;
pub mod private_file;
mod pulse;
pub mod refusal;
mod request_ids;
mod serve;
pub mod spare_headers;
mod stream;
pub mod tls;
mod unix;

pub use dispatch::{Answer, Application, Connection, Leaving, Outcome, RawRequest, Readiness};
pub use lanes::{LaneThreads, Lanes};
pub use limits::Limits;
pub use metrics::Metrics;
pub use request_ids::RequestIds;
pub use serve::{CannotListen, Server, Stopped};
