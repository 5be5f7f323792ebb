use super::{
    Answer, Decision, Layer,
    grant::{self, Own},
    query::{Held, Kind, Query, each},
    statement::{Match, matches},
};
use serde_json::Value;

/// Operations that are decided by identity policies alone.
const WITHOUT_KEY: &[&str] = &[
    "CreateKey",
    "ListKeys",
    "ListAliases",
    "GenerateRandom",
    "ListRetirableGrants",
    "CreateCustomKeyStore",
    "DeleteCustomKeyStore",
    "UpdateCustomKeyStore",
    "DescribeCustomKeyStores",
    "ConnectCustomKeyStore",
    "DisconnectCustomKeyStore",
];

/// Operations that can be used on a key of another account.
const ACROSS_ACCOUNTS: &[&str] = &[
    "Encrypt",
    "Decrypt",
    "ReEncryptFrom",
    "ReEncryptTo",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "Sign",
    "Verify",
    "DeriveSharedSecret",
    "GetPublicKey",
    "DescribeKey",
    "GetKeyRotationStatus",
    "CreateGrant",
    "ListGrants",
    "RetireGrant",
    "RevokeGrant",
];

/// Prefixes of the services whose resources RCPs bind, as AWS lists them.
const WITH_RCPS: &str = "aoss appconfig appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront \
    cloudsearch cloudtrail-data codeartifact codebuild codecommit codepipeline cognito-identity cognito-idp comprehend \
    comprehendmedical compute-optimizer cost-optimization-hub dax dsql dynamodb ecr ecr-public events firehose fis fms \
    gamelift health inspector-scan kendra kinesisvideo kms logs memorydb networkmonitor notifications opensearch \
    pca-connector-ad personalize polly pricing resource-groups rolesanywhere s3 secretsmanager servicediscovery signin \
    sqs sts support swf textract timestream-influxdb transcribe transfer translate wafv2 workspaces xray";

/// Decides one case.
pub fn evaluate(case: &Value) -> Answer {
    let query = Query::of(case);
    let (decision, layer) = decide(&query);
    let message = if decision == Decision::Allow { String::new() } else { message(&query, decision, layer) };
    Answer { decision, layer, message }
}

type Verdict = (Decision, Layer);
const fn no(layer: Layer) -> Verdict {
    (Decision::ImplicitDeny, layer)
}

fn decide(query: &Query<'_>) -> Verdict {
    if let Some(layer) = explicit_deny(query) {
        return (Decision::ExplicitDeny, layer);
    }
    if binds(query, Layer::Rcp) && !levels_allow(query, Layer::Rcp) {
        return no(Layer::Rcp);
    }
    if binds(query, Layer::Scp) && !levels_allow(query, Layer::Scp) {
        return (Decision::ExplicitDeny, Layer::Scp);
    }
    if binds(query, Layer::Endpoint) && !any(query, Layer::Endpoint, "Allow") {
        return no(Layer::Endpoint);
    }
    let own = own_side(query);
    match () {
        () if is_by_unlocker(query) => by_unlocker(query, &own),
        () if is_retire_grant(query) && grant::may_retire(query, &own) => (Decision::Allow, Layer::Grant),
        () if is_retire_grant(query) => no(Layer::Identity),
        () if is_identity_only(query) => identity_only(query, &own),
        () if is_across_accounts(query) => across_accounts(query, &own),
        () if query.mode == "generic" => generic(query, &own),
        () => same_account(query, &own),
    }
}

fn is_retire_grant(query: &Query<'_>) -> bool {
    query.mode == "kms" && query.operation() == "RetireGrant"
}

/// No key is touched: the key policy, RCPs and grants play no part.
fn is_identity_only(query: &Query<'_>) -> bool {
    let is_alias =
        query.resource.splitn(6, ':').nth(5).is_some_and(|resource| resource.starts_with("alias/"));
    query.mode == "kms"
        && (WITHOUT_KEY.contains(&query.operation())
            || (is_alias && query.operation().ends_with("Alias"))
            || (query.resource == "*" && query.operation() == "TagResource"))
}

/// Services and anonymous callers have no account, so nobody at home has to agree.
fn is_across_accounts(query: &Query<'_>) -> bool {
    query.account.is_some() && query.account != query.resource_account
}

/// Whether a layer has a say in this request.
fn binds(query: &Query<'_>, layer: Layer) -> bool {
    let is_linked = query.flag("serviceLinkedRole");
    let is_free =
        |account: &Option<String>| account.is_some() && account.as_deref() == query.text("managementAccount");
    let has_keyless_resource =
        if query.mode == "kms" { is_identity_only(query) } else { query.resource == "*" };
    let is_given = !policies(query, layer).is_empty() || query.case.get(member(layer)).is_some();
    is_given
        && match layer {
            Layer::Scp => query.account.is_some() && !is_linked && !is_free(&query.account),
            Layer::Rcp => {
                let is_exempt = !has_rcps(query)
                    || is_linked
                    || is_retire_grant(query)
                    || query.flag("awsManagedKey")
                    || has_keyless_resource;
                !is_exempt && !is_free(&query.resource_account)
            }
            Layer::Resource => !is_retire_grant(query) && !is_identity_only(query) && !unlocks(query),
            _ => true,
        }
}

/// Whether the service is one that RCPs bind, and the resource is not the trust policy of a service-linked role.
fn has_rcps(query: &Query<'_>) -> bool {
    let service = query.action.split(':').next().unwrap_or_default().to_lowercase();
    let is_for_linked_role = query.mode == "trust" && query.resource.contains(":role/aws-service-role/");
    WITH_RCPS.split_whitespace().any(|one| one == service) && !is_for_linked_role
}

/// The member of a case that holds a layer's policies.
fn member(layer: Layer) -> &'static str {
    match layer {
        Layer::Scp => "serviceControlPolicies",
        Layer::Rcp => "resourceControlPolicies",
        Layer::Endpoint => "endpointPolicy",
        Layer::Resource => "resourcePolicy",
        Layer::Identity => "identityPolicies",
        Layer::Boundary => "permissionsBoundary",
        Layer::Session => "sessionPolicies",
        Layer::Grant => "grants",
    }
}

/// All policies of a layer, at whatever level.
fn policies<'a>(query: &Query<'a>, layer: Layer) -> Vec<&'a Value> {
    let outer = query.case.get(member(layer)).map(each).unwrap_or_default();
    outer.into_iter().flat_map(each).map(|policy| policy.get("policy").unwrap_or(policy)).collect()
}

/// Whether any policy of a layer has a statement of this effect that means the request.
fn any(query: &Query<'_>, layer: Layer, effect: &str) -> bool {
    policies(query, layer).into_iter().any(|policy| !matches(query, layer, policy, effect).is_empty())
}

/// Whether every level of the organization has a policy that allows.
fn levels_allow(query: &Query<'_>, layer: Layer) -> bool {
    let levels = query.case.get(member(layer)).map(each).unwrap_or_default();
    let allows = |policy: &Value| !matches(query, layer, policy, "Allow").is_empty();
    levels.into_iter().all(|level| each(level).into_iter().any(allows))
}

/// The layer that is blamed for an explicit denial, if there is one.
fn explicit_deny(query: &Query<'_>) -> Option<Layer> {
    use Layer::{Boundary, Endpoint, Identity, Rcp, Resource, Scp, Session};
    [Scp, Rcp, Endpoint, Resource, Identity, Boundary, Session]
        .into_iter()
        .find(|layer| binds(query, *layer) && any(query, *layer, "Deny"))
}

/// What the caller's own policies allow. The root user has none and needs none; a federated user without a session policy can do nothing by them.
fn own_side(query: &Query<'_>) -> Own {
    let is_absent = |layer| policies(query, layer).is_empty();
    Own {
        identity: query.kind == Kind::Root || any(query, Layer::Identity, "Allow"),
        boundary: is_absent(Layer::Boundary) || any(query, Layer::Boundary, "Allow"),
        session: if is_absent(Layer::Session) {
            query.kind != Kind::Federated
        } else {
            any(query, Layer::Session, "Allow")
        },
        is_root: query.kind == Kind::Root,
    }
}

/// How the resource policy's Allow statements mean the caller. KMS and AssumeRole are for signed requests: nothing allows anonymous ones.
fn resource_allows(query: &Query<'_>) -> Vec<Match> {
    let needs_signature =
        query.mode == "kms" || (query.mode == "trust" && query.text("federatedProvider").is_none());
    if query.kind == Kind::Anonymous && needs_signature {
        return Vec::new();
    }
    policies(query, Layer::Resource)
        .into_iter()
        .flat_map(|policy| matches(query, Layer::Resource, policy, "Allow"))
        .collect()
}

/// The root user in a session for unlocking key policies.
fn is_by_unlocker(query: &Query<'_>) -> bool {
    query.kind == Kind::Root && query.text("rootTask") == Some("KMSUnlockKeyPolicy")
}

/// Such a session looks at, or replaces, the policy of a key of its own account: then that policy has no say.
fn unlocks(query: &Query<'_>) -> bool {
    let own = query.account.as_deref().unwrap_or_default();
    let region = match query.context.get("aws:requestedregion") {
        Some(Held::One(region)) => region.as_str(),
        _ => return false,
    };
    let parts: Vec<&str> = query.resource.splitn(6, ':').collect();
    let is_own_key = matches!(parts[..], ["arn", _, "kms", of, account, key]
        if of == region && account == own && key.starts_with("key/"));
    is_by_unlocker(query)
        && query.mode == "kms"
        && ["DescribeKey", "GetKeyPolicy", "PutKeyPolicy"].contains(&query.operation())
        && is_own_key
        && !is_across_accounts(query)
        && !query.flag("awsManagedKey")
}

/// It may do that, within the policies of its session, and nothing else.
fn by_unlocker(query: &Query<'_>, own: &Own) -> Verdict {
    match () {
        () if is_across_accounts(query) => no(Layer::Resource),
        () if !unlocks(query) => no(Layer::Session),
        () if own.boundary && own.session => (Decision::Allow, Layer::Identity),
        () => no(missing(own, true)),
    }
}

fn same_account(query: &Query<'_>, own: &Own) -> Verdict {
    let found = resource_allows(query);
    let by_role = found.iter().any(|by| by.is_limited());
    let within = own.boundary && own.session;
    if (found.iter().any(|by| by.is_direct()) && own.lets_direct()) || (by_role && within) {
        return (Decision::Allow, Layer::Resource);
    }
    if found.contains(&Match::Account) && own.identity && within {
        return (Decision::Allow, Layer::Identity);
    }
    if query.mode == "kms" && grant::allow(query, own) {
        return (Decision::Allow, Layer::Grant);
    }
    if found.is_empty() || own.is_root { no(Layer::Resource) } else { no(missing(own, !by_role)) }
}

/// The first of the caller's own layers that fails.
fn missing(own: &Own, needs_identity: bool) -> Layer {
    match own {
        Own { identity: false, .. } if needs_identity => Layer::Identity,
        Own { boundary: false, .. } => Layer::Boundary,
        _ => Layer::Session,
    }
}

fn across_accounts(query: &Query<'_>, own: &Own) -> Verdict {
    let is_possible = query.mode != "kms" || ACROSS_ACCOUNTS.contains(&query.operation());
    if is_possible && query.mode == "kms" && !(has_both_sides(query, own)) && grant::allow(query, own) {
        return (Decision::Allow, Layer::Grant);
    }
    match () {
        () if !is_possible || resource_allows(query).is_empty() => no(Layer::Resource),
        () if has_both_sides(query, own) => (Decision::Allow, Layer::Resource),
        () => no(missing(own, true)),
    }
}

fn has_both_sides(query: &Query<'_>, own: &Own) -> bool {
    !resource_allows(query).is_empty() && own.identity && own.boundary && own.session
}

fn identity_only(query: &Query<'_>, own: &Own) -> Verdict {
    match () {
        () if is_across_accounts(query) || query.kind == Kind::Anonymous => no(Layer::Resource),
        () if own.identity && own.boundary && own.session => (Decision::Allow, Layer::Identity),
        () => no(missing(own, true)),
    }
}

/// Other services than KMS, in one account: the resource policy or the identity policies suffice.
fn generic(query: &Query<'_>, own: &Own) -> Verdict {
    let found = resource_allows(query);
    let by_role = found.iter().any(|by| by.is_limited());
    let within = own.boundary && own.session;
    match () {
        () if (found.iter().any(|by| by.is_direct()) && own.lets_direct()) || (by_role && within) => {
            (Decision::Allow, Layer::Resource)
        }
        () if own.identity && within => (Decision::Allow, Layer::Identity),
        () if query.account.is_none() => no(Layer::Resource),
        () => no(missing(own, !by_role)),
    }
}

/// `: ARN` of the identity policy that denies, if it is a managed one: such a policy's name in the case is its ARN.
fn managed(query: &Query<'_>, layer: Layer) -> String {
    let listed = query.case.get(member(layer)).map(each).unwrap_or_default();
    let denies = |entry: &&Value| {
        entry.get("policy").is_some_and(|policy| !matches(query, layer, policy, "Deny").is_empty())
    };
    let name = listed.into_iter().find(denies).and_then(|entry| entry.get("name")?.as_str());
    name.filter(|name| name.starts_with("arn:")).map(|arn| format!(": {arn}")).unwrap_or_default()
}

/// AWS's message for a denial.
fn message(query: &Query<'_>, decision: Decision, layer: Layer) -> String {
    let who = format!("User: {} is not authorized to perform: {}", query.caller, query.action);
    let (name, on) = (layer.words().1, query.resource);
    if is_across_accounts(query) && matches!(layer, Layer::Resource | Layer::Rcp) {
        return format!(
            "{who} on this resource because the resource does not exist in this Region, no resource-based policies allow access, \
             or a resource-based policy explicitly denies access"
        );
    }
    let article = if layer == Layer::Identity { "an" } else { "a" };
    match decision {
        Decision::ExplicitDeny => {
            let which = managed(query, layer);
            format!("{who} on resource: {on} with an explicit deny in {article} {name}{which}")
        }
        _ => format!("{who} on resource: {on} because no {name} allows the {} action", query.action),
    }
}
