//! InitRecovery: deals recovery shares for the account's keys to custodians. Each share is shown this once.
//!
//! Only the account's root user does it: whoever chooses the custodians chooses who can be let into every key of the account, so
//! that no administrator's policy suffices. Once dealt, the shares of as many custodians as must approve a recovery are needed to
//! deal anew: nobody takes the custody from them. Cases that wait then end, since their approvals are worth nothing any more.

use crate::recovery;
use gatekey_directory::Directory;
use gatekey_gate::{Answered, On, Operation, Passage, Refused};
use gatekey_model::{
    CommonError, common,
    gatekey::{
        DealtShare, InitRecoveryError, InitRecoveryRequest, InitRecoveryResponse, InvalidQuestionException,
        NotFoundException, calls,
    },
};
use gatekey_policy::Context;
use gatekey_recovery::{CaseTable, Custody, CustodyTable, Dealt, Participant, Refusal};
use gatekey_store::table::Edit;
use gatekey_types::PrincipalArn;
use serde::Serialize;

type Fault = InitRecoveryError;

/// CloudTrail's parameters: no shares.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    custodians: &'a [String],
    threshold: i32,
}

/// The handler.
pub(crate) struct InitRecovery;

impl Operation for InitRecovery {
    type Call = calls::InitRecovery;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &InitRecoveryRequest,
    ) -> Result<Answered<InitRecoveryResponse>, Fault> {
        let (custodians, threshold) = (&input.custodians, input.threshold);
        passage.draft().set_parameters(&Parameters { custodians, threshold });
        let allowed = passage
            .authorize_other("gatekey:InitRecovery", On::default(), Context::new())
            .map_err(CommonError::from)?;
        only_root(passage)?;
        let parties = input.custodians.iter().map(|text| custodian(&passage.snapshot().directory, text));
        let parties = parties.collect::<Result<Vec<Participant>, Fault>>()?;
        let threshold = u8::try_from(input.threshold).unwrap_or_default();
        let Dealt { custody, shares } = Custody::deal(&parties, threshold, passage.entropy())
            .map_err(|fault| wrong(format!("{fault}.")))?;
        let mut edits = vec![in_place(passage, input, &custody).await?];
        edits.extend(end_of_cases(passage)?);
        let numbered = shares.iter().zip(&parties).map(|(share, party)| DealtShare {
            custodian: party.arn.clone(),
            number: i32::from(share.number()),
            share: share.print().to_string().into(),
        });
        let answer = InitRecoveryResponse {
            shares: Some(numbered.collect()),
            threshold: Some(i32::from(custody.threshold)),
            cool_down_seconds: Some(recovery::seconds(passage.gate().cool_down())),
        };
        passage.commit(&allowed, edits, answer).await.map_err(gatekey_gate::refused)
    }
}

fn only_root(passage: &Passage<'_>) -> Result<(), CommonError> {
    let principal = &passage.caller().principal;
    if principal.is_root() && principal.root_task.is_none() {
        return Ok(());
    }
    let who = principal.display_name();
    let text = format!(
        "User: {who} is not authorized to perform: gatekey:InitRecovery because only the root user of the account may"
    );
    Err(common::AccessDeniedException::new(text).into())
}

/// A user or a role of any account of this server.
fn custodian(directory: &Directory, text: &str) -> Result<Participant, Fault> {
    let arn = match text.parse() {
        Ok(arn @ (PrincipalArn::User(..) | PrincipalArn::Role(..))) => arn,
        _ => return Err(wrong(format!("'{text}' is not the ARN of a user or a role."))),
    };
    match directory.resolve(&arn) {
        Ok(Some(id)) => Ok(Participant { id: id.as_str().to_owned(), arn: text.to_owned() }),
        _ => Err(NotFoundException::new(format!("There is no user or role '{text}'.")).into()),
    }
}

/// The new deal in place of the present one, which must agree.
async fn in_place(
    passage: &mut Passage<'_>,
    input: &InitRecoveryRequest,
    custody: &Custody,
) -> Result<Edit, Fault> {
    let account = passage.account();
    let Some(present) = passage.snapshot().recoveries.custody(account).cloned() else {
        return Ok(Edit::insert::<CustodyTable>(&account, custody));
    };
    let shares = input.present_shares.iter().flatten().map(|share| share.expose().as_str());
    let mut giving = present.record.clone();
    match giving.give_way(&shares.collect::<Vec<_>>(), passage.gate().reading()) {
        Ok(()) => Ok(Edit::update::<CustodyTable>(&account, present.revision, custody)),
        Err(Refusal::NotAccepted) => {
            let counted = vec![Edit::update::<CustodyTable>(&account, present.revision, &giving)];
            passage.write_down_refusal(counted, Refused::Deal).await.map_err(CommonError::from)?;
            Err(recovery::refused(Refusal::NotAccepted).into())
        }
        Err(other) => Err(recovery::refused(other).into()),
    }
}

/// Cases whose approvals are worth nothing any more end.
fn end_of_cases(passage: &Passage<'_>) -> Result<Vec<Edit>, Fault> {
    let (account, now, reading) = (passage.account(), passage.now(), passage.gate().reading());
    let by = recovery::participant(passage)?;
    let pending =
        passage.snapshot().recoveries.cases_of(account).filter(|(_, kept)| kept.record.is_pending());
    let ended = pending.map(|(id, kept)| {
        let mut case = kept.record.clone();
        // One that has just expired needs no veto.
        let _expired = case.veto(&by, now, reading);
        Edit::update::<CaseTable>(&(account, id.to_owned()), kept.revision, &case)
    });
    Ok(ended.collect())
}

fn wrong(text: String) -> Fault {
    InvalidQuestionException::new(text).into()
}
