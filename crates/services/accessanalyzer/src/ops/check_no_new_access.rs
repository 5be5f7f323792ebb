//! CheckNoNewAccess: whether a new version of a policy grants nothing that the present one does not.
//!
//! It passes where every Allow of the new policy is within one of the present policy's, and every Deny of the present policy
//! within one of the new policy's: then it is certain. What several statements grant only together is not seen.

use crate::{cover::is_within, document};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::accessanalyzer::{
    AccessDeniedException, CheckNoNewAccessError, CheckNoNewAccessRequest, CheckNoNewAccessResponse,
    CheckNoNewAccessResult, ReasonSummary, calls,
};
use gatekey_policy::{Context, Effect, Policy, Statement};

type Fault = CheckNoNewAccessError;

/// The handler.
pub(crate) struct CheckNoNewAccess;

impl Operation for CheckNoNewAccess {
    type Call = calls::CheckNoNewAccess;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CheckNoNewAccessRequest,
    ) -> Result<Answered<CheckNoNewAccessResponse>, Fault> {
        let allowed = passage
            .authorize_other("access-analyzer:CheckNoNewAccess", On::default(), Context::new())
            .map_err(|denied| AccessDeniedException::new(denied.message))?;
        let new = document::read::<Fault>(input.new_policy_document.expose(), &input.policy_type)?;
        let present = document::read::<Fault>(input.existing_policy_document.expose(), &input.policy_type)?;
        let reasons = inferred_certain_or_new(&new, &present);
        let (result, message) = match reasons.is_empty() {
            true => (
                CheckNoNewAccessResult::Pass,
                "The modified permissions do not grant new access compared to your existing policy.",
            ),
            false => (
                CheckNoNewAccessResult::Fail,
                "The modified permissions grant new access compared to your existing policy.",
            ),
        };
        let answer = CheckNoNewAccessResponse {
            result: Some(result),
            message: Some(message.to_owned()),
            reasons: Some(reasons),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// The statements that grant something new, or that may: AWS does not document how far its reasoning goes. A check that passes
/// without cause would be worse than one that fails without.
fn inferred_certain_or_new(new: &Policy, present: &Policy) -> Vec<ReasonSummary> {
    let of = |policy: &'_ Policy, effect: Effect| {
        policy
            .statements()
            .iter()
            .enumerate()
            .filter(move |(_, one)| one.effect == effect)
            .map(|(index, statement)| (index, statement.clone()))
            .collect::<Vec<_>>()
    };
    let (granted, granted_now) = (of(new, Effect::Allow), of(present, Effect::Allow));
    let (denied, denied_now) = (of(new, Effect::Deny), of(present, Effect::Deny));
    let unknown = |statement: &Statement, within: &[(usize, Statement)]| {
        !within.iter().any(|(_, wide)| is_within(statement, wide))
    };
    let more =
        granted.iter().filter(|(_, one)| unknown(one, &granted_now)).map(|(index, one)| ReasonSummary {
            description: Some("New access in the statement with this index.".to_owned()),
            ..reason(*index, one)
        });
    let less = denied_now.iter().filter(|(_, one)| unknown(one, &denied)).map(|(index, one)| ReasonSummary {
        description: Some(
            "The Deny statement with this index of the existing policy is gone or narrower.".to_owned(),
        ),
        ..reason(*index, one)
    });
    more.chain(less).collect()
}

fn reason(index: usize, statement: &Statement) -> ReasonSummary {
    ReasonSummary {
        description: None,
        statement_index: i32::try_from(index).ok(),
        statement_id: statement.sid.as_ref().map(|sid| sid.text.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_policy::Kind;

    fn policy(statements: &str) -> Policy {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        Policy::parse(&text, Kind::Identity).unwrap()
    }

    #[test]
    fn inferred_certain_or_new_passes_only_what_is_certain() {
        let wide = r#"{"Effect":"Allow","Action":"kms:*","Resource":"*"}"#;
        let narrow =
            r#"{"Effect":"Allow","Action":["kms:Decrypt","kms:Enc*"],"Resource":"arn:aws:kms:*:*:key/*"}"#;
        let bound = r#"{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#;
        let deny = r#"{"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}"#;
        let both = format!("{wide},{deny}");
        for (new, present, passes) in [
            (wide, wide, true),
            (narrow, wide, true),
            (wide, narrow, false),
            (bound, wide, true),
            (wide, bound, false),
            (&both, wide, true),
            (wide, &both, false),
        ] {
            let reasons = inferred_certain_or_new(&policy(new), &policy(present));
            assert_eq!(reasons.is_empty(), passes, "{new} {present}");
        }
    }
}
