//! GetTagValues: the values that a tag key has in one Region.

use crate::{page, taggable::kinds};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    tagging::{GetTagValuesError, GetTagValuesInput, GetTagValuesOutput, calls},
};
use gatekey_policy::Context;
use serde::Serialize;
use std::collections::BTreeSet;

/// CloudTrail's parameters.
#[derive(Serialize)]
struct Parameters<'a> {
    key: &'a str,
}

/// The handler.
pub(crate) struct GetTagValues;

impl Operation for GetTagValues {
    type Call = calls::GetTagValues;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetTagValuesInput,
    ) -> Result<Answered<GetTagValuesOutput>, GetTagValuesError> {
        passage.draft().set_parameters(&Parameters { key: &input.key });
        let allowed = passage
            .authorize_other("tag:GetTagValues", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let listing = page::listing("GetTagValues", &input.key);
        let token = input.pagination_token.as_ref();
        let place = page::read::<GetTagValuesError>(&listing, token, passage.now())?;
        let resources = kinds().into_iter().flat_map(|kind| kind.after(passage, ""));
        let values: BTreeSet<String> =
            resources.filter_map(|mut resource| resource.tags.remove(&input.key)).collect();
        let texts = values.iter().map(String::as_str);
        let (page, token) = page::of_texts(texts, &listing, &place, passage.now());
        let answer = GetTagValuesOutput { pagination_token: Some(token), tag_values: Some(page) };
        Ok(passage.answer(&allowed, answer))
    }
}
