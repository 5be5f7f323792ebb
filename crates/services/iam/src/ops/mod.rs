//! The operations, and the way from an operation's name to its handler.

mod add_client_id_to_open_id_connect_provider;
mod create_open_id_connect_provider;
mod create_saml_provider;
mod create_user;
mod delete_open_id_connect_provider;
mod delete_saml_provider;
mod disable_organizations_root_credentials_management;
mod disable_organizations_root_sessions;
mod enable_organizations_root_credentials_management;
mod enable_organizations_root_sessions;
mod generate_credential_report;
mod get_account_authorization_details;
mod get_context_keys_for_custom_policy;
mod get_context_keys_for_principal_policy;
mod get_credential_report;
mod get_open_id_connect_provider;
mod get_saml_provider;
mod get_user;
mod list_open_id_connect_provider_tags;
mod list_open_id_connect_providers;
mod list_organizations_features;
mod list_saml_provider_tags;
mod list_saml_providers;
mod remove_client_id_from_open_id_connect_provider;
mod simulate_custom_policy;
mod simulate_principal_policy;
mod tag_open_id_connect_provider;
mod tag_saml_provider;
mod untag_open_id_connect_provider;
mod untag_saml_provider;
mod update_open_id_connect_provider_thumbprint;
mod update_saml_provider;

gatekey_gate::serve! {
    gatekey_model::iam::Operation;
    add_client_id_to_open_id_connect_provider::AddClientIDToOpenIDConnectProvider,
    create_open_id_connect_provider::CreateOpenIDConnectProvider,
    create_saml_provider::CreateSAMLProvider,
    create_user::CreateUser,
    delete_open_id_connect_provider::DeleteOpenIDConnectProvider,
    delete_saml_provider::DeleteSAMLProvider,
    disable_organizations_root_credentials_management::DisableOrganizationsRootCredentialsManagement,
    disable_organizations_root_sessions::DisableOrganizationsRootSessions,
    enable_organizations_root_credentials_management::EnableOrganizationsRootCredentialsManagement,
    enable_organizations_root_sessions::EnableOrganizationsRootSessions,
    generate_credential_report::GenerateCredentialReport,
    get_account_authorization_details::GetAccountAuthorizationDetails,
    get_context_keys_for_custom_policy::GetContextKeysForCustomPolicy,
    get_context_keys_for_principal_policy::GetContextKeysForPrincipalPolicy,
    get_credential_report::GetCredentialReport,
    get_open_id_connect_provider::GetOpenIDConnectProvider,
    get_saml_provider::GetSAMLProvider,
    get_user::GetUser,
    list_open_id_connect_provider_tags::ListOpenIDConnectProviderTags,
    list_open_id_connect_providers::ListOpenIDConnectProviders,
    list_organizations_features::ListOrganizationsFeatures,
    list_saml_provider_tags::ListSAMLProviderTags,
    list_saml_providers::ListSAMLProviders,
    remove_client_id_from_open_id_connect_provider::RemoveClientIDFromOpenIDConnectProvider,
    simulate_custom_policy::SimulateCustomPolicy,
    simulate_principal_policy::SimulatePrincipalPolicy,
    tag_open_id_connect_provider::TagOpenIDConnectProvider,
    tag_saml_provider::TagSAMLProvider,
    untag_open_id_connect_provider::UntagOpenIDConnectProvider,
    untag_saml_provider::UntagSAMLProvider,
    update_open_id_connect_provider_thumbprint::UpdateOpenIDConnectProviderThumbprint,
    update_saml_provider::UpdateSAMLProvider,
}
