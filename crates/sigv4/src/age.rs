use crate::{claim::Claim, date::basic, error::SignatureError};
use gatekey_types::Timestamp;

/// How far a client's clock may be off, in either direction.
const SKEW_MINUTES: i64 = 15;
const MINUTE: i64 = 60_000;

/// Longest that a presigned request may ask to stay valid, in seconds: a week.
const LONGEST_EXPIRY: i64 = 604_800;

/// A signature is valid for 15 minutes around its date; a presigned request for as long after it as it asks.
pub(crate) fn check_age(
    claim: &Claim<'_>,
    signed_at: Timestamp,
    now: Timestamp,
) -> Result<(), SignatureError> {
    let skew = SKEW_MINUTES * MINUTE;
    let lifetime = match claim.expires {
        Some(text) => expiry_seconds(text)? * 1000,
        None => skew,
    };
    let is_later = |left: Timestamp, right: Timestamp| left.millis_since(right) > 0;
    if is_later(now, signed_at.plus_millis(lifetime)) {
        let edge = now.plus_millis(-lifetime);
        let window = if lifetime % MINUTE == 0 {
            format!("{} min.", lifetime / MINUTE)
        } else {
            format!("{} sec.", lifetime / 1000)
        };
        return Err(SignatureError::mismatch(format!(
            "Signature expired: {} is now earlier than {} ({} - {window})",
            claim.date,
            basic(edge),
            basic(now)
        )));
    }
    if is_later(signed_at, now.plus_millis(skew)) {
        return Err(SignatureError::mismatch(format!(
            "Signature not yet current: {} is still later than {} ({} + {SKEW_MINUTES} min.)",
            claim.date,
            basic(now.plus_millis(skew)),
            basic(now)
        )));
    }
    Ok(())
}

fn expiry_seconds(text: &str) -> Result<i64, SignatureError> {
    let digits_only = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<i64>() {
        Ok(seconds) if digits_only && (1..=LONGEST_EXPIRY).contains(&seconds) => Ok(seconds),
        _ => Err(SignatureError::incomplete(format!(
            "X-Amz-Expires must be a number of seconds from 1 to {LONGEST_EXPIRY}."
        ))),
    }
}
