//! The operations, and the way from an operation's name to its handler.

mod get_resources;
mod get_tag_keys;
mod get_tag_values;
mod tag_resources;
mod untag_resources;

gatekey_gate::serve! {
    gatekey_model::tagging::Operation;
    get_resources::GetResources,
    get_tag_keys::GetTagKeys,
    get_tag_values::GetTagValues,
    tag_resources::TagResources,
    untag_resources::UntagResources,
}
