//! How the text of a value is understood.

use gatekey_audit_sinks::Syslog;
use gatekey_types::{AccountId, Region};
use http::Uri;
use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// A kind of value that a setting can have.
pub(super) trait Value: Sized {
    /// Understands the text, or says what is wrong with it without repeating it.
    fn read(text: &str) -> Result<Self, String>;
}

impl Value for String {
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Value for PathBuf {
    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("is empty".to_owned()) } else { Ok(Self::from(text)) }
    }
}

impl Value for bool {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "is neither true nor false".to_owned())
    }
}

impl Value for SocketAddr {
    fn read(text: &str) -> Result<Self, String> {
        let advice = "is not an IP address with a port, such as 127.0.0.1:4599 or [::1]:4599";
        text.parse().map_err(|_| advice.to_owned())
    }
}

impl Value for Region {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "is not the name of a Region, such as us-east-1".to_owned())
    }
}

impl Value for AccountId {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "is not an account id, which has exactly 12 digits".to_owned())
    }
}

impl<T: Value> Value for Vec<T> {
    fn read(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(T::read).collect()
    }
}

/// `off`, or nothing, is `None`.
impl<T: Value> Value for Option<T> {
    fn read(text: &str) -> Result<Self, String> {
        if matches!(text, "" | "off") { Ok(None) } else { T::read(text).map(Some) }
    }
}

impl Value for Syslog {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
    }
}

/// Where logs are posted: an absolute URL over HTTP or HTTPS.
pub(super) struct CollectorUrl(pub(super) Uri);

impl Value for CollectorUrl {
    fn read(text: &str) -> Result<Self, String> {
        let bad = "is not a URL such as http://127.0.0.1:4318/v1/logs";
        let url: Uri = text.parse().map_err(|_| bad.to_owned())?;
        let sound = matches!(url.scheme_str(), Some("http" | "https"))
            && url.host().is_some_and(|host| !host.is_empty());
        let credentials = url.authority().is_some_and(|authority| authority.as_str().contains('@'));
        match (sound, credentials) {
            (true, false) => Ok(Self(url)),
            (true, true) => Err("holds credentials, which belong into audit.otlp_headers_file".to_owned()),
            (false, _) => Err(bad.to_owned()),
        }
    }
}

/// The values of an enum, by name.
pub(super) struct Words<'a, T>(pub(super) &'a [(&'static str, T)]);

impl<T: Copy> Words<'_, T> {
    /// Understands the word.
    pub(super) fn read(&self, text: &str) -> Result<T, String> {
        let named = self.0.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        let words = || self.0.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        named.ok_or_else(|| format!("is none of: {}", words()))
    }
}

/// A number of something, at least one.
pub(super) struct Count(pub(super) usize);

impl Value for Count {
    fn read(text: &str) -> Result<Self, String> {
        let bad = "is not a whole number of at least 1";
        // More than this many of anything cannot be counted by the semaphores that hold the limits.
        let most = 1_000_000;
        match text.parse() {
            Ok(count) if (1..=most).contains(&count) => Ok(Self(count)),
            Ok(count) if count > most => Err(format!("is more than {most}")),
            _ => Err(bad.to_owned()),
        }
    }
}

/// Splits `10s` into 10 and `s`.
fn quantity(text: &str) -> Option<(u64, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit.trim()))
}

/// A number of bytes, at most 64 GiB.
pub(super) struct Size(pub(super) usize);

impl Value for Size {
    fn read(text: &str) -> Result<Self, String> {
        let bad = || "is not a size, such as 4096, 32KiB or 1MiB, of at most 64GiB".to_owned();
        let (number, unit) = quantity(text).ok_or_else(bad)?;
        let factor: u64 = match unit {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(bad()),
        };
        let bytes = number.checked_mul(factor).filter(|bytes| *bytes <= 64 << 30).ok_or_else(bad)?;
        usize::try_from(bytes).map(Self).map_err(|_| bad())
    }
}

impl Value for Duration {
    fn read(text: &str) -> Result<Self, String> {
        let bad = || {
            "is not a duration, such as 500ms, 10s, 2m or 1h, of more than zero and at most a day".to_owned()
        };
        let (number, unit) = quantity(text).ok_or_else(bad)?;
        let factor: u64 = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60 * 1000,
            "h" => 60 * 60 * 1000,
            _ => return Err(bad()),
        };
        let day = 24 * 60 * 60 * 1000;
        let millis =
            number.checked_mul(factor).filter(|millis| (1..=day).contains(millis)).ok_or_else(bad)?;
        Ok(Self::from_millis(millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_binary_units() {
        let bytes = |text| Size::read(text).map(|size| size.0).ok();
        assert_eq!(bytes("4096"), Some(4096));
        assert_eq!(bytes("32KiB"), Some(32 * 1024));
        assert_eq!(bytes("1 MiB"), Some(1024 * 1024));
        for bad in ["", "MiB", "1MB", "-1", "1.5KiB", "99999999999999999999", "65GiB", "1KiBé"] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_need_a_unit_and_are_never_zero() {
        assert_eq!(Duration::read("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(Duration::read("2m"), Ok(Duration::from_secs(120)));
        for bad in ["10", "0s", "25h", "1d", "s", ""] {
            assert!(Duration::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn lists_are_separated_by_commas_and_one_bad_member_spoils_them() {
        assert_eq!(Vec::<SocketAddr>::read("127.0.0.1:1, [::1]:2").map(|all| all.len()), Ok(2));
        assert_eq!(Vec::<SocketAddr>::read("").map(|all| all.len()), Ok(0));
        assert!(Vec::<SocketAddr>::read("127.0.0.1:1,localhost:2").is_err());
    }

    #[test]
    fn off_and_nothing_are_no_value() {
        assert_eq!(Option::<SocketAddr>::read("off"), Ok(None));
        assert_eq!(Option::<SocketAddr>::read(""), Ok(None));
        assert!(Option::<SocketAddr>::read("of").is_err());
    }
}
