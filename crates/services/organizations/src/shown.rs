//! Organizations, units, accounts and policies as the model has them.

use crate::{moment, org::Org, resource::Resource, resource::arn_of};
use gatekey_directory::{
    ControlKind, ControlPolicyRecord, CreationRecord, DelegationPolicy, Kept, MemberRecord, UnitRecord,
    policy_arn,
};
use gatekey_model::{
    Sensitive,
    organizations::{
        Account, AccountJoinedMethod, AccountState, AccountStatus, CreateAccountFailureReason,
        CreateAccountState, CreateAccountStatus, Organization, OrganizationFeatureSet, OrganizationalUnit,
        Policy, PolicySummary, PolicyTargetSummary, PolicyType, PolicyTypeStatus, PolicyTypeSummary,
        ResourcePolicy, ResourcePolicySummary, Root,
    },
};
use gatekey_types::AccountId;
use std::sync::Arc;

/// The kind of a policy of this type; nothing for the types that do not bear on who may do what.
pub(crate) fn control_kind(kind: PolicyType) -> Option<ControlKind> {
    match kind {
        PolicyType::ServiceControlPolicy => Some(ControlKind::ServiceControl),
        PolicyType::ResourceControlPolicy => Some(ControlKind::ResourceControl),
        _ => None,
    }
}

fn policy_type(kind: ControlKind) -> PolicyType {
    match kind {
        ControlKind::ServiceControl => PolicyType::ServiceControlPolicy,
        ControlKind::ResourceControl => PolicyType::ResourceControlPolicy,
    }
}

fn enabled(kind: PolicyType) -> PolicyTypeSummary {
    PolicyTypeSummary { r#type: Some(kind), status: Some(PolicyTypeStatus::Enabled) }
}

/// What is called the organization. AWS shows the policy type that it could have, whether or not it is enabled.
pub(crate) fn organization(
    id: &str,
    record: &gatekey_directory::OrganizationRecord,
    email: &str,
) -> Organization {
    let (management, arn) = (record.management, "arn:aws:organizations::");
    let (feature_set, available) = match record.all_features {
        true => (OrganizationFeatureSet::All, vec![enabled(PolicyType::ServiceControlPolicy)]),
        false => (OrganizationFeatureSet::ConsolidatedBilling, Vec::new()),
    };
    Organization {
        id: Some(id.to_owned()),
        arn: Some(format!("{arn}{management}:organization/{id}")),
        feature_set: Some(feature_set),
        master_account_arn: Some(format!("{arn}{management}:account/{id}/{management}")),
        master_account_id: Some(management.to_string()),
        master_account_email: Some(email.to_owned().into()),
        available_policy_types: Some(available),
    }
}

/// The root.
pub(crate) fn root(org: &Org, record: &gatekey_directory::OrganizationRecord) -> Root {
    Root {
        id: Some(record.root.clone()),
        arn: Some(arn_of(org, &record.root).to_string()),
        name: Some("Root".to_owned()),
        policy_types: Some(record.policy_types.iter().map(|kind| enabled(policy_type(*kind))).collect()),
    }
}

/// A unit.
pub(crate) fn unit(org: &Org, id: &str, record: &UnitRecord) -> OrganizationalUnit {
    OrganizationalUnit {
        id: Some(id.to_owned()),
        arn: Some(arn_of(org, id).to_string()),
        name: Some(record.name.clone()),
        path: Some(org.path(&record.parent, id)),
    }
}

/// A member.
pub(crate) fn account(org: &Org, account: AccountId, record: &MemberRecord) -> Account {
    let number = account.to_string();
    let (status, state) = standing(record);
    Account {
        arn: Some(arn_of(org, &number).to_string()),
        email: Some(Sensitive::new(record.email.clone())),
        name: Some(Sensitive::new(record.name.clone())),
        status: Some(status),
        state: Some(state),
        paths: Some(vec![org.path(&record.parent, &number)]),
        joined_method: Some(joined(record)),
        joined_timestamp: Some(moment(record.joined)),
        id: Some(number),
    }
}

/// Whether an account may be used. A closed one is `SUSPENDED` to the older member and `CLOSED` to the newer.
pub(crate) fn standing(record: &MemberRecord) -> (AccountStatus, AccountState) {
    match record.suspended {
        true => (AccountStatus::Suspended, AccountState::Closed),
        false => (AccountStatus::Active, AccountState::Active),
    }
}

/// How an account came here.
pub(crate) fn joined(record: &MemberRecord) -> AccountJoinedMethod {
    if record.made_here { AccountJoinedMethod::Created } else { AccountJoinedMethod::Invited }
}

/// A policy without its document.
pub(crate) fn policy_summary(org: &Org, id: &str, record: &ControlPolicyRecord) -> PolicySummary {
    PolicySummary {
        id: Some(id.to_owned()),
        arn: Some(policy_arn(&org.id, Some(org.management()), id, record).to_string()),
        name: Some(record.name.clone()),
        description: Some(record.description.clone()),
        r#type: Some(policy_type(record.kind)),
        aws_managed: Some(record.aws_managed),
    }
}

/// A policy with its document.
pub(crate) fn policy(org: &Org, id: &str, record: &ControlPolicyRecord) -> Policy {
    Policy { policy_summary: Some(policy_summary(org, id, record)), content: Some(record.document.clone()) }
}

/// What a policy is attached to.
pub(crate) fn target(org: &Org, id: &str) -> PolicyTargetSummary {
    let found = Resource::find(org, id);
    PolicyTargetSummary {
        target_id: Some(id.to_owned()),
        arn: Some(arn_of(org, id).to_string()),
        name: found.as_ref().map(|resource| resource.name().to_owned()),
        r#type: found.as_ref().map(Resource::target_type),
    }
}

/// The organization's resource policy, with its document as it reads now.
pub(crate) fn resource_policy(org: &Org, policy: &DelegationPolicy, content: String) -> ResourcePolicy {
    let summary =
        ResourcePolicySummary { id: Some(policy.id.clone()), arn: Some(arn_of(org, &policy.id).to_string()) };
    ResourcePolicy { resource_policy_summary: Some(summary), content: Some(content) }
}

/// A request to make an account.
pub(crate) fn creation(id: &str, record: &CreationRecord) -> CreateAccountStatus {
    CreateAccountStatus {
        id: Some(id.to_owned()),
        account_name: Some(Sensitive::new(record.name.clone())),
        state: Some(state(record)),
        requested_timestamp: Some(moment(record.requested)),
        completed_timestamp: Some(moment(record.requested)),
        account_id: record.account.map(|account| account.to_string()),
        gov_cloud_account_id: None,
        failure_reason: record.failure.as_deref().and_then(CreateAccountFailureReason::from_name),
    }
}

/// What came of a request to make an account.
pub(crate) fn state(record: &CreationRecord) -> CreateAccountState {
    if record.account.is_some() { CreateAccountState::Succeeded } else { CreateAccountState::Failed }
}

/// The members of a listing of accounts.
pub(crate) fn accounts(org: &Org, members: &[(AccountId, &Arc<Kept<MemberRecord>>)]) -> Vec<Account> {
    members.iter().map(|(number, member)| account(org, *number, &member.record)).collect()
}
