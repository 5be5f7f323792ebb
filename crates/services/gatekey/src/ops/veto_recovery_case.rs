//! VetoRecoveryCase: ends a case. Whoever may change the key's policy says no, or whoever asked withdraws.
//!
//! The right is that to change the policy, and no other: a present administrator needs no right of Gatekey's own to keep others
//! out.

use crate::recovery;
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError,
    gatekey::{
        NotFoundException, VetoRecoveryCaseError, VetoRecoveryCaseRequest, VetoRecoveryCaseResponse, calls,
    },
};
use gatekey_policy::{Context, KeyName, KmsAction};
use gatekey_recovery::CaseTable;
use gatekey_store::table::Edit;
use serde::Serialize;

type Fault = VetoRecoveryCaseError;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    case_id: &'a str,
}

/// The handler.
pub(crate) struct VetoRecoveryCase;

impl Operation for VetoRecoveryCase {
    type Call = calls::VetoRecoveryCase;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &VetoRecoveryCaseRequest,
    ) -> Result<Answered<VetoRecoveryCaseResponse>, Fault> {
        let id = &*input.case_id;
        passage.draft().set_parameters(&Parameters { case_id: id });
        let found = recovery::find(passage, id);
        let of_key = found
            .as_ref()
            .ok()
            .and_then(|found| passage.find(&found.kept.record.key, KmsAction::PutKeyPolicy).ok());
        let is_own = found.as_ref().is_ok_and(|found| {
            passage.participant().is_some_and(|party| party == found.kept.record.requester)
        });
        let by_key = of_key.as_ref().filter(|_| !is_own).map(|of_key| {
            let mut context = Context::new();
            context.set(KeyName::KmsPolicyName, "default");
            passage.authorize(KmsAction::PutKeyPolicy, of_key, context)
        });
        let allowed = match by_key {
            Some(Ok(allowed)) => allowed,
            by_key => {
                // Only whoever may ask about cases learns that there is one, and of which key.
                let may_ask =
                    passage.authorize_other("gatekey:VetoRecoveryCase", On::default(), Context::new());
                let allowed = may_ask.map_err(CommonError::from)?;
                by_key.unwrap_or(Ok(allowed)).map_err(CommonError::from)?
            }
        };
        let recovery::Found { account, kept } = found?;
        if of_key.is_none() && !is_own {
            return Err(NotFoundException::new("The case's key is gone, or in another Region.").into());
        }
        let mut case = kept.record.clone();
        let by = recovery::participant(passage)?;
        case.veto(&by, passage.now(), passage.gate().reading()).map_err(recovery::refused)?;
        let edits = vec![Edit::update::<CaseTable>(&(account, id.to_owned()), kept.revision, &case)];
        let answer = VetoRecoveryCaseResponse { case: Some(recovery::shown(passage, account, id, &case)) };
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}
