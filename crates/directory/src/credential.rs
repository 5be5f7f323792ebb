use crate::{Bearer, usage::Noted};
use core::{fmt, str::FromStr};
use gatekey_sigv4::SecretAccessKey;
use gatekey_store::{
    Revision,
    table::{Edit, Table},
};
use gatekey_types::{AccountId, Entropy, Malformed, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The id of an access key: 16 to 128 upper-case letters and digits, `AKIA...` for a long-term one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AccessKeyId(Arc<str>);

/// How many bits of a temporary id come after the account's number.
const AFTER_ACCOUNT: u32 = 39;

impl AccessKeyId {
    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of temporary credentials: 80 bits in base32, of which 40 are the account's number, as AWS has it.
    fn temporary(account: AccountId, random: [u8; 10]) -> Self {
        let random = random.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let number: u128 = account.as_str().parse().unwrap_or_default();
        let below = random & ((1 << AFTER_ACCOUNT) - 1);
        let bits = 1 << 79 | number << AFTER_ACCOUNT | below;
        let digit = |place: u32| {
            let index = usize::try_from(bits >> (5 * place) & 31).unwrap_or_default();
            BASE32.get(index).copied().map_or('A', char::from)
        };
        Self(format!("ASIA{}", (0..16).rev().map(digit).collect::<String>()).into())
    }

    /// The account that the id of temporary credentials tells. Anybody can make such an id up.
    pub fn account_told(&self) -> Option<AccountId> {
        let digits = self.0.strip_prefix("ASIA").filter(|digits| digits.len() == 16)?;
        let value = |digit: u8| BASE32.iter().position(|known| *known == digit);
        let bits = digits
            .bytes()
            .try_fold(0_u128, |bits, digit| Some(bits << 5 | u128::try_from(value(digit)?).ok()?))?;
        let number = bits >> AFTER_ACCOUNT & ((1 << 40) - 1);
        format!("{number:012}").parse().ok()
    }
}

impl FromStr for AccessKeyId {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let lawful = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if (16..=128).contains(&text.len()) && lawful {
            Ok(Self(text.into()))
        } else {
            Err(Malformed("access key id"))
        }
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A secret access key. It prints as `[SENSITIVE]` and is zeroized.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A secret that was made elsewhere: the seed of a second factor.
    pub fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The secret itself: for signing keys and for the one file that shows it to its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[SENSITIVE]")
    }
}

/// Whose access key it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Owner {
    /// The account's root user.
    Root(AccountId),
    /// The account's user of this id.
    User(AccountId, UniqueId),
}

impl Owner {
    /// The account of the owner.
    pub fn account(&self) -> AccountId {
        match self {
            Self::Root(account) | Self::User(account, _) => *account,
        }
    }
}

/// Whether an access key works.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum KeyStatus {
    /// It does.
    Active,
    /// It does not, until it is made active again.
    Inactive,
}

/// What the store keeps of an access key. The record as a whole is sealed, the secret with it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccessKeyRecord {
    /// Whose it is.
    pub owner: Owner,
    /// The secret.
    pub secret: Secret,
    /// Whether it works.
    pub status: KeyStatus,
    /// When it was made.
    pub created: Timestamp,
}

/// The table of access keys, by id.
pub struct AccessKeyTable;

impl Table for AccessKeyTable {
    const NAME: &'static str = "access-keys";
    const SCHEMA: u8 = 1;
    type Key = AccessKeyId;
    type Record = AccessKeyRecord;

    fn encode_key(key: &AccessKeyId) -> String {
        key.to_string()
    }

    fn decode_key(text: &str) -> Option<AccessKeyId> {
        text.parse().ok()
    }
}

/// An access key, ready to verify a signature with.
#[derive(Debug)]
pub struct AccessKey {
    /// Its record.
    pub record: AccessKeyRecord,
    /// The revision of its record, which guards the next change.
    pub revision: Revision,
    /// Its secret, as signatures are verified with it.
    pub secret: Arc<SecretAccessKey>,
    noted: Noted,
}

impl AccessKey {
    pub(crate) fn new(record: AccessKeyRecord, revision: Revision) -> Self {
        let secret = Arc::new(SecretAccessKey::new(record.secret.expose()));
        Self { record, revision, secret, noted: Noted::never() }
    }

    /// Whether this is its first use within the present minute. Costs next to nothing.
    pub fn is_first_use_of_minute(&self, now: Timestamp) -> bool {
        self.noted.is_first_of_minute(now)
    }

    /// By what its owner's keys are found: a user's unique id, or the number of a root user's account.
    pub(crate) fn owner_key(&self) -> Arc<str> {
        match &self.record.owner {
            Owner::Root(account) => account.as_str().into(),
            Owner::User(_, id) => id.as_str().into(),
        }
    }

    /// Whom it stands for, while it is active.
    pub(crate) fn bearer(&self) -> Option<Bearer> {
        (self.record.status == KeyStatus::Active).then(|| match &self.record.owner {
            Owner::Root(account) => Bearer::Root(*account),
            Owner::User(account, id) => Bearer::User(*account, id.clone()),
        })
    }

    /// Replaces its record.
    pub fn update(&self, id: &AccessKeyId, record: &AccessKeyRecord) -> Edit {
        Edit::update::<AccessKeyTable>(id, self.revision, record)
    }

    /// Deletes it.
    pub fn delete(&self, id: &AccessKeyId) -> Edit {
        Edit::delete::<AccessKeyTable>(id, self.revision)
    }
}

/// An access key about to be made: the only moment at which its owner sees the secret.
#[derive(Debug)]
pub struct NewAccessKey {
    /// Its id.
    pub id: AccessKeyId,
    /// Its record.
    pub record: AccessKeyRecord,
}

/// The digits of AWS's access key ids.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The digits of AWS's secret access keys.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Random bytes as text of these digits; their number must be a power of two, so that each is as likely as the others.
fn text<const DIGITS: usize>(random: &[u8], digits: &[u8; DIGITS]) -> Zeroizing<String> {
    let digit = |byte: &u8| digits.get(usize::from(*byte) % DIGITS).copied().map_or('A', char::from);
    Zeroizing::new(random.iter().map(digit).collect())
}

impl NewAccessKey {
    /// Makes a long-term access key: `AKIA` and 16 digits, with a secret of 40 characters (240 bits).
    pub fn long_term(owner: Owner, now: Timestamp, entropy: &dyn Entropy) -> Self {
        let id = format!("AKIA{}", *text(&entropy.bytes::<16>(), BASE32));
        let secret = Secret(text(Zeroizing::new(entropy.bytes::<40>()).as_slice(), BASE64));
        let record = AccessKeyRecord { owner, secret, status: KeyStatus::Active, created: now };
        Self { id: AccessKeyId(id.into()), record }
    }

    /// Makes the key half of temporary credentials: `ASIA` and 16 digits, which tell the account as AWS's do. It has no
    /// record: the session token is all.
    pub fn temporary(account: AccountId, entropy: &dyn Entropy) -> (AccessKeyId, Secret) {
        // Drawn together: to ask the system twice takes longer than all the rest.
        let random = Zeroizing::new(entropy.bytes::<50>());
        let (of_id, of_secret) = random.split_first_chunk().unwrap_or((&[0; 10], &[]));
        (AccessKeyId::temporary(account, *of_id), Secret(text(of_secret, BASE64)))
    }

    /// The record that makes it.
    pub fn change(&self) -> Edit {
        Edit::insert::<AccessKeyTable>(&self.id, &self.record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;
    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.iter_mut().enumerate().for_each(|(i, b)| *b = i as u8);
        }
    }

    #[test]
    fn long_term_keys_have_the_shape_that_sdks_expect() {
        let account = "111122223333".parse().unwrap();
        let key = NewAccessKey::long_term(Owner::Root(account), Timestamp::from_seconds(0), &Counting);
        assert_eq!(key.id.as_str(), "AKIAABCDEFGHIJKLMNOP");
        assert_eq!(key.record.secret.expose().len(), 40);
    }

    #[test]
    fn temporary_keys_tell_their_account() {
        for account in ["000000000001", "111122223333", "999999999999"] {
            let account: AccountId = account.parse().unwrap();
            let (id, _) = NewAccessKey::temporary(account, &Counting);
            assert!(id.as_str().starts_with("ASIA") && id.as_str().len() == 20);
            assert_eq!(id.account_told(), Some(account));
        }
        let known: AccessKeyId = "ASIAQNZGKIQY56JQ7WML".parse().unwrap();
        assert_eq!(known.account_told(), Some("029608264753".parse().unwrap()));
        assert_eq!("AKIAABCDEFGHIJKLMNOP".parse::<AccessKeyId>().unwrap().account_told(), None);
    }

    #[test]
    fn a_secret_does_not_print() {
        let account = "111122223333".parse().unwrap();
        let key = NewAccessKey::long_term(Owner::Root(account), Timestamp::from_seconds(0), &Counting);
        assert!(!format!("{key:?}").contains(key.record.secret.expose()));
    }
}
