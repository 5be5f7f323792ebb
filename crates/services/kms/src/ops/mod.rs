//! The operations, and the way from an operation's name to its handler.

mod cancel_key_deletion;
mod create_alias;
mod create_grant;
mod create_key;
mod decrypt;
mod delete_alias;
mod describe_key;
mod disable_key;
mod enable_key;
mod encrypt;
mod generate_data_key;
mod generate_data_key_without_plaintext;
mod generate_mac;
mod generate_random;
mod get_key_policy;
mod get_public_key;
mod list_aliases;
mod list_grants;
mod list_key_policies;
mod list_keys;
mod list_resource_tags;
mod list_retirable_grants;
mod put_key_policy;
mod re_encrypt;
mod retire_grant;
mod revoke_grant;
mod schedule_key_deletion;
mod sign;
mod tag_resource;
mod untag_resource;
mod update_alias;
mod update_key_description;
mod verify;
mod verify_mac;

gatekey_gate::serve! {
    gatekey_model::kms::Operation;
    cancel_key_deletion::CancelKeyDeletion,
    create_alias::CreateAlias,
    create_grant::CreateGrant,
    create_key::CreateKey,
    decrypt::Decrypt,
    delete_alias::DeleteAlias,
    describe_key::DescribeKey,
    disable_key::DisableKey,
    enable_key::EnableKey,
    encrypt::Encrypt,
    generate_data_key::GenerateDataKey,
    generate_data_key_without_plaintext::GenerateDataKeyWithoutPlaintext,
    generate_mac::GenerateMac,
    generate_random::GenerateRandom,
    get_key_policy::GetKeyPolicy,
    get_public_key::GetPublicKey,
    list_aliases::ListAliases,
    list_grants::ListGrants,
    list_key_policies::ListKeyPolicies,
    list_keys::ListKeys,
    list_resource_tags::ListResourceTags,
    list_retirable_grants::ListRetirableGrants,
    put_key_policy::PutKeyPolicy,
    re_encrypt::ReEncrypt,
    retire_grant::RetireGrant,
    revoke_grant::RevokeGrant,
    schedule_key_deletion::ScheduleKeyDeletion,
    sign::Sign,
    tag_resource::TagResource,
    untag_resource::UntagResource,
    update_alias::UpdateAlias,
    update_key_description::UpdateKeyDescription,
    verify::Verify,
    verify_mac::VerifyMac,
}
