//! The actions that a statement names: a bit for each known action of KMS, patterns for everything else.

use super::{Action, KmsAction};
use crate::glob::Glob;

/// `Action` or `NotAction`, compiled.
#[derive(Clone, Debug)]
pub(crate) struct ActionSet {
    /// The known actions of KMS that the statement is about, `NotAction` already taken into account.
    kms: u64,
    patterns: Box<[ActionPattern]>,
    negated: bool,
}

/// `service:Name` with wildcards in either part, matched without case.
#[derive(Clone, Debug)]
pub(crate) enum ActionPattern {
    /// `*`
    Everything,
    Parts(Glob, Glob),
    /// Without a colon it names nothing.
    Nothing,
}

impl ActionPattern {
    pub(crate) fn new(text: &str) -> Self {
        let folded = text.to_ascii_lowercase();
        match folded.split_once(':') {
            Some((service, name)) => Self::Parts(Glob::of_text(service), Glob::of_text(name)),
            None if !folded.is_empty() && folded.bytes().all(|b| b == b'*') => Self::Everything,
            None => Self::Nothing,
        }
    }

    /// Whether it matches an action in lower case.
    fn matches(&self, service: &str, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Parts(services, names) => services.matches(service) && names.matches(name),
            Self::Nothing => false,
        }
    }

    /// Whether it matches the action.
    pub(crate) fn covers(&self, action: &Action) -> bool {
        match action {
            Action::Kms(action) => self.matches("kms", action.facts().folded),
            Action::Other(other) => {
                let (service, name) = other.folded().split_once(':').unwrap_or_default();
                self.matches(service, name)
            }
        }
    }

    /// The bits of the known actions of KMS that it matches.
    fn kms_bits(&self) -> u64 {
        match self {
            Self::Everything => u64::MAX,
            Self::Parts(services, names) if services.matches("kms") => {
                if names.is_everything() {
                    return u64::MAX;
                }
                let named = KmsAction::all().filter(|facts| names.matches(facts.folded));
                named.fold(0, |bits, facts| bits | facts.action.bit())
            }
            Self::Parts(..) | Self::Nothing => 0,
        }
    }
}

impl ActionSet {
    pub(crate) fn new<'t>(patterns: impl Iterator<Item = &'t str>, negated: bool) -> Self {
        let patterns: Box<[_]> = patterns.map(ActionPattern::new).collect();
        let bits = patterns.iter().fold(0, |bits, pattern| bits | pattern.kms_bits());
        Self { kms: if negated { !bits } else { bits }, patterns, negated }
    }

    pub(crate) fn contains(&self, action: &Action) -> bool {
        match action {
            Action::Kms(action) => self.kms & action.bit() != 0,
            Action::Other(_) => self.patterns.iter().any(|pattern| pattern.covers(action)) != self.negated,
        }
    }

    pub(crate) fn kms_bits(&self) -> u64 {
        self.kms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(patterns: &[&str], negated: bool, action: &str) -> bool {
        ActionSet::new(patterns.iter().copied(), negated).contains(&action.parse().unwrap())
    }

    #[test]
    fn actions_match_without_case_and_with_wildcards_in_either_part() {
        for (pattern, action, expected) in [
            ("*", "kms:Decrypt", true),
            ("*", "s3:GetObject", true),
            ("kms:*", "kms:Decrypt", true),
            ("kms:*", "s3:GetObject", false),
            ("KMS:DECRYPT", "kms:Decrypt", true),
            ("kms:ReEncrypt*", "kms:ReEncryptTo", true),
            ("kms:ReEncrypt", "kms:ReEncryptTo", false),
            ("kms:GenerateDataKey*", "kms:GenerateDataKeyPairWithoutPlaintext", true),
            ("kms:Create*", "kms:CreateGrant", true),
            ("kms:?ign", "kms:Sign", true),
            ("k*:Decrypt", "kms:Decrypt", true),
            ("*:*", "s3:GetObject", true),
            ("kms*", "kms:Decrypt", false),
            ("", "kms:Decrypt", false),
            ("kms:", "kms:Decrypt", false),
            (" kms:Decrypt", "kms:Decrypt", false),
            ("kms:Foo*", "kms:FooBar", true),
        ] {
            assert_eq!(contains(&[pattern], false, action), expected, "{pattern} {action}");
            assert_eq!(contains(&[pattern], true, action), !expected, "Not {pattern} {action}");
        }
        assert!(contains(&["s3:Get*", "kms:Sign"], false, "kms:Sign"));
        assert!(!contains(&[], false, "kms:Sign") && contains(&[], true, "kms:Sign"));
    }
}
