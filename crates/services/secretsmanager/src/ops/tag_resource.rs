//! TagResource: tags are added to a secret, or get new values.

use crate::{
    change::{self, Change},
    entry::{Entry, enter, set_request_tags},
    event, tag,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    secretsmanager::{TagResourceError, TagResourceRequest, calls},
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
        let tags = tag::parse::<TagResourceError>(Some(&input.tags))?;
        let mut context = Context::new();
        set_request_tags(&mut context, &tags);
        let action = "secretsmanager:TagResource";
        let Entry { allowed, secret } =
            enter::<TagResourceError>(passage, action, &input.secret_id, context)?;
        change::changeable::<TagResourceError>(&secret)?;
        let mut record = secret.record.clone();
        record.tags.extend(tags);
        tag::within_limit::<TagResourceError>(&record.tags)?;
        record.changed = passage.now();
        change::commit(passage, &allowed, Change::new(&secret, record), Vec::new(), NoOutput {}).await
    }
}
