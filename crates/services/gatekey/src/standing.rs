//! How keys stand, as the API shows it: who can change their policies, and what that depends on.

use crate::access;
use gatekey_analysis::{
    lockout::{Admin, Distance, Forecast, Frailty, Standing},
    search::Witness,
    who_can::Who,
};
use gatekey_model::gatekey as shape;
use gatekey_policy::KmsAction;

/// How a key stands.
pub(crate) fn standing(standing: &Standing) -> shape::Standing {
    let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let names = |set: &[gatekey_types::PrincipalArn]| Some(set.iter().map(ToString::to_string).collect());
    let (distance, at_least, at_most, deletions) = match &standing.distance {
        Distance::LockedOut => (shape::DistanceKind::LockedOut, Some(0), Some(0), None),
        Distance::Unreachable => (shape::DistanceKind::Unreachable, None, None, None),
        Distance::Exactly { count, set } => {
            (shape::DistanceKind::Exact, Some(number(*count)), Some(number(*count)), names(set))
        }
        Distance::Between { at_least, at_most, set } => {
            (shape::DistanceKind::AtLeast, Some(number(*at_least)), at_most.map(number), names(set))
        }
    };
    shape::Standing {
        key_arn: standing.key.to_string(),
        admins: standing.admins.iter().map(admin).collect(),
        distance,
        at_least,
        at_most,
        deletions,
        frail: standing.is_frail,
    }
}

/// Someone who can change the policy of a key.
pub(crate) fn admin(admin: &Admin) -> shape::Admin {
    let access = access::access(KmsAction::PutKeyPolicy, &admin.access);
    shape::Admin {
        principal: admin.who.name.to_string(),
        kind: format!("{:?}", admin.who.kind),
        always: admin.access.is_always(),
        conditions: access.and_then(|access| access.conditions),
        depends_on: Some(admin.frailties.iter().map(in_words).collect()),
    }
}

fn in_words(frailty: &Frailty) -> String {
    match frailty {
        Frailty::SessionName(name) => format!("a session that is called {name}"),
        Frailty::Address(which) => format!("an address: {which}"),
        Frailty::Time(which) => format!("the time: {which}"),
        Frailty::SecondFactor(which) => format!("a second factor: {which}"),
        Frailty::Service(which) => format!("a service that asks: {which}"),
        Frailty::Other(which) => which.clone(),
        Frailty::OnlyOne => "being the only one who can".to_owned(),
        Frailty::Federated => "somebody who asks for the federated user".to_owned(),
    }
}

/// What a change does to a key.
pub(crate) fn forecast(forecast: &Forecast) -> shape::Forecast {
    let names = |all: &[Who]| Some(all.iter().map(|who| who.name.to_string()).collect());
    shape::Forecast {
        key_arn: forecast.key.to_string(),
        keeps: names(&forecast.keeps),
        loses: names(&forecast.loses),
        gains: names(&forecast.gains),
        lockout: forecast.is_lockout(),
        before: forecast.before.as_ref().map(standing),
        after: forecast.after.as_ref().map(standing),
    }
}

/// A request that shows something.
pub(crate) fn witness(witness: &Witness) -> shape::Witness {
    let entry = |(key, values): &(String, Vec<String>)| shape::ContextEntry {
        key: key.clone(),
        values: values.clone(),
    };
    shape::Witness {
        principal: witness.who.name.to_string(),
        session: witness.session.clone(),
        action: witness.action.to_string(),
        key_arn: witness.key.to_string(),
        context: Some(witness.context.iter().map(entry).collect()),
    }
}
