//! The audit event of a request, in CloudTrail's shape.

use crate::{
    Arrival, Elsewhere, Passage,
    deeds::{Deed, Object},
    draft::{Decision, Draft},
};
use gatekey_audit::{
    Additional, Address, Event, Failure, Gatekey, Identity as UserIdentity, IdentityKind, Issuer, Resource,
    Session, Tls, Value, Word,
};
use gatekey_directory::Caller;
use gatekey_policy::{Action, Identity, MatchClass, Outcome};
use gatekey_sigv4::Authenticated;
use gatekey_types::{AccountId, Arn, RequestId, Timestamp, UniqueId};
use std::borrow::Cow;

/// What the client is told of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The error's code.
    pub code: &'static str,
    /// The error's text.
    pub message: Option<String>,
}

/// What CloudTrail calls KMS.
const KMS: &str = "kms.amazonaws.com";

/// The event of a request, shown to `written`, which writes it as the log or the store will have it.
pub(crate) fn event_of<R>(
    passage: &Passage<'_>,
    id: RequestId,
    error: Option<&Told>,
    written: impl FnOnce(&Event<'_>) -> R,
) -> R {
    let (arrival, draft) = (passage.arrival, &passage.draft);
    let who = Who::of(&passage.caller);
    let source = source_of(passage.operation.service.signing_name);
    let via = passage.via.map(source_of);
    let (one, several);
    let resources: &[Resource<'_>] = match draft.resources.as_slice() {
        // Most requests are about one, for which no list need be made.
        [only] => {
            one = [resource(only)];
            &one
        }
        all => {
            several = all.iter().map(resource).collect::<Vec<_>>();
            &several
        }
    };
    let action = draft.decision.as_ref().map(action).unwrap_or_default();
    written(&Event {
        identity: who.identity(passage, via.as_deref()),
        time: arrival.now,
        source: &source,
        name: passage.operation.name.into(),
        region: passage.region().into(),
        address: address(arrival, via.as_deref()),
        failure: error.map(|told| Failure { code: trail_code(told.code), message: told.message.as_deref() }),
        request_parameters: draft.parameters.as_deref().map(|json| Value::Json(json.into())),
        response_elements: draft
            .response
            .as_deref()
            .filter(|_| error.is_none())
            .map(|json| Value::Json(json.into())),
        additional: if error.is_none() { additional(draft) } else { Additional::default() },
        request_id: Some(passage.id),
        event_id: id,
        read_only: passage.read_only,
        resources,
        event_type: "AwsApiCall".into(),
        recipient: recipient(passage).into(),
        shared_event_id: None,
        service_details: None,
        tls: arrival.tls.filter(|_| via.is_none()).map(|(version, cipher_suite)| Tls {
            version,
            cipher_suite,
            host: arrival.host.as_deref(),
        }),
        gatekey: draft.decision.as_ref().map(|decision| Gatekey {
            decision: if decision.outcome == Outcome::Allow { "Allowed" } else { "Denied" }.into(),
            action: &action,
            layer: layer(decision).into(),
            policy_revisions: &[],
            decision_id: passage.id,
            session_policies: session_policies(&passage.caller),
        }),
    })
}

/// How many policies limit the caller's session. The policies of a session are in no event, so that whoever decides its requests
/// again must know whether there were any.
fn session_policies(caller: &Caller) -> Option<usize> {
    caller.bearer.as_ref()?.session().map(|_| caller.session.len())
}

/// What CloudTrail has beside the answer: the material that was used, the grant that was retired, the recipient.
fn additional(draft: &Draft) -> Additional<'_> {
    Additional {
        material: draft.material,
        grant: draft.grant,
        recipient: Some(&draft.recipient).filter(|recipient| !recipient.is_empty()),
        forecast: draft.forecast.as_deref(),
    }
}

/// The event of what a change did in another Region: the service called itself there, for the same caller.
pub(crate) fn event_elsewhere(passage: &Passage<'_>, id: RequestId, other: &Elsewhere) -> Vec<u8> {
    let key = other.key.as_ref().map(|key| ("AWS::KMS::Key", key.account, key.to_arn()));
    let resources: Vec<Resource<'_>> = key.iter().map(resource).collect();
    let json = |written: &Option<Vec<u8>>| written.as_ref().map(|json| Value::Json(json.clone().into()));
    event_of(passage, id, None, |event| {
        let event = event.clone();
        Event {
            identity: UserIdentity { invoked_by: Some(KMS), ..event.identity },
            name: other.name.into(),
            region: (&other.region).into(),
            request_parameters: json(&other.parameters),
            response_elements: json(&other.response),
            additional: Additional::default(),
            resources: &resources,
            ..event
        }
        .to_bytes()
    })
}

/// Where a request came from. What a service asks for the caller comes from the service.
fn address<'a>(arrival: &'a Arrival, via: Option<&'a str>) -> Address<'a> {
    match via {
        Some(service) => Address { source: service, user_agent: Some(service) },
        None => Address { source: &arrival.source, user_agent: arrival.user_agent.as_deref() },
    }
}

/// The source of a service's events, by its signing name.
pub(crate) fn source_of(service: &str) -> Cow<'static, str> {
    match service {
        "kms" => KMS.into(),
        // Gatekey's own service is none of AWS's.
        "gatekey" => "gatekey.internal".into(),
        other => format!("{other}.amazonaws.com").into(),
    }
}

/// Whose log the event is for: the caller's account. Whoever comes unsigned has none; then it is that of what was asked
/// for.
fn recipient<'a>(passage: &'a Passage<'_>) -> &'a AccountId {
    let own = &passage.caller.account;
    match passage.draft.resources.first() {
        Some((_, owner, _)) if *own == AccountId::NOBODY => owner,
        _ => own,
    }
}

/// CloudTrail leaves the suffix off the one code that people search for most.
fn trail_code(code: &'static str) -> &'static str {
    if code == "AccessDeniedException" { "AccessDenied" } else { code }
}

/// What was decided about: actions of KMS without their service's name.
fn action(decision: &Decision) -> Cow<'static, str> {
    match &decision.action {
        Action::Kms(action) => action.name().into(),
        other => other.to_string().into(),
    }
}

fn layer(decision: &Decision) -> &'static str {
    match decision.class {
        Some(MatchClass::UnlockTask) => "root-task/KMSUnlockKeyPolicy",
        Some(MatchClass::RootRescue) => "root-rescue",
        _ => decision.layer.name(),
    }
}

fn resource<'a>((kind, account, arn): &'a (&'static str, AccountId, Arn)) -> Resource<'a> {
    Resource { account: account.into(), kind: (*kind).into(), arn: arn.as_str() }
}

/// The texts of `userIdentity` that have to be put together.
struct Who<'p> {
    kind: IdentityKind,
    principal_id: Option<Cow<'p, str>>,
    user_name: Option<&'p str>,
    issuer: Option<(&'static str, &'p str, &'p Arn, &'p str)>,
}

impl<'p> Who<'p> {
    fn of(caller: &'p Caller) -> Self {
        let plain = |kind, principal_id| Self { kind, principal_id, user_name: None, issuer: None };
        let named = |kind, id: Option<&'p str>| plain(kind, id.map(Cow::Borrowed));
        match &caller.principal.identity {
            Identity::Root { .. } => named(IdentityKind::Root, Some(caller.account.as_str())),
            Identity::User { arn, id } => Self {
                user_name: Some(arn.name()),
                ..named(IdentityKind::IamUser, id.as_ref().map(UniqueId::as_str))
            },
            Identity::RoleSession { session, role, role_id, .. } => {
                let id = role_id.as_ref().map(UniqueId::as_str).unwrap_or_default();
                let principal = format!("{id}:{}", session.session_name().unwrap_or_default());
                let issuer = Some(("Role", id, role.arn(), role.name()));
                Self { issuer, ..plain(IdentityKind::AssumedRole, Some(principal.into())) }
            }
            Identity::FederatedUser { arn, parent, parent_id } => {
                let principal = format!("{}:{}", caller.account, arn.name());
                let (kind, id) = match parent_id {
                    Some(id) => ("IAMUser", id.as_str()),
                    None => ("Root", caller.account.as_str()),
                };
                let issuer = parent.as_ref().map(|parent| (kind, id, parent.arn(), parent.name()));
                Self { issuer, ..plain(IdentityKind::FederatedUser, Some(principal.into())) }
            }
            Identity::Service { .. } => plain(IdentityKind::AwsService, None),
            Identity::Unsigned { provider: Some(provider) } if provider.contains(":saml-provider/") => {
                named(IdentityKind::SamlUser, Some(provider))
            }
            Identity::Unsigned { provider: Some(provider) } => {
                named(IdentityKind::WebIdentityUser, Some(provider))
            }
            Identity::Unsigned { provider: None } => plain(IdentityKind::Unknown, None),
        }
    }

    fn identity<'a>(&'a self, passage: &'a Passage<'_>, via: Option<&'a str>) -> UserIdentity<'a> {
        let caller = &passage.caller;
        let arrival = passage.arrival;
        UserIdentity {
            kind: self.kind,
            principal_id: self.principal_id.as_deref(),
            arn: caller.arn().map(Arn::as_str),
            account: (caller.account != AccountId::NOBODY).then(|| Word::from(&caller.account)),
            access_key: arrival.signature.as_ref().map(Authenticated::access_key_id),
            user_name: self.user_name,
            session: self.session(caller),
            invoked_by: match &caller.principal.identity {
                Identity::Service { name, .. } => Some(name.as_str()),
                _ => via,
            },
        }
    }

    fn session<'a>(&'a self, caller: &'a Caller) -> Option<Session<'a>> {
        let claims = &caller.bearer.as_ref()?.session()?.claims;
        let issuer = self.issuer.as_ref().map(|(kind, id, arn, name)| Issuer {
            kind: (*kind).into(),
            principal_id: id,
            arn: arn.as_str(),
            account: (&caller.account).into(),
            user_name: (*kind != "Root").then_some(*name),
        });
        Some(Session {
            issuer,
            federation: None,
            created: claims.issued,
            mfa: claims.mfa.is_some(),
            source_identity: claims.source_identity.as_deref(),
        })
    }
}

/// The event of what the service did by itself.
pub(crate) fn deed_event(object: &Object<'_>, deed: &Deed<'_>, id: RequestId, now: Timestamp) -> Vec<u8> {
    let (account, region) = (&object.account, object.region);
    let resources =
        [Resource { account: account.into(), kind: object.kind.into(), arn: object.arn.as_str() }];
    let (id_name, own) = &object.id;
    let details = deed.details.as_ref().map(|details| {
        let own = core::iter::once((*id_name, Value::text(&**own)));
        Value::object(own.chain(details.iter().map(|(name, text)| (*name, Value::text(&**text)))))
    });
    let is_call = details.is_none();
    Event {
        identity: UserIdentity {
            kind: IdentityKind::AwsService,
            principal_id: None,
            arn: None,
            account: Some(account.into()),
            access_key: None,
            user_name: None,
            session: None,
            invoked_by: Some("AWS Internal"),
        },
        time: now,
        source: object.source,
        name: deed.name.into(),
        region: region.into(),
        address: Address { source: "AWS Internal", user_agent: Some("AWS Internal") },
        failure: None,
        request_parameters: None,
        response_elements: is_call.then(|| Value::object([(*id_name, Value::text(object.arn.as_str()))])),
        additional: Additional::default(),
        request_id: is_call.then(|| id.next_of_kin()),
        event_id: id,
        read_only: false,
        resources: &resources,
        event_type: if is_call { "AwsApiCall" } else { "AwsServiceEvent" }.into(),
        recipient: account.into(),
        shared_event_id: None,
        service_details: details,
        tls: None,
        gatekey: None,
    }
    .to_bytes()
}
