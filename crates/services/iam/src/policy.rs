//! Managed policies, AWS's and the account's own.

use crate::{document, moment, quota, tag, target::Target};
use gatekey_directory::{AwsManaged, Directory, ManagedPolicy, ManagedPolicyRecord, Tags};
use gatekey_gate::Passage;
use gatekey_model::{
    CommonError,
    common::AccessDeniedException,
    iam::{
        self, InvalidInputException, LimitExceededException, MalformedPolicyDocumentException,
        NoSuchEntityException,
    },
};
use gatekey_types::{AccountId, Arn, Timestamp};
use std::sync::Arc;

/// Checks the document of a managed policy.
///
/// # Errors
/// MalformedPolicyDocument, with its place in a header, or LimitExceeded.
pub(crate) fn check<E>(passage: &mut Passage<'_>, text: &str) -> Result<(), E>
where
    E: From<MalformedPolicyDocumentException> + From<LimitExceededException>,
{
    let most = passage.identity_quotas().policy_size;
    document::check_identity::<E>(passage, text, most, || quota::exceeded("PolicySize", most))
}

impl Target<ManagedPolicyRecord> {
    /// The managed policy of this ARN.
    ///
    /// # Errors
    /// InvalidInput for what is no ARN of a policy.
    pub(crate) fn of_arn<E: From<InvalidInputException>>(
        passage: &mut Passage<'_>,
        text: &str,
    ) -> Result<Self, E> {
        let parsed = text.parse::<Arn>().ok();
        let is_policy = |arn: &Arn| arn.service() == "iam" && arn.resource().starts_with("policy/");
        let arn = parsed
            .filter(is_policy)
            .ok_or_else(|| InvalidInputException::new(format!("ARN {text} is not valid.")))?;
        let is_own = arn.account() == Some(passage.account());
        let known = passage.snapshot().directory.managed_policy(&arn).filter(|_| is_own).cloned();
        let owner = arn.account().unwrap_or(passage.account());
        passage.draft().touch_resource("AWS::IAM::Policy", owner, &arn);
        Ok(Self { name: text.to_owned(), arn, known })
    }

    /// The account's own policy, to be changed after the request was allowed.
    ///
    /// # Errors
    /// NoSuchEntity; AccessDenied for AWS's own.
    pub(crate) fn own<E>(&self, passage: &Passage<'_>, action: &str) -> Result<&Arc<ManagedPolicy>, E>
    where
        E: From<CommonError> + From<NoSuchEntityException>,
    {
        if self.arn.account().is_none() {
            let caller = passage.caller().principal.display_name();
            let text = format!(
                "User: {caller} is not authorized to perform: {action} on resource: policy {}",
                self.arn
            );
            return Err(CommonError::from(AccessDeniedException::new(text)).into());
        }
        self.found()
    }

    /// What is to be shown of it, after the request was allowed.
    ///
    /// # Errors
    /// NoSuchEntity.
    pub(crate) fn view<E: From<NoSuchEntityException>>(&self, passage: &Passage<'_>) -> Result<View, E> {
        let aws = |managed: &AwsManaged| managed.get(self.arn.as_str()).map(View::of_aws);
        match &self.known {
            Some(policy) => Ok(View::of_own(policy)),
            None => aws(&passage.snapshot().directory.aws_managed).map_or_else(|| Err(self.missing()), Ok),
        }
    }

    fn missing<E: From<NoSuchEntityException>>(&self) -> E {
        NoSuchEntityException::new(format!("Policy {} was not found.", self.name)).into()
    }
}

/// A managed policy of either kind, as it is shown.
pub(crate) struct View {
    arn: Arn,
    id: String,
    name: String,
    path: String,
    description: Option<String>,
    created: Timestamp,
    updated: Timestamp,
    tags: Tags,
    default: u32,
    versions: Vec<(u32, String, Timestamp)>,
}

impl View {
    /// One of AWS's.
    pub(crate) fn of_aws(policy: &gatekey_directory::AwsManagedPolicy) -> Self {
        Self {
            arn: policy.arn.clone(),
            id: policy.id.to_owned(),
            name: policy.name.to_owned(),
            path: policy.path.to_owned(),
            description: Some(policy.description.to_owned()),
            created: policy.created,
            updated: policy.updated,
            tags: Tags::new(),
            default: policy.version,
            versions: vec![(policy.version, policy.document.to_owned(), policy.updated)],
        }
    }

    /// One of an account.
    pub(crate) fn of_own(policy: &ManagedPolicy) -> Self {
        Self::of_record(policy.account, &policy.record)
    }

    /// One that an account has, or is about to have.
    pub(crate) fn of_record(account: AccountId, record: &ManagedPolicyRecord) -> Self {
        let header = &record.header;
        let versions = record.versions.iter();
        Self {
            arn: gatekey_directory::arn_of::<ManagedPolicyRecord>(account, &header.path, &header.name),
            id: header.id.to_string(),
            name: header.name.clone(),
            path: header.path.clone(),
            description: record.description.clone(),
            created: header.created,
            updated: record.updated,
            tags: header.tags.clone(),
            default: record.default_version,
            versions: versions.map(|(n, version)| (*n, version.document.clone(), version.created)).collect(),
        }
    }

    /// The policy with all that is known of it.
    pub(crate) fn shown(&self, usage: Usage) -> iam::Policy {
        iam::Policy {
            description: self.description.clone().filter(|text| !text.is_empty()),
            tags: tag::shown(&self.tags),
            ..self.listed(usage)
        }
    }

    /// The policy as listings have it: without description and tags.
    pub(crate) fn listed(&self, usage: Usage) -> iam::Policy {
        iam::Policy {
            policy_name: Some(self.name.clone()),
            policy_id: Some(self.id.clone()),
            arn: Some(self.arn.to_string()),
            path: Some(self.path.clone()),
            default_version_id: Some(format!("v{}", self.default)),
            attachment_count: i32::try_from(usage.attached).ok(),
            permissions_boundary_usage_count: i32::try_from(usage.limits).ok(),
            is_attachable: Some(true),
            description: None,
            create_date: Some(moment(self.created)),
            update_date: Some(moment(self.updated)),
            tags: None,
        }
    }

    /// A version with its document.
    ///
    /// # Errors
    /// NoSuchEntity.
    pub(crate) fn version<E: From<NoSuchEntityException>>(&self, id: &str) -> Result<iam::PolicyVersion, E> {
        let number = version_number(id);
        let found = self.versions.iter().find(|(n, ..)| Some(*n) == number);
        let (n, document, created) = found.ok_or_else(|| no_version::<E>(&self.arn, id))?;
        Ok(iam::PolicyVersion {
            document: Some(document::encoded(document)),
            ..self.version_of(*n, *created)
        })
    }

    /// The versions without their documents, the newest first.
    pub(crate) fn versions(&self) -> impl Iterator<Item = iam::PolicyVersion> {
        self.versions.iter().rev().map(|(n, _, created)| self.version_of(*n, *created))
    }

    fn version_of(&self, number: u32, created: Timestamp) -> iam::PolicyVersion {
        iam::PolicyVersion {
            document: None,
            version_id: Some(format!("v{number}")),
            is_default_version: Some(number == self.default),
            create_date: Some(moment(created)),
        }
    }

    /// The path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The ARN.
    pub(crate) fn arn(&self) -> &Arn {
        &self.arn
    }

    /// By what listings are in order: an account's own before AWS's, each by name.
    pub(crate) fn order(&self) -> String {
        let whose = if self.arn.account().is_some() { "0" } else { "1" };
        format!("{whose}{}", self.name.to_ascii_lowercase())
    }
}

/// `v1` is 1.
pub(crate) fn version_number(id: &str) -> Option<u32> {
    id.strip_prefix('v')?.parse().ok()
}

/// There is no such version.
pub(crate) fn no_version<E: From<NoSuchEntityException>>(arn: &Arn, id: &str) -> E {
    let text = format!("Policy {arn} version {id} does not exist or is not attachable.");
    NoSuchEntityException::new(text).into()
}

/// How many of an account's users, groups and roles a policy is attached to, and how many it limits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) attached: usize,
    pub(crate) limits: usize,
}

impl Usage {
    /// Counts.
    pub(crate) fn of(directory: &Directory, account: AccountId, arn: &Arn) -> Self {
        let count = |target: &str| holders(directory, account, target).count();
        Self { attached: count(arn.as_str()), limits: count(&boundary_target(arn)) }
    }
}

/// As what a policy is referred to by those whom it limits.
pub(crate) fn boundary_target(arn: &Arn) -> String {
    format!("boundary:{arn}")
}

/// One who refers to a policy.
pub(crate) enum HolderOf {
    /// A group.
    Group(Arc<gatekey_directory::Group>),
    /// A user.
    User(Arc<gatekey_directory::User>),
    /// A role.
    Role(Arc<gatekey_directory::Role>),
}

/// The users, groups and roles of an account that refer to this.
pub(crate) fn holders<'d>(
    directory: &'d Directory,
    account: AccountId,
    target: &str,
) -> impl Iterator<Item = HolderOf> + use<'d> {
    let ids: Vec<_> = directory.referrers(target).collect();
    ids.into_iter().filter_map(move |id| {
        let user = directory.users.by_id(id).filter(|user| user.account == account);
        let group = directory.groups.by_id(id).filter(|group| group.account == account);
        let role = directory.roles.by_id(id).filter(|role| role.account == account);
        let user = user.map(|user| HolderOf::User(Arc::clone(user)));
        let group = group.map(|group| HolderOf::Group(Arc::clone(group)));
        user.or(group).or_else(|| role.map(|role| HolderOf::Role(Arc::clone(role))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_a_v_and_a_number() {
        assert_eq!(version_number("v12"), Some(12));
        assert_eq!((version_number("12"), version_number("v"), version_number("v1.x")), (None, None, None));
    }
}
