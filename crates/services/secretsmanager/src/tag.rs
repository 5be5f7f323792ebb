//! Tags: in requests and in answers. Their keys are distinct with case.

use crate::fault::invalid;
use gatekey_model::secretsmanager::{InvalidParameterException, Tag};
use gatekey_secrets::Tags;

/// A secret has at most so many.
const MOST: usize = 50;

/// Reads the tags of a request.
///
/// # Errors
/// InvalidParameterException: a key twice, one without a name, or one that begins with `aws:` in any case; too many.
pub(crate) fn parse<E: From<InvalidParameterException>>(tags: Option<&Vec<Tag>>) -> Result<Tags, E> {
    let mut parsed = Tags::new();
    for tag in tags.into_iter().flatten() {
        let key = tag.key.clone().ok_or_else(|| invalid("Tag key can't be empty."))?;
        if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            return Err(invalid("Tag keys can't start with aws:. That prefix is reserved for AWS use."));
        }
        if parsed.insert(key, tag.value.clone().unwrap_or_default()).is_some() {
            return Err(invalid("You can't specify the same tag key twice in one request."));
        }
    }
    within_limit::<E>(&parsed)?;
    Ok(parsed)
}

/// Insists that these are not too many.
///
/// # Errors
/// InvalidParameterException
pub(crate) fn within_limit<E: From<InvalidParameterException>>(tags: &Tags) -> Result<(), E> {
    if tags.len() > MOST { Err(invalid("You can't attach more than 50 tags to a secret.")) } else { Ok(()) }
}

/// The tags as the model has them.
pub(crate) fn shown(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: Some(key.clone()), value: Some(value.clone()) }).collect()
}
