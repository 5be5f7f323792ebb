//! Who can act as another principal.

use super::{Purpose, Step, step};
use crate::who_can::{Access, Holders};
use crate::world::{Account, Caller, Entity, World};
use gatekey_policy::{Action, Effect, Named};
use std::sync::Arc;

/// Actions that make someone who has them able to act as a user.
const ON_USERS: [(&str, Purpose); 3] = [
    ("iam:CreateAccessKey", Purpose::ActAs),
    ("iam:CreateLoginProfile", Purpose::ActAs),
    ("iam:UpdateLoginProfile", Purpose::ActAs),
];

/// Everyone who can act as this user or role, with the step that it takes. Root users too: what they may do to their account's
/// principals no policy takes from them but a service control policy.
pub(super) fn to_act_as<'w>(
    world: &'w World,
    account: &'w Account,
    target: &'w Entity,
) -> Vec<(Caller<'w>, Step)> {
    let mut found = Vec::new();
    if target.is_role() {
        by_trust(world, target, &mut found);
        by_iam(world, account, target, "iam:UpdateAssumeRolePolicy", Purpose::Trust, &mut found);
        if trusts_a_service(target) {
            by_iam(world, account, target, "iam:PassRole", Purpose::Service, &mut found);
        }
    } else {
        for (action, purpose) in ON_USERS {
            by_iam(world, account, target, action, purpose, &mut found);
        }
    }
    found
}

fn by_trust<'w>(world: &'w World, role: &'w Entity, found: &mut Vec<(Caller<'w>, Step)>) {
    let Ok(action) = "sts:AssumeRole".parse::<Action>() else { return };
    let arn = role.arn.arn();
    let mut holders = Holders::of_trust(world, arn, role, &action);
    for (account, entity) in world.entities().filter(|(_, entity)| entity.arn != role.arn) {
        let access = holders.of_entity(account, entity);
        keep(Caller::entity(account, entity), "sts:AssumeRole", role, Purpose::ActAs, &access, found);
    }
}

/// Principals of the account itself, by their identity policies.
fn by_iam<'w>(
    world: &'w World,
    account: &'w Account,
    target: &'w Entity,
    name: &'static str,
    purpose: Purpose,
    found: &mut Vec<(Caller<'w>, Step)>,
) {
    let Ok(action) = name.parse::<Action>() else { return };
    let mut holders = Holders::on_other(world, target.arn.arn(), account.id(), &action);
    let root = Caller::root(account);
    let access = holders.decide(&root);
    keep(root, name, target, purpose, &access, found);
    for entity in account.entities.iter().filter(|entity| entity.arn != target.arn) {
        let access = holders.of_entity(account, entity);
        keep(Caller::entity(account, entity), name, target, purpose, &access, found);
    }
}

fn keep<'w>(
    caller: Caller<'w>,
    action: &str,
    target: &Entity,
    purpose: Purpose,
    access: &Arc<Access>,
    found: &mut Vec<(Caller<'w>, Step)>,
) {
    if access.is_possible() {
        let taken = step(&caller, action, target.arn.arn().as_str(), purpose, access);
        found.push((caller, taken));
    }
}

fn trusts_a_service(role: &Entity) -> bool {
    let statements = role.trust.iter().flat_map(|trust| trust.statements());
    let allows = statements.filter(|statement| statement.effect == Effect::Allow);
    let mut elements = allows.filter_map(|s| s.principal.as_ref()).flat_map(|block| block.elements.iter());
    elements.any(|element| matches!(element.named, Named::Service(_)))
}
