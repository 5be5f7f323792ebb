//! What ids name: the root, units, accounts, policies.

use crate::org::Org;
use gatekey_directory::{
    ControlKind, ControlPolicyRecord, ControlPolicyTable, DelegationPolicy, Kept, MemberRecord, MemberTable,
    Tags, UnitRecord, UnitTable, policy_arn,
};
use gatekey_model::organizations::TargetType;
use gatekey_store::table::Edit;
use gatekey_types::{AccountId, Arn};
use std::{collections::BTreeSet, sync::Arc};

/// What an id names.
pub(crate) enum Resource {
    Root,
    Unit(String, Arc<Kept<UnitRecord>>),
    Account(AccountId, Arc<Kept<MemberRecord>>),
    Policy(String, Arc<Kept<ControlPolicyRecord>>),
    Delegation(DelegationPolicy),
}

impl Resource {
    /// Looks it up.
    pub(crate) fn find(org: &Org, id: &str) -> Option<Self> {
        if id == org.root() {
            return Some(Self::Root);
        }
        if id.starts_with("ou-") {
            return Some(Self::Unit(id.to_owned(), org.all.unit(&org.id, id)?.clone()));
        }
        if id.starts_with("p-") {
            return Some(Self::Policy(id.to_owned(), org.all.policy(&org.id, id)?.clone()));
        }
        if id.starts_with("rp-") {
            return org
                .record()
                .resource_policy
                .clone()
                .filter(|policy| policy.id == id)
                .map(Self::Delegation);
        }
        let account = id.parse().ok()?;
        Some(Self::Account(account, org.member(account)?.clone()))
    }

    /// Whether policies can be attached to it.
    pub(crate) fn is_target(&self) -> bool {
        matches!(self, Self::Root | Self::Unit(..) | Self::Account(..))
    }

    /// What it is, to policies that are attached to it.
    pub(crate) fn target_type(&self) -> TargetType {
        match self {
            Self::Unit(..) => TargetType::OrganizationalUnit,
            Self::Account(..) => TargetType::Account,
            _ => TargetType::Root,
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Unit(_, unit) => &unit.record.name,
            Self::Account(_, member) => &member.record.name,
            Self::Policy(_, policy) => &policy.record.name,
            Self::Root | Self::Delegation(_) => "Root",
        }
    }

    /// Its tags.
    pub(crate) fn tags<'r>(&'r self, org: &'r Org) -> &'r Tags {
        match self {
            Self::Root => &org.record().root_tags,
            Self::Unit(_, unit) => &unit.record.tags,
            Self::Account(_, member) => &member.record.tags,
            Self::Policy(_, policy) => &policy.record.tags,
            Self::Delegation(policy) => &policy.tags,
        }
    }

    /// Replaces its tags.
    pub(crate) fn retagged(&self, org: &Org, tags: Tags) -> Edit {
        match self {
            Self::Root => {
                let mut record = org.record().clone();
                record.root_tags = tags;
                org.update(&record)
            }
            Self::Unit(id, unit) => {
                unit.update::<UnitTable>(&org.key(id), &UnitRecord { tags, ..unit.record.clone() })
            }
            Self::Account(account, member) => {
                member.update::<MemberTable>(account, &MemberRecord { tags, ..member.record.clone() })
            }
            Self::Policy(id, policy) => {
                let record = ControlPolicyRecord { tags, ..policy.record.clone() };
                policy.update::<ControlPolicyTable>(&org.key(id), &record)
            }
            Self::Delegation(policy) => {
                let mut record = org.record().clone();
                record.resource_policy = Some(DelegationPolicy { tags, ..policy.clone() });
                org.update(&record)
            }
        }
    }

    /// Writes it as it is: whoever meanwhile deletes it, or relies on it the same way, conflicts.
    pub(crate) fn touch(&self, org: &Org) -> Edit {
        self.retagged(org, self.tags(org).clone())
    }
}

/// The ARN of what this id names or, if there is nothing, would name.
pub(crate) fn arn_of(org: &Org, id: &str) -> Arn {
    let (of, management) = (&org.id, org.management());
    if id.starts_with("p-") {
        return match org.all.policy(of, id) {
            Some(policy) => policy_arn(of, Some(management), id, &policy.record),
            None => org.arn(&format!("policy/{of}/{}/{id}", ControlKind::ServiceControl.arn_word())),
        };
    }
    let word = match id {
        _ if id.starts_with("r-") => "root",
        _ if id.starts_with("ou-") => "ou",
        _ if id.starts_with("rp-") => "resourcepolicy",
        _ => "account",
    };
    org.arn(&format!("{word}/{of}/{id}"))
}

/// What CloudTrail calls what this id names.
pub(crate) fn kind_of(id: &str) -> &'static str {
    match id {
        _ if id.starts_with("p-") => "AWS::Organizations::Policy",
        _ if id.starts_with("r-") => "AWS::Organizations::Root",
        _ if id.starts_with("ou-") => "AWS::Organizations::OrganizationalUnit",
        _ if id.starts_with("rp-") => "AWS::Organizations::ResourcePolicy",
        _ => "AWS::Organizations::Account",
    }
}

/// Everything that policies can be attached to.
pub(crate) fn all_targets(org: &Org) -> BTreeSet<String> {
    let units = org.all.units(&org.id).map(|(id, _)| id.to_owned());
    let accounts = org.all.members(&org.id).map(|(account, _)| account.to_string());
    units.chain(accounts).chain([org.root().to_owned()]).collect()
}
