//! A case, read from its tree.

use super::grants::{self, CaseGrants};
use super::reader::{At, Fault, Reading};
use super::request::{self, CaseRequest};
use gatekey_policy::{Attachment, Kind, Level, Mode, Outcome, Policy, PolicyError};
use gatekey_types::GrantId;
use std::sync::Arc;

/// One request, every policy that applies to it, and what must be decided.
#[derive(Debug)]
pub struct Case {
    /// What the case shows.
    pub name: String,
    /// What must be decided; a case that is only to be explained may leave it out.
    pub expect: Option<Expectation>,
    pub(super) mode: Mode,
    pub(super) request: CaseRequest,
    pub(super) resource_policy: Option<Arc<Policy>>,
    pub(super) identity: Vec<Attachment>,
    pub(super) boundary: Option<Attachment>,
    pub(super) session: Vec<Attachment>,
    pub(super) service_control: Option<Vec<Level>>,
    pub(super) resource_control: Option<Vec<Level>>,
    pub(super) endpoint: Option<Attachment>,
    pub(super) grants: CaseGrants,
    pub(super) grant_tokens: Vec<GrantId>,
}

/// What a decision comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The request is allowed.
    Allow,
    /// Nothing allows it.
    ImplicitDeny,
    /// Something denies it.
    ExplicitDeny,
}

impl Decision {
    /// The name by which cases call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::ImplicitDeny => "implicit-deny",
            Self::ExplicitDeny => "explicit-deny",
        }
    }
}

impl From<Outcome> for Decision {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Allow => Self::Allow,
            Outcome::ImplicitDeny => Self::ImplicitDeny,
            Outcome::ExplicitDeny => Self::ExplicitDeny,
        }
    }
}

/// What must be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The decision.
    pub decision: Decision,
    /// The layer that decides, if that matters.
    pub layer: Option<String>,
    /// A text that the message of the denial must contain, if that matters.
    pub because: Option<String>,
}

/// The members of a case.
const MEMBERS: [&str; 14] = [
    "name",
    "mode",
    "stored",
    "request",
    "resourcePolicy",
    "identityPolicies",
    "permissionsBoundary",
    "sessionPolicies",
    "serviceControlPolicies",
    "resourceControlPolicies",
    "endpointPolicy",
    "grants",
    "grantTokens",
    "expect",
];

/// The names of the layers that can decide.
const LAYERS: [&str; 8] = [
    "resource-based",
    "identity-based",
    "permissions-boundary",
    "session",
    "scp",
    "rcp",
    "endpoint",
    "grant",
];

pub(super) fn read(case: &At<'_>) -> Result<Case, Fault> {
    case.only(&MEMBERS)?;
    let case = &case.clone().reading_as(case.flag("stored", false)?);
    let mode = case.member("mode").map_or(Ok(Mode::Kms), |at| {
        at.one_of("mode", &[("kms", Mode::Kms), ("generic", Mode::Generic), ("trust", Mode::Trust)])
    })?;
    let grants = grants::read(case)?;
    let request = request::read(&case.required("request")?, mode, &grants)?;
    let resource_kind = match mode {
        Mode::Kms => Kind::Key,
        Mode::Generic => Kind::Resource,
        Mode::Trust => Kind::Trust,
    };
    Ok(Case {
        name: case.text_of("name")?.unwrap_or("unnamed").to_owned(),
        expect: case.member("expect").map(|at| expectation(&at)).transpose()?,
        mode,
        request,
        resource_policy: case.member("resourcePolicy").map(|at| policy(&at, resource_kind)).transpose()?,
        identity: identity_policies(case)?,
        boundary: attachment_of(case, "permissionsBoundary", Kind::Identity)?,
        session: attachments(&case.list_of("sessionPolicies")?, Kind::Session)?,
        service_control: levels(case, "serviceControlPolicies", Kind::ServiceControl)?,
        resource_control: levels(case, "resourceControlPolicies", Kind::ResourceControl)?,
        endpoint: attachment_of(case, "endpointPolicy", Kind::Endpoint)?,
        grant_tokens: grants::tokens(case, &grants)?,
        grants,
    })
}

fn expectation(at: &At<'_>) -> Result<Expectation, Fault> {
    at.only(&["decision", "layer", "because"])?;
    let decisions =
        [Decision::Allow, Decision::ImplicitDeny, Decision::ExplicitDeny].map(|d| (d.as_str(), d));
    let layers = LAYERS.map(|layer| (layer, layer));
    let layer = at.member("layer").map(|at| at.one_of("layer", &layers)).transpose()?;
    Ok(Expectation {
        decision: at.required("decision")?.one_of("decision", &decisions)?,
        layer: layer.map(str::to_owned),
        because: at.text_of("because")?.map(str::to_owned),
    })
}

/// Reads a policy; its own fault is placed within the file.
fn policy(at: &At<'_>, kind: Kind) -> Result<Arc<Policy>, Fault> {
    at.members()?;
    let (policy, problems) = Policy::examine(&at.value.to_string(), kind);
    match problems.into_iter().next().filter(|_| at.reading == Reading::AsWritten) {
        None => Ok(Arc::new(policy)),
        Some(problem) => Err(refused(at, &problem)),
    }
}

fn refused(at: &At<'_>, problem: &PolicyError) -> Fault {
    let message = match &problem.hint {
        Some(hint) => format!("{} ({}; {hint})", problem.message, problem.detail),
        None => format!("{} ({})", problem.message, problem.detail),
    };
    Fault { pointer: format!("{}{}", at.pointer, problem.at.pointer), message }
}

/// A policy that the case gives no name is called by its place in the case.
fn attachment(at: &At<'_>, kind: Kind) -> Result<Attachment, Fault> {
    Ok(Attachment::inline(place_in_case(at), policy(at, kind)?))
}

/// The way to a policy from the case that it is in: `serviceControlPolicies/1/0`.
fn place_in_case<'p>(at: &'p At<'_>) -> &'p str {
    let steps = at.pointer.trim_start_matches("/cases").trim_start_matches('/');
    match steps.split_once('/') {
        Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => steps,
    }
}

fn attachments(list: &[At<'_>], kind: Kind) -> Result<Vec<Attachment>, Fault> {
    list.iter().map(|at| attachment(at, kind)).collect()
}

fn attachment_of(case: &At<'_>, name: &str, kind: Kind) -> Result<Option<Attachment>, Fault> {
    case.member(name).map(|at| attachment(&at, kind)).transpose()
}

fn identity_policies(case: &At<'_>) -> Result<Vec<Attachment>, Fault> {
    case.list_of("identityPolicies")?.iter().map(identity_policy).collect()
}

/// An identity policy has a name. One that is the ARN of a managed policy makes it a managed one.
fn identity_policy(at: &At<'_>) -> Result<Attachment, Fault> {
    at.only(&["name", "policy"])?;
    let policy = policy(&at.required("policy")?, Kind::Identity)?;
    let name = at.text_of("name")?.unwrap_or(place_in_case(at));
    match name.parse() {
        Ok(arn) => Ok(Attachment::managed(&arn, policy)),
        Err(_) => Ok(Attachment::inline(name, policy)),
    }
}

fn levels(case: &At<'_>, name: &str, kind: Kind) -> Result<Option<Vec<Level>>, Fault> {
    let Some(levels) = case.member(name) else { return Ok(None) };
    let level = |at: &At<'_>| Ok(attachments(&at.elements()?, kind)?.into());
    levels.elements()?.iter().map(level).collect::<Result<_, _>>().map(Some)
}
