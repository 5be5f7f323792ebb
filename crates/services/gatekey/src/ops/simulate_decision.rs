//! SimulateDecision: what would be decided if somebody of the account asked for something, and why.
//!
//! The question is put by the code that puts real ones, with every policy that has a say, so that the request that follows is
//! decided as this said. Whoever asks needs `gatekey:SimulateDecision`, on the key if there is one: the answer shows policies.

use crate::{context, key::Asked, principal, shown, view::View};
use gatekey_gate::{About, Answered, On, Operation, Passage, Supposed};
use gatekey_model::{
    CommonError,
    gatekey::{
        InvalidQuestionException, SimulateDecisionError, SimulateDecisionRequest, SimulateDecisionResponse,
        calls,
    },
};
use gatekey_policy::{Action, Context};
use gatekey_types::Arn;
use serde::Serialize;

type Fault = SimulateDecisionError;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    principal: &'a str,
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
}

/// The handler.
pub(crate) struct SimulateDecision;

impl Operation for SimulateDecision {
    type Call = calls::SimulateDecision;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &SimulateDecisionRequest,
    ) -> Result<Answered<SimulateDecisionResponse>, Fault> {
        let (key_id, resource) = (input.key_id.as_deref(), input.resource.as_deref());
        passage.draft().set_parameters(&Parameters {
            principal: &input.principal,
            action: &input.action,
            key_id,
            resource,
        });
        let asked = key_id.map(|text| Asked::find(passage, text));
        let on = asked.as_ref().map(Asked::on).unwrap_or_default();
        let allowed = passage
            .authorize_other("gatekey:SimulateDecision", on, Context::new())
            .map_err(CommonError::from)?;
        let key = asked.map(Asked::key::<Fault>).transpose()?;
        let (action, resource) = (action(&input.action)?, resource.map(arn).transpose()?);
        if key.is_some() && (resource.is_some() || action.kms().is_none()) {
            return Err(invalid("KeyId is for an action of KMS, and for nothing else."));
        }
        let caller = principal::named::<Fault>(passage, &input.principal)?;
        let context = supposed(passage, &context::read::<Fault>(input.context.as_ref())?);
        let on = resource.as_ref().map(On::resource).unwrap_or_default();
        let supposed = Supposed {
            caller: &caller,
            action: &action,
            on,
            key: key.as_deref(),
            about: About::Nothing,
            context,
            without: &[],
        };
        let explained = passage.suppose_explained(&supposed);
        let view = View::whole(passage, &explained);
        let about = (&*caller.principal, key.as_deref());
        let decision = shown::decision(passage, &explained, about, view);
        Ok(passage.answer(&allowed, SimulateDecisionResponse { decision: Some(decision) }))
    }
}

/// What the question says, over what any request would have.
fn supposed<'a>(passage: &Passage<'_>, said: &Context<'static>) -> Context<'a> {
    let mut context = context::present(passage);
    for (key, values) in said.entries() {
        context.put(key.clone(), values.clone());
    }
    context
}

fn action(text: &str) -> Result<Action, Fault> {
    let action: Result<Action, _> = text.parse();
    let unknown = |action: &Action| action.service().eq_ignore_ascii_case("kms") && action.kms().is_none();
    match action {
        Ok(action) if !unknown(&action) => Ok(action),
        _ => Err(invalid(format!("'{text}' is not the name of an action such as kms:Decrypt."))),
    }
}

fn arn(text: &str) -> Result<Arn, Fault> {
    text.parse().map_err(|_| invalid(format!("'{text}' is not an ARN.")))
}

fn invalid(text: impl Into<String>) -> Fault {
    InvalidQuestionException::new(text).into()
}
