//! What events are looked up by.

use crate::words::{Wrong, inferred_words};
use gatekey_audit::Field;
use gatekey_model::cloudtrail::{InvalidLookupAttributesException, LookupAttribute, LookupAttributeKey};

/// The one attribute of a request, if it has any.
///
/// AWS: "Currently the list can contain only one item."
///
/// # Errors
/// InvalidLookupAttributesException: there are more, or `ReadOnly` is neither `true` nor `false`.
pub(crate) fn of<E: From<InvalidLookupAttributesException>>(
    attributes: Option<&Vec<LookupAttribute>>,
) -> Result<Option<(Field, String)>, E> {
    let wrong = || Err(InvalidLookupAttributesException::new(inferred_words(Wrong::Attributes)).into());
    match attributes.map(Vec::as_slice).unwrap_or_default() {
        [] => Ok(None),
        [one] => match field(&one.attribute_key) {
            Field::ReadOnly if !["true", "false"].contains(&&*one.attribute_value) => wrong(),
            field => Ok(Some((field, one.attribute_value.clone()))),
        },
        [_, _, ..] => wrong(),
    }
}

fn field(key: &LookupAttributeKey) -> Field {
    match key {
        LookupAttributeKey::EventId => Field::Id,
        LookupAttributeKey::EventName => Field::Name,
        LookupAttributeKey::ReadOnly => Field::ReadOnly,
        LookupAttributeKey::Username => Field::User,
        LookupAttributeKey::ResourceType => Field::ResourceType,
        LookupAttributeKey::ResourceName => Field::Resource,
        LookupAttributeKey::EventSource => Field::Source,
        LookupAttributeKey::AccessKeyId => Field::AccessKey,
    }
}
