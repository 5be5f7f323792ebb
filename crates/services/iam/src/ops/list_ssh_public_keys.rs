//! ListSSHPublicKeys: a user's SSH public keys; without a name, the caller's.
//!
//! Nobody has any here, since no operation that makes them is served. The listing is, for clients that clear a user before
//! they delete it.

use crate::{names, person::Asked};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListSSHPublicKeysError, ListSSHPublicKeysRequest, ListSSHPublicKeysResponse, calls,
};

/// The handler.
pub(crate) struct ListSSHPublicKeys;

impl Operation for ListSSHPublicKeys {
    type Call = calls::ListSSHPublicKeys;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListSSHPublicKeysRequest,
    ) -> Result<Answered<ListSSHPublicKeysResponse>, ListSSHPublicKeysError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<ListSSHPublicKeysError>(passage, input.user_name.as_ref())?;
        let allowed = asked.authorize(passage, "iam:ListSSHPublicKeys")?;
        asked.found::<ListSSHPublicKeysError>(passage)?;
        let answer = ListSSHPublicKeysResponse {
            ssh_public_keys: Some(Vec::new()),
            is_truncated: Some(false),
            marker: None,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
