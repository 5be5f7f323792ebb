//! Actions as requests ask for them, and what KMS's own act on.

mod kms;
mod set;

pub use kms::KmsAction;
pub(crate) use set::ActionSet;

use crate::key::KeyName;
use gatekey_types::Malformed;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// How AWS classes an action.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccessLevel {
    /// Lists resources.
    List,
    /// Reads one.
    Read,
    /// Uses or changes one.
    Write,
    /// Changes tags.
    Tagging,
    /// Changes who may do what.
    Permissions,
}

/// What kind of resource an action of KMS acts on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ActionTarget {
    /// A key.
    Key,
    /// An alias and its key: a check on each.
    KeyAndAlias,
    /// No resource: policies must say `*`, and identity policies alone decide.
    Nothing,
}

/// What is known of one action of KMS.
#[derive(Clone, Copy, Debug)]
pub struct ActionFacts {
    /// The action.
    pub action: KmsAction,
    /// Its name without the prefix.
    pub name: &'static str,
    /// AWS's class.
    pub level: AccessLevel,
    /// What it acts on.
    pub target: ActionTarget,
    /// Whether a principal of another account can be allowed it at all.
    pub cross_account: bool,
    /// Whether a grant can hold it.
    pub grantable: bool,
    /// Whether callers can ask for it by an API operation.
    pub callable: bool,
    /// The name in lower case: policies are matched without case.
    pub(crate) folded: &'static str,
    own_keys: &'static [KeyName],
}

/// Keys that describe the key acted on; every request on a key may carry them.
const OF_A_KEY: &[KeyName] = &[
    KeyName::AwsResourceTag,
    KeyName::KmsKeyOrigin,
    KeyName::KmsKeySpec,
    KeyName::KmsKeyUsage,
    KeyName::KmsMultiRegion,
    KeyName::KmsMultiRegionKeyType,
    KeyName::KmsResourceAliases,
    KeyName::KmsCallerAccount,
    KeyName::KmsViaService,
];

impl ActionFacts {
    const fn new(
        action: KmsAction,
        name: &'static str,
        folded: &'static str,
        level: AccessLevel,
        target: ActionTarget,
    ) -> Self {
        Self {
            action,
            name,
            folded,
            level,
            target,
            cross_account: false,
            grantable: false,
            callable: true,
            own_keys: &[],
        }
    }
    const fn cross_account(mut self) -> Self {
        self.cross_account = true;
        self
    }
    const fn grantable(mut self) -> Self {
        self.grantable = true;
        self
    }
    const fn internal(mut self) -> Self {
        self.callable = false;
        self
    }
    const fn keys(mut self, keys: &'static [KeyName]) -> Self {
        self.own_keys = keys;
        self
    }

    /// The `kms:` and tag keys that a request for this action may carry. Any other `kms:` key is absent from it.
    pub fn keys_in_request(&self) -> impl Iterator<Item = KeyName> {
        let of_a_key = if self.target == ActionTarget::Nothing { &[] } else { OF_A_KEY };
        self.own_keys.iter().chain(of_a_key).copied()
    }
}

impl KmsAction {
    /// What is known of it.
    pub fn facts(self) -> &'static ActionFacts {
        static UNKNOWN: ActionFacts =
            ActionFacts::new(KmsAction::ListKeys, "", "", AccessLevel::List, ActionTarget::Nothing);
        // The table has a row for each action (a test holds it to that), so this is never the fallback.
        kms::ROWS.get(self as usize).unwrap_or(&UNKNOWN)
    }

    /// The name without the prefix `kms:`.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Every action.
    pub fn all() -> impl Iterator<Item = &'static ActionFacts> {
        kms::ROWS.iter()
    }

    /// The action of this name without the prefix, in any case.
    pub fn named(name: &str) -> Option<Self> {
        kms::ROWS.iter().find(|row| row.name.eq_ignore_ascii_case(name)).map(|row| row.action)
    }

    /// Whether only identity policies decide: the action has no resource, so no key policy can be asked.
    pub fn is_iam_only(self) -> bool {
        self.facts().target == ActionTarget::Nothing
    }

    pub(crate) const fn bit(self) -> u64 {
        1 << (self as u8)
    }
}

/// What a request asks to do: `service:Name`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// A known action of KMS.
    Kms(KmsAction),
    /// Any other action of any service.
    Other(OtherAction),
}

/// An action that is no known action of KMS.
#[derive(Clone, Debug)]
pub struct OtherAction {
    text: Arc<str>,
    /// In lower case: policies are matched without case.
    folded: Arc<str>,
}

impl PartialEq for OtherAction {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for OtherAction {}

impl std::hash::Hash for OtherAction {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl OtherAction {
    pub(crate) fn folded(&self) -> &str {
        &self.folded
    }
}

impl Action {
    /// The known action of KMS, if it is one.
    pub fn kms(&self) -> Option<KmsAction> {
        match self {
            Self::Kms(action) => Some(*action),
            Self::Other(_) => None,
        }
    }

    /// The service's prefix as it was written.
    pub fn service(&self) -> &str {
        match self {
            Self::Kms(_) => "kms",
            Self::Other(other) => other.text.split(':').next().unwrap_or_default(),
        }
    }
}

impl From<KmsAction> for Action {
    fn from(action: KmsAction) -> Self {
        Self::Kms(action)
    }
}

impl FromStr for Action {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let lawful = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        match text.split_once(':') {
            Some((service, name))
                if service.eq_ignore_ascii_case("kms") && KmsAction::named(name).is_some() =>
            {
                KmsAction::named(name).map(Self::Kms).ok_or(Malformed("action"))
            }
            Some((service, name))
                if text.len() <= 256
                    && !service.is_empty()
                    && !name.is_empty()
                    && service.chars().chain(name.chars()).all(lawful) =>
            {
                let folded = text.to_ascii_lowercase().into();
                Ok(Self::Other(OtherAction { text: text.into(), folded }))
            }
            _ => Err(Malformed("action")),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kms(action) => write!(f, "kms:{}", action.name()),
            Self::Other(other) => f.write_str(&other.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_action_in_order_and_fits_a_bit_set() {
        assert!(KmsAction::all().count() <= 64);
        for (index, row) in KmsAction::all().enumerate() {
            assert_eq!(row.action as usize, index, "{}", row.name);
            assert_eq!(row.action.facts().name, row.name);
            assert_eq!(row.folded, row.name.to_ascii_lowercase());
        }
    }

    #[test]
    fn actions_parse_without_case_and_print_as_documented() {
        assert_eq!("KMS:decrypt".parse::<Action>().unwrap(), Action::Kms(KmsAction::Decrypt));
        assert_eq!("kms:reencryptfrom".parse::<Action>().unwrap().to_string(), "kms:ReEncryptFrom");
        let other: Action = "s3:GetObject".parse().unwrap();
        assert_eq!(other, "S3:getobject".parse().unwrap());
        assert_eq!((other.service(), other.to_string().as_str()), ("s3", "s3:GetObject"));
        for bad in ["", "kms", ":Decrypt", "kms:", "kms:*", "kms:De crypt", "a:b:c"] {
            assert!(bad.parse::<Action>().is_err(), "{bad}");
        }
    }

    #[test]
    fn management_actions_are_never_cross_account_nor_grantable() {
        for name in ["PutKeyPolicy", "GetKeyPolicy", "ScheduleKeyDeletion", "CreateAlias", "TagResource"] {
            let facts = KmsAction::named(name).unwrap().facts();
            assert!(!facts.cross_account && !facts.grantable, "{name}");
        }
        assert_eq!(KmsAction::all().filter(|f| f.grantable).count(), 19);
        assert_eq!(KmsAction::all().filter(|f| f.cross_account).count(), 22);
    }

    #[test]
    fn a_request_carries_only_the_keys_of_its_action() {
        let keys = |a: KmsAction| a.facts().keys_in_request().collect::<Vec<_>>();
        assert!(keys(KmsAction::ListKeys).is_empty());
        assert!(keys(KmsAction::Decrypt).contains(&KeyName::KmsEncryptionContext));
        assert!(!keys(KmsAction::Sign).contains(&KeyName::KmsEncryptionContext));
        assert!(keys(KmsAction::PutKeyPolicy).contains(&KeyName::KmsBypassPolicyLockoutSafetyCheck));
        assert!(!keys(KmsAction::ReplicateKey).contains(&KeyName::KmsBypassPolicyLockoutSafetyCheck));
    }
}
