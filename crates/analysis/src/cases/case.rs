//! A case, read from its tree.

use super::grants::{self, CaseGrants};
use super::reader::{At, Fault, Reading};
use super::request::{self, CaseRequest};
use super::writing::{self, ExpectedAnswer, Refusal};
use gatekey_policy::{Attachment, Kind, Level, Mode, Outcome, Policy};
use gatekey_types::GrantId;
use std::sync::Arc;

/// One request, every policy that applies to it, and what must be decided; or policies that are written, and how AWS answers.
#[derive(Debug)]
pub struct Case {
    /// What the case shows.
    pub name: String,
    /// What must come out; a case that is only to be explained may leave it out.
    pub expect: Option<Expectation>,
    pub(super) subject: Subject,
}

/// What a case is about.
#[derive(Debug)]
pub(super) enum Subject {
    /// A request is decided.
    Request(Box<Situation>),
    /// Policies are written; the first that is refused counts.
    Writing(Option<Refusal>),
}

/// One request, and every policy that applies to it.
#[derive(Debug)]
pub(super) struct Situation {
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

/// What a case comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The request is allowed.
    Allow,
    /// Nothing allows it.
    ImplicitDeny,
    /// Something denies it.
    ExplicitDeny,
    /// Every policy may be written.
    Accepted,
    /// A policy is refused when it is written.
    Refused,
}

impl Decision {
    /// The name by which cases call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::ImplicitDeny => "implicit-deny",
            Self::ExplicitDeny => "explicit-deny",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
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

/// What must come out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// What must be decided.
    Decided {
        /// The decision.
        decision: Decision,
        /// The layer that decides, if that matters.
        layer: Option<String>,
        /// A text that the message of the denial must contain, if that matters.
        because: Option<String>,
    },
    /// How writing the policies must be answered.
    Written(ExpectedAnswer),
}

/// The members of a case.
const MEMBERS: [&str; 15] = [
    "name",
    "mode",
    "stored",
    "missingPrincipals",
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
    let mode = case.member("mode").map_or(Ok(Mode::Kms), |at| {
        at.one_of("mode", &[("kms", Mode::Kms), ("generic", Mode::Generic), ("trust", Mode::Trust)])
    })?;
    let expect = case.member("expect").map(|at| expectation(&at)).transpose()?;
    let subject = match &expect {
        Some(Expectation::Written(_)) => Subject::Writing(writing::first_refusal(case, mode)?),
        _ => Subject::Request(Box::new(situation(case, mode)?)),
    };
    Ok(Case { name: case.text_of("name")?.unwrap_or("unnamed").to_owned(), expect, subject })
}

fn situation(case: &At<'_>, mode: Mode) -> Result<Situation, Fault> {
    let case = &case.clone().reading_as(case.flag("stored", false)?);
    let grants = grants::read(case)?;
    let request = request::read(&case.required("request")?, mode, &grants)?;
    let documents = Documents { missing: writing::missing_principals(case)? };
    Ok(Situation {
        mode,
        request,
        resource_policy: case
            .member("resourcePolicy")
            .map(|at| documents.policy(&at, resource_kind(mode)))
            .transpose()?,
        identity: case
            .list_of("identityPolicies")?
            .iter()
            .map(|at| documents.identity_policy(at))
            .collect::<Result<_, _>>()?,
        boundary: documents.attachment_of(case, "permissionsBoundary", Kind::Identity)?,
        session: documents.attachments(&case.list_of("sessionPolicies")?, Kind::Session)?,
        service_control: documents.levels(case, "serviceControlPolicies", Kind::ServiceControl)?,
        resource_control: documents.levels(case, "resourceControlPolicies", Kind::ResourceControl)?,
        endpoint: documents.attachment_of(case, "endpointPolicy", Kind::Endpoint)?,
        grant_tokens: grants::tokens(case, &grants)?,
        grants,
    })
}

/// What `resourcePolicy` is.
pub(super) fn resource_kind(mode: Mode) -> Kind {
    match mode {
        Mode::Kms => Kind::Key,
        Mode::Generic => Kind::Resource,
        Mode::Trust => Kind::Trust,
    }
}

fn expectation(at: &At<'_>) -> Result<Expectation, Fault> {
    if at.member("error").is_some() {
        return writing::expected(at).map(Expectation::Written);
    }
    at.only(&["decision", "layer", "because"])?;
    let decisions =
        [Decision::Allow, Decision::ImplicitDeny, Decision::ExplicitDeny].map(|d| (d.as_str(), d));
    let layers = LAYERS.map(|layer| (layer, layer));
    let layer = at.member("layer").map(|at| at.one_of("layer", &layers)).transpose()?;
    Ok(Expectation::Decided {
        decision: at.required("decision")?.one_of("decision", &decisions)?,
        layer: layer.map(str::to_owned),
        because: at.text_of("because")?.map(str::to_owned),
    })
}

/// The way to a policy from the case that it is in: `serviceControlPolicies/1/0`.
fn place_in_case<'p>(at: &'p At<'_>) -> &'p str {
    let steps = at.pointer.trim_start_matches("/cases").trim_start_matches('/');
    match steps.split_once('/') {
        Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => steps,
    }
}

/// Reads the policies of a case.
struct Documents {
    missing: Vec<String>,
}

impl Documents {
    /// Reads a policy; its own fault is placed within the file.
    fn policy(&self, at: &At<'_>, kind: Kind) -> Result<Arc<Policy>, Fault> {
        let text = writing::document(at)?;
        if at.reading == Reading::AsStored {
            return Ok(Arc::new(Policy::examine(&text, kind).0));
        }
        let written = writing::write(&text, kind, &self.missing);
        written.map(Arc::new).map_err(|problem| writing::fault(at, &problem))
    }

    /// A policy that the case gives no name is called by its place in the case.
    fn attachment(&self, at: &At<'_>, kind: Kind) -> Result<Attachment, Fault> {
        Ok(Attachment::inline(place_in_case(at), self.policy(at, kind)?))
    }

    fn attachments(&self, list: &[At<'_>], kind: Kind) -> Result<Vec<Attachment>, Fault> {
        list.iter().map(|at| self.attachment(at, kind)).collect()
    }

    fn attachment_of(&self, case: &At<'_>, name: &str, kind: Kind) -> Result<Option<Attachment>, Fault> {
        case.member(name).map(|at| self.attachment(&at, kind)).transpose()
    }

    /// An identity policy has a name. One that is the ARN of a managed policy makes it a managed one.
    fn identity_policy(&self, at: &At<'_>) -> Result<Attachment, Fault> {
        at.only(&["name", "policy"])?;
        let policy = self.policy(&at.required("policy")?, Kind::Identity)?;
        let name = at.text_of("name")?.unwrap_or(place_in_case(at));
        match name.parse() {
            Ok(arn) => Ok(Attachment::managed(&arn, policy)),
            Err(_) => Ok(Attachment::inline(name, policy)),
        }
    }

    fn levels(&self, case: &At<'_>, name: &str, kind: Kind) -> Result<Option<Vec<Level>>, Fault> {
        let Some(levels) = case.member(name) else { return Ok(None) };
        let level = |at: &At<'_>| Ok(self.attachments(&at.elements()?, kind)?.into());
        levels.elements()?.iter().map(level).collect::<Result<_, _>>().map(Some)
    }
}
