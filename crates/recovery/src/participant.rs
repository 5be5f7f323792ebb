//! Who takes part in a recovery.

use serde::{Deserialize, Serialize};

/// A user, a role or a root user.
///
/// Whoever is made again under the name of one who is gone is another: the unique id tells, and the ARN is for people.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Participant {
    /// The unique id: `AIDA...`, `AROA...`, or of a root user the account.
    pub id: String,
    /// The ARN, as it was then: of a session its role's.
    pub arn: String,
}

impl PartialEq for Participant {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Participant {}

impl core::fmt::Display for Participant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.arn)
    }
}
