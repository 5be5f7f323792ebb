//! What a denial says to whoever may decode it: the layout of AWS's DecodeAuthorizationMessage.

use gatekey_policy::{
    ConditionKey, Decider, Effect, Identity, KeyName, Layer, Outcome, Policies, Principal, Request,
    StatementRef, Value, Values, Verdict,
};
use gatekey_types::AccountId;
use serde_json::{Value as Json, json};

/// The header that carries the sealed text.
pub(crate) const HEADER: &str = "x-gatekey-authorization-message";
/// Longest text that is sealed, so that headers stay within what clients read and DecodeAuthorizationMessage takes.
pub(crate) const LONGEST: usize = 6 * 1024;

/// A denial in AWS's layout. Of another account's resource it tells no more than the denial itself does: neither its
/// policy nor its tags.
pub(crate) fn explain(verdict: &Verdict, request: &Request<'_>, policies: &Policies<'_>) -> String {
    let account = request.principal.account();
    let foreign = request.resource_account.is_some_and(|owner| Some(owner) != account);
    let statement = match verdict.by {
        Decider::Statement(at) if !(foreign && of_the_owner(at.layer)) => Some(at),
        _ => None,
    };
    let whole = layout(verdict, request, policies, statement, conditions(request, foreign));
    match whole.len() > LONGEST {
        true => layout(verdict, request, policies, None, Vec::new()),
        false => whole,
    }
}

fn of_the_owner(layer: Layer) -> bool {
    matches!(layer, Layer::Resource | Layer::ResourceControl | Layer::Grant)
}

fn layout(
    verdict: &Verdict,
    request: &Request<'_>,
    policies: &Policies<'_>,
    statement: Option<StatementRef>,
    conditions: Vec<Json>,
) -> String {
    let matched: Vec<Json> =
        statement.and_then(|at| matched(at, policies, request.principal)).into_iter().collect();
    json!({
        "allowed": verdict.is_allowed(),
        "explicitDeny": verdict.outcome == Outcome::ExplicitDeny,
        "matchedStatements": items(matched),
        "failures": items(Vec::new()),
        "context": {
            "principal": principal(request.principal),
            "action": request.action.to_string(),
            "resource": request.resource.text(),
            "conditions": items(conditions),
        },
    })
    .to_string()
}

fn items(items: Vec<Json>) -> Json {
    json!({ "items": items })
}

fn principal(principal: &Principal) -> Json {
    let (id, name) = match &principal.identity {
        Identity::User { arn, id } => (id.as_ref().map(ToString::to_string), arn.name()),
        Identity::RoleSession { session, role_id, .. } => {
            let name = session.session_name().unwrap_or_default();
            (role_id.as_ref().map(|id| format!("{id}:{name}")), name)
        }
        Identity::FederatedUser { arn, .. } => {
            (Some(format!("{}:{}", arn.account(), arn.name())), arn.name())
        }
        Identity::Root { arn } => (Some(arn.account().to_string()), "root"),
        Identity::Service { .. } | Identity::Unsigned { .. } => (None, ""),
    };
    json!({ "id": id, "name": name, "arn": principal.arn().map(ToString::to_string) })
}

/// The statement that decided.
fn matched(at: StatementRef, policies: &Policies<'_>, principal: &Principal) -> Option<Json> {
    let statement = policies.statement(at)?;
    let effect = if statement.effect == Effect::Deny { "DENY" } else { "ALLOW" };
    let policy = policies.attachment(at).map(|attachment| attachment.name.to_string());
    Some(json!({
        "statementId": statement.sid.as_ref().map_or("", |sid| &*sid.text),
        "effect": effect,
        "principals": items(vec![json!({ "value": principal.display_name() })]),
        "policy": policy,
        "layer": at.layer.name(),
    }))
}

/// The condition keys that the request had. Those that describe another account's resource are left out.
fn conditions(request: &Request<'_>, foreign: bool) -> Vec<Json> {
    let shown = |name: KeyName, key: &str| !(foreign && is_of_the_resource(name, key));
    request.keys().filter(|(key, _)| shown(key.name(), &key.to_string())).map(condition).collect()
}

/// Whether a condition key describes the resource of a request.
pub(crate) fn is_of_the_resource(name: KeyName, key: &str) -> bool {
    let twin = key.get(..16).is_some_and(|start| start.eq_ignore_ascii_case("iam:ResourceTag/"));
    name == KeyName::AwsResourceTag
        || twin
        || (name != KeyName::KmsRequestAlias && key.starts_with("kms:Key"))
        || matches!(
            name,
            KeyName::KmsResourceAliases
                | KeyName::KmsMultiRegion
                | KeyName::KmsMultiRegionKeyType
                | KeyName::KmsCustomerMasterKeySpec
                | KeyName::KmsCustomerMasterKeyUsage
                | KeyName::AwsResourceOrgId
                | KeyName::AwsResourceOrgPaths
        )
}

fn condition((key, values): (ConditionKey<'_>, Values<'_>)) -> Json {
    let text = |value: &Value<'_>| json!({ "value": value.text() });
    let values = match values {
        Values::One(value) => vec![text(&value)],
        Values::Many(values) => values.iter().map(text).collect(),
        Values::Absent => Vec::new(),
    };
    json!({ "key": key.to_string(), "values": items(values) })
}

/// Binds a text to the account whose members may read it.
pub(crate) fn addressed(account: AccountId, text: &str) -> String {
    format!("{account}:{text}")
}

/// The text, if it is for this account.
pub(crate) fn for_account(account: AccountId, addressed: &str) -> Option<&str> {
    addressed.strip_prefix(account.as_str())?.strip_prefix(':')
}
