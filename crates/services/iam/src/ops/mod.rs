//! The operations, and the way from an operation's name to its handler.

mod add_user_to_group;
mod change_password;
mod create_access_key;
mod create_account_alias;
mod create_group;
mod create_login_profile;
mod create_user;
mod create_virtual_mfa_device;
mod deactivate_mfa_device;
mod delete_access_key;
mod delete_account_alias;
mod delete_account_password_policy;
mod delete_group;
mod delete_login_profile;
mod delete_user;
mod delete_virtual_mfa_device;
mod enable_mfa_device;
mod get_access_key_last_used;
mod get_account_password_policy;
mod get_account_summary;
mod get_group;
mod get_login_profile;
mod get_mfa_device;
mod get_user;
mod list_access_keys;
mod list_account_aliases;
mod list_groups;
mod list_groups_for_user;
mod list_mfa_device_tags;
mod list_mfa_devices;
mod list_user_tags;
mod list_users;
mod list_virtual_mfa_devices;
mod remove_user_from_group;
mod resync_mfa_device;
mod set_security_token_service_preferences;
mod tag_mfa_device;
mod tag_user;
mod untag_mfa_device;
mod untag_user;
mod update_access_key;
mod update_account_password_policy;
mod update_group;
mod update_login_profile;
mod update_user;

gatekey_gate::serve! {
    gatekey_model::iam::Operation;
    add_user_to_group::AddUserToGroup,
    change_password::ChangePassword,
    create_access_key::CreateAccessKey,
    create_account_alias::CreateAccountAlias,
    create_group::CreateGroup,
    create_login_profile::CreateLoginProfile,
    create_user::CreateUser,
    create_virtual_mfa_device::CreateVirtualMFADevice,
    deactivate_mfa_device::DeactivateMFADevice,
    delete_access_key::DeleteAccessKey,
    delete_account_alias::DeleteAccountAlias,
    delete_account_password_policy::DeleteAccountPasswordPolicy,
    delete_group::DeleteGroup,
    delete_login_profile::DeleteLoginProfile,
    delete_user::DeleteUser,
    delete_virtual_mfa_device::DeleteVirtualMFADevice,
    enable_mfa_device::EnableMFADevice,
    get_access_key_last_used::GetAccessKeyLastUsed,
    get_account_password_policy::GetAccountPasswordPolicy,
    get_account_summary::GetAccountSummary,
    get_group::GetGroup,
    get_login_profile::GetLoginProfile,
    get_mfa_device::GetMFADevice,
    get_user::GetUser,
    list_access_keys::ListAccessKeys,
    list_account_aliases::ListAccountAliases,
    list_groups::ListGroups,
    list_groups_for_user::ListGroupsForUser,
    list_mfa_device_tags::ListMFADeviceTags,
    list_mfa_devices::ListMFADevices,
    list_user_tags::ListUserTags,
    list_users::ListUsers,
    list_virtual_mfa_devices::ListVirtualMFADevices,
    remove_user_from_group::RemoveUserFromGroup,
    resync_mfa_device::ResyncMFADevice,
    set_security_token_service_preferences::SetSecurityTokenServicePreferences,
    tag_mfa_device::TagMFADevice,
    tag_user::TagUser,
    untag_mfa_device::UntagMFADevice,
    untag_user::UntagUser,
    update_access_key::UpdateAccessKey,
    update_account_password_policy::UpdateAccountPasswordPolicy,
    update_group::UpdateGroup,
    update_login_profile::UpdateLoginProfile,
    update_user::UpdateUser,
}
