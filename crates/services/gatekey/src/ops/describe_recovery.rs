//! DescribeRecovery: who holds recovery shares for the account's keys, and what the operator decided about ways back.

use crate::recovery;
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    gatekey::{
        DescribeRecoveryError, DescribeRecoveryRequest, DescribeRecoveryResponse, NotFoundException, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DescribeRecovery;

impl Operation for DescribeRecovery {
    type Call = calls::DescribeRecovery;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        _input: &DescribeRecoveryRequest,
    ) -> Result<Answered<DescribeRecoveryResponse>, DescribeRecoveryError> {
        let allowed = passage
            .authorize_other("gatekey:DescribeRecovery", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let account = passage.account();
        let custody = passage.snapshot().recoveries.custody(account);
        let custody = &custody
            .ok_or_else(|| {
                NotFoundException::new(format!("Nobody holds recovery shares for account {account} yet."))
            })?
            .record;
        let answer = DescribeRecoveryResponse {
            custodians: Some(custody.custodians.iter().map(|one| one.party.arn.clone()).collect()),
            threshold: Some(i32::from(custody.threshold)),
            cool_down_seconds: Some(recovery::seconds(passage.gate().cool_down())),
            failed_approvals: Some(i32::try_from(custody.failures()).unwrap_or(i32::MAX)),
            root_rescue: Some(passage.gate().rescues_root_users()),
        };
        Ok(passage.answer(&allowed, answer))
    }
}
