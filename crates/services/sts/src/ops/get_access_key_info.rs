//! GetAccessKeyInfo: the account that an access key belongs to.
//!
//! AWS: the key may be any account's, and its state is not told; the id of temporary credentials tells its account itself.

use crate::{event, fault::invalid};
use gatekey_directory::AccessKeyId;
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    sts::{GetAccessKeyInfoError, GetAccessKeyInfoRequest, GetAccessKeyInfoResponse, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct GetAccessKeyInfo;

impl Operation for GetAccessKeyInfo {
    type Call = calls::GetAccessKeyInfo;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetAccessKeyInfoRequest,
    ) -> Result<Answered<GetAccessKeyInfoResponse>, GetAccessKeyInfoError> {
        passage.draft().set_parameters(&event::shown(input));
        let allowed = passage
            .authorize_other("sts:GetAccessKeyInfo", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let id = &input.access_key_id;
        let kept = passage.snapshot().directory.access_key(id).map(|key| key.record.owner.account());
        let told = || id.parse::<AccessKeyId>().ok()?.account_told();
        let account = kept.or_else(told).ok_or_else(|| invalid("Invalid access key"))?;
        Ok(passage.answer(&allowed, GetAccessKeyInfoResponse { account: Some(account.to_string()) }))
    }
}
