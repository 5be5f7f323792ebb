/// The quotas of one account's identities, as AWS publishes their defaults; all can be set.
///
/// Lengths count characters without white space, as AWS counts them. A document's length can be lowered here, but not be
/// raised beyond what the policy language reads of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Users (5,000).
    pub users: usize,
    /// Groups (300).
    pub groups: usize,
    /// Roles (1,000); those that are linked to services do not count.
    pub roles: usize,
    /// Customer managed policies (1,500).
    pub policies: usize,
    /// Instance profiles (1,000).
    pub instance_profiles: usize,
    /// SAML providers (100).
    pub saml_providers: usize,
    /// OpenID Connect providers (100).
    pub oidc_providers: usize,
    /// Virtual MFA devices, in use or not (as many as users: 5,000).
    pub mfa_devices: usize,
    /// Groups that one user is in (10).
    pub groups_per_user: usize,
    /// Access keys of one user, and of the root user (2).
    pub access_keys_per_user: usize,
    /// MFA devices of one user, and of the root user (8).
    pub mfa_devices_per_user: usize,
    /// Managed policies attached to one user (10).
    pub policies_per_user: usize,
    /// Managed policies attached to one group (10).
    pub policies_per_group: usize,
    /// Managed policies attached to one role (10).
    pub policies_per_role: usize,
    /// Versions of one managed policy (5).
    pub versions_per_policy: usize,
    /// Audiences of one OpenID Connect provider (100).
    pub clients_per_provider: usize,
    /// Tags of one entity (50).
    pub tags: usize,
    /// Length of one managed policy (6,144).
    pub policy_size: usize,
    /// Length of all inline policies of one user together (2,048).
    pub user_policy_size: usize,
    /// Length of all inline policies of one group together (5,120).
    pub group_policy_size: usize,
    /// Length of all inline policies of one role together (10,240).
    pub role_policy_size: usize,
    /// Length of one trust policy (2,048).
    pub trust_policy_size: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            users: 5_000,
            groups: 300,
            roles: 1_000,
            policies: 1_500,
            instance_profiles: 1_000,
            saml_providers: 100,
            oidc_providers: 100,
            mfa_devices: 5_000,
            groups_per_user: 10,
            access_keys_per_user: 2,
            mfa_devices_per_user: 8,
            policies_per_user: 10,
            policies_per_group: 10,
            policies_per_role: 10,
            versions_per_policy: 5,
            clients_per_provider: 100,
            tags: 50,
            policy_size: 6_144,
            user_policy_size: 2_048,
            group_policy_size: 5_120,
            role_policy_size: 10_240,
            trust_policy_size: 2_048,
        }
    }
}
