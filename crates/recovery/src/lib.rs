//! The ceremony by which custodians let the owners of a key back in whose policy keeps everybody out: Gatekey's own, since
//! AWS's last rung is a phone call.
//!
//! A secret is dealt to custodians by Shamir's scheme, `k` of `n` shares of which give it back; the server keeps only what
//! tells a share from a lie. A [`Case`] names a key, who asks and why. Custodians approve it, each with an own share and with
//! the code that the requester was shown; then a cool-down begins, during which any present administrator ends it with a
//! veto; and what it allows in the end is one thing: that the key gets the default policy, or, of a key that nobody can change, a
//! policy that it had before.
//!
//! Everything here is a value: no clock, no store, no random number of its own. Each step takes a record and gives the next
//! one, so that a crash between two steps repeats or loses a step, and never half of one.

mod case;
mod custody;
mod participant;
mod registry;
mod share;
mod steady;
mod table;

pub use case::{Approval, Case, Goal, Opened, Plea, Progress, Refusal, Stage, Terms};
pub use custody::{Custodian, Custody, CustodyFault, Dealt};
pub use participant::Participant;
pub use registry::{Kept, MOST_PENDING, Recoveries};
pub use share::{BadShare, RecoveryShare};
pub use steady::{Elapsed, Reading};
pub use table::{CaseKey, CaseTable, CustodyTable, Rung, WayBack, WayBackTable};
