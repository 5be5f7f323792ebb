//! Who holds shares, and what the server keeps to tell a share from a lie.

use crate::{
    case::Refusal,
    participant::Participant,
    share::{RecoveryShare, SECRET, hashed},
    steady::{Elapsed, Reading},
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use blahaj::{Share, Sharks};
use gatekey_types::Entropy;
use rand_core::{Infallible, TryCryptoRng, TryRng};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};
use zeroize::Zeroizing;

/// Most custodians.
const MOST: usize = 32;
/// Wrong shares or codes after which the next must wait.
const FREE_FAILURES: u32 = 3;
/// How long after the first failure that must wait; each more doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(60);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// Who holds a share.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Custodian {
    /// The user or role.
    pub party: Participant,
    /// A hash of its share.
    #[serde(with = "hex")]
    commitment: [u8; 32],
    /// Wrong shares and codes since the last recovery. Each custodian's count for that one alone: a liar must not keep the
    /// others waiting.
    failures: Failures,
}

/// How often something was wrong, and how long ago the last time was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
struct Failures {
    count: u32,
    since: Option<Elapsed>,
}

impl Failures {
    fn add(&mut self, reading: Reading) {
        self.count = self.count.saturating_add(1);
        self.since = Some(Elapsed::from(reading));
    }

    /// How long it takes until the next attempt is looked at. After a few failures each more doubles it; whoever waits loses
    /// nothing, and whoever guesses does not get far.
    fn must_wait(&mut self, reading: Reading) -> Option<Duration> {
        let since = self.since.as_mut()?;
        since.note(reading);
        let doublings = self.count.checked_sub(FREE_FAILURES)?;
        let wait = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_WAIT);
        wait.checked_sub(since.time()).filter(|rest| !rest.is_zero())
    }
}

/// A deal of shares: what the server keeps of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Custody {
    /// The deal's number, which every share of it has.
    #[serde(with = "hex")]
    set: [u8; 8],
    /// How many must approve.
    pub threshold: u8,
    /// The custodians; the share's number is the place, from 1.
    pub custodians: Vec<Custodian>,
    /// A hash of the secret.
    #[serde(with = "hex")]
    verifier: [u8; 32],
    /// Attempts to deal anew whose shares were wrong.
    failures: Failures,
}

/// Why shares are not dealt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CustodyFault {
    /// Too few custodians, too many, or one twice.
    #[error("there must be 2 to 32 custodians, each named once")]
    Custodians,
    /// One alone could approve, or not even all together.
    #[error("the threshold must be at least 2, and at most the number of custodians")]
    Threshold,
}

/// What a deal gives: what the server keeps, and the shares, which it does not.
#[derive(Debug)]
pub struct Dealt {
    /// For the store.
    pub custody: Custody,
    /// For the custodians, in their order: each is shown once.
    pub shares: Vec<RecoveryShare>,
}

impl Custody {
    /// Deals a fresh secret to these custodians, `threshold` of whom give it back. The secret itself is forgotten at once.
    ///
    /// # Errors
    /// The numbers make no sense.
    pub fn deal(
        custodians: &[Participant],
        threshold: u8,
        entropy: &dyn Entropy,
    ) -> Result<Dealt, CustodyFault> {
        let distinct: BTreeSet<&str> = custodians.iter().map(|party| party.id.as_str()).collect();
        if distinct.len() != custodians.len() || !(2..=MOST).contains(&custodians.len()) {
            return Err(CustodyFault::Custodians);
        }
        if threshold < 2 || usize::from(threshold) > custodians.len() {
            return Err(CustodyFault::Threshold);
        }
        let secret = Zeroizing::new(entropy.bytes::<SECRET>());
        let set = entropy.bytes();
        let dealer = Sharks(threshold).dealer_rng(&*secret, &mut Chance(entropy)).take(custodians.len());
        let shares: Vec<RecoveryShare> = dealer.filter_map(|share| own(set, &share)).collect();
        let kept = custodians.iter().zip(&shares).map(|(party, share)| Custodian {
            party: party.clone(),
            commitment: share.commitment(),
            failures: Failures::default(),
        });
        let custody = Self {
            set,
            threshold,
            custodians: kept.collect(),
            verifier: hashed(b"gatekey recovery secret", &*secret),
            failures: Failures::default(),
        };
        Ok(Dealt { custody, shares })
    }

    /// Whether somebody holds a share.
    pub fn is_custodian(&self, party: &Participant) -> bool {
        self.custodians.iter().any(|custodian| custodian.party == *party)
    }

    /// Gives way to another deal: with shares of so many custodians as must agree. Nothing tells which one is wrong.
    ///
    /// # Errors
    /// The shares are not accepted, or too many were wrong. This must be written down even then: failures count.
    pub fn give_way(&mut self, shares: &[&str], reading: Reading) -> Result<(), Refusal> {
        if let Some(wait) = self.failures.must_wait(reading) {
            return Err(Refusal::Throttled(wait));
        }
        let read: Vec<RecoveryShare> = shares.iter().filter_map(|share| share.parse().ok()).collect();
        let is_whole = read.len() == shares.len() && read.iter().all(|share| share.set == self.set);
        if is_whole && self.opens(&read) {
            return Ok(());
        }
        self.failures.add(reading);
        Err(Refusal::NotAccepted)
    }

    fn custodian(&mut self, party: &Participant) -> Option<&mut Custodian> {
        self.custodians.iter_mut().find(|custodian| custodian.party == *party)
    }

    /// Whether it is this custodian's very share. Nothing tells a wrong one from another's, or from another deal's.
    pub(crate) fn accepts(&self, party: &Participant, share: &RecoveryShare) -> bool {
        let place = usize::from(share.number).checked_sub(1);
        let holder = place.and_then(|place| self.custodians.get(place));
        let commitment = share.commitment();
        let own = holder.is_some_and(|holder| {
            let is_equal = verify_slices_are_equal(&holder.commitment, &commitment).is_ok();
            is_equal && holder.party == *party
        });
        own && share.set == self.set
    }

    /// Whether these shares give the secret back.
    pub(crate) fn opens(&self, shares: &[RecoveryShare]) -> bool {
        let numbers: BTreeSet<u8> = shares.iter().map(|share| share.number).collect();
        if numbers.len() != shares.len() || shares.len() < usize::from(self.threshold) {
            return false;
        }
        let points: Vec<Share> = shares.iter().filter_map(point).collect();
        let Ok(secret) = Sharks(self.threshold).recover(&points).map(Zeroizing::new) else { return false };
        let hash = hashed(b"gatekey recovery secret", &secret);
        verify_slices_are_equal(&hash, &self.verifier).is_ok()
    }

    /// Counts a wrong share or code.
    pub(crate) fn failed(&mut self, by: &Participant, reading: Reading) {
        if let Some(custodian) = self.custodian(by) {
            custodian.failures.add(reading);
        }
    }

    /// How long it takes until this custodian's next share is looked at.
    pub fn must_wait(&mut self, by: &Participant, reading: Reading) -> Option<Duration> {
        self.custodian(by)?.failures.must_wait(reading)
    }

    /// How many shares or codes were wrong since the last recovery.
    pub fn failures(&self) -> u32 {
        self.custodians.iter().fold(0, |sum, custodian| sum.saturating_add(custodian.failures.count))
    }

    /// A recovery was approved: nobody need wait for earlier failures any more.
    pub(crate) fn succeeded(&mut self) {
        self.custodians.iter_mut().for_each(|custodian| custodian.failures = Failures::default());
    }
}

fn own(set: [u8; 8], share: &Share) -> Option<RecoveryShare> {
    let bytes = Zeroizing::new(Vec::from(share));
    let (number, value) = bytes.split_first()?;
    Some(RecoveryShare { set, number: *number, value: value.try_into().ok()? })
}

fn point(share: &RecoveryShare) -> Option<Share> {
    let mut bytes = Zeroizing::new(vec![share.number]);
    bytes.extend(share.value);
    Share::try_from(bytes.as_slice()).ok()
}

/// Chance for the dealer, from where all chance comes.
struct Chance<'a>(&'a dyn Entropy);

impl TryRng for Chance<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.0.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.0.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Chance<'_> {}
