//! GenerateCredentialReport: has a credential report made.
//!
//! AWS: a report that is not yet four hours old is not made anew.

use crate::{names, report};
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError,
    iam::{GenerateCredentialReportError, GenerateCredentialReportResponse, ReportStateType, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct GenerateCredentialReport;

impl Operation for GenerateCredentialReport {
    type Call = calls::GenerateCredentialReport;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &gatekey_gate::InputOf<Self>,
    ) -> Result<Answered<GenerateCredentialReportResponse>, GenerateCredentialReportError> {
        let allowed = passage
            .authorize_other("iam:GenerateCredentialReport", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let (account, now) = (passage.account(), passage.now());
        let settings = passage.snapshot().directory.settings(account);
        let is_good = settings.record.credential_report.is_some_and(|made| report::is_good(made, now));
        if is_good {
            let state = Some(ReportStateType::Complete);
            return Ok(
                passage.answer(&allowed, GenerateCredentialReportResponse { state, description: None })
            );
        }
        let mut record = settings.record.clone();
        record.credential_report = Some(now);
        let answer = GenerateCredentialReportResponse {
            state: Some(ReportStateType::Started),
            description: Some("No report exists. Starting a new report generation task".to_owned()),
        };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, vec![settings.update(account, &record)], answer).await.map_err(refused)
    }
}
