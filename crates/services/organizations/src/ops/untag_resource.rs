//! UntagResource: fewer tags for a root, a unit, an account or a policy.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event, tag,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    organizations::{UntagResourceError, UntagResourceRequest, calls},
};
use gatekey_policy::{Context, KeyName};

/// The handler.
pub(crate) struct UntagResource;

impl Operation for UntagResource {
    type Call = calls::UntagResource;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UntagResourceRequest,
    ) -> Result<Answered<NoOutput>, UntagResourceError> {
        event::note(passage, input);
        let id = input.resource_id.as_str();
        let mut context = Context::new();
        context.set_many(KeyName::AwsTagKeys, input.tag_keys.iter().map(String::as_str));
        let asked =
            Asked { action: "organizations:UntagResource", who: Who::Delegates, about: &[id], context };
        let Entry { allowed, org } = enter::<UntagResourceError>(passage, &asked)?;
        let resource = tag::tagged::<UntagResourceError>(&org, id)?;
        let mut all = resource.tags(&org).clone();
        all.retain(|key, _| !input.tag_keys.contains(key));
        event::commit(passage, &allowed, vec![resource.retagged(&org, all)], NoOutput {}).await
    }
}
