//! GetAccountSummary: how many of everything the account has, and may have.

use crate::mfa;
use gatekey_directory::{Directory, Entity, ManagedPolicyRecord, MfaOwner, Quotas};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError, NoInput,
    iam::{GetAccountSummaryError, GetAccountSummaryResponse, calls},
};
use gatekey_policy::Context;
use gatekey_types::AccountId;
use std::{collections::BTreeMap, sync::Arc};

/// The handler.
pub(crate) struct GetAccountSummary;

impl Operation for GetAccountSummary {
    type Call = calls::GetAccountSummary;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &NoInput,
    ) -> Result<Answered<GetAccountSummaryResponse>, GetAccountSummaryError> {
        let account = passage.account();
        let allowed = passage
            .authorize_other("iam:GetAccountSummary", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let mut figures = counted(&passage.snapshot().directory, account);
        figures.extend(limits(passage.identity_quotas()));
        let summary_map = figures
            .into_iter()
            .map(|(name, number)| (name.to_owned(), i32::try_from(number).unwrap_or(i32::MAX)))
            .collect::<BTreeMap<_, _>>();
        let answer = GetAccountSummaryResponse { summary_map: Some(summary_map) };
        Ok(passage.answer(&allowed, answer))
    }
}

/// The quotas in force, and AWS's defaults for what this server has none of.
fn limits(quotas: &Quotas) -> [(&'static str, usize); 19] {
    [
        ("AccessKeysPerUserQuota", quotas.access_keys_per_user),
        ("AssumeRolePolicySizeQuota", quotas.trust_policy_size),
        ("AttachedPoliciesPerGroupQuota", quotas.policies_per_group),
        ("AttachedPoliciesPerRoleQuota", quotas.policies_per_role),
        ("AttachedPoliciesPerUserQuota", quotas.policies_per_user),
        ("GroupPolicySizeQuota", quotas.group_policy_size),
        ("GroupsPerUserQuota", quotas.groups_per_user),
        ("GroupsQuota", quotas.groups),
        ("InstanceProfilesQuota", quotas.instance_profiles),
        ("PoliciesQuota", quotas.policies),
        ("PolicySizeQuota", quotas.policy_size),
        ("PolicyVersionsInUseQuota", 10_000),
        ("RolePolicySizeQuota", quotas.role_policy_size),
        ("RolesQuota", quotas.roles),
        ("ServerCertificatesQuota", 20),
        ("SigningCertificatesPerUserQuota", 2),
        ("UserPolicySizeQuota", quotas.user_policy_size),
        ("UsersQuota", quotas.users),
        ("VersionsPerPolicyQuota", quotas.versions_per_policy),
    ]
}

/// What there is.
fn counted(directory: &Directory, account: AccountId) -> Vec<(&'static str, usize)> {
    let settings = directory.settings(account);
    let devices = || directory.mfa_devices.of(account);
    let is_used = |policy: &&Arc<Entity<ManagedPolicyRecord>>| {
        let arn = policy.arn();
        let boundary = format!("boundary:{arn}");
        directory.referrers(arn.as_str()).next().is_some() || directory.referrers(&boundary).next().is_some()
    };
    let providers =
        directory.oidc_providers.of(account).count() + directory.saml_providers.of(account).count();
    let root_device = !mfa::of(directory, account, &MfaOwner::Root).is_empty();
    let root_key = directory.access_keys_of(account.as_str()).next().is_some();
    vec![
        ("AccountAccessKeysPresent", usize::from(root_key)),
        ("AccountMFAEnabled", usize::from(root_device)),
        ("AccountPasswordPresent", usize::from(settings.record.root_login.is_some())),
        ("AccountSigningCertificatesPresent", 0),
        ("GlobalEndpointTokenVersion", usize::from(settings.record.token_version.unwrap_or(1))),
        ("Groups", directory.groups.of(account).count()),
        ("InstanceProfiles", directory.instance_profiles.of(account).count()),
        ("MFADevices", devices().count()),
        ("MFADevicesInUse", devices().filter(|device| device.record.owner.is_some()).count()),
        ("Policies", directory.policies.of(account).count()),
        ("PolicyVersionsInUse", directory.policies.of(account).filter(is_used).count()),
        ("Providers", providers),
        ("Roles", directory.roles.of(account).count()),
        ("ServerCertificates", 0),
        ("Users", directory.users.of(account).count()),
    ]
}
