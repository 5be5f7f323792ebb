//! The operations, and the way from an operation's name to its handler.

mod add_client_id_to_open_id_connect_provider;
mod add_role_to_instance_profile;
mod add_user_to_group;
mod attach_group_policy;
mod attach_role_policy;
mod attach_user_policy;
mod change_password;
mod create_access_key;
mod create_account_alias;
mod create_group;
mod create_instance_profile;
mod create_login_profile;
mod create_open_id_connect_provider;
mod create_policy;
mod create_policy_version;
mod create_role;
mod create_saml_provider;
mod create_service_linked_role;
mod create_user;
mod create_virtual_mfa_device;
mod deactivate_mfa_device;
mod delete_access_key;
mod delete_account_alias;
mod delete_account_password_policy;
mod delete_group;
mod delete_group_policy;
mod delete_instance_profile;
mod delete_login_profile;
mod delete_open_id_connect_provider;
mod delete_policy;
mod delete_policy_version;
mod delete_role;
mod delete_role_permissions_boundary;
mod delete_role_policy;
mod delete_saml_provider;
mod delete_service_linked_role;
mod delete_user;
mod delete_user_permissions_boundary;
mod delete_user_policy;
mod delete_virtual_mfa_device;
mod detach_group_policy;
mod detach_role_policy;
mod detach_user_policy;
mod disable_organizations_root_credentials_management;
mod disable_organizations_root_sessions;
mod enable_mfa_device;
mod enable_organizations_root_credentials_management;
mod enable_organizations_root_sessions;
mod generate_credential_report;
mod get_access_key_last_used;
mod get_account_authorization_details;
mod get_account_password_policy;
mod get_account_summary;
mod get_context_keys_for_custom_policy;
mod get_context_keys_for_principal_policy;
mod get_credential_report;
mod get_group;
mod get_group_policy;
mod get_instance_profile;
mod get_login_profile;
mod get_mfa_device;
mod get_open_id_connect_provider;
mod get_policy;
mod get_policy_version;
mod get_role;
mod get_role_policy;
mod get_saml_provider;
mod get_service_linked_role_deletion_status;
mod get_user;
mod get_user_policy;
mod list_access_keys;
mod list_account_aliases;
mod list_attached_group_policies;
mod list_attached_role_policies;
mod list_attached_user_policies;
mod list_entities_for_policy;
mod list_group_policies;
mod list_groups;
mod list_groups_for_user;
mod list_instance_profile_tags;
mod list_instance_profiles;
mod list_instance_profiles_for_role;
mod list_mfa_device_tags;
mod list_mfa_devices;
mod list_open_id_connect_provider_tags;
mod list_open_id_connect_providers;
mod list_organizations_features;
mod list_policies;
mod list_policy_tags;
mod list_policy_versions;
mod list_role_policies;
mod list_role_tags;
mod list_roles;
mod list_saml_provider_tags;
mod list_saml_providers;
mod list_service_specific_credentials;
mod list_signing_certificates;
mod list_ssh_public_keys;
mod list_user_policies;
mod list_user_tags;
mod list_users;
mod list_virtual_mfa_devices;
mod put_group_policy;
mod put_role_permissions_boundary;
mod put_role_policy;
mod put_user_permissions_boundary;
mod put_user_policy;
mod remove_client_id_from_open_id_connect_provider;
mod remove_role_from_instance_profile;
mod remove_user_from_group;
mod resync_mfa_device;
mod set_default_policy_version;
mod set_security_token_service_preferences;
mod simulate_custom_policy;
mod simulate_principal_policy;
mod tag_instance_profile;
mod tag_mfa_device;
mod tag_open_id_connect_provider;
mod tag_policy;
mod tag_role;
mod tag_saml_provider;
mod tag_user;
mod untag_instance_profile;
mod untag_mfa_device;
mod untag_open_id_connect_provider;
mod untag_policy;
mod untag_role;
mod untag_saml_provider;
mod untag_user;
mod update_access_key;
mod update_account_password_policy;
mod update_assume_role_policy;
mod update_group;
mod update_login_profile;
mod update_open_id_connect_provider_thumbprint;
mod update_role;
mod update_role_description;
mod update_saml_provider;
mod update_user;

gatekey_gate::serve! {
    gatekey_model::iam::Operation;
    add_client_id_to_open_id_connect_provider::AddClientIDToOpenIDConnectProvider,
    add_role_to_instance_profile::AddRoleToInstanceProfile,
    add_user_to_group::AddUserToGroup,
    attach_group_policy::AttachGroupPolicy,
    attach_role_policy::AttachRolePolicy,
    attach_user_policy::AttachUserPolicy,
    change_password::ChangePassword,
    create_access_key::CreateAccessKey,
    create_account_alias::CreateAccountAlias,
    create_group::CreateGroup,
    create_instance_profile::CreateInstanceProfile,
    create_login_profile::CreateLoginProfile,
    create_open_id_connect_provider::CreateOpenIDConnectProvider,
    create_policy::CreatePolicy,
    create_policy_version::CreatePolicyVersion,
    create_role::CreateRole,
    create_saml_provider::CreateSAMLProvider,
    create_service_linked_role::CreateServiceLinkedRole,
    create_user::CreateUser,
    create_virtual_mfa_device::CreateVirtualMFADevice,
    deactivate_mfa_device::DeactivateMFADevice,
    delete_access_key::DeleteAccessKey,
    delete_account_alias::DeleteAccountAlias,
    delete_account_password_policy::DeleteAccountPasswordPolicy,
    delete_group::DeleteGroup,
    delete_group_policy::DeleteGroupPolicy,
    delete_instance_profile::DeleteInstanceProfile,
    delete_login_profile::DeleteLoginProfile,
    delete_open_id_connect_provider::DeleteOpenIDConnectProvider,
    delete_policy::DeletePolicy,
    delete_policy_version::DeletePolicyVersion,
    delete_role::DeleteRole,
    delete_role_permissions_boundary::DeleteRolePermissionsBoundary,
    delete_role_policy::DeleteRolePolicy,
    delete_saml_provider::DeleteSAMLProvider,
    delete_service_linked_role::DeleteServiceLinkedRole,
    delete_user::DeleteUser,
    delete_user_permissions_boundary::DeleteUserPermissionsBoundary,
    delete_user_policy::DeleteUserPolicy,
    delete_virtual_mfa_device::DeleteVirtualMFADevice,
    detach_group_policy::DetachGroupPolicy,
    detach_role_policy::DetachRolePolicy,
    detach_user_policy::DetachUserPolicy,
    disable_organizations_root_credentials_management::DisableOrganizationsRootCredentialsManagement,
    disable_organizations_root_sessions::DisableOrganizationsRootSessions,
    enable_mfa_device::EnableMFADevice,
    enable_organizations_root_credentials_management::EnableOrganizationsRootCredentialsManagement,
    enable_organizations_root_sessions::EnableOrganizationsRootSessions,
    generate_credential_report::GenerateCredentialReport,
    get_access_key_last_used::GetAccessKeyLastUsed,
    get_account_authorization_details::GetAccountAuthorizationDetails,
    get_account_password_policy::GetAccountPasswordPolicy,
    get_account_summary::GetAccountSummary,
    get_context_keys_for_custom_policy::GetContextKeysForCustomPolicy,
    get_context_keys_for_principal_policy::GetContextKeysForPrincipalPolicy,
    get_credential_report::GetCredentialReport,
    get_group::GetGroup,
    get_group_policy::GetGroupPolicy,
    get_instance_profile::GetInstanceProfile,
    get_login_profile::GetLoginProfile,
    get_mfa_device::GetMFADevice,
    get_open_id_connect_provider::GetOpenIDConnectProvider,
    get_policy::GetPolicy,
    get_policy_version::GetPolicyVersion,
    get_role::GetRole,
    get_role_policy::GetRolePolicy,
    get_saml_provider::GetSAMLProvider,
    get_service_linked_role_deletion_status::GetServiceLinkedRoleDeletionStatus,
    get_user::GetUser,
    get_user_policy::GetUserPolicy,
    list_access_keys::ListAccessKeys,
    list_account_aliases::ListAccountAliases,
    list_attached_group_policies::ListAttachedGroupPolicies,
    list_attached_role_policies::ListAttachedRolePolicies,
    list_attached_user_policies::ListAttachedUserPolicies,
    list_entities_for_policy::ListEntitiesForPolicy,
    list_group_policies::ListGroupPolicies,
    list_groups::ListGroups,
    list_groups_for_user::ListGroupsForUser,
    list_instance_profile_tags::ListInstanceProfileTags,
    list_instance_profiles::ListInstanceProfiles,
    list_instance_profiles_for_role::ListInstanceProfilesForRole,
    list_mfa_device_tags::ListMFADeviceTags,
    list_mfa_devices::ListMFADevices,
    list_open_id_connect_provider_tags::ListOpenIDConnectProviderTags,
    list_open_id_connect_providers::ListOpenIDConnectProviders,
    list_organizations_features::ListOrganizationsFeatures,
    list_policies::ListPolicies,
    list_policy_tags::ListPolicyTags,
    list_policy_versions::ListPolicyVersions,
    list_role_policies::ListRolePolicies,
    list_role_tags::ListRoleTags,
    list_roles::ListRoles,
    list_saml_provider_tags::ListSAMLProviderTags,
    list_saml_providers::ListSAMLProviders,
    list_service_specific_credentials::ListServiceSpecificCredentials,
    list_signing_certificates::ListSigningCertificates,
    list_ssh_public_keys::ListSSHPublicKeys,
    list_user_policies::ListUserPolicies,
    list_user_tags::ListUserTags,
    list_users::ListUsers,
    list_virtual_mfa_devices::ListVirtualMFADevices,
    put_group_policy::PutGroupPolicy,
    put_role_permissions_boundary::PutRolePermissionsBoundary,
    put_role_policy::PutRolePolicy,
    put_user_permissions_boundary::PutUserPermissionsBoundary,
    put_user_policy::PutUserPolicy,
    remove_client_id_from_open_id_connect_provider::RemoveClientIDFromOpenIDConnectProvider,
    remove_role_from_instance_profile::RemoveRoleFromInstanceProfile,
    remove_user_from_group::RemoveUserFromGroup,
    resync_mfa_device::ResyncMFADevice,
    set_default_policy_version::SetDefaultPolicyVersion,
    set_security_token_service_preferences::SetSecurityTokenServicePreferences,
    simulate_custom_policy::SimulateCustomPolicy,
    simulate_principal_policy::SimulatePrincipalPolicy,
    tag_instance_profile::TagInstanceProfile,
    tag_mfa_device::TagMFADevice,
    tag_open_id_connect_provider::TagOpenIDConnectProvider,
    tag_policy::TagPolicy,
    tag_role::TagRole,
    tag_saml_provider::TagSAMLProvider,
    tag_user::TagUser,
    untag_instance_profile::UntagInstanceProfile,
    untag_mfa_device::UntagMFADevice,
    untag_open_id_connect_provider::UntagOpenIDConnectProvider,
    untag_policy::UntagPolicy,
    untag_role::UntagRole,
    untag_saml_provider::UntagSAMLProvider,
    untag_user::UntagUser,
    update_access_key::UpdateAccessKey,
    update_account_password_policy::UpdateAccountPasswordPolicy,
    update_assume_role_policy::UpdateAssumeRolePolicy,
    update_group::UpdateGroup,
    update_login_profile::UpdateLoginProfile,
    update_open_id_connect_provider_thumbprint::UpdateOpenIDConnectProviderThumbprint,
    update_role::UpdateRole,
    update_role_description::UpdateRoleDescription,
    update_saml_provider::UpdateSAMLProvider,
    update_user::UpdateUser,
}
