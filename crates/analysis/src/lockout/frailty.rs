//! On what an administrator depends that may be gone when it is needed.

use super::Admin;
use crate::who_can::Access;
use crate::world::{Caller, CallerKind};
use gatekey_policy::OpenCondition;
use std::collections::HashMap;
use std::sync::Arc;

/// On what the right of an administrator depends, beside what the administrator is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "on", content = "which")]
pub enum Frailty {
    /// The session has to have this name.
    SessionName(String),
    /// The request has to come from somewhere.
    Address(String),
    /// The right begins or ends at a moment.
    Time(String),
    /// A second factor has to be at hand.
    SecondFactor(String),
    /// A service has to make the request.
    Service(String),
    /// Something else has to be as a policy says.
    Other(String),
    /// There is no other administrator.
    OnlyOne,
    /// The federated user exists only as long as somebody asks for it.
    Federated,
}

/// Those of users and roles, which depend on nothing but what they can: told once for all who can the same.
#[derive(Default)]
pub(super) struct Shared(HashMap<usize, Arc<[Frailty]>>);

impl Shared {
    /// Of a user or role. The access has to outlive this.
    pub(super) fn of(&mut self, access: &Arc<Access>) -> Arc<[Frailty]> {
        let known =
            self.0.entry(Arc::as_ptr(access).addr()).or_insert_with(|| of_access(access, Vec::new()).into());
        Arc::clone(known)
    }
}

pub(super) fn of(caller: &Caller<'_>, access: &Access) -> Vec<Frailty> {
    let mut found = Vec::new();
    match caller.kind {
        CallerKind::Session => {
            let name = caller.principal.arn().and_then(|arn| arn.session_name()).unwrap_or_default();
            found.push(Frailty::SessionName(name.to_owned()));
        }
        CallerKind::FederatedUser => found.push(Frailty::Federated),
        _ => {}
    }
    of_access(access, found)
}

/// Those that were found, and those that follow from what is left over.
fn of_access(access: &Access, mut found: Vec<Frailty>) -> Vec<Frailty> {
    let Some(residue) = access.residue() else { return found };
    // With a way that needs nothing, only the exceptions count.
    let has_free_way = residue.ways.iter().any(Vec::is_empty);
    let ways = residue.ways.iter().flatten().filter(|_| !has_free_way);
    for condition in ways.chain(&residue.unless).flat_map(|open| &open.conditions) {
        let frailty = of_condition(condition);
        if !found.contains(&frailty) {
            found.push(frailty);
        }
    }
    found
}

fn of_condition(condition: &OpenCondition) -> Frailty {
    let said = condition.to_string();
    match condition.key.to_ascii_lowercase().as_str() {
        "aws:userid" => Frailty::SessionName(condition.values.join(" or ")),
        "aws:sourceip" | "aws:vpcsourceip" | "aws:sourcevpc" | "aws:sourcevpce" => Frailty::Address(said),
        "aws:currenttime" | "aws:epochtime" | "aws:tokenissuetime" => Frailty::Time(said),
        "aws:multifactorauthpresent" | "aws:multifactorauthage" => Frailty::SecondFactor(said),
        "kms:viaservice" | "aws:viaawsservice" | "aws:calledvia" | "aws:calledviafirst"
        | "aws:calledvialast" => Frailty::Service(said),
        _ => Frailty::Other(said),
    }
}

/// Says of the only one that it is the only one. A root user cannot be deleted, and is not marked.
pub(super) fn with_single(mut admins: Vec<Admin>) -> Vec<Admin> {
    if let [only] = admins.as_mut_slice()
        && only.who.kind != CallerKind::Root
    {
        only.frailties = only.frailties.iter().cloned().chain([Frailty::OnlyOne]).collect();
    }
    admins
}
