//! GetCredentialReport: the credential report.
//!
//! AWS: it must have been generated within the last four hours.

use crate::{moment, report};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    Blob, CommonError,
    iam::{
        CredentialReportExpiredException, CredentialReportNotPresentException, GetCredentialReportError,
        GetCredentialReportResponse, ReportFormatType, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct GetCredentialReport;

impl Operation for GetCredentialReport {
    type Call = calls::GetCredentialReport;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &gatekey_gate::InputOf<Self>,
    ) -> Result<Answered<GetCredentialReportResponse>, GetCredentialReportError> {
        let allowed = passage
            .authorize_other("iam:GetCredentialReport", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let account = passage.account();
        let directory = &passage.snapshot().directory;
        let Some(generated) = directory.settings(account).record.credential_report else {
            let text = "No report exists. Request a report using the GenerateCredentialReport API.";
            return Err(CredentialReportNotPresentException::new(text).into());
        };
        if !report::is_good(generated, passage.now()) {
            let text = "The report has expired. Request a new one using the GenerateCredentialReport API.";
            return Err(CredentialReportExpiredException::new(text).into());
        }
        let content = report::text(directory, account);
        let answer = GetCredentialReportResponse {
            content: Some(Blob::from(content.into_bytes())),
            report_format: Some(ReportFormatType::TextCsv),
            generated_time: Some(moment(generated)),
        };
        Ok(passage.answer(&allowed, answer))
    }
}
