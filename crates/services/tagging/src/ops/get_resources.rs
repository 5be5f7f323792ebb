//! GetResources: what of the caller's account has tags, or had some, in one Region.
//!
//! AWS: what never had tags is not in it; what is named by ARN and does not exist is left out; a page holds at most so
//! many resources, or so many tags, where a resource without tags counts as one.

use crate::{
    fault::invalid,
    filter::Filter,
    page::{self, Place},
    taggable::{Tagged, kind_of, kinds},
};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    tagging::{
        ComplianceDetails, GetResourcesError, GetResourcesInput, GetResourcesOutput, ResourceTagMapping, Tag,
        calls,
    },
};
use gatekey_policy::Context;
use gatekey_types::Arn;
use serde::Serialize;
use std::collections::BTreeSet;

/// Resources of a page where the request does not say.
const USUAL: usize = 50;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_filters: Option<&'a [String]>,
    #[serde(rename = "resourceARNList", skip_serializing_if = "Option::is_none")]
    resource_arn_list: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources_per_page: Option<i32>,
}

/// The handler.
pub(crate) struct GetResources;

impl Operation for GetResources {
    type Call = calls::GetResources;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetResourcesInput,
    ) -> Result<Answered<GetResourcesOutput>, GetResourcesError> {
        passage.draft().set_parameters(&Parameters {
            resource_type_filters: input.resource_type_filters.as_deref(),
            resource_arn_list: input.resource_arn_list.as_deref(),
            resources_per_page: input.resources_per_page,
        });
        let allowed = passage
            .authorize_other("tag:GetResources", inferred_on_nothing(), Context::new())
            .map_err(CommonError::from)?;
        let (found, token) = match &input.resource_arn_list {
            Some(arns) => (named(passage, input, arns)?, String::new()),
            None => listed(passage, input)?,
        };
        let details = input.include_compliance_details == Some(true);
        let mappings = found.into_iter().map(|resource| shown(resource, details)).collect();
        let answer =
            GetResourcesOutput { pagination_token: Some(token), resource_tag_mapping_list: Some(mappings) };
        Ok(passage.answer(&allowed, answer))
    }
}

/// The action has no resource type, so it is asked on `*`; a sample of AWS's guide allows it on keys, which gives nothing.
fn inferred_on_nothing() -> On<'static> {
    On::default()
}

/// The resources of these ARNs that there are.
fn named(
    passage: &Passage<'_>,
    input: &GetResourcesInput,
    arns: &[String],
) -> Result<Vec<Tagged>, GetResourcesError> {
    let other = "ResourceARNList cannot be combined with filters or pagination parameters.";
    let filtered = input.tag_filters.is_some() || input.resource_type_filters.is_some();
    let paged = input.resources_per_page.is_some() || input.tags_per_page.is_some();
    if filtered || paged || input.pagination_token.as_ref().is_some_and(|token| !token.is_empty()) {
        return Err(invalid(other));
    }
    let mut found = Vec::new();
    for text in arns.iter().collect::<BTreeSet<_>>() {
        let arn: Arn =
            text.parse().map_err(|_| invalid::<GetResourcesError>(format!("{text} is not a valid ARN.")))?;
        found.extend(kind_of(&arn).and_then(|kind| kind.named(passage, &arn)));
    }
    Ok(found)
}

/// One page of the resources that pass the filters.
fn listed(
    passage: &Passage<'_>,
    input: &GetResourcesInput,
) -> Result<(Vec<Tagged>, String), GetResourcesError> {
    let filter = Filter::of::<GetResourcesError>(input)?;
    let mut room = Room::of(input)?;
    let listing = page::listing("GetResources", &(&input.tag_filters, &input.resource_type_filters));
    let (first, mut place) =
        page::read::<GetResourcesError>(&listing, input.pagination_token.as_ref(), passage.now())?;
    let mut found: Vec<Tagged> = Vec::new();
    let mut last: Option<Place> = None;
    for (number, kind) in kinds().into_iter().enumerate().skip(first) {
        let after = core::mem::take(&mut place);
        if !filter.wants(kind) {
            continue;
        }
        for resource in kind.after(passage, &after).filter(|resource| filter.takes(resource)) {
            if !room.takes(resource.tags.len()) {
                let token = last.map(|last| page::after(&listing, &last, passage.now()));
                return Ok((found, token.unwrap_or_default()));
            }
            last = Some((number, resource.place.clone()));
            found.push(resource);
        }
    }
    Ok((found, String::new()))
}

/// What still goes on the page.
struct Room {
    resources: usize,
    tags: usize,
}

impl Room {
    fn of(input: &GetResourcesInput) -> Result<Self, GetResourcesError> {
        let within = |asked: Option<i32>, least: i32, most: i32, name: &str| match asked {
            Some(asked) if !(least..=most).contains(&asked) => {
                Err(invalid::<GetResourcesError>(format!("{name} must be between {least} and {most}.")))
            }
            asked => Ok(asked.and_then(|asked| usize::try_from(asked).ok())),
        };
        let resources = within(input.resources_per_page, 1, 100, "ResourcesPerPage")?;
        let tags = within(input.tags_per_page, 100, 500, "TagsPerPage")?;
        let usual = if tags.is_some() { usize::MAX } else { USUAL };
        Ok(Self { resources: resources.unwrap_or(usual), tags: tags.unwrap_or(usize::MAX) })
    }

    /// Whether a resource with so many tags still has room; then it takes it.
    fn takes(&mut self, tags: usize) -> bool {
        let (resources, tags) = (self.resources.checked_sub(1), self.tags.checked_sub(tags.max(1)));
        let (Some(resources), Some(tags)) = (resources, tags) else { return false };
        *self = Self { resources, tags };
        true
    }
}

/// There are no tag policies, so every resource complies.
fn shown(resource: Tagged, details: bool) -> ResourceTagMapping {
    let compliant = || ComplianceDetails {
        noncompliant_keys: Some(Vec::new()),
        keys_with_noncompliant_values: Some(Vec::new()),
        missing_tag_keys: None,
        compliance_status: Some(true),
    };
    ResourceTagMapping {
        resource_arn: Some(resource.arn.to_string()),
        tags: Some(resource.tags.into_iter().map(|(key, value)| Tag { key, value }).collect()),
        compliance_details: details.then(compliant),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_tags_splits_no_resource() {
        let input = GetResourcesInput { tags_per_page: Some(100), ..GetResourcesInput::default() };
        let mut room = Room::of(&input).unwrap();
        assert!(room.takes(60) && room.takes(0) && !room.takes(40) && room.takes(39));
    }

    #[test]
    fn pages_have_their_bounds() {
        for (resources, tags) in [(Some(0), None), (Some(101), None), (None, Some(99)), (None, Some(501))] {
            let input = GetResourcesInput {
                resources_per_page: resources,
                tags_per_page: tags,
                ..GetResourcesInput::default()
            };
            assert!(Room::of(&input).is_err());
        }
    }
}
