//! What the operations on multi-Region keys share.

use crate::fault::{invalid, not_in_use, unsupported};
use gatekey_gate::{Denied, On, Passage};
use gatekey_keyring::Key;
use gatekey_model::{
    common::ValidationException,
    kms::{DisabledException, KMSInvalidStateException, UnsupportedOperationException},
};
use gatekey_policy::Context;
use gatekey_types::{Arn, Region, Timestamp};

/// The key can lead others elsewhere: its state is told before its kind, as RotateKeyOnDemand tells them.
///
/// # Errors
/// DisabledException, KMSInvalidStateException, or UnsupportedOperationException with AWS's text.
pub(crate) fn leads<E>(key: &Key, now: Timestamp) -> Result<(), E>
where
    E: From<DisabledException> + From<KMSInvalidStateException> + From<UnsupportedOperationException>,
{
    key.in_use_state(now).map_err(not_in_use::<E>)?;
    key.leads().map(drop).map_err(unsupported)
}

/// Reads the name of another Region of the request's partition.
///
/// # Errors
/// ValidationException.
pub(crate) fn region<E: From<ValidationException>>(passage: &Passage<'_>, text: &str) -> Result<Region, E> {
    let region: Region = text.parse().map_err(|_| invalid::<E>(inferred_no_such_region(text)))?;
    if region.partition() != passage.region().partition() {
        return Err(invalid(inferred_other_partition(&region)));
    }
    Ok(region)
}

/// At AWS a service-linked role of the account synchronizes multi-Region keys, and whoever makes a primary key makes that role,
/// or makes it again. Nothing needs it here, but who may not make it may not make the key.
///
/// # Errors
/// Access is denied.
pub(crate) fn may_have_role_made(passage: &mut Passage<'_>) -> Result<(), Denied> {
    const ROLE: &str =
        "aws-service-role/mrk.kms.amazonaws.com/AWSServiceRoleForKeyManagementServiceMultiRegionKeys";
    let (partition, account) = (passage.region().partition(), passage.account());
    let role: Result<Arn, _> = format!("arn:{partition}:iam::{account}:role/{ROLE}").parse();
    let Ok(role) = role else {
        return Err(Denied { message: format!("{ROLE} is no role") });
    };
    let mut context = Context::new();
    context.set("iam:AWSServiceName", "mrk.kms.amazonaws.com");
    passage.authorize_other("iam:CreateServiceLinkedRole", On::resource(&role), context).map(drop)
}

/// AWS does not document the code and the text for a Region of another partition.
fn inferred_other_partition(region: &Region) -> String {
    format!("Region {region} is not in the partition of the request's Region.")
}

/// Nor for what is shaped almost like a Region.
fn inferred_no_such_region(text: &str) -> String {
    format!("{text} is not a Region.")
}

#[cfg(test)]
mod tests {
    #[test]
    fn inferred_other_partition() {
        let told = super::inferred_other_partition(&"cn-north-1".parse().unwrap());
        assert_eq!(told, "Region cn-north-1 is not in the partition of the request's Region.");
    }

    #[test]
    fn inferred_no_such_region() {
        assert_eq!(super::inferred_no_such_region("a-b-c-d-1"), "a-b-c-d-1 is not a Region.");
    }
}
