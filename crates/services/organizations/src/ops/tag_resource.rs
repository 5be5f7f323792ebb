//! TagResource: more tags, or other values, for a root, a unit, an account or a policy.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event, tag,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    organizations::{TagResourceError, TagResourceRequest, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct TagResource;

impl Operation for TagResource {
    type Call = calls::TagResource;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &TagResourceRequest,
    ) -> Result<Answered<NoOutput>, TagResourceError> {
        event::note(passage, input);
        let id = input.resource_id.as_str();
        let tags = tag::parse::<TagResourceError>(Some(&input.tags))?;
        let mut context = Context::new();
        tag::set_request_tags(&mut context, &tags);
        let asked = Asked { action: "organizations:TagResource", who: Who::Delegates, about: &[id], context };
        let Entry { allowed, org } = enter::<TagResourceError>(passage, &asked)?;
        let resource = tag::tagged::<TagResourceError>(&org, id)?;
        let mut all = resource.tags(&org).clone();
        all.extend(tags.clone());
        tag::within_limit::<TagResourceError>(&all)?;
        event::commit(passage, &allowed, vec![resource.retagged(&org, all)], NoOutput {}).await
    }
}
