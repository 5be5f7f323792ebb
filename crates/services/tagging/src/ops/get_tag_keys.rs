//! GetTagKeys: the tag keys that are in use in one Region.

use crate::{page, taggable::kinds};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    tagging::{GetTagKeysError, GetTagKeysInput, GetTagKeysOutput, calls},
};
use gatekey_policy::Context;
use std::collections::BTreeSet;

/// The handler.
pub(crate) struct GetTagKeys;

impl Operation for GetTagKeys {
    type Call = calls::GetTagKeys;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetTagKeysInput,
    ) -> Result<Answered<GetTagKeysOutput>, GetTagKeysError> {
        let allowed = passage
            .authorize_other("tag:GetTagKeys", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let place =
            page::read::<GetTagKeysError>("GetTagKeys", input.pagination_token.as_ref(), passage.now())?;
        let mut keys = BTreeSet::new();
        for resource in kinds().into_iter().flat_map(|kind| kind.after(passage, "")) {
            keys.extend(resource.tags.into_keys());
        }
        let texts = keys.iter().map(String::as_str);
        let (page, token) = page::of_texts(texts, "GetTagKeys", &place, passage.now());
        let answer = GetTagKeysOutput { pagination_token: Some(token), tag_keys: Some(page) };
        Ok(passage.answer(&allowed, answer))
    }
}
