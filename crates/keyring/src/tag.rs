//! Tags of keys, with KMS's rules and texts: for KMS itself and for whatever else changes or shows a key's tags.

use crate::{Key, KeyFault, Quotas, Tags};
use core::fmt;
use gatekey_policy::{Context, KeyName};
use gatekey_store::table::Edit;

/// Why tags cannot be put on a key, or taken from it. `Display` is AWS's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagFault {
    /// A tag key begins with `aws:` in any case.
    Reserved,
    /// A tag key occurs twice.
    Repeated,
    /// The key would have more tags than its quota allows.
    TooMany,
    /// The key itself cannot be changed now, or not at all.
    Key(KeyFault),
}

impl fmt::Display for TagFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserved => f.write_str("Tags beginning with aws: are reserved"),
            Self::Repeated => f.write_str("Duplicate tag keys"),
            Self::TooMany => f.write_str("Too many tags"),
            Self::Key(fault) => fault.fmt(f),
        }
    }
}

impl core::error::Error for TagFault {}

/// Reads the tags of a request.
///
/// # Errors
/// [`TagFault::Reserved`] and [`TagFault::Repeated`].
pub fn read_tags<'t>(pairs: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Tags, TagFault> {
    let mut tags = Tags::new();
    for (key, value) in pairs {
        if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            return Err(TagFault::Reserved);
        }
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(TagFault::Repeated);
        }
    }
    Ok(tags)
}

/// Sets `aws:RequestTag/NAME` and `aws:TagKeys`.
pub fn set_request_tags<'t>(context: &mut Context<'t>, tags: &'t Tags) {
    let pairs = tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    context.set_family(KeyName::AwsRequestTag, pairs);
    set_tag_keys(context, tags.keys());
}

/// Sets `aws:TagKeys`.
pub fn set_tag_keys<'t>(context: &mut Context<'t>, names: impl Iterator<Item = &'t String>) {
    context.set_many(KeyName::AwsTagKeys, names.map(String::as_str));
}

impl Quotas {
    /// Holds a key's tags to the quota.
    ///
    /// # Errors
    /// [`TagFault::TooMany`]
    pub fn hold_tags(&self, tags: &Tags) -> Result<(), TagFault> {
        if tags.len() > self.tags_per_key { Err(TagFault::TooMany) } else { Ok(()) }
    }
}

impl Key {
    /// Adds tags, or gives those that it has new values.
    ///
    /// # Errors
    /// [`TagFault`]: its state forbids it, a service manages it, or it would have too many.
    pub fn tagged(&self, tags: Tags, quotas: &Quotas) -> Result<Edit, TagFault> {
        self.taggable()?;
        let mut all = self.record.tags.clone();
        all.extend(tags);
        quotas.hold_tags(&all)?;
        Ok(self.changed(|record| record.tags = all))
    }

    /// Takes the tags of these keys; those that it has not are passed over.
    ///
    /// # Errors
    /// [`TagFault`]: its state forbids it, or a service manages it.
    pub fn untagged(&self, keys: &[String]) -> Result<Edit, TagFault> {
        self.taggable()?;
        Ok(self.changed(|record| {
            record.had_tags |= !record.tags.is_empty();
            record.tags.retain(|name, _| !keys.contains(name));
        }))
    }

    /// Whether searches by tag know it: it has tags, or had some.
    pub fn is_tagged(&self) -> bool {
        self.record.had_tags || !self.record.tags.is_empty()
    }

    fn taggable(&self) -> Result<(), TagFault> {
        self.customer_managed().map_err(TagFault::Key)?;
        self.not_pending_deletion().map_err(TagFault::Key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_and_repeated_tag_keys_are_refused_with_awss_texts() {
        let texts = [
            (vec![("a", "v"), ("a", "v")], "Duplicate tag keys"),
            (vec![("AWS:x", "v")], "Tags beginning with aws: are reserved"),
        ];
        for (tags, text) in texts {
            assert_eq!(read_tags(tags).unwrap_err().to_string(), text);
        }
        assert_eq!(read_tags([("a", "1"), ("A", "2"), ("aws", "3")]).unwrap().len(), 3);
    }
}
