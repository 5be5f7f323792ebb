//! WhatCan: all that a principal of the account can do with the account's keys of the Region, and on what conditions.

use crate::{
    access,
    page::{Page, Wanted, Whole},
    principal, world,
};
use gatekey_analysis::who_can::what_can;
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    gatekey::{InvalidQuestionException, KeyAccess, WhatCanError, WhatCanRequest, WhatCanResponse, calls},
};
use gatekey_policy::Context;
use gatekey_types::PrincipalArn;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    principal: &'a str,
}

/// The handler.
pub(crate) struct WhatCan;

impl Operation for WhatCan {
    type Call = calls::WhatCan;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &WhatCanRequest,
    ) -> Result<Answered<WhatCanResponse>, WhatCanError> {
        passage.draft().set_parameters(&Parameters { principal: &input.principal });
        let allowed = passage
            .authorize_other("gatekey:WhatCan", On::default(), Context::new())
            .map_err(CommonError::from)?;
        // Whoever is not there is told of as elsewhere.
        principal::named::<WhatCanError>(passage, &input.principal)?;
        let arn: PrincipalArn = input.principal.parse().map_err(|_| no_principal(&input.principal))?;
        let wanted = Wanted { limit: input.limit, marker: input.marker.as_deref() };
        let weight = |key: &KeyAccess| 1 + key.access.len();
        let study = || keys(passage, &arn).ok_or_else(|| no_principal(&input.principal));
        let (page, ()) = Page::of_study(passage, &input.principal, wanted, weight, study).await?;
        let answer = WhatCanResponse {
            principal: Some(input.principal.clone()),
            keys: Some(page.items),
            truncated: Some(page.next.is_some()),
            next_marker: page.next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}

fn keys(passage: &Passage<'_>, principal: &PrincipalArn) -> Option<Whole<KeyAccess, ()>> {
    let known = world::with_keys(passage);
    let found = what_can(&known, &known.caller(principal)?);
    let keys = found.keys.into_iter().map(|(arn, actions)| KeyAccess {
        key_arn: arn.to_string(),
        access: actions.iter().filter_map(|(action, one)| access::access(*action, one)).collect(),
    });
    Some(Whole { items: keys.collect(), besides: () })
}

fn no_principal(text: &str) -> WhatCanError {
    InvalidQuestionException::new(format!("'{text}' is not a principal whose rights can be listed.")).into()
}
