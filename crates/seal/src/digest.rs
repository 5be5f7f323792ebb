use gatekey_crypto::Fingerprint;
use gatekey_types::Malformed;

/// The keyed digest of one sealed record at its place, from [`crate::Keychain::digest`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecordDigest([u8; 32]);

impl RecordDigest {
    pub(crate) fn new(fingerprint: Fingerprint) -> Self {
        Self(fingerprint.0)
    }
}

/// The digest of a whole set of records: whoever keeps it finds out that a record was deleted, added, or put back to an
/// earlier state.
///
/// It is the sum of the records' digests modulo 2^256, and their number. A write takes the old record's digest out and
/// puts the new one's in, so its cost does not depend on the size of the set; at start all records are added up once
/// and compared with what was kept.
///
/// # Why this is sound, and while what holds
///
/// Each summand is an HMAC-SHA-256, under a domain key, of the record's place and all of its sealed bytes. To whoever has
/// not the domain key it is 256 random bits that he never sees: neither the summands nor the sum appear in the store
/// in clear, **since the sum is kept in a sealed record** (and never logged). An intruder with the store wants another set
/// of records, all of them sealed by this installation at some time, with the same sum and number. Without knowing a
/// single summand he can only guess: each guess hits with probability 2^-256. (The attacks on such sums by generalised
/// birthdays, and by linear algebra, need the summands.) A record cannot be in the set twice, since a place holds one.
///
/// What it does not find out: that the *whole* store, the sealed sum with it, was put back to an earlier state. For that
/// something outside the store has to remember; the hash chain of the audit log does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SetDigest {
    sum: [u8; 32],
    count: u64,
}

impl SetDigest {
    /// The digest of no records.
    pub const EMPTY: Self = Self { sum: [0; 32], count: 0 };

    /// Length of [`SetDigest::to_bytes`].
    pub const LENGTH: usize = 40;

    /// Puts a record in.
    pub fn add(&mut self, record: &RecordDigest) {
        self.sum = sum(&self.sum, &record.0, false);
        self.count = self.count.wrapping_add(1);
    }

    /// Takes a record out that is in.
    pub fn remove(&mut self, record: &RecordDigest) {
        self.sum = sum(&self.sum, &complement(&record.0), true);
        self.count = self.count.wrapping_sub(1);
    }

    /// Puts another set in, of which no record is in this one: sets can be added up in parts.
    pub fn merge(&mut self, other: &Self) {
        self.sum = sum(&self.sum, &other.sum, false);
        self.count = self.count.wrapping_add(other.count);
    }

    /// How many records are in.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The digest as it is kept: the sum, then the number, big-endian. It must be sealed wherever it is kept.
    pub fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let mut out = [0; Self::LENGTH];
        let parts = self.sum.iter().chain(self.count.to_be_bytes().iter()).copied().collect::<Vec<u8>>();
        out.copy_from_slice(&parts);
        out
    }

    /// Reads [`SetDigest::to_bytes`].
    ///
    /// # Errors
    /// [`Malformed`] if the length is not [`SetDigest::LENGTH`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let bad = Malformed("set digest");
        let (sum, count) = bytes.split_first_chunk::<32>().ok_or(bad)?;
        let count = u64::from_be_bytes(count.try_into().map_err(|_| bad)?);
        Ok(Self { sum: *sum, count })
    }
}

/// `a + b + carry` modulo 2^256, big-endian.
fn sum(a: &[u8; 32], b: &[u8; 32], carry: bool) -> [u8; 32] {
    let mut out = [0; 32];
    let mut carry = u16::from(carry);
    for ((slot, &a), &b) in out.iter_mut().zip(a).zip(b).rev() {
        let [high, low] = (u16::from(a) + u16::from(b) + carry).to_be_bytes();
        *slot = low;
        carry = u16::from(high);
    }
    out
}

/// So that `a - b` is `a + complement(b) + 1`.
fn complement(bytes: &[u8; 32]) -> [u8; 32] {
    bytes.map(|byte| !byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(byte: u8) -> RecordDigest {
        RecordDigest(core::array::from_fn(|i| {
            byte.wrapping_mul(31).wrapping_add((i as u8).wrapping_mul(17)) | 0x80
        }))
    }

    #[test]
    fn order_does_not_matter_and_what_was_added_can_be_taken_out() {
        let (mut forth, mut back) = (SetDigest::EMPTY, SetDigest::EMPTY);
        (0..200).for_each(|n| forth.add(&record(n)));
        (0..200).rev().for_each(|n| back.add(&record(n)));
        assert_eq!(forth, back);
        (50..200).for_each(|n| forth.remove(&record(n)));
        let mut fifty = SetDigest::EMPTY;
        (0..50).for_each(|n| fifty.add(&record(n)));
        assert_eq!(forth, fifty);
        (0..50).for_each(|n| fifty.remove(&record(n)));
        assert_eq!(fifty, SetDigest::EMPTY);
    }

    #[test]
    fn sums_carry_through_all_bytes() {
        let one = RecordDigest(core::array::from_fn(|i| u8::from(i == 31)));
        let mut digest = SetDigest { sum: [0xff; 32], count: 0 };
        digest.add(&one);
        assert_eq!(digest.sum, [0; 32]);
        digest.remove(&one);
        assert_eq!(digest.sum, [0xff; 32]);
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let (mut whole, mut left, mut right) = (SetDigest::EMPTY, SetDigest::EMPTY, SetDigest::EMPTY);
        for n in 0..100 {
            whole.add(&record(n));
            if n % 3 == 0 { left.add(&record(n)) } else { right.add(&record(n)) }
        }
        left.merge(&right);
        assert_eq!(left, whole);
    }

    #[test]
    fn the_kept_form_reads_back_and_no_other_length_does() {
        let mut digest = SetDigest::EMPTY;
        digest.add(&record(3));
        assert_eq!(SetDigest::from_bytes(&digest.to_bytes()), Ok(digest));
        assert!(SetDigest::from_bytes(&[0; 39]).is_err());
        assert!(SetDigest::from_bytes(&[0; 41]).is_err());
    }
}
