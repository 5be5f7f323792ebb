//! ListPublicKeys: the keys that digest files were signed with between two moments.
//!
//! AWS: without times, the key of this moment.

use crate::words::{Wrong, inferred_words};
use gatekey_audit::PublicKey;
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    Blob, CommonError, EpochSeconds,
    cloudtrail::{
        self, InvalidTimeRangeException, ListPublicKeysError, ListPublicKeysRequest, ListPublicKeysResponse,
        calls,
    },
};
use gatekey_policy::Context;
use gatekey_types::Timestamp;
use serde::Serialize;

/// The handler.
pub(crate) struct ListPublicKeys;

/// The parameters of its event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<&'a str>,
}

impl Operation for ListPublicKeys {
    type Call = calls::ListPublicKeys;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListPublicKeysRequest,
    ) -> Result<Answered<ListPublicKeysResponse>, ListPublicKeysError> {
        let text = |time: EpochSeconds| Timestamp::from_millis(time.millis()).to_string();
        let parameters = Parameters {
            start_time: input.start_time.map(text),
            end_time: input.end_time.map(text),
            next_token: input.next_token.as_deref(),
        };
        passage.draft().set_parameters(&parameters);
        let allowed = passage
            .authorize_other("cloudtrail:ListPublicKeys", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let moment = |time: Option<EpochSeconds>| {
            time.map_or(passage.now(), |time| Timestamp::from_millis(time.millis()))
        };
        let (start, end) = (moment(input.start_time), moment(input.end_time));
        if end < start {
            return Err(InvalidTimeRangeException::new(inferred_words(Wrong::Times)).into());
        }
        let keys = passage.digest_keys(&allowed).await?;
        let keys = keys.into_iter().filter(|key| key.from <= end && start <= key.until).map(shown).collect();
        let answer = ListPublicKeysResponse { public_key_list: Some(keys), next_token: None };
        Ok(passage.answer(&allowed, answer))
    }
}

fn shown(key: PublicKey) -> cloudtrail::PublicKey {
    cloudtrail::PublicKey {
        value: Some(Blob::from(key.der)),
        validity_start_time: Some(EpochSeconds::from_millis(key.from.millis())),
        validity_end_time: Some(EpochSeconds::from_millis(key.until.millis())),
        fingerprint: Some(key.fingerprint),
    }
}
