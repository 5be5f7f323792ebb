//! The values of which shapes are made, as awsJson1.1 writes them.

use base64::Engine as _;
use base64::engine::Simd;
use base64::engine::general_purpose::PAD;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::sync::LazyLock;
use zeroize::Zeroize;

/// Padded standard base64, many letters at a time where the processor can.
pub static BASE64: LazyLock<Simd> = LazyLock::new(|| Simd::standard(PAD));

/// Bytes; on the wire a string in padded standard base64.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Blob(Vec<u8>);

impl Blob {
    /// These bytes.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
    /// The bytes, owned.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
    /// How many bytes.
    pub const fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether there are no bytes.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Blob {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Zeroize for Blob {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// A blob may hold a ciphertext or a signature, which no log needs: only its length is shown.
impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

/// Whoever writes no text for people to read writes the base64, too, straight to where it is to be.
impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&self.0);
        }
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Base64;
        impl de::Visitor<'_> for Base64 {
            type Value = Blob;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a base64 string")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Blob, E> {
                // The text may be a secret: the error does not repeat it.
                BASE64.decode(text).map(Blob).map_err(|_| E::custom("not base64"))
            }
            /// A reader that has decoded the base64 already gives bytes.
            fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Blob, E> {
                Ok(Blob(bytes))
            }
        }
        deserializer.deserialize_str(Base64)
    }
}

/// A member which the model marks as sensitive: `Debug` never shows it, and it is zeroized when dropped.
///
/// It does serialize, since the wire carries it: only an answer to its owner is ever serialized.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Sensitive<T: Zeroize>(T);

impl<T: Zeroize> Sensitive<T> {
    /// Marks this value as sensitive.
    pub const fn new(value: T) -> Self {
        Self(value)
    }
    /// The value itself; a caller keeps it out of logs, events and errors.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize + Default> Sensitive<T> {
    /// The value itself, owned; from here on its caller sees to its erasure.
    pub fn into_exposed(mut self) -> T {
        std::mem::take(&mut self.0)
    }
}

impl<T: Zeroize> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Zeroize> Drop for Sensitive<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[SENSITIVE]")
    }
}

impl<T: Zeroize + Serialize> Serialize for Sensitive<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Sensitive<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

/// A moment in milliseconds since 1970-01-01T00:00:00Z; on the wire a number of seconds with a fraction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct EpochSeconds(i64);

impl EpochSeconds {
    /// The moment this many milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }
    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }
}

impl Serialize for EpochSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for EpochSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        // A conversion from a float saturates, so the largest of numbers is a moment far away.
        Ok(Self((seconds * 1000.0).round() as i64))
    }
}

/// Reading numbers as AWS does: a fraction is cut off and what is too large becomes the largest.
pub mod lenient {
    use super::{Cow, Deserialize, Deserializer, de, fmt};

    /// A number that saturates and truncates into an integer.
    #[derive(Clone, Copy, Debug)]
    pub struct Truncated(pub i64);

    impl<'de> Deserialize<'de> for Truncated {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Number;
            impl de::Visitor<'_> for Number {
                type Value = Truncated;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a number")
                }
                fn visit_i64<E: de::Error>(self, value: i64) -> Result<Truncated, E> {
                    Ok(Truncated(value))
                }
                fn visit_u64<E: de::Error>(self, value: u64) -> Result<Truncated, E> {
                    Ok(Truncated(i64::try_from(value).unwrap_or(i64::MAX)))
                }
                fn visit_f64<E: de::Error>(self, value: f64) -> Result<Truncated, E> {
                    Ok(Truncated(value as i64))
                }
            }
            deserializer.deserialize_any(Number)
        }
    }

    impl Truncated {
        /// The nearest 32-bit integer.
        pub fn narrow(self) -> i32 {
            i32::try_from(self.0).unwrap_or(if self.0 < 0 { i32::MIN } else { i32::MAX })
        }
    }

    /// A required 32-bit integer.
    pub fn int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
        Truncated::deserialize(deserializer).map(Truncated::narrow)
    }
    /// An optional 32-bit integer.
    pub fn optional_int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i32>, D::Error> {
        Ok(Option::<Truncated>::deserialize(deserializer)?.map(Truncated::narrow))
    }
    /// A required 64-bit integer.
    pub fn long<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        Truncated::deserialize(deserializer).map(|number| number.0)
    }
    /// An optional 64-bit integer.
    pub fn optional_long<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        Ok(Option::<Truncated>::deserialize(deserializer)?.map(|number| number.0))
    }

    /// A string, borrowed where the input allows it: an enum's value is compared, not kept.
    pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        struct Text;
        impl<'de> de::Visitor<'de> for Text {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_padded_base64_and_its_bytes_are_never_shown() {
        let blob = Blob::new(vec![0xfb, 0xff, 1, 2]);
        let text = serde_json::to_string(&blob).unwrap();
        assert_eq!(text, "\"+/8BAg==\"");
        assert_eq!(serde_json::from_str::<Blob>(&text).unwrap(), blob);
        assert_eq!(format!("{blob:?}"), "Blob(4 bytes)");
    }

    #[test]
    fn many_letters_at_a_time_are_written_and_read_as_one_at_a_time() {
        use base64::engine::general_purpose::STANDARD;
        let bytes: Vec<u8> = (0..800_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for length in 0..bytes.len() {
            let text = STANDARD.encode(&bytes[..length]);
            assert_eq!(BASE64.encode(&bytes[..length]), text);
            assert_eq!(BASE64.decode(&text).unwrap(), &bytes[..length]);
        }
        // What is wrong is wrong wherever it is.
        let text = STANDARD.encode(&bytes[..301]).into_bytes();
        for at in 0..text.len() {
            for wrong in [b'=', b'-', b'_', b' ', b'\n', 0, 0x80, 0xff, b'A', b'/'] {
                let mut text = text.clone();
                text[at] = wrong;
                assert_eq!(BASE64.decode(&text).ok(), STANDARD.decode(&text).ok(), "{at} {wrong}");
            }
            assert_eq!(BASE64.decode(&text[..at]).ok(), STANDARD.decode(&text[..at]).ok(), "{at}");
        }
    }

    #[test]
    fn base64_without_padding_or_with_a_loose_last_bit_is_refused() {
        for text in ["\"+/8BAg\"", "\"+/+=\"", "\"_-8=\"", "\"a b=\""] {
            assert!(serde_json::from_str::<Blob>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sensitive_values_reach_the_wire_but_not_a_log() {
        let secret = Sensitive::new("hunter2".to_owned());
        assert_eq!(format!("{secret:?}"), "[SENSITIVE]");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"hunter2\"");
        assert_eq!(secret.into_exposed(), "hunter2");
    }

    #[test]
    fn moments_are_seconds_with_milliseconds() {
        let moment = EpochSeconds::from_millis(1_800_000_000_500);
        assert_eq!(serde_json::to_string(&moment).unwrap(), "1800000000.5");
        assert_eq!(serde_json::from_str::<EpochSeconds>("1800000000.5").unwrap(), moment);
        assert_eq!(serde_json::from_str::<EpochSeconds>("-1").unwrap().millis(), -1000);
        assert_eq!(serde_json::from_str::<EpochSeconds>("1e300").unwrap().millis(), i64::MAX);
    }

    #[test]
    fn integers_are_truncated_and_saturate() {
        let read = |text: &str| serde_json::from_str::<lenient::Truncated>(text).unwrap().narrow();
        assert_eq!((read("32.9"), read("-1.5"), read("7")), (32, -1, 7));
        assert_eq!(
            (read("1e30"), read("-9000000000"), read("18446744073709551615")),
            (i32::MAX, i32::MIN, i32::MAX)
        );
    }
}
