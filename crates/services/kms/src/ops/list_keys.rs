//! ListKeys: the ids and ARNs of the account's keys in the Region.
//!
//! AWS: identity policies alone decide, so keys are listed that the caller may not even describe.

use crate::{
    fault::{denied, invalid},
    marker,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::Page;
use gatekey_model::kms::{
    InvalidMarkerException, KeyListEntry, ListKeysError, ListKeysRequest, ListKeysResponse,
    ResourceOwnerType, calls,
};
use gatekey_policy::{Context, KmsAction};
use gatekey_types::KeyId;

/// The handler.
pub(crate) struct ListKeys;

impl Operation for ListKeys {
    type Call = calls::ListKeys;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListKeysRequest,
    ) -> Result<Answered<ListKeysResponse>, ListKeysError> {
        let allowed = passage
            .authorize_without_key(KmsAction::ListKeys, Context::new())
            .map_err(denied::<ListKeysError>)?;
        let own = own_keys(input)?;
        let listing = if own { "ListKeys" } else { "ListKeys via RAM" };
        let after = marker::read::<ListKeysError>(listing, input.marker.as_deref())?;
        let after: Option<KeyId> = match after {
            Some(text) => Some(text.parse().map_err(|_| InvalidMarkerException::bare())?),
            None => None,
        };
        let size = marker::page_size(input.limit, 100, 1000);
        let keys =
            passage.snapshot().keyring.keys_of(passage.account(), passage.region(), after, passage.now());
        let page =
            Page::take(keys.filter(|_| own).map(|key| (key.arn.key.to_string(), key.name.to_string())), size);
        let next =
            page.truncated.then(|| page.items.last().map(|(id, _)| marker::after(listing, id))).flatten();
        let entry = |(id, arn)| KeyListEntry { key_id: Some(id), key_arn: Some(arn) };
        Ok(passage.answer(
            &allowed,
            ListKeysResponse {
                truncated: Some(page.truncated),
                keys: Some(page.items.into_iter().map(entry).collect()),
                next_marker: next,
            },
        ))
    }
}

/// Whether the account's own keys are asked for. Nothing is shared with it by other means, so the other list is empty.
fn own_keys(input: &ListKeysRequest) -> Result<bool, ListKeysError> {
    match input.resource_owners.as_deref() {
        None => Ok(true),
        Some([]) => Err(invalid("ResourceOwners must not be empty.")),
        Some(owners) => Ok(owners.contains(&ResourceOwnerType::SelfValue)),
    }
}
