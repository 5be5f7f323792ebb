//! Tags of parameters.

use crate::{fault::invalid, naming::Named};
use gatekey_gate::Passage;
use gatekey_model::{
    CommonError,
    ssm::{InvalidResourceId, InvalidResourceType, ResourceTypeForTagging, Tag},
};
use gatekey_parameters::Tags;

/// Reads the tags of a request.
///
/// # Errors
/// ValidationException: a key twice, or one that begins with `aws:` in any case.
pub(crate) fn read(tags: &[Tag]) -> Result<Tags, CommonError> {
    let mut read = Tags::new();
    for Tag { key, value } in tags {
        if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            return Err(invalid(inferred_reserved_text()));
        }
        if read.insert(key.clone(), value.clone()).is_some() {
            return Err(invalid(format!("Duplicate tag key: {key}")));
        }
    }
    Ok(read)
}

/// The text for a tag key of AWS's own is not documented.
fn inferred_reserved_text() -> &'static str {
    "Tag keys that begin with aws: are reserved."
}

/// The parameter that a request about tags names: by its name.
///
/// # Errors
/// InvalidResourceType for what is no parameter, InvalidResourceId for what is no name of one.
pub(crate) fn resource<E>(passage: &Passage<'_>, kind: ResourceTypeForTagging, id: &str) -> Result<Named, E>
where
    E: From<InvalidResourceType> + From<InvalidResourceId>,
{
    if kind != ResourceTypeForTagging::Parameter {
        let text = "The resource type is not valid. For example, if you are attempting to tag an EC2 instance, the \
                    instance must be a registered managed node.";
        return Err(InvalidResourceType::new(text).into());
    }
    Named::plain(passage, id).map_err(|_| unknown().into())
}

/// There is no such parameter.
pub(crate) fn unknown() -> InvalidResourceId {
    InvalidResourceId::new(
        "The resource ID is not valid. Verify that you entered the correct ID and try again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str) -> Tag {
        Tag { key: key.to_owned(), value: String::new() }
    }

    #[test]
    fn inferred_reserved_text_is_told() {
        let refused = read(&[tag("AWS:x")]).unwrap_err();
        assert_eq!(refused.to_string(), format!("ValidationException: {}", inferred_reserved_text()));
        assert!(read(&[tag("a"), tag("a")]).is_err());
        assert_eq!(read(&[tag("a"), tag("A")]).unwrap().len(), 2);
    }
}
