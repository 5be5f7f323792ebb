//! AccessMatrix: every principal that can do anything with a key, with all that it can.

use crate::{
    access,
    key::Asked,
    page::{Page, Wanted, Whole},
    world,
};
use gatekey_analysis::who_can::{Who, access_matrix};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::Key;
use gatekey_model::{
    CommonError,
    gatekey::{Access, AccessMatrixError, AccessMatrixRequest, AccessMatrixResponse, Holder, calls},
};
use gatekey_policy::Context;
use serde::Serialize;
use std::collections::BTreeMap;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
}

/// The handler.
pub(crate) struct AccessMatrix;

impl Operation for AccessMatrix {
    type Call = calls::AccessMatrix;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &AccessMatrixRequest,
    ) -> Result<Answered<AccessMatrixResponse>, AccessMatrixError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        let asked = Asked::find(passage, &input.key_id);
        let allowed = passage
            .authorize_other("gatekey:AccessMatrix", asked.on(), Context::new())
            .map_err(CommonError::from)?;
        let key = asked.key::<AccessMatrixError>()?;
        let wanted = Wanted { limit: input.limit, marker: input.marker.as_deref() };
        let weight = |holder: &Holder| 1 + holder.access.len();
        let study = || Ok::<_, AccessMatrixError>(rows(passage, &key));
        let (page, ()) = Page::of_study(passage, key.name.as_str(), wanted, weight, study).await?;
        let answer = AccessMatrixResponse {
            key_arn: Some(key.name.to_string()),
            holders: Some(page.items),
            truncated: Some(page.next.is_some()),
            next_marker: page.next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}

fn rows(passage: &Passage<'_>, key: &Key) -> Whole<Holder, ()> {
    let matrix = access_matrix(&world::accounts(passage), &world::key(passage.snapshot(), key));
    let mut rows: BTreeMap<&Who, Vec<Access>> = BTreeMap::new();
    for answer in &matrix.actions {
        for holder in &answer.holders {
            let access = access::access(answer.action, &holder.access);
            rows.entry(&holder.who).or_default().extend(access);
        }
    }
    let holders = rows.into_iter().map(|(who, access)| access::holder(who, access));
    Whole { items: holders.collect(), besides: () }
}
