//! The policy language and the authorization decision: pure, total, explained.
//!
//! [`Policy::parse`] reads a document as strictly as AWS does and compiles it; [`decide`] combines every policy that has a
//! say into a [`Verdict`]. This crate knows no clock, socket, file, task or random number, and no decision can fail: it is a
//! value.

pub mod action;
mod checks;
pub mod condition;
pub mod context;
mod decide;
mod error;
mod facts;
mod glob;
mod grant;
mod grant_index;
mod grants;
mod intern;
pub mod key;
mod message;
mod named;
mod outlook;
mod parse;
mod partial;
mod policy;
mod principal;
mod reach;
mod rebind;
mod remedy;
mod render;
mod request;
mod rescue;
mod scan;
mod simulate;
mod template;
#[cfg(test)]
mod testing;
mod trace;
mod truth;
mod unlock;
mod value;
mod verdict;

pub use action::{Action, KmsAction};
pub use checks::{Check, CheckedResource, When, checks_for};
pub use context::{Context, UnknownKeys, Value, Values};
pub use decide::{decide, decide_open};
pub use error::{ErrorClass, Location, PolicyError, Span};
pub use grant::{
    Constraints, Grant, GrantQuery, GrantTerms, GrantView, Grants, Operations, Party,
    is_child_at_least_as_strict,
};
pub use grant_index::GrantIndex;
pub use intern::Interner;
pub use key::{ConditionKey, KeyName};
pub use named::{Named, PrincipalElement, PrincipalMember};
pub use outlook::{Token, Wanted, decide_at_best, open_keys, outlook};
pub use partial::{MOST_WAYS, Open, OpenCondition, Partial, Residue, decide_partially};
pub use policy::{
    ActionBlock, Effect, Existence, Kind, Pins, Policy, PrincipalBlock, ResourceBlock, Statement, Version,
    Written,
};
pub use principal::{Credentials, Identity, Organization, Principal, RootTask};
pub use rebind::{NotRebound, Substitute};
pub use remedy::Change;
pub use request::{Attachment, ControlPolicies, Derive, Level, Mode, Policies, Request, Resource};
pub use simulate::{MatchedStatement, Simulated, context_keys, simulate};
pub use trace::{
    ConditionTrace, GrantTrace, LayerTrace, PolicyTrace, SeenValues, StatementTrace, Trace, decide_traced,
};
pub use truth::Truth;
pub use value::{Moment, Number};
pub use verdict::{Decider, Layer, MatchClass, Outcome, Permit, StatementRef, Verdict};
