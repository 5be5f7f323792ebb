//! What a change of a key's policy would bring, told while it is made.

use crate::{Gate, Passage, Snapshot, workshop::beside};
use gatekey_keyring::Key;
use gatekey_policy::Policy;
use std::sync::Arc;

/// The header that tells of it.
const HEADER: &str = "x-gatekey-forecast";

/// Foresees what becomes of those who can change keys' policies.
pub trait Foresight: Send + Sync {
    /// What putting this policy on the key brings; nothing where that is harmless. The key need not be there yet.
    fn of_policy(&self, snapshot: &Snapshot, key: &Key, policy: &Arc<Policy>) -> Option<Foreseen>;
}

/// What a change brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// In a sentence, for the caller and the audit log.
    pub text: String,
    /// Whether nobody could change the key's policy any more.
    pub is_lockout: bool,
}

/// A lockout that is not to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreclosed;

/// Who foresees, and whether what is foreseen is refused.
pub(crate) struct Forecasts {
    foresight: Arc<dyn Foresight>,
    denies: bool,
}

impl Gate {
    /// The same, but changes of keys' policies are foreseen: whoever makes one is told in a header, and the audit log too.
    /// `denies`: a change by which nobody could change the policy any more is refused, even if AWS's check is bypassed.
    #[must_use]
    pub fn with_foresight(mut self, foresight: Arc<dyn Foresight>, denies: bool) -> Self {
        self.forecasts = Some(Forecasts { foresight, denies });
        self
    }
}

impl Passage<'_> {
    /// Tells what putting this policy on the key brings, if changes are foreseen.
    ///
    /// # Errors
    /// It is a lockout, and those are refused.
    pub fn foresee(&mut self, key: &Key, policy: &Arc<Policy>) -> Result<(), Foreclosed> {
        let Some(Forecasts { foresight, denies }) = &self.gate.forecasts else { return Ok(()) };
        let foreseen = beside(|| foresight.of_policy(&self.snapshot, key, policy));
        let Some(foreseen) = foreseen else { return Ok(()) };
        let refused = *denies && foreseen.is_lockout;
        self.draft.hint(HEADER, foreseen.text.clone());
        self.draft.forecast = Some(foreseen.text);
        if refused { Err(Foreclosed) } else { Ok(()) }
    }
}
