//! A custodian's share, as it is printed.

use aws_lc_rs::digest;
use std::{fmt, str::FromStr};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The bytes of the secret.
pub(crate) const SECRET: usize = 32;
/// What every printed share begins with.
const PREFIX: &str = "GKRS1";
/// Bytes of the checksum.
const SUM: usize = 4;
/// Bytes of the set's number, the share's own number, and its value.
const BODY: usize = 8 + 1 + SECRET;
/// Letters between two dashes.
const GROUP: usize = 6;
/// Longer texts are not looked at.
const LONGEST: usize = 256;

/// One share of a recovery secret. It has no `Debug`, and is erased when it is dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RecoveryShare {
    /// Which deal it is of.
    pub(crate) set: [u8; 8],
    /// Its number, from 1.
    pub(crate) number: u8,
    pub(crate) value: [u8; SECRET],
}

/// A text that is no share: mistyped, torn, or something else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this is not a recovery share: a letter is wrong or missing")]
pub struct BadShare;

impl RecoveryShare {
    /// Its number, from 1.
    pub fn number(&self) -> u8 {
        self.number
    }

    fn body(&self) -> [u8; BODY] {
        let mut body = [0; BODY];
        let (set, rest) = body.split_at_mut(8);
        set.copy_from_slice(&self.set);
        if let Some((number, value)) = rest.split_first_mut() {
            *number = self.number;
            value.copy_from_slice(&self.value);
        }
        body
    }

    /// What the server keeps to tell the share from any other: it tells nothing of the share, whose value is random.
    pub(crate) fn commitment(&self) -> [u8; 32] {
        let mut body = self.body();
        let commitment = hashed(b"gatekey recovery share", &body);
        body.zeroize();
        commitment
    }

    /// The share as it is printed: hexadecimal letters in groups, the last ones a checksum.
    pub fn print(&self) -> zeroize::Zeroizing<String> {
        let mut body = self.body();
        let sum = checksum(&body);
        let mut letters = hex::encode_upper(body);
        letters.push_str(&hex::encode_upper(sum));
        body.zeroize();
        let mut text = zeroize::Zeroizing::new(PREFIX.to_owned());
        for (place, letter) in letters.chars().enumerate() {
            if place.is_multiple_of(GROUP) {
                text.push('-');
            }
            text.push(letter);
        }
        letters.zeroize();
        text
    }
}

impl FromStr for RecoveryShare {
    type Err = BadShare;

    /// Reads what was printed, in any case, with spaces or dashes anywhere.
    fn from_str(text: &str) -> Result<Self, BadShare> {
        if text.len() > LONGEST {
            return Err(BadShare);
        }
        let letters = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let letters = zeroize::Zeroizing::new(letters.map(|c| c.to_ascii_uppercase()).collect::<String>());
        let bytes = letters.strip_prefix(PREFIX).and_then(|rest| hex::decode(rest).ok()).ok_or(BadShare)?;
        let bytes = zeroize::Zeroizing::new(bytes);
        let (body, sum) = bytes.split_at_checked(BODY).ok_or(BadShare)?;
        if sum != checksum(body) {
            return Err(BadShare);
        }
        let (set, rest) = body.split_first_chunk::<8>().ok_or(BadShare)?;
        let (number, value) = rest.split_first().ok_or(BadShare)?;
        // The number 0 would be the secret itself.
        let number = Some(*number).filter(|number| *number > 0).ok_or(BadShare)?;
        Ok(Self { set: *set, number, value: value.try_into().map_err(|_| BadShare)? })
    }
}

impl fmt::Debug for RecoveryShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecoveryShare").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Against slips of the hand, not against lies.
fn checksum(body: &[u8]) -> [u8; SUM] {
    let hash = hashed(b"gatekey recovery checksum", body);
    hash.first_chunk().copied().unwrap_or_default()
}

/// SHA-256 for one purpose.
pub(crate) fn hashed(purpose: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(&[u8::try_from(purpose.len()).unwrap_or_default()]);
    context.update(purpose);
    context.update(bytes);
    context.finish().as_ref().try_into().unwrap_or([0; 32])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share() -> RecoveryShare {
        RecoveryShare { set: *b"abcdefgh", number: 3, value: [0x5a; SECRET] }
    }

    #[test]
    fn a_printed_share_is_read_in_any_case_and_layout() {
        let text = share().print().to_string();
        assert!(text.starts_with("GKRS1-616263-"), "{text}");
        let spaced = text.replace('-', " \n").to_lowercase();
        for form in [text.clone(), text.replace('-', ""), spaced, format!("  {text} ")] {
            let read: RecoveryShare = form.parse().unwrap();
            assert_eq!((read.set, read.number, read.value), (*b"abcdefgh", 3, [0x5a; SECRET]));
        }
        assert!(!format!("{:?}", share()).contains("5a"));
    }

    #[test]
    fn every_slip_of_one_letter_is_noticed_and_so_is_a_share_of_number_zero() {
        let text = share().print().to_string();
        for place in 0..text.len() {
            for letter in ['0', '1', 'F', 'G', '-'] {
                let mut slipped: Vec<char> = text.chars().collect();
                let was = std::mem::replace(&mut slipped[place], letter);
                if was != letter {
                    let slipped: String = slipped.into_iter().collect();
                    assert_eq!(slipped.parse::<RecoveryShare>().unwrap_err(), BadShare, "{slipped}");
                }
            }
        }
        for bad in
            ["", "GKRS1", "GKRS2-00", &text[..text.len() - 1], &format!("{text}0"), &"A".repeat(10_000)]
        {
            assert!(bad.parse::<RecoveryShare>().is_err(), "{bad}");
        }
        let zero = RecoveryShare { number: 0, ..share() };
        assert!(zero.print().parse::<RecoveryShare>().is_err());
    }
}
