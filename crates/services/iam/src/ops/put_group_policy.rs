//! PutGroupPolicy: an inline policy of a group, added or replaced.
//!
//! AWS: all inline policies of a group together have at most 5,120 characters, white space not counted.

use crate::{holder::always, inline, names, target::Target};
use gatekey_directory::GroupRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{PutGroupPolicyError, PutGroupPolicyRequest, calls},
};

/// The handler.
pub(crate) struct PutGroupPolicy;

impl Operation for PutGroupPolicy {
    type Call = calls::PutGroupPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &PutGroupPolicyRequest,
    ) -> Result<Answered<NoOutput>, PutGroupPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let group = Target::<GroupRecord>::named(passage, &input.group_name);
        let put = (input.policy_name.as_str(), input.policy_document.as_str());
        inline::put(passage, "iam:PutGroupPolicy", &group, put, always).await
    }
}
