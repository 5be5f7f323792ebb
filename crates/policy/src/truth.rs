//! Truth where not everything is known.

/// Whether something holds. Without unknown keys in the context it is never `Unknown`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// It does not hold.
    False,
    /// It depends on what is not known.
    Unknown,
    /// It holds.
    True,
}

impl Truth {
    /// Whether both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Whether either holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// Whether it does not hold, if `negate`; otherwise itself.
    #[must_use]
    pub fn negated_if(self, negate: bool) -> Self {
        match (self, negate) {
            (Self::True, true) => Self::False,
            (Self::False, true) => Self::True,
            (same, _) => same,
        }
    }

    /// Whether any holds; stops at the first that does.
    pub(crate) fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::False;
        for truth in truths {
            result = result.or(truth);
            if result == Self::True {
                break;
            }
        }
        result
    }

    /// Whether all hold; stops at the first that does not.
    pub(crate) fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::True;
        for truth in truths {
            result = result.and(truth);
            if result == Self::False {
                break;
            }
        }
        result
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}
