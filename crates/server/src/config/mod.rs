//! Configuration: what can be set, where each value came from, and the checked result.
//!
//! Values come from the built-in defaults, then the configuration file, then the environment (`GATEKEY_...`), then
//! flags; the later wins. Every value is a text until it is checked, so all four sources are read by one rule.

mod function;
mod layers;
mod problem;
mod setting;
mod settings;
mod value;
mod workload;

pub use function::{FunctionCall, FunctionSettings};
pub use layers::{Layers, Origin, Valued};
pub use problem::{Problem, Problems};
pub use setting::{SETTINGS, Setting, reference};
pub use settings::{
    AuditDurability, AuditSettings, Forecasting, LogSettings, RecoverySettings, RequestRates, Settings,
    SinkSettings, TlsMode, TlsSettings, Unseal,
};
pub use workload::{WorkloadKind, WorkloadListen, WorkloadSettings, WorkloadTable};
