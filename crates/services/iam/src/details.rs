//! What GetAccountAuthorizationDetails shows of users, groups, roles and policies.

use crate::{document::encoded, moment, policy::Usage, role, tag, user::boundary};
use gatekey_directory::{
    AwsManagedPolicy, Directory, Entity, Group, InstanceProfileRecord, ManagedPolicy, Permissions, Role, User,
};
use gatekey_gate::Passage;
use gatekey_model::iam::{
    self, AttachedPolicy, EntityType, GetAccountAuthorizationDetailsResponse, GroupDetail, InstanceProfile,
    ManagedPolicyDetail, PolicyDetail, PolicyVersion, RoleDetail, UserDetail,
};
use gatekey_types::{AccountId, Arn, Timestamp};

/// One of what an account has.
pub(crate) enum Item<'d> {
    User(&'d User),
    Group(&'d Group),
    Role(&'d Role),
    Policy(&'d ManagedPolicy),
    Aws(&'d AwsManagedPolicy),
}

impl<'d> Item<'d> {
    /// Everything of the wanted kinds, in the order of [`Item::key`]. Of AWS's policies those that the account uses.
    pub(crate) fn all(
        directory: &'d Directory,
        account: AccountId,
        filter: Option<&Vec<EntityType>>,
    ) -> impl Iterator<Item = Self> {
        let wants = move |kind| filter.is_none_or(|kinds| kinds.is_empty() || kinds.contains(&kind));
        let of_kind = move |kind| wants(kind).then_some(());
        let users = of_kind(EntityType::User).into_iter().flat_map(move |()| directory.users.of(account));
        let groups = of_kind(EntityType::Group).into_iter().flat_map(move |()| directory.groups.of(account));
        let roles = of_kind(EntityType::Role).into_iter().flat_map(move |()| directory.roles.of(account));
        let own = of_kind(EntityType::LocalManagedPolicy).into_iter();
        let own = own.flat_map(move |()| directory.policies.of(account));
        let aws = of_kind(EntityType::AwsManagedPolicy).into_iter();
        let aws = aws.flat_map(move |()| directory.aws_managed.all());
        let aws = aws.filter(move |policy| Usage::of(directory, account, &policy.arn) != Usage::default());
        let users = users.map(|user| Self::User(user));
        let groups = groups.map(|group| Self::Group(group));
        let roles = roles.map(|role| Self::Role(role));
        let own = own.map(|policy| Self::Policy(policy));
        users.chain(groups).chain(roles).chain(own).chain(aws.map(Self::Aws))
    }

    /// By what they are in order.
    pub(crate) fn key(&self) -> String {
        let (kind, name) = match self {
            Self::User(user) => (0, user.name().to_ascii_lowercase()),
            Self::Group(group) => (1, group.name().to_ascii_lowercase()),
            Self::Role(role) => (2, role.name().to_ascii_lowercase()),
            Self::Policy(policy) => (3, policy.name().to_ascii_lowercase()),
            Self::Aws(policy) => (4, policy.arn.to_string()),
        };
        format!("{kind}/{name}")
    }

    /// Puts it where the answer has its kind.
    pub(crate) fn show(&self, passage: &Passage<'_>, answer: &mut GetAccountAuthorizationDetailsResponse) {
        let (directory, account) = (&passage.snapshot().directory, passage.account());
        match self {
            Self::User(user) => {
                answer.user_detail_list.get_or_insert_default().push(of_user(directory, user))
            }
            Self::Group(group) => answer.group_detail_list.get_or_insert_default().push(of_group(group)),
            Self::Role(role) => answer.role_detail_list.get_or_insert_default().push(of_role(passage, role)),
            Self::Policy(policy) => {
                answer.policies.get_or_insert_default().push(of_policy(directory, account, policy));
            }
            Self::Aws(policy) => {
                answer.policies.get_or_insert_default().push(of_aws(directory, account, policy));
            }
        }
    }
}

fn inline(permissions: &Permissions) -> Option<Vec<PolicyDetail>> {
    let detail = |(name, document): (&String, &String)| PolicyDetail {
        policy_name: Some(name.clone()),
        policy_document: Some(encoded(document)),
    };
    Some(permissions.inline.iter().map(detail).collect())
}

fn attached(permissions: &Permissions) -> Option<Vec<AttachedPolicy>> {
    let detail = |arn: &Arn| AttachedPolicy {
        policy_name: arn.resource().rsplit('/').next().map(str::to_owned),
        policy_arn: Some(arn.to_string()),
    };
    Some(permissions.attached.iter().map(detail).collect())
}

fn of_user(directory: &Directory, user: &User) -> UserDetail {
    let (header, record) = (user.header(), &user.record);
    let groups = record.groups.iter().filter_map(|id| directory.groups.by_id(id));
    UserDetail {
        path: Some(header.path.clone()),
        user_name: Some(header.name.clone()),
        user_id: Some(header.id.to_string()),
        arn: Some(user.arn().to_string()),
        create_date: Some(moment(header.created)),
        user_policy_list: Some(inline(&record.permissions).unwrap_or_default())
            .filter(|list| !list.is_empty()),
        group_list: Some(groups.map(|group| group.name().to_owned()).collect()),
        attached_managed_policies: attached(&record.permissions),
        permissions_boundary: boundary(&record.permissions),
        tags: tag::shown(&header.tags),
    }
}

fn of_group(group: &Group) -> GroupDetail {
    let header = group.header();
    GroupDetail {
        path: Some(header.path.clone()),
        group_name: Some(header.name.clone()),
        group_id: Some(header.id.to_string()),
        arn: Some(group.arn().to_string()),
        create_date: Some(moment(header.created)),
        group_policy_list: inline(&group.record.permissions),
        attached_managed_policies: attached(&group.record.permissions),
    }
}

fn trust(passage: &Passage<'_>, role: &Role) -> Option<String> {
    role.trust.as_ref().map(|policy| encoded(&passage.show_policy(policy)))
}

fn of_role(passage: &Passage<'_>, role: &Role) -> RoleDetail {
    let directory = &passage.snapshot().directory;
    let (header, record) = (role.header(), &role.record);
    let profiles =
        directory.referrers(header.id.as_str()).filter_map(|id| directory.instance_profiles.by_id(id));
    RoleDetail {
        path: Some(header.path.clone()),
        role_name: Some(header.name.clone()),
        role_id: Some(header.id.to_string()),
        arn: Some(role.arn().to_string()),
        create_date: Some(moment(header.created)),
        assume_role_policy_document: trust(passage, role),
        instance_profile_list: Some(profiles.map(|profile| of_profile(passage, profile, role)).collect()),
        role_policy_list: inline(&record.permissions),
        attached_managed_policies: attached(&record.permissions),
        permissions_boundary: boundary(&record.permissions),
        tags: tag::shown(&header.tags),
        role_last_used: Some(role::last_used(passage, role)),
    }
}

fn of_profile(
    passage: &Passage<'_>,
    profile: &Entity<InstanceProfileRecord>,
    role: &Role,
) -> InstanceProfile {
    let (header, of_role) = (profile.header(), role.header());
    InstanceProfile {
        path: header.path.clone(),
        instance_profile_name: header.name.clone(),
        instance_profile_id: header.id.to_string(),
        arn: profile.arn().to_string(),
        create_date: moment(header.created),
        roles: vec![iam::Role {
            path: of_role.path.clone(),
            role_name: of_role.name.clone(),
            role_id: of_role.id.to_string(),
            arn: role.arn().to_string(),
            create_date: moment(of_role.created),
            assume_role_policy_document: trust(passage, role),
            description: None,
            max_session_duration: None,
            permissions_boundary: None,
            tags: None,
            role_last_used: None,
            source_role_template: None,
        }],
        tags: tag::shown(&header.tags),
    }
}

fn version(number: u32, document: &str, is_default: bool, created: Timestamp) -> PolicyVersion {
    PolicyVersion {
        document: Some(encoded(document)),
        version_id: Some(format!("v{number}")),
        is_default_version: Some(is_default),
        create_date: Some(moment(created)),
    }
}

fn of_policy(directory: &Directory, account: AccountId, policy: &ManagedPolicy) -> ManagedPolicyDetail {
    let (header, record, arn) = (policy.header(), &policy.record, policy.arn());
    let usage = Usage::of(directory, account, &arn);
    let newest_first = record.versions.iter().rev();
    let versions = newest_first
        .map(|(n, kept)| version(*n, &kept.document, *n == record.default_version, kept.created))
        .collect();
    ManagedPolicyDetail {
        policy_name: Some(header.name.clone()),
        policy_id: Some(header.id.to_string()),
        arn: Some(arn.to_string()),
        path: Some(header.path.clone()),
        default_version_id: Some(format!("v{}", record.default_version)),
        attachment_count: i32::try_from(usage.attached).ok(),
        permissions_boundary_usage_count: i32::try_from(usage.limits).ok(),
        is_attachable: Some(true),
        description: record.description.clone(),
        create_date: Some(moment(header.created)),
        update_date: Some(moment(record.updated)),
        policy_version_list: Some(versions),
    }
}

fn of_aws(directory: &Directory, account: AccountId, policy: &AwsManagedPolicy) -> ManagedPolicyDetail {
    let usage = Usage::of(directory, account, &policy.arn);
    ManagedPolicyDetail {
        policy_name: Some(policy.name.to_owned()),
        policy_id: Some(policy.id.to_owned()),
        arn: Some(policy.arn.to_string()),
        path: Some(policy.path.to_owned()),
        default_version_id: Some(format!("v{}", policy.version)),
        attachment_count: i32::try_from(usage.attached).ok(),
        permissions_boundary_usage_count: i32::try_from(usage.limits).ok(),
        is_attachable: Some(true),
        description: None,
        create_date: Some(moment(policy.created)),
        update_date: Some(moment(policy.updated)),
        policy_version_list: Some(vec![version(policy.version, policy.document, true, policy.updated)]),
    }
}
