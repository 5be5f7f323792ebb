//! ListTagsForResource: the tags of a root, a unit, an account or a policy.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event, tag,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    ListTagsForResourceError, ListTagsForResourceRequest, ListTagsForResourceResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListTagsForResource;

impl Operation for ListTagsForResource {
    type Call = calls::ListTagsForResource;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListTagsForResourceRequest,
    ) -> Result<Answered<ListTagsForResourceResponse>, ListTagsForResourceError> {
        let id = input.resource_id.as_str();
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:ListTagsForResource",
            who: Who::Readers,
            about: &[id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<ListTagsForResourceError>(passage, &asked)?;
        let tags = tag::shown(tag::tagged::<ListTagsForResourceError>(&org, id)?.tags(&org));
        Ok(passage.answer(&allowed, ListTagsForResourceResponse { tags: Some(tags), next_token: None }))
    }
}
