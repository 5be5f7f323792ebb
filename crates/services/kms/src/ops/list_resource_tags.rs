//! ListResourceTags: the tags of a key, in the order of their names.

use crate::{
    fault::{denied, missing},
    marker,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::Page;
use gatekey_model::kms::{
    ListResourceTagsError, ListResourceTagsRequest, ListResourceTagsResponse, Tag, calls,
};
use gatekey_policy::{Context, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
}

/// The handler.
pub(crate) struct ListResourceTags;

impl Operation for ListResourceTags {
    type Call = calls::ListResourceTags;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListResourceTagsRequest,
    ) -> Result<Answered<ListResourceTagsResponse>, ListResourceTagsError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        let found = passage
            .find_by_id(&input.key_id, KmsAction::ListResourceTags)
            .map_err(missing::<ListResourceTagsError>)?;
        let allowed = passage
            .authorize(KmsAction::ListResourceTags, &found, Context::new())
            .map_err(denied::<ListResourceTagsError>)?;
        let listing = format!("ListResourceTags {}", found.key.arn.key);
        let after = marker::read::<ListResourceTagsError>(&listing, input.marker.as_deref())?;
        let tags =
            found.key.record.tags.iter().filter(|(name, _)| after.as_ref().is_none_or(|after| *name > after));
        let tag = |(name, value): (&String, &String)| Tag { tag_key: name.clone(), tag_value: value.clone() };
        let page = Page::take(tags.map(tag), marker::page_size(input.limit, 50, 50));
        let last = page.items.last().map(|tag| marker::after(&listing, &tag.tag_key));
        let answer = ListResourceTagsResponse {
            next_marker: last.filter(|_| page.truncated),
            truncated: Some(page.truncated),
            tags: Some(page.items),
        };
        Ok(passage.answer(&allowed, answer))
    }
}
