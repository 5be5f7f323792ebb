//! What a GetResources request asks for.

use crate::{
    fault::invalid,
    taggable::{Taggable, Tagged},
};
use gatekey_model::tagging::{GetResourcesInput, InvalidParameterException, TagFilter};

/// Filters of resource types in one request.
const MOST_TYPES: usize = 100;

/// The filters, checked.
#[derive(Debug)]
pub(crate) struct Filter<'a> {
    tags: Vec<(&'a str, &'a [String])>,
    /// Service, and type where one is named.
    types: Vec<(&'a str, Option<&'a str>)>,
    /// There are no tag policies, so that every resource complies with them.
    nothing: bool,
}

impl<'a> Filter<'a> {
    /// Reads the filters of a request.
    ///
    /// # Errors
    /// InvalidParameterException
    pub(crate) fn of<E: From<InvalidParameterException>>(input: &'a GetResourcesInput) -> Result<Self, E> {
        let types = input.resource_type_filters.as_deref().unwrap_or_default();
        if types.len() > MOST_TYPES {
            return Err(invalid("ResourceTypeFilters can have at most 100 items."));
        }
        let excluding = input.exclude_compliant_resources == Some(true);
        if excluding && input.include_compliance_details != Some(true) {
            return Err(invalid("ExcludeCompliantResources needs IncludeComplianceDetails."));
        }
        let tags = input.tag_filters.as_deref().unwrap_or_default().iter().map(tag_filter::<E>);
        Ok(Self {
            tags: tags.collect::<Result<_, E>>()?,
            types: types.iter().map(|text| resource_type(text)).collect(),
            nothing: excluding,
        })
    }

    /// Whether resources of this kind are wanted.
    pub(crate) fn wants(&self, kind: &dyn Taggable) -> bool {
        let of_kind = |(service, of_type): &(&str, Option<&str>)| {
            *service == kind.service() && of_type.is_none_or(|of_type| of_type == kind.of_type())
        };
        !self.nothing && (self.types.is_empty() || self.types.iter().any(of_kind))
    }

    /// Whether a resource has the tags that are wanted: all the keys, each with any of its values.
    pub(crate) fn takes(&self, resource: &Tagged) -> bool {
        self.tags.iter().all(|(key, values)| {
            let value = resource.tags.get(*key);
            value.is_some_and(|value| values.is_empty() || values.contains(value))
        })
    }
}

fn tag_filter<E: From<InvalidParameterException>>(filter: &TagFilter) -> Result<(&str, &[String]), E> {
    let key = filter.key.as_deref().ok_or_else(|| invalid("Each TagFilter must have a Key."))?;
    Ok((key, filter.values.as_deref().unwrap_or_default()))
}

/// `kms`, or `kms:key`.
fn resource_type(text: &str) -> (&str, Option<&str>) {
    text.split_once(':').map_or((text, None), |(service, of_type)| (service, Some(of_type)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys::Keys, taggable::Tagged};
    use gatekey_model::tagging::GetResourcesError;

    fn tagged() -> Tagged {
        let tags = [("a", "1"), ("b", "2")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let arn = "arn:aws:kms:us-east-1:111122223333:key/x".parse().unwrap();
        Tagged { arn, tags: tags.into(), place: "x".into() }
    }

    fn filter(key: &str, values: &[&str]) -> TagFilter {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        TagFilter { key: Some(key.to_owned()), values: Some(values) }
    }

    #[test]
    fn all_keys_must_match_each_with_any_of_its_values() {
        for (filters, expected) in [
            (vec![], true),
            (vec![filter("a", &[])], true),
            (vec![filter("a", &["0", "1"]), filter("b", &["2"])], true),
            (vec![filter("a", &["1"]), filter("b", &["1"])], false),
            (vec![filter("A", &[])], false),
        ] {
            let input = GetResourcesInput { tag_filters: Some(filters), ..GetResourcesInput::default() };
            assert_eq!(Filter::of::<GetResourcesError>(&input).unwrap().takes(&tagged()), expected);
        }
    }

    #[test]
    fn a_type_is_a_service_or_a_service_and_its_type() {
        for (text, expected) in [("kms", true), ("kms:key", true), ("kms:alias", false), ("iam", false)] {
            let input = GetResourcesInput {
                resource_type_filters: Some(vec![text.to_owned()]),
                ..GetResourcesInput::default()
            };
            assert_eq!(Filter::of::<GetResourcesError>(&input).unwrap().wants(&Keys), expected, "{text}");
        }
    }
}
