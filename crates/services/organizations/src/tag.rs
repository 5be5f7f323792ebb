//! Tags: in requests, in answers, and as condition keys. Their keys are distinct with case.

use crate::{
    fault::{constraint, invalid_input},
    org::Org,
    resource::Resource,
};
use gatekey_directory::Tags;
use gatekey_model::organizations::{
    ConstraintViolationException, ConstraintViolationExceptionReason, InvalidInputException,
    InvalidInputExceptionReason, Tag, TargetNotFoundException,
};
use gatekey_policy::{Context, KeyName};

/// A resource has at most so many.
const MOST: usize = 50;

/// Reads the tags of a request.
///
/// # Errors
/// InvalidInputException: a key twice, or one that begins with `aws:` in any case. ConstraintViolationException: too many.
pub(crate) fn parse<E>(tags: Option<&Vec<Tag>>) -> Result<Tags, E>
where
    E: From<InvalidInputException> + From<ConstraintViolationException>,
{
    let mut parsed = Tags::new();
    for tag in tags.into_iter().flatten() {
        if tag.key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            let text = "You can't add, edit, or delete system tag keys.";
            return Err(invalid_input(InvalidInputExceptionReason::InvalidSystemTagsParameter, text));
        }
        if parsed.insert(tag.key.clone(), tag.value.clone()).is_some() {
            let text = "Tag keys must be unique among the tags attached to the same entity.";
            return Err(invalid_input(InvalidInputExceptionReason::DuplicateTagKey, text));
        }
    }
    within_limit::<E>(&parsed)?;
    Ok(parsed)
}

/// Insists that these are not too many.
///
/// # Errors
/// ConstraintViolationException
pub(crate) fn within_limit<E: From<ConstraintViolationException>>(tags: &Tags) -> Result<(), E> {
    if tags.len() > MOST {
        let text = "You have exceeded the number of tags allowed on this resource.";
        return Err(constraint(ConstraintViolationExceptionReason::MaxTagLimitExceeded, text));
    }
    Ok(())
}

/// The tags as the model has them.
pub(crate) fn shown(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

/// Sets `aws:RequestTag/NAME` and `aws:TagKeys`.
pub(crate) fn set_request_tags<'t>(context: &mut Context<'t>, tags: &'t Tags) {
    if tags.is_empty() {
        return;
    }
    let pairs = tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    context.set_family(KeyName::AwsRequestTag, pairs);
    context.set_many(KeyName::AwsTagKeys, tags.keys().map(String::as_str));
}

/// What a request names to read or change its tags.
///
/// # Errors
/// TargetNotFoundException
pub(crate) fn tagged<E: From<TargetNotFoundException>>(org: &Org, id: &str) -> Result<Resource, E> {
    let missing = || TargetNotFoundException::new("You specified a target that doesn't exist.").into();
    Resource::find(org, id).ok_or_else(missing)
}
