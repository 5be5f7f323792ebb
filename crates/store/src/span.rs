use bytes::{BufMut, Bytes, BytesMut};
use core::ops::Bound;

/// A run of neighbouring keys in byte order: from one key, included, to another, excluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    from: Bytes,
    to: Option<Bytes>,
}

impl Span {
    /// Every key.
    pub fn all() -> Self {
        Self { from: Bytes::new(), to: None }
    }

    /// The keys from `from`, included, to `to`, excluded; none if `to` is not greater.
    pub fn between(from: impl Into<Bytes>, to: impl Into<Bytes>) -> Self {
        Self { from: from.into(), to: Some(to.into()) }
    }

    /// The keys that begin with `prefix`.
    pub fn prefix(prefix: impl Into<Bytes>) -> Self {
        let from = prefix.into();
        let to = successor_of_prefix(&from);
        Self { from, to }
    }

    /// What is left of the span behind `key`, which itself is left out.
    #[must_use]
    pub fn behind(&self, key: &[u8]) -> Self {
        let mut next = BytesMut::with_capacity(key.len() + 1);
        next.put_slice(key);
        next.put_u8(0);
        Self { from: next.freeze().max(self.from.clone()), to: self.to.clone() }
    }

    /// Where it begins, included.
    pub fn from(&self) -> &Bytes {
        &self.from
    }

    /// Where it ends, excluded; `None` is behind the last key.
    pub fn to(&self) -> Option<&Bytes> {
        self.to.as_ref()
    }

    /// Whether `key` is in it.
    pub fn contains(&self, key: &[u8]) -> bool {
        key >= self.from.as_ref() && self.to.as_ref().is_none_or(|to| key < to.as_ref())
    }

    /// Whether no key can be in it.
    pub fn is_empty(&self) -> bool {
        self.to.as_ref().is_some_and(|to| to <= &self.from)
    }

    /// The bounds for an ordered map's `range`. An empty span gives bounds that such a map accepts too.
    pub fn bounds(&self) -> (Bound<Bytes>, Bound<Bytes>) {
        let to = match &self.to {
            None => Bound::Unbounded,
            Some(to) => Bound::Excluded(to.max(&self.from).clone()),
        };
        (Bound::Included(self.from.clone()), to)
    }
}

/// The least key greater than every key with this prefix; none if the prefix is empty or all 0xFF.
fn successor_of_prefix(prefix: &Bytes) -> Option<Bytes> {
    let kept = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut to = BytesMut::from(prefix.get(..=kept)?);
    if let Some(last) = to.last_mut() {
        *last = last.saturating_add(1);
    }
    Some(to.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_holds_exactly_the_keys_that_begin_with_it() {
        for prefix in [&b""[..], b"a", b"a\xff", b"\xff", b"\xff\xff", b"\x00"] {
            let span = Span::prefix(prefix.to_vec());
            for key in [
                &b"a"[..],
                b"a\xff",
                b"a\xff\xff\x01",
                b"b",
                b"\xff",
                b"\xff\xff",
                b"\xff\xff\xff",
                b"\x00\x00",
            ] {
                assert_eq!(span.contains(key), key.starts_with(prefix), "{prefix:?} {key:?}");
            }
        }
    }

    #[test]
    fn behind_a_key_the_span_goes_on_with_the_very_next_one() {
        let rest = Span::prefix("a").behind(b"ab");
        assert!(!rest.contains(b"ab"));
        assert!(rest.contains(b"ab\0"));
        assert!(!rest.contains(b"b"));
        assert_eq!(Span::prefix("b").behind(b"a"), Span::prefix("b"), "never more than the span");
    }

    #[test]
    fn a_span_whose_end_is_not_greater_is_empty_and_has_lawful_bounds() {
        let span = Span::between("b", "a");
        assert!(span.is_empty());
        assert!(!span.contains(b"a") && !span.contains(b"b"));
        let map = std::collections::BTreeMap::from([(Bytes::from("a"), ()), (Bytes::from("b"), ())]);
        assert_eq!(map.range(span.bounds()).count(), 0);
    }
}
