//! Tags, with AWS's rules and texts.

use gatekey_gate::Passage;
use gatekey_keyring::Tags;
use gatekey_model::kms::{Tag, TagException};
use gatekey_policy::{Context, KeyName};

/// Reads the tags of a request.
///
/// # Errors
/// TagException: a key twice, or one that begins with `aws:` in any case.
pub(crate) fn parse<E: From<TagException>>(tags: &[Tag]) -> Result<Tags, E> {
    let mut parsed = Tags::new();
    for tag in tags {
        let reserved = tag.tag_key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"));
        if reserved {
            return Err(TagException::new("Tags beginning with aws: are reserved").into());
        }
        if parsed.insert(tag.tag_key.clone(), tag.tag_value.clone()).is_some() {
            return Err(TagException::new("Duplicate tag keys").into());
        }
    }
    Ok(parsed)
}

/// Holds a key's tags to the quota.
pub(crate) fn within_quota<E: From<TagException>>(passage: &Passage<'_>, tags: &Tags) -> Result<(), E> {
    if tags.len() > passage.quotas().tags_per_key {
        return Err(TagException::new("Too many tags").into());
    }
    Ok(())
}

/// Sets `aws:RequestTag/NAME` and `aws:TagKeys`.
pub(crate) fn set_request_tags<'t>(context: &mut Context<'t>, tags: &'t Tags) {
    let pairs = tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    context.set_family(KeyName::AwsRequestTag, pairs);
    set_tag_keys(context, tags.keys());
}

/// Sets `aws:TagKeys`.
pub(crate) fn set_tag_keys<'t>(context: &mut Context<'t>, names: impl Iterator<Item = &'t String>) {
    context.set_many(KeyName::AwsTagKeys, names.map(String::as_str));
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::kms::TagResourceError;

    fn tag(key: &str) -> Tag {
        Tag { tag_key: key.into(), tag_value: "v".into() }
    }

    #[test]
    fn reserved_and_repeated_tag_keys_are_refused_with_awss_texts() {
        for (tags, text) in [
            (vec![tag("a"), tag("a")], "Duplicate tag keys"),
            (vec![tag("AWS:x")], "Tags beginning with aws: are reserved"),
        ] {
            let Err(TagResourceError::Tag(error)) = parse::<TagResourceError>(&tags) else {
                panic!("{tags:?}")
            };
            assert_eq!(error.message.unwrap(), text);
        }
        assert_eq!(parse::<TagResourceError>(&[tag("a"), tag("A"), tag("aws")]).unwrap().len(), 3);
    }
}
