//! Names of secrets, and how requests name them.

use crate::SecretKey;
use gatekey_types::{AccountId, Arn, Entropy, Region};

/// The letters of the random end of an ARN.
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// How many there are.
const SUFFIX: usize = 6;
/// What the resource of a secret's ARN begins with.
const RESOURCE: &str = "secret:";

/// Whether AWS takes this name for a new secret.
pub fn is_name(name: &str) -> bool {
    let admitted = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@-!".contains(&byte);
    (1..=512).contains(&name.len()) && name.bytes().all(admitted)
}

/// Six random letters and digits: the end of a secret's ARN.
pub fn new_suffix(entropy: &dyn Entropy) -> String {
    let mut suffix = String::with_capacity(SUFFIX);
    while suffix.len() < SUFFIX {
        // Bytes past the last whole multiple are drawn anew, so that no letter is likelier than another.
        let [byte] = entropy.bytes::<1>();
        let letter = LETTERS.get(usize::from(byte % 62)).filter(|_| byte < 248);
        suffix.extend(letter.map(|letter| char::from(*letter)));
    }
    suffix
}

/// The ARN of a secret.
pub fn secret_arn(key: &SecretKey, suffix: &str) -> Arn {
    Arn::of_parts(
        key.region.partition(),
        "secretsmanager",
        key.region.as_str(),
        key.account,
        &format_args!("{RESOURCE}{}-{suffix}", key.name),
    )
}

/// The ARN that a secret of this name would have if there were one. AWS does not document what its policies are asked
/// about then; whoever may only read names with six characters more is not told that there is none.
pub fn inferred_arn_of_nothing(account: AccountId, region: &Region, name: &str) -> Arn {
    let resource = format_args!("{RESOURCE}{name}");
    Arn::of_parts(region.partition(), "secretsmanager", region.as_str(), account, &resource)
}

/// A secret as a request names it: by its name, by its ARN, or by its ARN without the random end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretId {
    /// By its name, in the caller's account and Region.
    Name(String),
    /// By its ARN, whole or not.
    Arn {
        /// As written.
        arn: Arn,
        /// Whose it is.
        account: AccountId,
        /// Where it is.
        region: Region,
    },
}

impl SecretId {
    /// Reads a `SecretId`. Nothing for an ARN of something else.
    pub fn parse(text: &str) -> Option<Self> {
        if !text.starts_with("arn:") {
            return Some(Self::Name(text.to_owned()));
        }
        let arn: Arn = text.parse().ok()?;
        let region: Region = arn.region().parse().ok()?;
        let is_secret = arn.service() == "secretsmanager"
            && arn.partition() == region.partition().as_str()
            && arn.resource().strip_prefix(RESOURCE).is_some_and(|rest| !rest.is_empty());
        let account = arn.account().filter(|_| is_secret)?;
        Some(Self::Arn { arn, account, region })
    }

    /// The names that it may mean, the likeliest first, each with the random end that the secret must have.
    pub(crate) fn candidates(&self) -> Vec<(&str, Option<&str>)> {
        let rest = match self {
            Self::Name(name) => return vec![(name, None)],
            Self::Arn { arn, .. } => arn.resource().strip_prefix(RESOURCE).unwrap_or_default(),
        };
        let whole = rest.rsplit_once('-').filter(|(_, suffix)| suffix.len() == SUFFIX);
        let whole = whole.map(|(name, suffix)| (name, Some(suffix)));
        whole.into_iter().chain([(rest, None)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill_with(|| self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    #[test]
    fn the_random_end_of_an_arn_favours_no_letter() {
        let suffix = new_suffix(&Counting(246.into()));
        assert_eq!(suffix, "89ABCD", "248 to 255 are passed over");
    }

    #[test]
    fn names_are_of_awss_characters() {
        for good in ["a", "prod/db_1+x=y.z@w-q", "rds!cluster"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "a b", "a:b", "ä", "a*", &"a".repeat(513)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_secret_is_named_by_its_name_its_arn_or_a_part_of_it() {
        let arn = |rest: &str| format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:{rest}");
        let candidates = |text: &str| {
            let id = SecretId::parse(text).unwrap();
            id.candidates()
                .iter()
                .map(|(name, end)| format!("{name} {}", end.unwrap_or("*")))
                .collect::<Vec<_>>()
        };
        assert_eq!(candidates("a-AbCdEf"), ["a-AbCdEf *"]);
        assert_eq!(candidates(&arn("a-AbCdEf")), ["a AbCdEf", "a-AbCdEf *"]);
        assert_eq!(candidates(&arn("a-b")), ["a-b *"]);
        for bad in [
            "arn:aws:kms:us-east-1:111122223333:key/a",
            "arn:aws-cn:secretsmanager:us-east-1:111122223333:secret:a",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:",
            "arn:aws:secretsmanager::111122223333:secret:a",
        ] {
            assert_eq!(SecretId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn inferred_arn_of_nothing() {
        let arn = super::inferred_arn_of_nothing(
            "111122223333".parse().unwrap(),
            &"us-east-1".parse().unwrap(),
            "a",
        );
        assert_eq!(arn.as_str(), "arn:aws:secretsmanager:us-east-1:111122223333:secret:a");
    }
}
