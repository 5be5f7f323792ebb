//! When a key was last used, as far as decisions ask.

use gatekey_gate::Passage;
use gatekey_keyring::Key;
use gatekey_policy::{Context, KeyName};
use gatekey_types::Timestamp;

/// Milliseconds in a day.
const DAY: i64 = 86_400_000;

/// Sets `kms:TrailingDaysWithoutKeyUsage`.
pub(crate) fn with_days_unused<'a>(
    passage: &Passage<'_>,
    key: &Key,
    mut context: Context<'a>,
) -> Context<'a> {
    let used = passage.key_last_use(key).map(|used| used.at);
    let days = inferred_days_unused(used, key.record.created, passage.now());
    context.set(KeyName::KmsTrailingDaysWithoutKeyUsage, days);
    context
}

/// AWS documents neither how parts of a day count nor what counts for a key that was never used. Whole days count, and a key that
/// was never used is unused since it was made: a policy that protects keys in use protects new keys too, where an absent condition
/// key would let its Deny pass.
fn inferred_days_unused(used: Option<Timestamp>, created: Timestamp, now: Timestamp) -> i64 {
    now.millis_since(used.unwrap_or(created)).max(0).div_euclid(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inferred_days_unused() {
        let at = Timestamp::from_millis;
        for (used, created, now, days) in [
            (None, 0, DAY - 1, 0),
            (None, 0, 90 * DAY, 90),
            (Some(80 * DAY), 0, 90 * DAY + 5, 10),
            (Some(90 * DAY), 0, 80 * DAY, 0),
        ] {
            assert_eq!(super::inferred_days_unused(used.map(at), at(created), at(now)), days);
        }
    }
}
