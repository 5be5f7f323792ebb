use aws_lc_rs::hmac::{self, HMAC_SHA256};
use core::{fmt, hash::BuildHasher as _};
use foldhash::quality::RandomState;
use gatekey_types::Region;
use std::sync::{Arc, Mutex, PoisonError};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The secret half of an access key. It is erased when dropped, and prints as `[SENSITIVE]`.
pub struct SecretAccessKey(Zeroizing<Vec<u8>>);

impl SecretAccessKey {
    /// Takes over the secret.
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(secret.into()))
    }

    /// The secret itself: only for sealing it, and for handing it to its owner once.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for SecretAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[SENSITIVE]")
    }
}

/// What a signing key is derived from, beside the secret.
#[derive(Clone, Copy)]
pub(crate) struct KeyScope<'a> {
    pub(crate) access_key_id: &'a str,
    /// `YYYYMMDD`
    pub(crate) day: &'a str,
    pub(crate) region: &'a Region,
    pub(crate) service: &'static str,
}

/// Derives the signing key: HMAC-SHA-256 of day, Region, service and `aws4_request`, each keyed with the one before.
pub(crate) fn derive(secret: &SecretAccessKey, scope: KeyScope<'_>) -> hmac::Key {
    let mut first = Zeroizing::new(Vec::with_capacity(4 + secret.0.len()));
    first.extend_from_slice(b"AWS4");
    first.extend_from_slice(&secret.0);
    let steps = [scope.day, scope.region.as_str(), scope.service, "aws4_request"];
    steps.iter().fold(hmac::Key::new(HMAC_SHA256, &first), |key, step| {
        let mut tag = Zeroizing::new([0; 32]);
        tag.copy_from_slice(hmac::sign(&key, step.as_bytes()).as_ref());
        hmac::Key::new(HMAC_SHA256, tag.as_slice())
    })
}

/// Signing keys derived before. Deriving one costs twice what all the rest of a verification does, and clients use
/// the same one all day.
///
/// Bounded; a set of four shares one lock. Only keys that have verified a signature are kept, so a stranger cannot
/// push others out. An entry serves only while the account's present secret *is* the one that it was derived from, so
/// a changed secret needs no invalidation; [`SigningKeyCache::forget`] erases early.
pub struct SigningKeyCache {
    sets: Box<[Mutex<Set>]>,
    hasher: RandomState,
}

const WAYS: usize = 4;

#[derive(Default)]
struct Set {
    entries: [Option<Entry>; WAYS],
    next: usize,
}

struct Entry {
    access_key_id: Box<str>,
    day: Box<str>,
    region: Region,
    service: &'static str,
    secret: Arc<SecretAccessKey>,
    key: Arc<hmac::Key>,
}

impl Entry {
    fn is_for(&self, scope: KeyScope<'_>) -> bool {
        *self.access_key_id == *scope.access_key_id
            && *self.day == *scope.day
            && self.region == *scope.region
            && self.service == scope.service
    }
}

impl SigningKeyCache {
    /// A cache of at least `capacity` keys (about 1 KiB each), rounded up to a multiple of four.
    pub fn new(capacity: usize) -> Self {
        let sets = (0..capacity.div_ceil(WAYS).max(1)).map(|_| Mutex::default()).collect();
        Self { sets, hasher: RandomState::default() }
    }

    /// Erases every key of an access key that was deleted or made inactive. Correctness does not depend on it: the
    /// lookup of the credential comes first.
    pub fn forget(&self, access_key_id: &str) {
        for set in &self.sets {
            let mut set = set.lock().unwrap_or_else(PoisonError::into_inner);
            for slot in &mut set.entries {
                slot.take_if(|entry| *entry.access_key_id == *access_key_id);
            }
        }
    }

    /// The signing key, and whether it had to be derived.
    pub(crate) fn find_or_derive(
        &self,
        secret: &Arc<SecretAccessKey>,
        scope: KeyScope<'_>,
    ) -> (Arc<hmac::Key>, bool) {
        match self.find(secret, scope) {
            Some(key) => (key, false),
            None => (Arc::new(derive(secret, scope)), true),
        }
    }

    fn find(&self, secret: &Arc<SecretAccessKey>, scope: KeyScope<'_>) -> Option<Arc<hmac::Key>> {
        let set = self.set(scope)?.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = set.entries.iter().flatten().find(|entry| entry.is_for(scope))?;
        let same = Arc::ptr_eq(&entry.secret, secret) || entry.secret.is(secret);
        same.then(|| Arc::clone(&entry.key))
    }

    /// Keeps a key that has just verified a signature, in place of one of the same scope or of the set's oldest.
    pub(crate) fn keep(&self, secret: Arc<SecretAccessKey>, scope: KeyScope<'_>, key: Arc<hmac::Key>) {
        let Some(set) = self.set(scope) else { return };
        let entry = Entry {
            access_key_id: scope.access_key_id.into(),
            day: scope.day.into(),
            region: scope.region.clone(),
            service: scope.service,
            secret,
            key,
        };
        let mut set = set.lock().unwrap_or_else(PoisonError::into_inner);
        let same = set.entries.iter().position(|slot| slot.as_ref().is_some_and(|e| e.is_for(scope)));
        let index = same.unwrap_or(set.next);
        if same.is_none() {
            set.next = (index + 1) % WAYS;
        }
        if let Some(slot) = set.entries.get_mut(index) {
            *slot = Some(entry);
        }
    }

    fn set(&self, scope: KeyScope<'_>) -> Option<&Mutex<Set>> {
        let hash = self.hasher.hash_one((scope.access_key_id, scope.region.as_str(), scope.service));
        let count = u64::try_from(self.sets.len()).unwrap_or(1);
        self.sets.get(usize::try_from(hash % count).unwrap_or_default())
    }
}

impl fmt::Debug for SigningKeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeyCache").field("sets", &self.sets.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope<'a>(id: &'a str, region: &'a Region) -> KeyScope<'a> {
        KeyScope { access_key_id: id, day: "20150830", region, service: "kms" }
    }

    fn derived(cache: &SigningKeyCache, secret: &Arc<SecretAccessKey>, scope: KeyScope<'_>) -> bool {
        let (key, derived) = cache.find_or_derive(secret, scope);
        cache.keep(Arc::clone(secret), scope, key);
        derived
    }

    #[test]
    fn a_key_is_found_again_only_under_the_very_same_secret() {
        let region: Region = "us-east-1".parse().unwrap();
        let cache = SigningKeyCache::new(8);
        let secret = Arc::new(SecretAccessKey::new("one"));
        assert!(derived(&cache, &secret, scope("AKIA1", &region)));
        assert!(!derived(&cache, &secret, scope("AKIA1", &region)));
        assert!(!derived(&cache, &Arc::new(SecretAccessKey::new("one")), scope("AKIA1", &region)));
        assert!(derived(&cache, &Arc::new(SecretAccessKey::new("two")), scope("AKIA1", &region)));
        cache.forget("AKIA1");
        assert!(derived(&cache, &Arc::new(SecretAccessKey::new("two")), scope("AKIA1", &region)));
    }

    #[test]
    fn a_full_cache_gives_up_its_oldest() {
        let region: Region = "us-east-1".parse().unwrap();
        let cache = SigningKeyCache::new(1);
        let secret = Arc::new(SecretAccessKey::new("s"));
        for id in ["a", "b", "c", "d", "e"] {
            assert!(derived(&cache, &secret, scope(id, &region)));
        }
        assert!(!derived(&cache, &secret, scope("b", &region)));
        assert!(derived(&cache, &secret, scope("a", &region)));
    }

    #[test]
    fn a_secret_never_prints() {
        assert_eq!(format!("{:?}", SecretAccessKey::new("wJalr")), "[SENSITIVE]");
    }
}
