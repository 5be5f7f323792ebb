//! What has tags: one kind of resource, one entry.

use crate::{
    change::Change, entities::Kept, fault::Failure, keys::Keys, parameters::StoredParameters,
    secrets::StoredSecrets,
};
use gatekey_directory::{
    InstanceProfileRecord, ManagedPolicyRecord, MfaDeviceRecord, OidcProviderRecord, SamlProviderRecord, Tags,
};
use gatekey_gate::Passage;
use gatekey_store::table::Edit;
use gatekey_types::Arn;

/// A resource that has tags, or had some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tagged {
    /// Its ARN.
    pub(crate) arn: Arn,
    /// Its tags.
    pub(crate) tags: Tags,
    /// Its place in the order of its kind.
    pub(crate) place: String,
}

/// A listing of one kind.
pub(crate) type Listing<'a> = Box<dyn Iterator<Item = Tagged> + Send + 'a>;

/// A kind of resource that has tags.
pub(crate) trait Taggable: Send + Sync {
    /// The service as ARNs have it.
    fn service(&self) -> &'static str;
    /// The type as ARNs have it: what is before the first `/` or `:` of the resource.
    fn of_type(&self) -> &'static str;

    /// The caller's own tagged resources of this kind in the request's Region, after this place, in order.
    fn after<'a>(&self, passage: &'a Passage<'_>, place: &str) -> Listing<'a>;
    /// The one of this ARN, if it is the caller's own, in the request's Region, and tagged.
    fn named(&self, passage: &Passage<'_>, arn: &Arn) -> Option<Tagged>;

    /// Asks the service's own rights for the change, then its own rules, and gives what is to be written. The resource may
    /// not exist.
    ///
    /// # Errors
    /// The code and the message of the service.
    fn change(&self, passage: &mut Passage<'_>, arn: &Arn, change: &Change) -> Result<Vec<Edit>, Failure>;
}

/// Every kind, in the order of listings. AWS's list of IAM's part: users, groups and roles are not in it.
pub(crate) fn kinds() -> [&'static dyn Taggable; 8] {
    [
        &Kept::<InstanceProfileRecord>::AS_KIND,
        &Kept::<MfaDeviceRecord>::AS_KIND,
        &Kept::<OidcProviderRecord>::AS_KIND,
        &Kept::<ManagedPolicyRecord>::AS_KIND,
        &Kept::<SamlProviderRecord>::AS_KIND,
        &Keys,
        &StoredParameters,
        &StoredSecrets,
    ]
}

/// The kind that this ARN is of.
pub(crate) fn kind_of(arn: &Arn) -> Option<&'static dyn Taggable> {
    let of_type = arn.resource().split(['/', ':']).next().unwrap_or_default();
    kinds().into_iter().find(|kind| kind.service() == arn.service() && kind.of_type() == of_type)
}
