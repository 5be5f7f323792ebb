//! Tags, with IAM's rules and texts.

use gatekey_directory::Tags;
use gatekey_model::iam::{InvalidInputException, Tag};
use gatekey_policy::{ConditionKey, Context, KeyName};

/// Reads the tags of a request. Keys that differ in case only are the same.
///
/// # Errors
/// InvalidInput: a key twice, or one that begins with `aws:` in any case.
pub(crate) fn parse<E: From<InvalidInputException>>(tags: Option<&Vec<Tag>>) -> Result<Tags, E> {
    let mut parsed = Tags::new();
    for tag in tags.into_iter().flatten() {
        if tag.key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            return Err(InvalidInputException::new(
                "System tags cannot be added. Tag keys cannot begin with aws:.",
            )
            .into());
        }
        let taken = parsed.keys().any(|known: &String| known.eq_ignore_ascii_case(&tag.key));
        if taken {
            let text = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(InvalidInputException::new(text).into());
        }
        parsed.insert(tag.key.clone(), tag.value.clone());
    }
    Ok(parsed)
}

/// The tags as the model has them; an entity without tags shows no list.
pub(crate) fn shown(tags: &Tags) -> Option<Vec<Tag>> {
    let all = || tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect();
    (!tags.is_empty()).then(all)
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

/// Sets `aws:ResourceTag/NAME` and its twin `iam:ResourceTag/NAME`.
pub(crate) fn set_resource_tags<'t>(context: &mut Context<'t>, tags: &'t Tags) {
    let pairs = tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    context.set_family(KeyName::AwsResourceTag, pairs);
    for (name, value) in tags {
        context.set(ConditionKey::parse(format!("iam:ResourceTag/{name}")), value.as_str());
    }
}
