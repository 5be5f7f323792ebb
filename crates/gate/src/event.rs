//! The audit event of a request, in CloudTrail's shape.

use crate::{Passage, draft::Decision};
use gatekey_audit::{Address, Event, Failure, Gatekey, Identity, IdentityKind, Resource, Tls, Value};
use gatekey_keyring::Key;
use gatekey_policy::{Identity as Who, Outcome, Principal};
use gatekey_types::{AccountId, Arn, PrincipalArn, RequestId, Timestamp};

/// What the client is told of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The error's code.
    pub code: &'static str,
    /// The error's text.
    pub message: Option<String>,
}

/// What CloudTrail calls the service.
const SOURCE: &str = "kms.amazonaws.com";
/// What CloudTrail calls a key.
const KEY: &str = "AWS::KMS::Key";

/// The event of a request, shown to `written`, which writes it as the log or the store will have it.
pub(crate) fn event_of<R>(
    passage: &Passage<'_>,
    id: RequestId,
    error: Option<&Told>,
    written: impl FnOnce(&Event<'_>) -> R,
) -> R {
    let (arrival, draft) = (passage.arrival, &passage.draft);
    let caller = passage.caller();
    let resources: Vec<Resource<'_>> = draft.resources.iter().map(resource).collect();
    let material = draft.material.map(|id| Value::object([("keyMaterialId", Value::text(id.to_string()))]));
    let reason = draft.decision.as_ref().map(reason).unwrap_or_default();
    written(&Event {
        identity: identity(&caller.principal, caller.account.as_str(), arrival.caller.access_key_id()),
        time: arrival.now,
        source: SOURCE,
        name: passage.operation.name,
        region: passage.region().as_str(),
        address: Address { source: &arrival.source, user_agent: arrival.user_agent.as_deref() },
        failure: error.map(|told| Failure { code: trail_code(told.code), message: told.message.as_deref() }),
        request_parameters: draft.parameters.as_deref().map(|json| Value::Json(json.into())),
        response_elements: draft
            .response
            .as_deref()
            .filter(|_| error.is_none())
            .map(|json| Value::Json(json.into())),
        additional: material.filter(|_| error.is_none()),
        request_id: Some(arrival.id),
        event_id: id,
        read_only: passage.read_only,
        resources: &resources,
        event_type: "AwsApiCall",
        recipient: caller.account.as_str(),
        shared_event_id: None,
        tls: arrival.tls.map(|(version, cipher_suite)| Tls {
            version,
            cipher_suite,
            host: arrival.host.as_deref(),
        }),
        gatekey: draft.decision.as_ref().map(|decision| Gatekey {
            decision: if decision.outcome == Outcome::Allow { "Allowed" } else { "Denied" },
            reason: &reason,
            policy_revisions: &[],
            decision_id: arrival.id,
        }),
    })
}

/// CloudTrail leaves the suffix off the one code that people search for most.
fn trail_code(code: &'static str) -> &'static str {
    if code == "AccessDeniedException" { "AccessDenied" } else { code }
}

fn reason(decision: &Decision) -> String {
    format!("{} by {}", decision.action.name(), decision.layer.name())
}

fn resource((account, arn): &(AccountId, Arn)) -> Resource<'_> {
    Resource { account: account.as_str(), kind: KEY, arn: arn.as_str() }
}

fn identity<'a>(principal: &'a Principal, account: &'a str, access_key: &'a str) -> Identity<'a> {
    let (kind, principal_id) = match &principal.identity {
        Who::Root { .. } => (IdentityKind::Root, Some(account)),
        Who::User { id, .. } => (IdentityKind::IamUser, id.as_ref().map(|id| id.as_str())),
        Who::RoleSession { role_id, .. } => {
            (IdentityKind::AssumedRole, role_id.as_ref().map(|id| id.as_str()))
        }
        Who::FederatedUser { .. } => (IdentityKind::FederatedUser, None),
        Who::Service { .. } => (IdentityKind::AwsService, None),
        Who::Unsigned { .. } => (IdentityKind::Unknown, None),
    };
    let arn = principal.arn();
    let user = matches!(principal.identity, Who::User { .. });
    Identity {
        kind,
        principal_id,
        arn: arn.map(|arn| arn.arn().as_str()),
        account: Some(account),
        access_key: Some(access_key),
        user_name: arn.filter(|_| user).map(PrincipalArn::name),
        session: None,
        invoked_by: None,
    }
}

/// The event of a deletion that nobody called for at that moment: its day had come.
pub(crate) fn deletion_event(key: &Key, id: RequestId, now: Timestamp) -> Vec<u8> {
    let (account, region) = (key.arn.account, &key.arn.region);
    let resources = [Resource { account: account.as_str(), kind: KEY, arn: key.name.as_str() }];
    Event {
        identity: Identity {
            kind: IdentityKind::AwsService,
            principal_id: None,
            arn: None,
            account: Some(account.as_str()),
            access_key: None,
            user_name: None,
            session: None,
            invoked_by: Some("AWS Internal"),
        },
        time: now,
        source: SOURCE,
        name: "DeleteKey",
        region: region.as_str(),
        address: Address { source: "AWS Internal", user_agent: Some("AWS Internal") },
        failure: None,
        request_parameters: None,
        response_elements: None,
        additional: None,
        request_id: None,
        event_id: id,
        read_only: false,
        resources: &resources,
        event_type: "AwsServiceEvent",
        recipient: account.as_str(),
        shared_event_id: None,
        tls: None,
        gatekey: None,
    }
    .to_bytes()
}
