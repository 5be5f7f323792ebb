//! WhoCan: every principal that can do something with a key, and on what conditions.
//!
//! Exact: each answer is the decision's own, with everything open that a request may or may not carry. Of accounts that the
//! reader may not know of, only those are told of whom the key's policy or grants name.

use crate::{
    access,
    key::Asked,
    page::{Page, Wanted, Whole},
    world,
};
use gatekey_analysis::who_can::who_can;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::Key;
use gatekey_model::{
    CommonError,
    gatekey::{Holder, InvalidQuestionException, WhoCanError, WhoCanRequest, WhoCanResponse, calls},
};
use gatekey_policy::{Action, Context, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    action: &'a str,
    key_id: &'a str,
}

/// The handler.
pub(crate) struct WhoCan;

impl Operation for WhoCan {
    type Call = calls::WhoCan;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &WhoCanRequest,
    ) -> Result<Answered<WhoCanResponse>, WhoCanError> {
        passage.draft().set_parameters(&Parameters { action: &input.action, key_id: &input.key_id });
        let asked = Asked::find(passage, &input.key_id);
        let allowed = passage
            .authorize_other("gatekey:WhoCan", asked.on(), Context::new())
            .map_err(CommonError::from)?;
        let key = asked.key::<WhoCanError>()?;
        let action = input.action.parse::<Action>().ok().and_then(|action| action.kms());
        let action = action.ok_or_else(|| no_action(&input.action))?;
        let wanted = Wanted { limit: input.limit, marker: input.marker.as_deref() };
        let question = format!("{} {}", action.name(), key.name);
        let study = || holders(passage, &key, action);
        let (page, asked) = Page::of_study(passage, &question, wanted, |_| 1, study).await?;
        let answer = WhoCanResponse {
            key_arn: Some(key.name.to_string()),
            holders: Some(page.items),
            asked: i32::try_from(asked).ok(),
            truncated: Some(page.next.is_some()),
            next_marker: page.next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}

fn holders(passage: &Passage<'_>, key: &Key, action: KmsAction) -> Result<Whole<Holder, usize>, WhoCanError> {
    let answer = who_can(&world::accounts(passage), &world::key(passage.snapshot(), key), action)
        .map_err(|fault| InvalidQuestionException::new(format!("{fault}.")))?;
    let holders = answer.holders.iter().filter_map(|holder| {
        Some(access::holder(&holder.who, vec![access::access(action, &holder.access)?]))
    });
    Ok(Whole { items: holders.collect(), besides: answer.asked })
}

fn no_action(text: &str) -> WhoCanError {
    InvalidQuestionException::new(format!(
        "'{text}' is not the name of an action of KMS such as kms:Decrypt."
    ))
    .into()
}
