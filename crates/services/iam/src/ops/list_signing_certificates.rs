//! ListSigningCertificates: a user's signing certificates; without a name, the caller's.
//!
//! Nobody has any here, since no operation that makes them is served. The listing is, for clients that clear a user before
//! they delete it.

use crate::{names, person::Asked};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListSigningCertificatesError, ListSigningCertificatesRequest, ListSigningCertificatesResponse, calls,
};

/// The handler.
pub(crate) struct ListSigningCertificates;

impl Operation for ListSigningCertificates {
    type Call = calls::ListSigningCertificates;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListSigningCertificatesRequest,
    ) -> Result<Answered<ListSigningCertificatesResponse>, ListSigningCertificatesError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<ListSigningCertificatesError>(passage, input.user_name.as_ref())?;
        let allowed = asked.authorize(passage, "iam:ListSigningCertificates")?;
        asked.found::<ListSigningCertificatesError>(passage)?;
        let answer = ListSigningCertificatesResponse {
            certificates: Vec::new(),
            is_truncated: Some(false),
            marker: None,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
