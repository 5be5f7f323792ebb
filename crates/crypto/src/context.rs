use core::fmt;
use smol_str::SmolStr;

/// The encryption context of a request: non-secret pairs that must be the same again at decryption. Equal as a set of
/// pairs; keys and values keep their case.
///
/// The pairs are kept sorted by the bytes of their keys, each key once; most are short, and need no memory of their own.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct EncryptionContext(Vec<(SmolStr, SmolStr)>);

/// Most pairs in a context. AWS names no limit; its limit on the whole request comes first.
const PAIRS: usize = 4096;

/// Longest context in all, in bytes of keys and values.
const BYTES: usize = 256 * 1024;

/// Why some pairs are no encryption context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextError {
    /// The same key twice: two readers could each see another value.
    DuplicateKey,
    /// More pairs or bytes than are accepted.
    TooLarge,
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DuplicateKey => "the encryption context has a key twice",
            Self::TooLarge => "the encryption context is too large",
        })
    }
}

impl core::error::Error for ContextError {}

impl EncryptionContext {
    /// Collects pairs, in any order.
    ///
    /// # Errors
    /// See [`ContextError`].
    pub fn new<K: Into<SmolStr>, V: Into<SmolStr>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, ContextError> {
        let mut sorted = Vec::new();
        let mut bytes = 0_usize;
        for (key, value) in pairs {
            let (key, value): (SmolStr, SmolStr) = (key.into(), value.into());
            bytes = bytes.saturating_add(key.len()).saturating_add(value.len());
            if sorted.len() == PAIRS || bytes > BYTES {
                return Err(ContextError::TooLarge);
            }
            sorted.push((key, value));
        }
        sorted.sort();
        if sorted.windows(2).any(|two| matches!(two, [(a, _), (b, _)] if a == b)) {
            return Err(ContextError::DuplicateKey);
        }
        Ok(Self(sorted))
    }

    /// The pairs, sorted by key.
    pub fn pairs(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// The value of a key, compared with case.
    pub fn get(&self, key: &str) -> Option<&str> {
        let index = self.0.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()?;
        self.0.get(index).map(|(_, value)| &**value)
    }

    /// Whether there are no pairs. An absent context and an empty one are the same.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends the canonical form: the number of pairs, then for each its key and its value, every text preceded by
    /// its length; numbers are 32 bits, big-endian. No two contexts have the same form.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        // The bounds above keep every number far below 32 bits.
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
        out.extend_from_slice(&number(self.0.len()));
        for text in self.0.iter().flat_map(|(key, value)| [key, value]) {
            out.extend_from_slice(&number(text.len()));
            out.extend_from_slice(text.as_bytes());
        }
    }

    /// Length of the canonical form, in bytes.
    pub(crate) fn encoded_len(&self) -> usize {
        4 + self.0.iter().map(|(key, value)| 8 + key.len() + value.len()).sum::<usize>()
    }
}

impl fmt::Debug for EncryptionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.pairs()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn encoded(pairs: &[(&str, &str)]) -> Vec<u8> {
        let mut out = Vec::new();
        EncryptionContext::new(pairs.iter().copied()).unwrap().encode(&mut out);
        out
    }

    #[test]
    fn pairs_that_run_together_alike_are_encoded_apart() {
        assert_ne!(encoded(&[("a", "bc")]), encoded(&[("ab", "c")]));
        assert_ne!(encoded(&[("a", "")]), encoded(&[("", "a")]));
        assert_ne!(encoded(&[]), encoded(&[("", "")]));
    }

    #[test]
    fn order_does_not_matter_and_case_does() {
        assert_eq!(encoded(&[("a", "1"), ("b", "2")]), encoded(&[("b", "2"), ("a", "1")]));
        assert_ne!(encoded(&[("a", "x")]), encoded(&[("A", "x")]));
        assert_ne!(encoded(&[("a", "x")]), encoded(&[("a", "X")]));
    }

    #[test]
    fn a_key_twice_and_a_flood_are_refused() {
        let twice = EncryptionContext::new([("a", "1"), ("b", "2"), ("a", "1")]);
        assert_eq!(twice, Err(ContextError::DuplicateKey));
        let many = (0..=PAIRS).map(|n| (n.to_string(), ""));
        assert_eq!(EncryptionContext::new(many), Err(ContextError::TooLarge));
        assert_eq!(EncryptionContext::new([("a", "x".repeat(BYTES))]), Err(ContextError::TooLarge));
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_one_to_one(
            a in prop::collection::btree_map("[ab]{0,2}", "[ab]{0,2}", 0..4),
            b in prop::collection::btree_map("[ab]{0,2}", "[ab]{0,2}", 0..4),
        ) {
            let context = |map: &BTreeMap<String, String>| EncryptionContext::new(map.clone()).unwrap();
            let encode = |map| { let mut out = Vec::new(); context(map).encode(&mut out); out };
            prop_assert_eq!(encode(&a) == encode(&b), a == b);
            prop_assert_eq!(encode(&a).len(), context(&a).encoded_len());
            let whole = context(&a);
            for (key, value) in &a {
                prop_assert_eq!(whole.get(key), Some(value.as_str()));
            }
        }
    }
}
