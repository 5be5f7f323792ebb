//! The one choke-point: nothing is answered without a verdict, nothing released without a record.
//!
//! A request enters with [`Gate::enter`] and gets a [`Passage`]: its caller, one immutable [`Snapshot`], and its audit
//! event in the making. The passage alone turns a caller, a key and every applicable policy into an [`Allowed`], an
//! `Allowed` into an [`Answered`], and the gate alone turns that into a [`Released`], once the event is recorded.
//!
//! The gate is also the only way to the store: one writer seals every record, binds them all by a manifest, and puts
//! the event of a change into the transaction of the change.

mod answers;
mod attest;
mod authorize;
mod callers;
mod camel;
mod commit;
mod decisions;
mod deeds;
mod deletion;
mod derived;
mod documents;
mod draft;
mod event;
mod explain;
mod explained;
mod fault;
mod foresight;
mod forwarded;
mod functions;
mod gate;
mod grants;
mod group;
mod health;
mod history;
mod import;
mod issuers;
mod kept;
mod key_uses;
mod load;
mod lost;
mod manifest;
mod materials;
mod noted;
mod operation;
mod outbox;
mod parameters;
mod passage;
mod policy_history;
mod question;
mod rates;
mod recorder;
mod recovery;
mod release;
mod rotation;
mod second_factor;
mod secret_deletion;
mod secret_rotation;
mod seen;
mod sessions;
mod setup;
mod snapshot;
mod stored;
mod suppose;
mod throttle;
mod turn;
mod unlock;
mod uses;
mod views;
mod visit;
mod workload;
mod workshop;
mod writer;

pub use authorize::{About, Allowed, Denied, Named, On};
pub use camel::{Shown, shows_nothing};
pub use commit::CommitFault;
pub use decisions::Recalled;
pub use draft::{Draft, Elsewhere};
pub use event::Told;
pub use explained::{Explained, Held};
pub use fault::refused;
pub use foresight::{Changing, Foreclosed, Foreseen, Foresight};
pub use forwarded::{ForwardedAccess, Unfulfilled};
pub use functions::{FunctionFault, Functions, Invocation, NoFunctions};
pub use gate::{Gate, Parts};
pub use grants::{BadToken, NamedGrant};
pub use import::{BadImportToken, ImportParameters, NotImported};
pub use issuers::{Issuer, IssuerFault, Issuers, Keys, NoIssuers};
pub use key_uses::is_cryptographic;
pub use load::LoadFault;
pub use operation::{ErrorOf, InputOf, Operation, OutputOf};
pub use outbox::Trail;
pub use passage::{Arrival, Found, Gone, Missing, Passage};
pub use recovery::Refused;
pub use release::{Answered, Released, Unrecorded, Withheld};
pub use second_factor::{FactorFault, Verified};
pub use secret_rotation::Rotation;
pub use sessions::{Known, Message};
pub use setup::SetupFault;
pub use snapshot::Snapshot;
pub use stored::Unread;
pub use suppose::Supposed;
pub use turn::Turn;
pub use visit::Visitor;
pub use workload::{Assumption, NoSession, RoleSession, ServiceRoles};
