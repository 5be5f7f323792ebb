//! A decision as the API shows it.

use gatekey_gate::Explained;
use gatekey_model::gatekey as shape;
use gatekey_policy::{
    Change, ConditionTrace, Decider, Effect, GrantTrace, Layer, LayerTrace, MatchClass, Outcome, PolicyTrace,
    SeenValues, StatementTrace, Truth,
};

/// The whole decision.
pub(crate) fn decision(explained: &Explained) -> shape::Decision {
    let (verdict, trace) = (&explained.verdict, &explained.trace);
    shape::Decision {
        principal: explained.principal.clone(),
        action: explained.action.clone(),
        resource: explained.resource.clone(),
        outcome: if verdict.is_allowed() { shape::Outcome::Allowed } else { shape::Outcome::Denied },
        explicit_deny: verdict.outcome == Outcome::ExplicitDeny,
        decided_by: verdict.layer.name().to_owned(),
        message: explained.message.clone(),
        context: Some(explained.context.iter().map(entry).collect()),
        layers: Some(trace.layers.iter().map(|one| layer(one, verdict.by, verdict.layer)).collect()),
        grants: Some(trace.grants.iter().map(|one| grant(one, verdict.by)).collect()),
        fixes: Some(trace.changes.iter().map(fix).collect()),
        notes: Some(notes(explained)),
    }
}

fn notes(explained: &Explained) -> Vec<String> {
    let note = |key: &String| format!("The policies look at {key}, which the request does not have.");
    explained.missing_context.iter().map(note).collect()
}

fn entry((key, values): &(String, Vec<String>)) -> shape::ContextEntry {
    shape::ContextEntry { key: key.clone(), values: values.clone() }
}

fn layer(layer: &LayerTrace, by: Decider, decided: Layer) -> shape::Layer {
    shape::Layer {
        name: layer.layer.name().to_owned(),
        decides: layer.layer == decided && !matches!(by, Decider::Grant(_)),
        not_asked: layer.not_asked.map(str::to_owned),
        hidden: false,
        policies: Some(layer.policies.iter().map(|one| policy(one, by)).collect()),
    }
}

fn policy(policy: &PolicyTrace, by: Decider) -> shape::PolicyTrace {
    shape::PolicyTrace {
        name: policy.name.clone(),
        level: i32::try_from(policy.level).ok(),
        hidden: false,
        statements: Some(policy.statements.iter().map(|one| statement(one, by)).collect()),
    }
}

fn statement(statement: &StatementTrace, by: Decider) -> shape::Statement {
    shape::Statement {
        sid: statement.sid.clone(),
        number: i32::from(statement.at.statement).saturating_add(1),
        line: i32::try_from(statement.line).unwrap_or(i32::MAX),
        effect: match statement.effect {
            Effect::Allow => shape::EffectType::Allow,
            Effect::Deny => shape::EffectType::Deny,
        },
        applies: truth(statement.applies),
        decides: by == Decider::Statement(statement.at),
        principal_matches: Some(statement.principal),
        principal_matched_by: statement.class.map(matched_by),
        action_matches: Some(statement.action),
        resource_matches: Some(truth(statement.resource)),
        conditions: Some(statement.conditions.iter().map(condition).collect()),
        near_miss: statement.near_miss.clone(),
    }
}

fn condition(condition: &ConditionTrace) -> shape::Condition {
    let seen = match &condition.seen {
        SeenValues::Values(values) => Some(values.clone()),
        SeenValues::Absent | SeenValues::Unknown => None,
    };
    shape::Condition {
        operator: condition.operator.clone(),
        key: condition.key.clone(),
        wanted: Some(condition.wanted.clone()),
        present: Some(seen.is_some()),
        seen,
        holds: truth(condition.holds),
    }
}

fn grant(grant: &GrantTrace, by: Decider) -> shape::GrantTrace {
    shape::GrantTrace {
        grant_id: grant.id.to_string(),
        matched_by: grant.class.map(matched_by),
        holds_operation: grant.operation,
        in_effect: grant.in_effect,
        constraints: truth(grant.constraints),
        decides: by == Decider::Grant(grant.id),
    }
}

fn fix(change: &Change) -> shape::Fix {
    shape::Fix {
        kind: match (change.layer, &change.document) {
            (Layer::Resource, Some(_)) => shape::FixKind::KeyPolicy,
            (Layer::Identity, Some(_)) => shape::FixKind::IdentityPolicy,
            (Layer::Grant, Some(_)) => shape::FixKind::Grant,
            _ => shape::FixKind::Other,
        },
        layer: change.layer.name().to_owned(),
        what: change.what.clone(),
        document: change.document.clone(),
        allowed_to: None,
    }
}

fn truth(truth: Truth) -> shape::TruthType {
    match truth {
        Truth::True => shape::TruthType::True,
        Truth::False => shape::TruthType::False,
        Truth::Unknown => shape::TruthType::Unknown,
    }
}

/// By which name a caller was meant, in words.
fn matched_by(class: MatchClass) -> String {
    match class {
        MatchClass::Session => "the session's name",
        MatchClass::User => "the user's name",
        MatchClass::Role => "the role's name",
        MatchClass::FederatedParent => "the name of the user behind it",
        MatchClass::Wildcard => "meaning everyone",
        MatchClass::RootUser => "the account, as its root user",
        MatchClass::Account => "delegating to the account",
        MatchClass::Service => "the service's name",
        MatchClass::Federated => "the identity provider",
        MatchClass::NotPrincipal => "not being excepted",
    }
    .to_owned()
}
