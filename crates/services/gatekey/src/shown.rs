//! A decision as the API shows it.

use crate::{remedies, view::View};
use gatekey_gate::{Explained, Passage};
use gatekey_keyring::Key;
use gatekey_model::gatekey as shape;
use gatekey_policy::{
    ConditionTrace, Decider, Effect, GrantTrace, Layer, LayerTrace, MatchClass, Outcome, PolicyTrace,
    Principal, SeenValues, StatementTrace, Truth,
};
use std::collections::BTreeSet;

/// The decision, as far as the view goes; `about` is who asked, and the key if there was one.
pub(crate) fn decision(
    passage: &Passage<'_>,
    explained: &Explained,
    about: (&Principal, Option<&Key>),
    view: View,
) -> shape::Decision {
    let (verdict, trace) = (&explained.verdict, &explained.trace);
    let is_allowed = verdict.is_allowed() && !explained.barred;
    let grants = trace.grants.iter().filter(|grant| view.resource || grant.class.is_some());
    shape::Decision {
        principal: explained.principal.clone(),
        action: explained.action.clone(),
        resource: explained.resource.clone(),
        outcome: if is_allowed { shape::Outcome::Allowed } else { shape::Outcome::Denied },
        explicit_deny: verdict.outcome == Outcome::ExplicitDeny,
        decided_by: if explained.barred { "credentials" } else { verdict.layer.name() }.to_owned(),
        message: explained.message.clone(),
        context: Some(context(explained, view)),
        layers: Some(trace.layers.iter().map(|one| layer(one, verdict.by, verdict.layer, view)).collect()),
        grants: Some(grants.map(|one| grant(one, verdict.by)).collect()),
        fixes: Some(remedies::fixes(passage, explained, about, view)),
        notes: Some(notes(explained, view)),
    }
}

/// What may keep somebody from understanding the rest.
fn notes(explained: &Explained, view: View) -> Vec<String> {
    let barred =
        "These temporary credentials are of a kind that may not ask for this, whatever policies say.";
    let barred = explained.barred.then(|| barred.to_owned());
    let note = |key: &str| format!("The policies look at {key}, which the request does not have.");
    barred.into_iter().chain(absent(explained, view).into_iter().map(note)).collect()
}

/// The condition keys that keep a statement from applying because the request does not have them.
fn absent(explained: &Explained, view: View) -> BTreeSet<&str> {
    let layers = explained.trace.layers.iter().filter(|layer| view.shows(layer.layer));
    let statements = layers.flat_map(|layer| &layer.policies).flat_map(|policy| &policy.statements);
    let near = statements.filter(|one| one.principal && one.action && one.applies != Truth::True);
    let conditions = near.flat_map(|statement| &statement.conditions);
    conditions
        .filter(|condition| condition.seen == SeenValues::Absent && condition.holds != Truth::True)
        .map(|condition| condition.key.as_str())
        .collect()
}

fn context(explained: &Explained, view: View) -> Vec<shape::ContextEntry> {
    let held = explained.context.iter().filter(|held| view.resource || !held.of_the_resource);
    held.map(|held| shape::ContextEntry { key: held.key.clone(), values: held.values.clone() }).collect()
}

fn layer(layer: &LayerTrace, by: Decider, decided: Layer, view: View) -> shape::Layer {
    let (shows, names) = (view.shows(layer.layer), view.names(layer.layer));
    let shown = |one: &PolicyTrace| match shows {
        true => policy(one, by),
        false => shape::PolicyTrace {
            name: one.name.clone(),
            level: i32::try_from(one.level).ok(),
            hidden: true,
            statements: None,
        },
    };
    shape::Layer {
        name: layer.layer.name().to_owned(),
        decides: layer.layer == decided && !matches!(by, Decider::Grant(_)),
        not_asked: layer.not_asked.map(str::to_owned),
        hidden: !shows && layer.not_asked.is_none(),
        policies: Some(layer.policies.iter().filter(|_| names).map(shown).collect()),
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

fn truth(truth: Truth) -> shape::TruthType {
    match truth {
        Truth::True => shape::TruthType::True,
        Truth::False => shape::TruthType::False,
        Truth::Unknown => shape::TruthType::Unknown,
    }
}

/// By which name a caller was meant, in words.
pub(crate) fn matched_by(class: MatchClass) -> String {
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
        MatchClass::UnlockTask => "the task that unlocks key policies, whatever they say",
        MatchClass::RootRescue => "the setting that lets root users in, which is not AWS behaviour",
    }
    .to_owned()
}
