//! When a key was last used, as far as decisions ask.

use gatekey_policy::{Context, KeyName};

/// Sets `kms:TrailingDaysWithoutKeyUsage`. The use of keys is not tracked yet, so each counts as used today: a policy that
/// protects keys in use then protects every key, where an absent condition key would have let its Deny pass.
pub(crate) fn inferred_unused_for(mut context: Context<'_>) -> Context<'_> {
    context.set(KeyName::KmsTrailingDaysWithoutKeyUsage, 0_i64);
    context
}
