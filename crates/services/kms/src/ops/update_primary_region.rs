//! UpdatePrimaryRegion: makes a replica the primary key, and the primary key a replica.
//!
//! AWS: needs `kms:UpdatePrimaryRegion` on both keys, each by its own policy in its own Region, and both must be enabled. It
//! returns nothing. Both change in one transaction, so that neither is ever seen as `Updating`.

use crate::{
    fault::{denied, invalid, missing, not_in_use, uncommitted},
    multi_region,
};
use gatekey_gate::{Allowed, Answered, Elsewhere, Found, Operation, Passage};
use gatekey_keyring::KeySelector;
use gatekey_model::{
    NoOutput,
    kms::{UpdatePrimaryRegionError, UpdatePrimaryRegionRequest, calls},
};
use gatekey_policy::{Context, KeyName, KmsAction};
use gatekey_types::{KeyArn, Region};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    primary_region: &'a str,
}

/// The handler.
pub(crate) struct UpdatePrimaryRegion;

impl Operation for UpdatePrimaryRegion {
    type Call = calls::UpdatePrimaryRegion;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdatePrimaryRegionRequest,
    ) -> Result<Answered<NoOutput>, UpdatePrimaryRegionError> {
        passage
            .draft()
            .set_parameters(&Parameters { key_id: &input.key_id, primary_region: &input.primary_region });
        let region = multi_region::region::<UpdatePrimaryRegionError>(passage, &input.primary_region)?;
        let primary = passage
            .find_by_id(&input.key_id, KmsAction::UpdatePrimaryRegion)
            .map_err(missing::<UpdatePrimaryRegionError>)?;
        let allowed = authorize(passage, &primary, &region)?;
        multi_region::leads::<UpdatePrimaryRegionError>(&primary.key, passage.now())?;
        if region == primary.key.arn.region {
            return Err(invalid(inferred_is_primary_there(&primary.key.arn)));
        }
        let replica = KeyArn { region: region.clone(), ..primary.key.arn.clone() };
        let replica = passage
            .select(&KeySelector::Key(replica), KmsAction::UpdatePrimaryRegion)
            .map_err(missing::<UpdatePrimaryRegionError>)?;
        authorize(passage, &replica, &region)?;
        replica.key.in_use_state(passage.now()).map_err(not_in_use::<UpdatePrimaryRegionError>)?;
        tell(passage, &replica, &region);
        let edits = passage.snapshot().keyring.led_from(&primary.key, &region);
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(uncommitted::<UpdatePrimaryRegionError>)
    }
}

fn authorize(
    passage: &mut Passage<'_>,
    found: &Found,
    region: &Region,
) -> Result<Allowed, UpdatePrimaryRegionError> {
    let mut context = Context::new();
    context.set(KeyName::KmsPrimaryRegion, region.as_str());
    passage
        .authorize(KmsAction::UpdatePrimaryRegion, found, context)
        .map_err(denied::<UpdatePrimaryRegionError>)
}

/// AWS documents neither code nor text for the Region that the primary key is in already.
fn inferred_is_primary_there(key: &KeyArn) -> String {
    format!("{key} is the primary key already.")
}

/// The event in the Region of the new primary key: it names the key by its ARN, and no resource.
fn tell(passage: &mut Passage<'_>, replica: &Found, region: &Region) {
    let parameters = Parameters { key_id: replica.key.name.as_str(), primary_region: region.as_str() };
    passage.draft().also(Elsewhere::new("UpdatePrimaryRegion", region.clone(), &parameters));
}

#[cfg(test)]
mod tests {
    #[test]
    fn inferred_is_primary_there() {
        let key = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab";
        let told = super::inferred_is_primary_there(&key.parse().unwrap());
        assert_eq!(told, format!("{key} is the primary key already."));
    }
}
