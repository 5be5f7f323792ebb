use crate::{
    AccountId, Arn, Malformed, Partition, Region,
    hex::{self, put_hex, take_hex},
    serde_as_text,
};
use core::{fmt, str::FromStr};
use smol_str::SmolStr;

/// The id of a KMS key: a UUID, or `mrk-` and 32 hex digits for a multi-Region key.
///
/// Ids order by their bytes, so a listing in id order is stable. Letters are lower-case, as AWS gives them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId {
    bytes: [u8; 16],
    multi_region: bool,
}

impl KeyId {
    /// Makes an id of 16 fresh random bytes; a single-Region id gets UUID version 4 bits, as AWS's have.
    pub fn from_random(mut bytes: [u8; 16], multi_region: bool) -> Self {
        if !multi_region {
            bytes = as_uuid_version_4(bytes);
        }
        Self { bytes, multi_region }
    }

    /// Rebuilds an id from what [`KeyId::bytes`] and [`KeyId::is_multi_region`] gave.
    pub fn from_parts(bytes: [u8; 16], multi_region: bool) -> Self {
        Self { bytes, multi_region }
    }

    /// The 128 bits of the id.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.bytes
    }

    /// Whether this is the id of a multi-Region key (`mrk-...`).
    pub fn is_multi_region(&self) -> bool {
        self.multi_region
    }
}

/// Sets the version (4) and variant bits of a random UUID (RFC 9562, section 5.4).
pub(crate) fn as_uuid_version_4(bytes: [u8; 16]) -> [u8; 16] {
    let number = u128::from_be_bytes(bytes);
    let cleared = number & !(0xf000_u128 << 64 | 0xc000_u128 << 48);
    (cleared | 0x4000_u128 << 64 | 0x8000_u128 << 48).to_be_bytes()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    take_hex(text.as_bytes(), &mut out)?;
    Some(out)
}

impl FromStr for KeyId {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (bytes, multi_region) = match text.strip_prefix("mrk-") {
            Some(digits) => (unhex(digits), true),
            None => (hex::take_uuid(text), false),
        };
        Ok(Self { bytes: bytes.ok_or(Malformed("key id"))?, multi_region })
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.multi_region {
            f.write_str("mrk-")?;
            return write_hex::<32>(&self.bytes, f);
        }
        write_as_uuid(&self.bytes, f)
    }
}

/// Writes 32 hex digits in groups of 8, 4, 4, 4 and 12.
pub(crate) fn write_as_uuid(bytes: &[u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(core::str::from_utf8(&hex::uuid(bytes)).unwrap_or_default())
}

/// Writes two hex digits for each byte, `DIGITS` in all, in one piece: the formatter, asked for one byte at a time, takes
/// some 250 instructions for each.
fn write_hex<const DIGITS: usize>(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [0; DIGITS];
    put_hex(bytes, &mut text);
    f.write_str(core::str::from_utf8(&text).unwrap_or_default())
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The full name of a key: where it is, whose it is, and its id.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct KeyArn {
    /// The account that owns the key.
    pub account: AccountId,
    /// The Region that the key is in; it also tells the partition.
    pub region: Region,
    /// The key.
    pub key: KeyId,
}

impl KeyArn {
    /// The same as an ARN.
    pub fn to_arn(&self) -> Arn {
        Arn::of_kms(&self.region, self.account, &format_args!("key/{}", self.key))
    }
}

impl fmt::Display for KeyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:kms:{}:{}:key/{}", self.region.partition(), self.region, self.account, self.key)
    }
}

/// Splits `arn:P:kms:REGION:ACCOUNT:RESOURCE`, checking that the partition is the Region's own.
fn kms_arn(text: &str, what: &'static str) -> Result<(Region, AccountId, Arn), Malformed> {
    let bad = Malformed(what);
    let arn: Arn = text.parse().map_err(|_| bad)?;
    let region: Region = arn.region().parse().map_err(|_| bad)?;
    let partition: Partition = arn.partition().parse().map_err(|_| bad)?;
    if arn.service() != "kms" || partition != region.partition() {
        return Err(bad);
    }
    Ok((region, arn.account().ok_or(bad)?, arn))
}

impl FromStr for KeyArn {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (region, account, arn) = kms_arn(text, "key ARN")?;
        let key = arn.resource().strip_prefix("key/").ok_or(Malformed("key ARN"))?.parse()?;
        Ok(Self { account, region, key })
    }
}

/// The name of an alias, with its `alias/` prefix: at most 256 letters, digits, `/`, `_`, `-` (and `:`, which the
/// model's pattern admits and CreateAlias refuses).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AliasName(SmolStr);

impl AliasName {
    /// The name, `alias/` included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name that no other sorts before, where a listing begins: `-` is the first lawful character.
    pub fn lowest() -> Self {
        Self("alias/-".into())
    }

    /// Whether the name is one of those reserved for AWS managed keys (`alias/aws/...`).
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with("alias/aws/")
    }
}

impl FromStr for AliasName {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let rest = text.strip_prefix("alias/").ok_or(Malformed("alias name"))?;
        let lawful = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'/' | b'_' | b'-');
        if rest.is_empty() || text.len() > 256 || !rest.bytes().all(lawful) {
            return Err(Malformed("alias name"));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The full name of an alias.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AliasArn {
    /// The account that owns the alias.
    pub account: AccountId,
    /// The Region that the alias is in; it also tells the partition.
    pub region: Region,
    /// The alias.
    pub alias: AliasName,
}

impl AliasArn {
    /// The same as an ARN.
    pub fn to_arn(&self) -> Arn {
        Arn::of_kms(&self.region, self.account, &self.alias)
    }
}

impl fmt::Display for AliasArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:kms:{}:{}:{}", self.region.partition(), self.region, self.account, self.alias)
    }
}

impl FromStr for AliasArn {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (region, account, arn) = kms_arn(text, "alias ARN")?;
        Ok(Self { account, region, alias: arn.resource().parse()? })
    }
}

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The id of these 32 bytes.
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
            /// The 32 bytes of the id.
            pub fn bytes(&self) -> &[u8; 32] {
                &self.0
            }
            /// The text of the id, without a formatter.
            pub fn text(&self) -> [u8; 64] {
                let mut text = [0; 64];
                put_hex(&self.0, &mut text);
                text
            }
        }

        impl FromStr for $name {
            type Err = Malformed;
            fn from_str(text: &str) -> Result<Self, Malformed> {
                unhex(text).map(Self).ok_or(Malformed($what))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex::<64>(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

hex_id! {
    /// The id of a grant: 64 lower-case hex digits.
    GrantId, "grant id"
}
hex_id! {
    /// The id of one material of a key: 64 lower-case hex digits. Ciphertext names it, so that none is guessed.
    KeyMaterialId, "key material id"
}

serde_as_text!(KeyId, KeyArn, AliasName, AliasArn, GrantId, KeyMaterialId);

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
    const MRK: &str = "mrk-1234abcd12ab34cd56ef1234567890ab";

    #[test]
    fn key_ids_are_uuids_or_mrk_and_print_as_they_were_read() {
        for good in [UUID, MRK] {
            assert_eq!(good.parse::<KeyId>().unwrap().to_string(), good);
            let arn: KeyArn = format!("arn:aws-cn:kms:cn-north-1:111122223333:key/{good}").parse().unwrap();
            assert_eq!(arn.to_arn(), arn.to_string().parse().unwrap());
        }
        for bad in [
            "",
            "mrk-fake",
            "1234abcd12ab34cd56ef1234567890ab",
            "1234ABCD-12ab-34cd-56ef-1234567890ab",
            "1234abcd-12ab-34cd-56ef-1234567890a",
            "1234abcd-12ab-34cd-56ef-1234567890ab0",
            "1234abcd-12ab-34cd-56ef01234567890ab",
            "1234abcd-12ab-34cd-56e--1234567890ab",
            "1234abcd012ab-34cd-56ef-1234567890ab",
            "mrk-1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-1234ABCD12ab34cd56ef1234567890ab",
            "mrk-",
        ] {
            assert!(bad.parse::<KeyId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_random_single_region_id_is_a_version_4_uuid() {
        assert_eq!(KeyId::from_random([0xff; 16], false).to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(KeyId::from_random([0; 16], true).to_string(), "mrk-00000000000000000000000000000000");
    }

    #[test]
    fn a_key_arn_must_be_in_its_regions_partition() {
        let good = format!("arn:aws:kms:us-east-1:111122223333:key/{UUID}");
        assert_eq!(good.parse::<KeyArn>().unwrap().to_string(), good);
        for bad in [
            format!("arn:aws-cn:kms:us-east-1:111122223333:key/{UUID}"),
            format!("arn:aws:s3:us-east-1:111122223333:key/{UUID}"),
            format!("arn:aws:kms::111122223333:key/{UUID}"),
            "arn:aws:kms:us-east-1:111122223333:alias/a".into(),
        ] {
            assert!(bad.parse::<KeyArn>().is_err(), "{bad}");
        }
    }

    #[test]
    fn alias_names_need_the_prefix_and_lawful_characters() {
        assert!("alias/aws/ssm".parse::<AliasName>().unwrap().is_reserved());
        assert!(!"alias/aws-like".parse::<AliasName>().unwrap().is_reserved());
        assert!(AliasName::lowest() <= "alias//".parse().unwrap());
        for bad in ["a", "alias/", "alias/a b", "alias/é"] {
            assert!(bad.parse::<AliasName>().is_err(), "{bad}");
        }
    }
    #[test]
    fn hex_ids_print_as_they_were_read() {
        let text = "00ff10a5".repeat(8);
        assert_eq!(text.parse::<GrantId>().unwrap().to_string(), text);
        assert_eq!(text.parse::<KeyMaterialId>().unwrap().to_string(), text);
        for bad in [&text[1..], &text.to_uppercase(), &format!("{text}0"), ""] {
            assert!(bad.parse::<KeyMaterialId>().is_err(), "{bad}");
        }
    }
}
