//! Prove: whether somebody can never do something with a key, whatever their requests carry: a proof, or a request that shows the
//! contrary.

use crate::{key::Asked, standing, world};
use gatekey_analysis::{
    difference::{Proof, Whom, prove_never},
    who_can::NoAnswer,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    CommonError,
    gatekey::{
        InvalidQuestionException, NotFoundException, ProofResult, ProveError, ProveRequest, ProveResponse,
        calls,
    },
};
use gatekey_policy::{Action, Context};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    principal: &'a str,
    action: &'a str,
}

/// The handler.
pub(crate) struct Prove;

impl Operation for Prove {
    type Call = calls::Prove;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ProveRequest,
    ) -> Result<Answered<ProveResponse>, ProveError> {
        let (key_id, principal, action) = (&input.key_id, &input.principal, &input.action);
        passage.draft().set_parameters(&Parameters { key_id, principal, action });
        let asked = Asked::find(passage, key_id);
        let allowed = passage
            .authorize_other("gatekey:Prove", asked.on(), Context::new())
            .map_err(CommonError::from)?;
        let key = asked.key::<ProveError>()?;
        let wrong = |text: String| ProveError::from(InvalidQuestionException::new(text));
        let kms = action.parse::<Action>().ok().and_then(|action| action.kms());
        let kms = kms.ok_or_else(|| wrong(format!("'{action}' is not the name of an action of KMS.")))?;
        let (whom, shown) = (whom(principal)?, world::key(passage.snapshot(), &key));
        let question = || prove_never(&world::accounts(passage), &shown, &whom, kms, Some(passage.now()));
        let proof = passage.study(question).await.map_err(|fault| match fault {
            NoAnswer::NoSuchPrincipal(_) => NotFoundException::new(format!("{fault}.")).into(),
            NoAnswer::NotAboutKeys(_) => wrong(format!("{fault}.")),
        })?;
        let (result, witness, why) = match proof {
            Proof::Proved => (ProofResult::Proved, None, None),
            Proof::Counterexample(found) => {
                (ProofResult::Counterexample, Some(standing::witness(&found)), None)
            }
            Proof::Unknown(why) => (ProofResult::Unknown, None, Some(why)),
        };
        Ok(passage.answer(&allowed, ProveResponse { result: Some(result), witness, why }))
    }
}

/// A principal by its ARN, an account by its number, or `*` for everyone.
fn whom(text: &str) -> Result<Whom, ProveError> {
    let wrong = || {
        let text =
            format!("'{text}' is neither the ARN of a principal, nor the number of an account, nor '*'.");
        ProveError::from(InvalidQuestionException::new(text))
    };
    match text.parse() {
        _ if text == "*" => Ok(Whom::Everyone),
        Ok(account) => Ok(Whom::Account(account)),
        Err(_) => text.parse().map(Whom::Principal).map_err(|_| wrong()),
    }
}
