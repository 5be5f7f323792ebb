//! The condition keys that follow from how a request came and from the key that it is about.

use crate::Passage;
use gatekey_keyring::{Key, Keyring};
use gatekey_policy::{Context, Derive, Identity, KeyName, Value, Values};
use gatekey_types::Region;
use std::fmt;

/// What they follow from.
#[derive(Clone, Copy, Default)]
pub(crate) struct Derived<'a> {
    /// How it came, and the Region that it is for; nothing of a request that nobody made.
    pub(crate) coming: Option<(&'a Passage<'a>, &'a Region)>,
    /// The key, among the others, whose aliases are known.
    pub(crate) key: Option<(&'a Key, &'a Keyring)>,
}

impl fmt::Debug for Derived<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Derived")
    }
}

impl Derive for Derived<'_> {
    fn derive(&self, name: KeyName) -> Option<Values<'_>> {
        let of_arrival = || self.coming.and_then(|(passage, region)| of_arrival(passage, region, name));
        self.key.and_then(|(key, keyring)| of_key(key, keyring, name)).or_else(of_arrival)
    }
}

/// A global key that follows from how the request came.
fn of_arrival<'a>(passage: &'a Passage<'_>, region: &'a Region, name: KeyName) -> Option<Values<'a>> {
    let arrival = passage.arrival;
    let is_direct = passage.via.is_none();
    let value = match name {
        KeyName::AwsRequestedRegion => region.as_str().into(),
        // What a service asks for the caller does not leave the service, does not come from the caller's address, and not by
        // the caller's program.
        KeyName::AwsSecureTransport => (arrival.tls.is_some() || !is_direct).into(),
        // A service calls from no address.
        KeyName::AwsSourceIp if is_direct && !is_service(passage) => arrival.source.as_str().into(),
        KeyName::AwsUserAgent if is_direct => arrival.user_agent.as_deref()?.into(),
        _ => return None,
    };
    Some(Values::One(value))
}

fn is_service(passage: &Passage<'_>) -> bool {
    matches!(passage.caller.principal.identity, Identity::Service { .. })
}

/// A key that describes the key acted on.
fn of_key<'a>(key: &'a Key, keyring: &'a Keyring, name: KeyName) -> Option<Values<'a>> {
    let record = &key.record;
    let value = match name {
        KeyName::KmsKeyOrigin => record.origin.as_str().into(),
        KeyName::KmsKeySpec | KeyName::KmsCustomerMasterKeySpec => record.spec.as_str().into(),
        KeyName::KmsKeyUsage | KeyName::KmsCustomerMasterKeyUsage => record.usage.as_str().into(),
        KeyName::KmsMultiRegion => record.multi_region.is_some().into(),
        KeyName::KmsMultiRegionKeyType => key.multi_region_type()?.into(),
        KeyName::KmsResourceAliases => {
            let aliases = keyring.aliases_of(&key.arn).map(|alias| Value::from(alias.as_str()));
            return Some(Values::Many(aliases.collect()));
        }
        _ => return None,
    };
    Some(Values::One(value))
}

/// Sets the key's tags.
pub(crate) fn set_tags<'a>(key: &'a Key, context: &mut Context<'a>) {
    let tags = key.record.tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    context.set_family(KeyName::AwsResourceTag, tags);
}
