//! Parameters: records and their life. What is here does no I/O; the gate writes and reads the records.
//!
//! [`Parameters`] shows what is known of every parameter without its values. Values are in a table of their own, one
//! record for each version, which nobody reads but who asks for the value.

mod life;
mod name;
mod record;
mod registry;

pub use life::{ADVANCED_QUOTA, HIGHEST_LABELS, KEPT_VERSIONS, MOST_TAGS, NoRoom, Pruned, STANDARD_QUOTA};
pub use name::{NameFault, ParameterKey, ParameterName, hierarchy_path};
pub use record::{
    Details, Kind, ParameterPolicy, ParameterRecord, ParameterTable, Remains, RemainsKey, RemainsTable, Tags,
    Tier, Value, VersionKey, VersionRecord, VersionTable,
};
pub use registry::{Parameter, Parameters};
