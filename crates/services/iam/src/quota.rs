//! Quotas: what an account, and what one entity, may have at most. See [`Quotas`] for the numbers.

use crate::{holder::is_service_linked, target::Nameable};
use gatekey_directory::{
    Entity, GroupRecord, InstanceProfileRecord, ManagedPolicyRecord, MfaDeviceRecord, OidcProviderRecord,
    Quotas, RoleRecord, SamlProviderRecord, UserRecord,
};
use gatekey_gate::Passage;
use gatekey_model::iam::LimitExceededException;

/// A kind of entity of which an account may have a number at most.
pub(crate) trait Counted: Nameable {
    /// What AWS calls the quota.
    const QUOTA: &'static str;
    /// The most of an account.
    fn most(quotas: &Quotas) -> usize;
    /// Whether this one counts.
    fn counts(_: &Entity<Self>) -> bool {
        true
    }
}

macro_rules! counted {
    ($($record:ty, $quota:literal, $most:ident $(, $counts:expr)?;)*) => {$(
        impl Counted for $record {
            const QUOTA: &'static str = $quota;
            fn most(quotas: &Quotas) -> usize {
                quotas.$most
            }
            $(fn counts(entity: &Entity<Self>) -> bool {
                $counts(entity)
            })?
        }
    )*};
}

counted! {
    UserRecord, "UsersPerAccount", users;
    GroupRecord, "GroupsPerAccount", groups;
    RoleRecord, "RolesPerAccount", roles, |role| !is_service_linked(role);
    ManagedPolicyRecord, "PoliciesPerAccount", policies;
    InstanceProfileRecord, "InstanceProfilesPerAccount", instance_profiles;
    MfaDeviceRecord, "VirtualMFADevicesPerAccount", mfa_devices;
    OidcProviderRecord, "OpenIdConnectProvidersPerAccount", oidc_providers;
    SamlProviderRecord, "SamlProvidersPerAccount", saml_providers;
}

/// Whether the account has room for one more of this kind.
///
/// # Errors
/// LimitExceeded with AWS's text.
pub(crate) fn has_room<R: Counted, E: From<LimitExceededException>>(passage: &Passage<'_>) -> Result<(), E> {
    let most = R::most(passage.identity_quotas());
    let all = R::among(&passage.snapshot().directory).of(passage.account());
    let others = all.filter(|entity| R::counts(entity)).take(most).count();
    hold(R::QUOTA, others.saturating_add(1), most)
}

/// Whether a quota admits this many.
///
/// # Errors
/// LimitExceeded with AWS's text.
pub(crate) fn hold<E: From<LimitExceededException>>(quota: &str, many: usize, most: usize) -> Result<(), E> {
    if many <= most { Ok(()) } else { Err(LimitExceededException::new(exceeded(quota, most)).into()) }
}

/// AWS's text for a quota that is used up.
pub(crate) fn exceeded(quota: &str, most: usize) -> String {
    format!("Cannot exceed quota for {quota}: {most}")
}
