//! ApproveRecoveryCase: a custodian approves with an own share and the requester's code. What was wrong with either is not told,
//! and is counted.

use crate::recovery;
use gatekey_gate::{Answered, On, Operation, Passage, Refused, refused};
use gatekey_model::{
    CommonError,
    gatekey::{
        ApproveRecoveryCaseError, ApproveRecoveryCaseRequest, ApproveRecoveryCaseResponse, NotFoundException,
        calls,
    },
};
use gatekey_policy::Context;
use gatekey_recovery::{CaseTable, CustodyTable, Refusal};
use gatekey_store::table::Edit;
use gatekey_types::Arn;
use serde::Serialize;

type Fault = ApproveRecoveryCaseError;

/// CloudTrail's parameters: neither code nor share.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    case_id: &'a str,
}

/// The handler.
pub(crate) struct ApproveRecoveryCase;

impl Operation for ApproveRecoveryCase {
    type Call = calls::ApproveRecoveryCase;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ApproveRecoveryCaseRequest,
    ) -> Result<Answered<ApproveRecoveryCaseResponse>, Fault> {
        let id = &*input.case_id;
        passage.draft().set_parameters(&Parameters { case_id: id });
        let allowed = passage
            .authorize_other("gatekey:ApproveRecoveryCase", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let recovery::Found { account, kept } = recovery::find(passage, id)?;
        let kept_custody = recovery::custody(passage, account)?;
        let party = recovery::participant(passage)?;
        let (mut case, mut custody) = (kept.record.clone(), kept_custody.record.clone());
        if !custody.is_custodian(&party) {
            // Not counted: whoever holds no share must not keep those waiting who do.
            return Err(recovery::refused(Refusal::NotAccepted).into());
        }
        let at = (passage.now(), passage.gate().reading());
        let said = case.approve(&mut custody, &party, (input.code.expose(), input.share.expose()), at);
        let edits = vec![
            Edit::update::<CaseTable>(&(account, id.to_owned()), kept.revision, &case),
            Edit::update::<CustodyTable>(&account, kept_custody.revision, &custody),
        ];
        let key: Arn = case.key.parse().map_err(|_| NotFoundException::new("The key is gone."))?;
        match said {
            Ok(_) => {
                passage.draft().touch_resource("AWS::KMS::Key", account, &key);
                let shown = recovery::shown(passage, account, id, &case);
                let answer = ApproveRecoveryCaseResponse { case: Some(shown) };
                passage.commit(&allowed, edits, answer).await.map_err(refused)
            }
            Err(Refusal::NotAccepted) => {
                let about = Refused::Approval { id, key: &key };
                passage.write_down_refusal(edits, about).await.map_err(CommonError::from)?;
                Err(recovery::refused(Refusal::NotAccepted).into())
            }
            Err(other) => Err(recovery::refused(other).into()),
        }
    }
}
