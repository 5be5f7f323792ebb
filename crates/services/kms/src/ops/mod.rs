//! The operations, and the way from an operation's name to its handler.

mod cancel_key_deletion;
mod create_alias;
mod create_key;
mod decrypt;
mod delete_alias;
mod describe_key;
mod disable_key;
mod enable_key;
mod encrypt;
mod generate_data_key;
mod generate_data_key_without_plaintext;
mod generate_random;
mod get_key_policy;
mod list_aliases;
mod list_key_policies;
mod list_keys;
mod list_resource_tags;
mod put_key_policy;
mod re_encrypt;
mod schedule_key_deletion;
mod tag_resource;
mod untag_resource;
mod update_alias;
mod update_key_description;

use gatekey_gate::Operation as Served;
use gatekey_model::kms::Operation;

/// Something to be done with the handler of an operation.
pub trait Visitor {
    /// What comes of it.
    type Outcome;
    /// Is given the handler as a type.
    fn visit<O: Served>(self) -> Self::Outcome;
}

/// Makes `visit` and `served` of one list, so that neither can forget an operation.
macro_rules! serve {
    ($($file:ident::$operation:ident),* $(,)?) => {
        /// Gives the visitor the handler of an operation; `None` for one that is not served.
        pub fn visit<V: Visitor>(operation: Operation, visitor: V) -> Option<V::Outcome> {
            match operation {
                $(Operation::$operation => Some(visitor.visit::<$file::$operation>()),)*
                _ => None,
            }
        }

        /// The operations that are served.
        pub fn served() -> &'static [Operation] {
            &[$(Operation::$operation),*]
        }
    };
}

serve! {
    cancel_key_deletion::CancelKeyDeletion,
    create_alias::CreateAlias,
    create_key::CreateKey,
    decrypt::Decrypt,
    delete_alias::DeleteAlias,
    describe_key::DescribeKey,
    disable_key::DisableKey,
    enable_key::EnableKey,
    encrypt::Encrypt,
    generate_data_key::GenerateDataKey,
    generate_data_key_without_plaintext::GenerateDataKeyWithoutPlaintext,
    generate_random::GenerateRandom,
    get_key_policy::GetKeyPolicy,
    list_aliases::ListAliases,
    list_key_policies::ListKeyPolicies,
    list_keys::ListKeys,
    list_resource_tags::ListResourceTags,
    put_key_policy::PutKeyPolicy,
    re_encrypt::ReEncrypt,
    schedule_key_deletion::ScheduleKeyDeletion,
    tag_resource::TagResource,
    untag_resource::UntagResource,
    update_alias::UpdateAlias,
    update_key_description::UpdateKeyDescription,
}
