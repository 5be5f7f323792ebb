//! The operations, and the way from an operation's name to its handler.

mod add_tags_to_resource;
mod delete_parameter;
mod delete_parameters;
mod describe_parameters;
mod get_parameter;
mod get_parameter_history;
mod get_parameters;
mod get_parameters_by_path;
mod label_parameter_version;
mod list_tags_for_resource;
mod put_parameter;
mod remove_tags_from_resource;
mod unlabel_parameter_version;

gatekey_gate::serve! {
    gatekey_model::ssm::Operation;
    add_tags_to_resource::AddTagsToResource,
    delete_parameter::DeleteParameter,
    delete_parameters::DeleteParameters,
    describe_parameters::DescribeParameters,
    get_parameter::GetParameter,
    get_parameter_history::GetParameterHistory,
    get_parameters::GetParameters,
    get_parameters_by_path::GetParametersByPath,
    label_parameter_version::LabelParameterVersion,
    list_tags_for_resource::ListTagsForResource,
    put_parameter::PutParameter,
    remove_tags_from_resource::RemoveTagsFromResource,
    unlabel_parameter_version::UnlabelParameterVersion,
}
