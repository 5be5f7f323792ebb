//! Which checks an operation of the KMS API needs: most need one, some two or three.

use crate::action::{ActionTarget, KmsAction};

/// One decision that an operation needs. It is allowed only if each of its checks is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Check {
    /// The action to ask for.
    pub action: KmsAction,
    /// On what.
    pub on: CheckedResource,
    /// When it is needed.
    pub when: When,
}

/// What a check is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CheckedResource {
    /// `*`: identity policies alone decide.
    Nothing,
    /// The key that the request names.
    Key,
    /// The alias that the request names: identity policies alone decide.
    Alias,
    /// The key that an alias is taken from.
    OldKey,
    /// The key that an alias is given to, or the destination of a ReEncrypt.
    NewKey,
    /// The replica that is to become the primary key; its own key policy is asked, in its Region.
    NewPrimary,
    /// `*` in the Region of the replica.
    ReplicaRegion,
}

/// When a check is needed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Always.
    Always,
    /// If the request gives tags.
    Tagged,
}

use CheckedResource as On;
use KmsAction as A;

const fn check(action: KmsAction, on: CheckedResource) -> Check {
    Check { action, on, when: When::Always }
}

const fn if_tagged(on: CheckedResource) -> Check {
    Check { action: A::TagResource, on, when: When::Tagged }
}

/// The operations that need another check than their own action on their own resource.
const SEVERAL: &[(&str, &[Check])] = &[
    ("CreateAlias", &[check(A::CreateAlias, On::Alias), check(A::CreateAlias, On::Key)]),
    ("DeleteAlias", &[check(A::DeleteAlias, On::Alias), check(A::DeleteAlias, On::Key)]),
    (
        "UpdateAlias",
        &[
            check(A::UpdateAlias, On::Alias),
            check(A::UpdateAlias, On::OldKey),
            check(A::UpdateAlias, On::NewKey),
        ],
    ),
    ("ReEncrypt", &[check(A::ReEncryptFrom, On::Key), check(A::ReEncryptTo, On::NewKey)]),
    (
        "ReplicateKey",
        &[
            check(A::ReplicateKey, On::Key),
            check(A::CreateKey, On::ReplicaRegion),
            if_tagged(On::ReplicaRegion),
        ],
    ),
    (
        "UpdatePrimaryRegion",
        &[check(A::UpdatePrimaryRegion, On::Key), check(A::UpdatePrimaryRegion, On::NewPrimary)],
    ),
    ("CreateKey", &[check(A::CreateKey, On::Nothing), if_tagged(On::Nothing)]),
];

/// The checks that an operation needs, in the order in which they are made; none for a name that is no operation.
pub fn checks_for(operation: &str) -> Vec<Check> {
    if let Some((_, checks)) = SEVERAL.iter().find(|(name, _)| *name == operation) {
        return checks.to_vec();
    }
    let own =
        KmsAction::all().find(|facts| facts.name == operation && facts.callable && !is_half(facts.action));
    let on = |target| if target == ActionTarget::Nothing { On::Nothing } else { On::Key };
    own.map(|facts| check(facts.action, on(facts.target))).into_iter().collect()
}

/// Actions that are half of an operation of another name.
fn is_half(action: KmsAction) -> bool {
    matches!(action, A::ReEncryptFrom | A::ReEncryptTo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_that_can_be_asked_for_is_checked_by_some_operation() {
        let operations = KmsAction::all().map(|facts| facts.name).chain(["ReEncrypt"]);
        let checked: Vec<_> = operations.flat_map(checks_for).map(|check| check.action).collect();
        for facts in KmsAction::all().filter(|facts| facts.callable) {
            assert!(checked.contains(&facts.action), "{}", facts.name);
        }
    }

    #[test]
    fn operations_on_two_things_are_checked_on_both() {
        let on = |operation| checks_for(operation).into_iter().map(|check| check.on).collect::<Vec<_>>();
        assert_eq!(on("UpdateAlias"), [On::Alias, On::OldKey, On::NewKey]);
        assert_eq!(on("ReEncrypt"), [On::Key, On::NewKey]);
        assert_eq!(on("Decrypt"), [On::Key]);
        assert_eq!(on("ListKeys"), [On::Nothing]);
        for none in ["ReEncryptFrom", "SynchronizeMultiRegionKey", "decrypt", ""] {
            assert!(on(none).is_empty(), "{none}");
        }
    }
}
