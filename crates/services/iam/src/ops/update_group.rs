//! UpdateGroup: another name or path.
//!
//! AWS: members stay; the caller needs the right on both names.

use crate::{names, rename::rename, target::Target};
use gatekey_directory::GroupRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{UpdateGroupError, UpdateGroupRequest, calls},
};

/// The handler.
pub(crate) struct UpdateGroup;

impl Operation for UpdateGroup {
    type Call = calls::UpdateGroup;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateGroupRequest,
    ) -> Result<Answered<NoOutput>, UpdateGroupError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<GroupRecord>::named(passage, &input.group_name);
        let becomes = (input.new_group_name.as_ref(), input.new_path.as_ref());
        rename(passage, ("iam:UpdateGroup", "Group"), &target, becomes).await
    }
}
