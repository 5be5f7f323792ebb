//! DescribeSecret: all about a secret but its value. It tells of a secret that waits for its deletion, too.

use crate::{
    entry::{Entry, enter},
    event, shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::secretsmanager::{
    DescribeSecretError, DescribeSecretRequest, DescribeSecretResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DescribeSecret;

impl Operation for DescribeSecret {
    type Call = calls::DescribeSecret;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DescribeSecretRequest,
    ) -> Result<Answered<DescribeSecretResponse>, DescribeSecretError> {
        event::note(passage, input);
        let action = "secretsmanager:DescribeSecret";
        let Entry { allowed, secret } =
            enter::<DescribeSecretError>(passage, action, &input.secret_id, Context::new())?;
        Ok(passage.answer(&allowed, shown::described(&secret)))
    }
}
