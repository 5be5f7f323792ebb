use super::{
    pattern::{like_arn, literally},
    query::{Held, Kind, Query, each, folded},
    statement::{Match, match_name},
};
use serde_json::Value;

/// What the caller's own side allows, as far as a grant depends on it.
pub(super) struct Own {
    pub(super) identity: bool,
    pub(super) boundary: bool,
    pub(super) session: bool,
    pub(super) is_root: bool,
}

impl Own {
    /// Whether a match that nothing else is needed for suffices: a root user's session is held to its policies all the same.
    pub(super) fn lets_direct(&self) -> bool {
        !self.is_root || self.session
    }

    /// Whether a match by this name suffices.
    fn lets(&self, by: Match) -> bool {
        (by.is_direct() && self.lets_direct())
            || (self.boundary && self.session && (by.is_limited() || self.identity))
    }
}

/// Whether any grant lets the caller do it.
pub(super) fn allow(query: &Query<'_>, own: &Own) -> bool {
    grants(query).into_iter().any(|grant| is_known(query, grant) && grants_operation(query, grant, own))
}

fn grants<'a>(query: &Query<'a>) -> Vec<&'a Value> {
    query.case.get("grants").map(each).unwrap_or_default()
}

/// A grant that has not spread yet counts only if the request brings its token.
fn is_known(query: &Query<'_>, grant: &Value) -> bool {
    let tokens = query.case.get("grantTokens").map(each).unwrap_or_default();
    grant.get("settled") != Some(&Value::Bool(false))
        || tokens.into_iter().any(|token| Some(token) == grant.get("grantId"))
}

fn grants_operation(query: &Query<'_>, grant: &Value, own: &Own) -> bool {
    has_operation(grant, query.operation())
        && is_named(query, grant, "granteePrincipal", "granteeServicePrincipal", own)
        && constraints_hold(query, grant.get("constraints").unwrap_or(&Value::Null))
        && (query.operation() != "CreateGrant" || is_no_wider(query, grant))
}

fn has_operation(grant: &Value, operation: &str) -> bool {
    grant
        .get("operations")
        .map(each)
        .unwrap_or_default()
        .into_iter()
        .any(|one| one.as_str() == Some(operation))
}

/// Whether the grant names the caller in one of two members, and the caller's own side lets such a match through.
fn is_named(query: &Query<'_>, grant: &Value, principal: &str, service: &str, own: &Own) -> bool {
    let text = |member: &str| grant.get(member).and_then(Value::as_str);
    let is_service = query.kind == Kind::Service && text(service) == Some(query.caller);
    is_service || text(principal).and_then(|name| match_name(query, name)).is_some_and(|by| own.lets(by))
}

fn constraints_hold(query: &Query<'_>, constraints: &Value) -> bool {
    let is_free = matches!(query.operation(), "DescribeKey" | "CreateGrant");
    let context: Vec<(String, &str)> = query
        .context
        .iter()
        .filter_map(|(key, held)| match held {
            Held::One(value) => {
                Some((key.strip_prefix("kms:encryptioncontext:")?.to_owned(), value.as_str()))
            }
            Held::Many(_) => None,
        })
        .collect();
    let equals = pairs(constraints, "encryptionContextEquals");
    let subset = pairs(constraints, "encryptionContextSubset");
    let source = match query.context.get("aws:sourcearn") {
        Some(Held::One(arn)) => arn.as_str(),
        _ => "",
    };
    let in_equals = equals.is_none_or(|equals| has_all(&context, &equals) && has_all(&equals, &context));
    let in_subset = subset.is_none_or(|subset| has_all(&context, &subset));
    (is_free || (in_equals && in_subset))
        && source_arn(constraints).is_none_or(|wanted| like_arn(&literally(wanted), source))
}

/// The pairs of a constraint, names in lower case, since they are compared without case.
fn pairs<'a>(constraints: &'a Value, name: &str) -> Option<Vec<(String, &'a str)>> {
    let pairs = constraints.get(name)?.as_object()?;
    Some(pairs.iter().map(|(key, value)| (folded(key), value.as_str().unwrap_or_default())).collect())
}

fn source_arn(constraints: &Value) -> Option<&str> {
    constraints.get("sourceArn").and_then(Value::as_str)
}

fn has_all(whole: &[(String, &str)], part: &[(String, &str)]) -> bool {
    part.iter().all(|pair| whole.contains(pair))
}

/// Whether what CreateGrant asks for stays within the grant that gives the right to ask.
fn is_no_wider(query: &Query<'_>, parent: &Value) -> bool {
    let Some(child) = query.case.pointer("/request/newGrant") else {
        return false;
    };
    let (parent_limits, child_limits) =
        (parent.get("constraints").unwrap_or(&Value::Null), child.get("constraints").unwrap_or(&Value::Null));
    let child_equals = pairs(child_limits, "encryptionContextEquals");
    let child_subset = pairs(child_limits, "encryptionContextSubset");
    let operations = child.get("operations").map(each).unwrap_or_default();
    let contains = |of: &Option<Vec<(String, &str)>>, all: &[(String, &str)]| {
        of.as_ref().is_some_and(|of| has_all(of, all))
    };
    operations.into_iter().all(|one| has_operation(parent, one.as_str().unwrap_or_default()))
        && pairs(parent_limits, "encryptionContextSubset")
            .is_none_or(|all| contains(&child_equals, &all) || contains(&child_subset, &all))
        && pairs(parent_limits, "encryptionContextEquals").is_none_or(|all| {
            contains(&child_equals, &all) && child_equals.as_ref().is_some_and(|child| has_all(&all, child))
        })
        && source_arn(parent_limits).is_none_or(|arn| source_arn(child_limits) == Some(arn))
}

/// RetireGrant: the retiring principal; the grantee, if the grant says so; and the account that made the grant.
pub(super) fn may_retire(query: &Query<'_>, own: &Own) -> bool {
    let wanted = query.text("grantId");
    let is_wanted =
        |grant: &&Value| wanted.is_none_or(|id| grant.get("grantId").and_then(Value::as_str) == Some(id));
    let Some(grant) = grants(query).into_iter().find(is_wanted) else {
        return false;
    };
    let issuer = grant.get("issuingAccount").and_then(Value::as_str).or(query.resource_account.as_deref());
    let by_issuer = match query.kind {
        Kind::Root => Match::RootUser,
        _ => Match::Account,
    };
    is_named(query, grant, "retiringPrincipal", "retiringServicePrincipal", own)
        || (has_operation(grant, "RetireGrant")
            && is_named(query, grant, "granteePrincipal", "granteeServicePrincipal", own))
        || (query.account.is_some() && query.account.as_deref() == issuer && own.lets(by_issuer))
}
