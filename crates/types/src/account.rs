use crate::{Malformed, serde_as_text};
use core::{fmt, str::FromStr};
use smol_str::SmolStr;

/// A 12-digit account number.
///
/// Every request gives its text several times. The spaces behind the digits and the alignment are for the standard
/// library, which sees in one step that 16 such bytes are text; twelve it looks at one by one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(align(8))]
pub struct AccountId([u8; 16]);

impl AccountId {
    /// The account that nobody has: what stands for the account of a caller who has none.
    pub const NOBODY: Self = Self(*b"000000000000    ");

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        // The constructor admits ASCII digits only, so this is never the fallback.
        core::str::from_utf8(&self.0).ok().and_then(|text| text.get(..12)).unwrap_or("000000000000")
    }
}

impl FromStr for AccountId {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let digits: [u8; 12] = text.as_bytes().try_into().map_err(|_| Malformed("account id"))?;
        let mut padded = [b' '; 16];
        if let Some(place) = padded.first_chunk_mut() {
            *place = digits;
        }
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(padded)) } else { Err(Malformed("account id")) }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A Region name such as `us-east-1` or `us-gov-west-1`. Any name of that shape is served.
///
/// Requests copy it often, so it stands in place and not behind a count that all threads share.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(SmolStr);

impl Region {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition that AWS has this Region in, told from the name as the SDKs do.
    pub fn partition(&self) -> Partition {
        match self.0.split('-').next().unwrap_or_default() {
            "cn" => Partition::AwsCn,
            _ if self.0.starts_with("us-gov-") => Partition::AwsUsGov,
            _ => Partition::Aws,
        }
    }
}

impl FromStr for Region {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text.len() <= 32 && has_shape_of_region(text.as_bytes()) {
            Ok(Self(text.into()))
        } else {
            Err(Malformed("region"))
        }
    }
}

/// Two or three words of lower-case letters and a number, with hyphens between them.
fn has_shape_of_region(text: &[u8]) -> bool {
    let mut hyphens = 0;
    let mut before = b'-';
    for byte in text {
        let fits = match byte {
            b'-' => before.is_ascii_lowercase(),
            b'0'..=b'9' => before.is_ascii_digit() || (before == b'-' && hyphens >= 2),
            b'a'..=b'z' => !before.is_ascii_digit(),
            _ => false,
        };
        if !fits {
            return false;
        }
        hyphens += usize::from(*byte == b'-');
        before = *byte;
    }
    before.is_ascii_digit() && hyphens <= 3
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first part of every ARN. Clients check it against these three.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Partition {
    /// `aws`
    Aws,
    /// `aws-cn`
    AwsCn,
    /// `aws-us-gov`
    AwsUsGov,
}

impl Partition {
    /// The partition's name as ARNs have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
        }
    }
}

impl FromStr for Partition {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        [Self::Aws, Self::AwsCn, Self::AwsUsGov]
            .into_iter()
            .find(|p| p.as_str() == text)
            .ok_or(Malformed("partition"))
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

serde_as_text!(AccountId, Region, Partition);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_id_is_exactly_twelve_digits() {
        assert_eq!("111122223333".parse::<AccountId>().unwrap().as_str(), "111122223333");
        assert_eq!(AccountId::NOBODY.as_str().parse(), Ok(AccountId::NOBODY));
        for bad in
            ["", "11112222333", "1111222233334", "11112222333x", "11112222333 ", "111122223333    ", "１２"]
        {
            assert!(bad.parse::<AccountId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn region_names_tell_their_partition() {
        for (name, partition) in [
            ("us-east-1", "aws"),
            ("us-gov-west-1", "aws-us-gov"),
            ("cn-north-1", "aws-cn"),
            ("eu-west-2", "aws"),
        ] {
            assert_eq!(name.parse::<Region>().unwrap().partition().as_str(), partition);
        }
        for bad in ["", "us", "us-east", "us--1", "US-east-1", "us-east-1-", "a-b-c-d-1"] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_region_is_two_or_three_words_and_a_number_and_nothing_else() {
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        // Every text of up to seven of the four kinds of bytes.
        for number in 0..4_usize.pow(7) * 8 {
            let (length, kinds) = (number % 8, number / 8);
            let byte = |at| *[b'-', b'a', b'0', b'A'].get(kinds >> (2 * at) & 3).unwrap();
            let text = String::from_utf8((0..length).map(byte).collect()).unwrap();
            let words: Vec<&str> = text.split('-').collect();
            let (last, words) = words.split_last().unwrap();
            let lawful =
                is_number(last) && [2, 3].contains(&words.len()) && words.iter().all(|word| is_word(word));
            assert_eq!(text.parse::<Region>().is_ok(), lawful, "{text}");
        }
        assert!("abcdefghijklmno-abcdefghijklmn-1".parse::<Region>().is_ok());
        assert!("abcdefghijklmno-abcdefghijklmno-1".parse::<Region>().is_err());
    }
}
