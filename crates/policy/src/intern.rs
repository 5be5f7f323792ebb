//! Equal documents are compiled once.

use crate::policy::{Kind, Pins, Policy};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Compiled policies by document. It keeps none alive: what nobody uses any more is forgotten in time.
///
/// A million keys under the default policy share one compiled form. The owner decides how far sharing goes by how many of
/// these it makes; there is no global one.
#[derive(Debug, Default)]
pub struct Interner {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    policies: BTreeMap<Document, Weak<Policy>>,
    /// Twice what was alive when the dead were last forgotten.
    sweep_at: usize,
}

/// All on which a compiled form depends. Compared, not hashed: no document can be made to collide with another.
type Document = (Kind, Arc<str>, Pins);

/// Fewer documents than this are not worth forgetting.
const FEW: usize = 256;

impl Interner {
    /// With nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// The compiled form of a document that was accepted once: [`Policy::read_stored`], shared with all that are equal in
    /// kind, text and pins.
    pub fn read_stored(&self, text: &str, kind: Kind, pins: &Pins) -> Arc<Policy> {
        let document = (kind, Arc::from(text), pins.clone());
        if let Some(known) = self.find(&document) {
            return known;
        }
        // Compiled outside the lock: two threads may both do it, and the first to finish is shared.
        self.keep(document, Policy::read_stored(text, kind, pins.clone()))
    }

    /// Shares a policy that was just compiled.
    pub fn share(&self, policy: Policy) -> Arc<Policy> {
        let document = (policy.kind(), Arc::clone(policy.text()), policy.pins().clone());
        match self.find(&document) {
            Some(known) => known,
            None => self.keep(document, policy),
        }
    }

    fn find(&self, document: &Document) -> Option<Arc<Policy>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.policies.get(document).and_then(Weak::upgrade)
    }

    fn keep(&self, document: Document, fresh: Policy) -> Arc<Policy> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.policies.len() >= known.sweep_at.max(FEW) {
            known.policies.retain(|_, policy| policy.strong_count() > 0);
            known.sweep_at = known.policies.len().saturating_mul(2);
        }
        if let Some(earlier) = known.policies.get(&document).and_then(Weak::upgrade) {
            return earlier;
        }
        let fresh = Arc::new(fresh);
        known.policies.insert(document, Arc::downgrade(&fresh));
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

    #[test]
    fn equal_documents_share_one_compiled_form() {
        let interner = Interner::new();
        let pins: Pins =
            [("arn:aws:iam::111122223333:user/u".to_owned(), "AIDA1111111111111111".parse().unwrap())].into();
        let first = interner.read_stored(TEXT, Kind::Key, &pins);
        assert!(Arc::ptr_eq(&first, &interner.read_stored(TEXT, Kind::Key, &pins)));
        for other in [
            interner.read_stored(TEXT, Kind::Identity, &pins),
            interner.read_stored(TEXT, Kind::Key, &Pins::new()),
            interner.read_stored(&format!("{TEXT} "), Kind::Key, &pins),
        ] {
            assert!(!Arc::ptr_eq(&first, &other));
        }
        assert!(Arc::ptr_eq(&first, &interner.share(Policy::read_stored(TEXT, Kind::Key, pins))));
    }

    #[test]
    fn what_nobody_uses_is_forgotten() {
        let interner = Interner::new();
        for n in 0..10_000 {
            interner.read_stored(&format!("{TEXT}{}", " ".repeat(n % 100)), Kind::Key, &Pins::new());
            interner.read_stored(&format!("{{\"Id\":\"{n}\",\"Statement\":[]}}"), Kind::Key, &Pins::new());
        }
        assert!(interner.known.lock().unwrap().policies.len() <= FEW);
    }
}
