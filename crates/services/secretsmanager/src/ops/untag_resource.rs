//! UntagResource: tags are taken from a secret; those that it has not are passed over.

use crate::{
    change::{self, Change},
    entry::{Entry, enter},
    event,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    secretsmanager::{UntagResourceError, UntagResourceRequest, calls},
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
        let mut context = Context::new();
        context.set_many(KeyName::AwsTagKeys, input.tag_keys.iter().map(String::as_str));
        let action = "secretsmanager:UntagResource";
        let Entry { allowed, secret } =
            enter::<UntagResourceError>(passage, action, &input.secret_id, context)?;
        change::changeable::<UntagResourceError>(&secret)?;
        let mut record = secret.record.clone();
        record.had_tags |= !record.tags.is_empty();
        record.tags.retain(|name, _| !input.tag_keys.contains(name));
        record.changed = passage.now();
        change::commit(passage, &allowed, Change::new(&secret, record), Vec::new(), NoOutput {}).await
    }
}
