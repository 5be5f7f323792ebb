use super::{
    Layer,
    condition::{Reading, holds},
    pattern::{like_text, literally, substituted},
    query::{Kind, Query, each},
};
use serde_json::Value;

/// By which name a statement or a grant means the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Match {
    /// The very session or federated user.
    Session,
    /// The very user.
    User,
    /// The role of the session.
    Role,
    /// The user behind the federated user.
    FederatedParent,
    /// Everybody.
    Wildcard,
    /// The account, and the caller is its root user.
    RootUser,
    /// The account, and the caller is anyone else in it.
    Account,
    /// The service, or the identity provider.
    Service,
}

impl Match {
    /// A match that neither boundary nor session policy limits, and that needs no identity policy.
    pub(super) fn is_direct(self) -> bool {
        !self.is_limited() && self != Self::Account
    }

    /// A match that boundary and session policy limit, but that needs no identity policy.
    pub(super) fn is_limited(self) -> bool {
        matches!(self, Self::Role | Self::FederatedParent)
    }
}

/// How one name under `"AWS"` in a principal, or in a grant, means the caller.
pub(super) fn match_name(query: &Query<'_>, name: &str) -> Option<Match> {
    if name == "*" {
        return Some(Match::Wildcard);
    }
    if is_account(query, name) {
        return Some(if query.kind == Kind::Root { Match::RootUser } else { Match::Account });
    }
    let is_base = query.base.as_deref() == Some(name);
    let is_unique_id = query.unique_id == Some(name);
    match query.kind {
        Kind::User if name == query.caller || is_unique_id => Some(Match::User),
        Kind::Session if is_base || is_unique_id => Some(Match::Role),
        Kind::Federated if is_base || is_unique_id => Some(Match::FederatedParent),
        Kind::Session | Kind::Federated if name == query.caller => Some(Match::Session),
        _ => None,
    }
}

/// Whether the name is the caller's account: twelve digits, or the ARN that ends in `root`.
fn is_account(query: &Query<'_>, name: &str) -> bool {
    let partition = query.caller.split(':').nth(1).unwrap_or_default();
    query
        .account
        .as_ref()
        .is_some_and(|account| name == account || name == format!("arn:{partition}:iam::{account}:root"))
}

/// The names of a `Principal` or `NotPrincipal`, each with the kind that it stands under.
fn names(principal: &Value) -> Vec<(&str, &str)> {
    match principal {
        Value::String(text) => vec![("AWS", text)],
        Value::Object(kinds) => kinds
            .iter()
            .flat_map(|(kind, names)| {
                each(names).into_iter().map(move |name| (kind.as_str(), name.as_str().unwrap_or_default()))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// How any name in a `Principal` means the caller; there may be several ways.
fn match_principal(query: &Query<'_>, principal: &Value) -> Vec<Match> {
    let service =
        |name: &str| (query.kind == Kind::Service && query.caller == name).then_some(Match::Service);
    let provider = |name: &str| (query.text("federatedProvider") == Some(name)).then_some(Match::Service);
    let one = |(kind, name): (&str, &str)| match kind {
        "AWS" => match_name(query, name),
        "Service" => service(name),
        "Federated" => provider(name),
        _ => None,
    };
    names(principal).into_iter().filter_map(one).collect()
}

/// Whether a `NotPrincipal` of a Deny lists all that it must for the caller to be spared.
fn spares(query: &Query<'_>, not_principal: &Value) -> bool {
    let has_boundary = query.case.get("permissionsBoundary").is_some();
    let listed = match_principal(query, not_principal);
    let has = |wanted: &[Match]| wanted.iter().all(|one| listed.contains(one));
    let is_bare_role = query.base.as_deref() == Some(query.caller);
    let is_listed = match query.kind {
        Kind::Root => has(&[Match::RootUser]),
        Kind::User => has(&[Match::Account, Match::User]),
        Kind::Session if is_bare_role => has(&[Match::Account, Match::Role]),
        Kind::Session => has(&[Match::Account, Match::Role, Match::Session]),
        Kind::Federated if query.base.is_none() && query.unique_id.is_none() => {
            has(&[Match::Account, Match::Session])
        }
        Kind::Federated => has(&[Match::Account, Match::FederatedParent, Match::Session]),
        Kind::Service | Kind::Anonymous => has(&[Match::Service]),
    };
    !has_boundary && (is_listed || listed.contains(&Match::Wildcard))
}

/// How the principal part of a statement means the caller.
fn statement_principal(query: &Query<'_>, statement: &Value) -> Vec<Match> {
    let is_deny = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
    let everyone = |means: bool| if means { vec![Match::Wildcard] } else { Vec::new() };
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => match_principal(query, principal),
        (None, Some(not)) if is_deny => everyone(!spares(query, not)),
        (None, Some(not)) => everyone(match_principal(query, not).is_empty()),
        (None, None) => Vec::new(),
    }
}

/// The ways in which statements of one effect in one policy mean the request. Policies of the caller have no principal and always mean
/// the caller; of these every match is `User`.
pub(super) fn matches(query: &Query<'_>, layer: Layer, policy: &Value, effect: &str) -> Vec<Match> {
    let has_variables = policy.get("Version").and_then(Value::as_str) == Some("2012-10-17");
    let hidden: &[&str] =
        if layer == Layer::Resource && query.mode == "kms" { &["kms:resourcealiases"] } else { &[] };
    let reading = Reading { query, has_variables, hidden };
    let has_principal = matches!(layer, Layer::Resource | Layer::Rcp | Layer::Endpoint);
    let needs_resource = !(layer == Layer::Resource && query.mode == "trust");
    policy
        .get("Statement")
        .map(each)
        .unwrap_or_default()
        .into_iter()
        .filter(|statement| statement.get("Effect").and_then(Value::as_str) == Some(effect))
        .filter(|statement| element(statement, "Action", |pattern| action_matches(query, pattern)))
        .filter(|statement| {
            !needs_resource || element(statement, "Resource", |pattern| resource_matches(&reading, pattern))
        })
        .filter(|statement| statement.get("Condition").is_none_or(|block| holds(&reading, block)))
        .flat_map(
            |statement| if has_principal { statement_principal(query, statement) } else { vec![Match::User] },
        )
        .collect()
}

/// An element or its opposite, `Action` or `NotAction`; a statement that has neither has no effect.
fn element(statement: &Value, name: &str, one: impl Fn(&str) -> bool) -> bool {
    let any = |value: &Value| each(value).into_iter().filter_map(Value::as_str).any(&one);
    match (statement.get(name), statement.get(format!("Not{name}"))) {
        (Some(value), _) => any(value),
        (None, Some(value)) => !any(value),
        (None, None) => false,
    }
}

/// `service:Name`, each part without case and with wildcards; `*` alone is everything.
fn action_matches(query: &Query<'_>, pattern: &str) -> bool {
    let (pattern, action) = (pattern.to_lowercase(), query.action.to_lowercase());
    let parts = pattern.split_once(':').zip(action.split_once(':'));
    pattern == "*"
        || parts.is_some_and(|((service, name), (of_service, of_name))| {
            like_text(&literally(service), of_service) && like_text(&literally(name), of_name)
        })
}

/// The whole ARN with wildcards; variables count only behind the fifth colon.
fn resource_matches(reading: &Reading<'_>, pattern: &str) -> bool {
    let start = pattern.match_indices(':').nth(4).map_or(pattern.len(), |(at, _)| at + 1);
    let (head, tail) = pattern.split_at(start);
    let tail = if reading.has_variables {
        substituted(reading.query, reading.hidden, tail)
    } else {
        Some(literally(tail))
    };
    tail.is_some_and(|tail| like_text(&[literally(head), tail].concat(), reading.query.resource))
}
