//! Filters of listings.
//!
//! AWS: one filter matches if one of its values does; a secret is listed if every filter matches. A value matches what begins
//! with it, and with a `!` before it what does not. Descriptions and `all` are compared without regard to case.

use crate::fault::invalid;
use gatekey_model::secretsmanager::{Filter, FilterNameStringType as Key, InvalidParameterException};
use gatekey_secrets::Secret;

/// The filters of a request.
pub(crate) struct Filters<'a>(Vec<(Key, &'a [String])>);

impl<'a> Filters<'a> {
    /// Reads them.
    ///
    /// # Errors
    /// InvalidParameterException: one without a key or without values.
    pub(crate) fn read<E: From<InvalidParameterException>>(
        filters: Option<&'a Vec<Filter>>,
    ) -> Result<Self, E> {
        let read = |filter: &'a Filter| {
            let values = filter.values.as_deref().filter(|values| !values.is_empty());
            let both = filter.key.zip(values);
            both.ok_or_else(|| invalid("You must specify a key and at least one value for each filter."))
        };
        filters.into_iter().flatten().map(read).collect::<Result<_, E>>().map(Self)
    }

    /// Whether a secret is listed.
    pub(crate) fn admit(&self, secret: &Secret) -> bool {
        self.0.iter().all(|(key, values)| values.iter().any(|value| matches(*key, value, secret)))
    }
}

fn matches(key: Key, value: &str, secret: &Secret) -> bool {
    match value.strip_prefix('!') {
        Some(value) => !begins(key, value, secret),
        None => begins(key, value, secret),
    }
}

fn begins(key: Key, value: &str, secret: &Secret) -> bool {
    let record = &secret.record;
    let description = record.description.as_deref().unwrap_or_default();
    match key {
        Key::Description => words(description, value),
        Key::Name => secret.key.name.starts_with(value),
        Key::TagKey => record.tags.keys().any(|key| key.starts_with(value)),
        Key::TagValue => record.tags.values().any(|tag| tag.starts_with(value)),
        Key::PrimaryRegion => {
            record.primary.as_ref().unwrap_or(&secret.key.region).as_str().starts_with(value)
        }
        // No service of AWS owns a secret here.
        Key::OwningService => false,
        Key::All => value.split_whitespace().all(|word| {
            let tags = record.tags.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
            let mut texts = tags.chain([secret.key.name.as_str(), description]);
            texts.any(|text| words(text, word))
        }),
    }
}

/// Whether a text, or one of its words, begins with this, without regard to case.
fn words(text: &str, value: &str) -> bool {
    let (text, value) = (text.to_lowercase(), value.to_lowercase());
    text.starts_with(&value)
        || text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word.starts_with(&value))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn descriptions_match_by_the_beginning_of_any_word_without_regard_to_case() {
        for (value, expected) in [("the", true), ("PASS", true), ("db", true), ("word", false), ("", true)] {
            assert_eq!(words("The password of prod/db", value), expected, "{value}");
        }
    }
}
