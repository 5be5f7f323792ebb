//! The operations, and the way from an operation's name to its handler.

mod batch_get_secret_value;
mod cancel_rotate_secret;
mod create_secret;
mod delete_resource_policy;
mod delete_secret;
mod describe_secret;
mod get_random_password;
mod get_resource_policy;
mod get_secret_value;
mod list_secret_version_ids;
mod list_secrets;
mod put_resource_policy;
mod put_secret_value;
mod remove_regions_from_replication;
mod replicate_secret_to_regions;
mod restore_secret;
mod rotate_secret;
mod stop_replication_to_replica;
mod tag_resource;
mod untag_resource;
mod update_secret;
mod update_secret_version_stage;
mod validate_resource_policy;

gatekey_gate::serve! {
    gatekey_model::secretsmanager::Operation;
    batch_get_secret_value::BatchGetSecretValue,
    cancel_rotate_secret::CancelRotateSecret,
    create_secret::CreateSecret,
    delete_resource_policy::DeleteResourcePolicy,
    delete_secret::DeleteSecret,
    describe_secret::DescribeSecret,
    get_random_password::GetRandomPassword,
    get_resource_policy::GetResourcePolicy,
    get_secret_value::GetSecretValue,
    list_secret_version_ids::ListSecretVersionIds,
    list_secrets::ListSecrets,
    put_resource_policy::PutResourcePolicy,
    put_secret_value::PutSecretValue,
    remove_regions_from_replication::RemoveRegionsFromReplication,
    replicate_secret_to_regions::ReplicateSecretToRegions,
    restore_secret::RestoreSecret,
    rotate_secret::RotateSecret,
    stop_replication_to_replica::StopReplicationToReplica,
    tag_resource::TagResource,
    untag_resource::UntagResource,
    update_secret::UpdateSecret,
    update_secret_version_stage::UpdateSecretVersionStage,
    validate_resource_policy::ValidateResourcePolicy,
}
