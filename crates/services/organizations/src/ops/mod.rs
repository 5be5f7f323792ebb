//! The operations, and the way from an operation's name to its handler.

mod attach_policy;
mod close_account;
mod create_account;
mod create_organization;
mod create_organizational_unit;
mod create_policy;
mod delete_organization;
mod delete_organizational_unit;
mod delete_policy;
mod delete_resource_policy;
mod deregister_delegated_administrator;
mod describe_account;
mod describe_create_account_status;
mod describe_organization;
mod describe_organizational_unit;
mod describe_policy;
mod describe_resource_policy;
mod detach_policy;
mod disable_aws_service_access;
mod disable_policy_type;
mod enable_all_features;
mod enable_aws_service_access;
mod enable_policy_type;
mod leave_organization;
mod list_accounts;
mod list_accounts_for_parent;
mod list_aws_service_access_for_organization;
mod list_children;
mod list_create_account_status;
mod list_delegated_administrators;
mod list_delegated_services_for_account;
mod list_organizational_units_for_parent;
mod list_parents;
mod list_policies;
mod list_policies_for_target;
mod list_roots;
mod list_tags_for_resource;
mod list_targets_for_policy;
mod move_account;
mod put_resource_policy;
mod register_delegated_administrator;
mod remove_account_from_organization;
mod tag_resource;
mod untag_resource;
mod update_organizational_unit;
mod update_policy;

gatekey_gate::serve! {
    gatekey_model::organizations::Operation;
    attach_policy::AttachPolicy,
    close_account::CloseAccount,
    create_account::CreateAccount,
    create_organization::CreateOrganization,
    create_organizational_unit::CreateOrganizationalUnit,
    create_policy::CreatePolicy,
    delete_organization::DeleteOrganization,
    delete_organizational_unit::DeleteOrganizationalUnit,
    delete_policy::DeletePolicy,
    delete_resource_policy::DeleteResourcePolicy,
    deregister_delegated_administrator::DeregisterDelegatedAdministrator,
    describe_account::DescribeAccount,
    describe_create_account_status::DescribeCreateAccountStatus,
    describe_organization::DescribeOrganization,
    describe_organizational_unit::DescribeOrganizationalUnit,
    describe_policy::DescribePolicy,
    describe_resource_policy::DescribeResourcePolicy,
    detach_policy::DetachPolicy,
    disable_aws_service_access::DisableAWSServiceAccess,
    disable_policy_type::DisablePolicyType,
    enable_all_features::EnableAllFeatures,
    enable_aws_service_access::EnableAWSServiceAccess,
    enable_policy_type::EnablePolicyType,
    leave_organization::LeaveOrganization,
    list_accounts::ListAccounts,
    list_accounts_for_parent::ListAccountsForParent,
    list_aws_service_access_for_organization::ListAWSServiceAccessForOrganization,
    list_children::ListChildren,
    list_create_account_status::ListCreateAccountStatus,
    list_delegated_administrators::ListDelegatedAdministrators,
    list_delegated_services_for_account::ListDelegatedServicesForAccount,
    list_organizational_units_for_parent::ListOrganizationalUnitsForParent,
    list_parents::ListParents,
    list_policies::ListPolicies,
    list_policies_for_target::ListPoliciesForTarget,
    list_roots::ListRoots,
    list_tags_for_resource::ListTagsForResource,
    list_targets_for_policy::ListTargetsForPolicy,
    move_account::MoveAccount,
    put_resource_policy::PutResourcePolicy,
    register_delegated_administrator::RegisterDelegatedAdministrator,
    remove_account_from_organization::RemoveAccountFromOrganization,
    tag_resource::TagResource,
    untag_resource::UntagResource,
    update_organizational_unit::UpdateOrganizationalUnit,
    update_policy::UpdatePolicy,
}
