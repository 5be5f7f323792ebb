//! Codes of a second factor: HOTP (RFC 4226) by time (RFC 6238), six digits, thirty seconds.

use aws_lc_rs::hmac;
use core::ops::RangeInclusive;
use subtle::ConstantTimeEq;

/// How long a code lasts, in seconds.
pub const STEP_SECONDS: u64 = 30;
/// Digits of a code.
const DIGITS: usize = 6;

/// Looks for the time step, among a few, whose code this is. Every step is looked at, whichever fits, and comparing takes
/// the same time for any code. Where several fit, the latest counts.
pub fn matching_step(seed: &[u8], steps: RangeInclusive<u64>, code: &str) -> Option<u64> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let mut found = None;
    for step in steps {
        if bool::from(code_at(&key, step).as_bytes().ct_eq(code.as_bytes())) {
            found = Some(step);
        }
    }
    found
}

/// The code of one time step.
pub fn one_time_code(seed: &[u8], step: u64) -> String {
    code_at(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed), step)
}

/// RFC 4226, 5.3: 31 bits of the tag, from the place that its last digit tells.
fn code_at(key: &hmac::Key, step: u64) -> String {
    let tag = hmac::sign(key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 15);
    let bytes = tag.iter().skip(offset).take(4);
    let number = bytes.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:0width$}", number % 1_000_000, width = DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, whose codes have eight digits: the last six are ours.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let seed = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(one_time_code(seed, seconds / STEP_SECONDS), code);
        }
    }

    #[test]
    fn a_code_is_found_within_its_window_only() {
        let code = one_time_code(b"seed", 100);
        assert_eq!(matching_step(b"seed", 99..=101, &code), Some(100));
        assert_eq!(matching_step(b"seed", 101..=103, &code), None);
        for wrong in ["", "0", "1234567", "abcdef", "\u{0661}\u{0662}\u{0663}"] {
            assert_eq!(matching_step(b"seed", 99..=101, wrong), None);
        }
    }
}
