//! The operations, and the way from an operation's name to its handler.

mod assume_role;
mod assume_role_with_saml;
mod assume_role_with_web_identity;
mod assume_root;
mod decode_authorization_message;
mod get_access_key_info;
mod get_caller_identity;
mod get_federation_token;
mod get_session_token;

gatekey_gate::serve! {
    gatekey_model::sts::Operation;
    assume_role::AssumeRole,
    assume_role_with_saml::AssumeRoleWithSAML,
    assume_role_with_web_identity::AssumeRoleWithWebIdentity,
    assume_root::AssumeRoot,
    decode_authorization_message::DecodeAuthorizationMessage,
    get_access_key_info::GetAccessKeyInfo,
    get_caller_identity::GetCallerIdentity,
    get_federation_token::GetFederationToken,
    get_session_token::GetSessionToken,
}
