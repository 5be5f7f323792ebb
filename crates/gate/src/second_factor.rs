//! Second factors and passwords: checked here alone, so that no way of signing in forgets the throttle or takes a code
//! twice.

use crate::{Gate, Passage, throttle::Throttle};
use core::time::Duration;
use data_encoding::BASE32_NOPAD;
use gatekey_crypto::{PasswordFault, STEP_SECONDS, hash_password, matching_step, verify_password};
use gatekey_directory::{MfaDevice, MfaDeviceRecord, MfaOwner, PasswordHash};
use gatekey_store::table::Edit;
use gatekey_types::{AccountId, Arn, Timestamp};
use std::sync::Arc;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// Passwords that are hashed at the same time: each takes 19 MiB and a core.
const HASHED_AT_ONCE: usize = 2;
/// Steps before and after the device's own that are still its.
const WINDOW: u64 = 1;
/// How far off a device's clock may be when it is enabled or synchronised, in steps: a quarter of an hour.
const FARTHEST_DRIFT: u64 = 30;

/// What the gate keeps of guesses.
pub(crate) struct Factors {
    throttle: Throttle,
    hashing: Semaphore,
}

impl Factors {
    pub(crate) fn new() -> Self {
        Self { throttle: Throttle::new(), hashing: Semaphore::new(HASHED_AT_ONCE) }
    }
}

/// A code was right.
#[derive(Debug)]
pub struct Verified {
    /// When: `aws:MultiFactorAuthAge` counts from here.
    pub at: Timestamp,
    /// Notes that the code is used up. **The operation must commit it** before it answers; of two that bring the same
    /// code, one conflicts and is then refused.
    pub edit: Edit,
}

/// Why a code or a password was not accepted. Clients are told the same for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorFault {
    /// The caller has no such device, or no password.
    Unknown,
    /// It is wrong.
    Wrong,
    /// The code was right, but was taken before.
    Used,
    /// Too many wrong ones came lately: it was not looked at. Nothing is looked at before this time is over.
    Throttled(Duration),
}

impl Passage<'_> {
    /// Checks the code of an owner's enabled device. Wrong codes are counted and make the next ones wait.
    ///
    /// # Errors
    /// [`FactorFault`]
    pub fn second_factor(
        &self,
        account: AccountId,
        owner: &MfaOwner,
        serial: &str,
        code: &str,
    ) -> Result<Verified, FactorFault> {
        let device = self.mfa_device(account, serial).ok_or(FactorFault::Unknown)?;
        if device.record.owner.as_ref() != Some(owner) || device.record.enabled.is_none() {
            return Err(FactorFault::Unknown);
        }
        self.guess(device.id().as_str(), |now| {
            let step = fresh_step(&device.record, now, code)?;
            let record = MfaDeviceRecord { last_step: step, ..device.record.clone() };
            Ok(Verified { at: now, edit: device.update(&record) })
        })
    }

    /// Checks two codes that follow one another, as EnableMFADevice and ResyncMFADevice ask for them, over a wide window.
    /// The record that comes back knows how far off the device's clock is, and that the codes are used up.
    ///
    /// # Errors
    /// [`FactorFault`]
    pub fn two_codes(
        &self,
        device: &MfaDevice,
        first: &str,
        second: &str,
    ) -> Result<MfaDeviceRecord, FactorFault> {
        self.guess(device.id().as_str(), |now| synchronised(&device.record, now, first, second))
    }

    /// The virtual MFA device of this serial number, which is its ARN.
    pub fn mfa_device(&self, account: AccountId, serial: &str) -> Option<Arc<MfaDevice>> {
        let arn: Arn = serial.parse().ok()?;
        let name = arn.resource().strip_prefix("mfa/")?.rsplit('/').next()?;
        let device = self.snapshot.directory.mfa_devices.get(account, name)?;
        (device.arn() == arn).then(|| Arc::clone(device))
    }

    /// Checks a password. `what` is the unique id of its user, or the number of the root user's account. Wrong passwords
    /// are counted and make the next ones wait.
    ///
    /// # Errors
    /// [`FactorFault`]
    pub async fn password(
        &self,
        what: &str,
        hash: &PasswordHash,
        password: &Zeroizing<String>,
    ) -> Result<(), FactorFault> {
        let now = self.now();
        let what = format!("password/{what}");
        self.admitted(&what, now)?;
        if !self.gate.is_password(hash, password).await {
            tracing::warn!(what, "a wrong password");
            return Err(FactorFault::Wrong);
        }
        self.gate.factors.throttle.right(&what);
        Ok(())
    }

    fn admitted(&self, what: &str, now: Timestamp) -> Result<(), FactorFault> {
        self.gate.factors.throttle.admit(what, now).map_err(|wait| {
            tracing::warn!(what, wait_seconds = wait.as_secs(), "too many wrong guesses: not looked at");
            FactorFault::Throttled(wait)
        })
    }

    fn guess<T>(
        &self,
        what: &str,
        look: impl FnOnce(Timestamp) -> Result<T, FactorFault>,
    ) -> Result<T, FactorFault> {
        let now = self.now();
        self.admitted(what, now)?;
        let looked = look(now);
        match &looked {
            Ok(_) => self.gate.factors.throttle.right(what),
            Err(fault) => tracing::warn!(what, ?fault, "a code of a second factor was refused"),
        }
        looked
    }
}

impl Gate {
    /// Whether a password is that of a hash: for one who was admitted already, or to compare with earlier ones.
    pub async fn is_password(&self, hash: &PasswordHash, password: &Zeroizing<String>) -> bool {
        let (hash, password) = (hash.clone(), password.clone());
        let verified = self.hashing(move || verify_password(password.as_bytes(), hash.expose())).await;
        verified.unwrap_or(false)
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// A broken machine.
    pub async fn hash_password(&self, password: &Zeroizing<String>) -> Result<PasswordHash, PasswordFault> {
        let (entropy, password) = (Arc::clone(&self.entropy), password.clone());
        let hashed = self.hashing(move || hash_password(password.as_bytes(), &*entropy)).await;
        hashed.ok_or(PasswordFault)?.map(PasswordHash::new)
    }

    /// Hashing takes long: it is done where it keeps no other request waiting, and a few at a time.
    async fn hashing<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let _permit = self.factors.hashing.acquire().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }
}

fn seed(record: &MfaDeviceRecord) -> Option<Zeroizing<Vec<u8>>> {
    BASE32_NOPAD.decode(record.seed.expose().as_bytes()).ok().map(Zeroizing::new)
}

/// The present step, were the device's clock off by this many.
fn step_at(now: Timestamp, drift: i64) -> u64 {
    (now.seconds().max(0).unsigned_abs() / STEP_SECONDS).saturating_add_signed(drift)
}

/// The step of a code that is right and new.
fn fresh_step(record: &MfaDeviceRecord, now: Timestamp, code: &str) -> Result<u64, FactorFault> {
    let seed = seed(record).ok_or(FactorFault::Wrong)?;
    let middle = step_at(now, record.drift);
    let steps = middle.saturating_sub(WINDOW)..=middle.saturating_add(WINDOW);
    match matching_step(&seed, steps, code) {
        Some(step) if step > record.last_step => Ok(step),
        Some(_) => Err(FactorFault::Used),
        None => Err(FactorFault::Wrong),
    }
}

fn synchronised(
    record: &MfaDeviceRecord,
    now: Timestamp,
    first: &str,
    second: &str,
) -> Result<MfaDeviceRecord, FactorFault> {
    let seed = seed(record).ok_or(FactorFault::Wrong)?;
    let present = step_at(now, 0);
    let earliest = present.saturating_sub(FARTHEST_DRIFT);
    let pairs = earliest..=present.saturating_add(FARTHEST_DRIFT);
    // Every pair is looked at; the one nearest to the present is meant.
    let fits = |step: &u64| {
        let one = matching_step(&seed, *step..=*step, first).is_some();
        let two = matching_step(&seed, *step + 1..=*step + 1, second).is_some();
        one & two
    };
    let found = pairs.filter(fits).min_by_key(|step| (step + 1).abs_diff(present));
    let step = found.ok_or(FactorFault::Wrong)? + 1;
    if step <= record.last_step {
        return Err(FactorFault::Used);
    }
    let off = step.checked_signed_diff(present).unwrap_or_default();
    // Who types slowly is not late: a code that ended a moment ago is within the window anyway.
    let drift = if off.unsigned_abs() <= WINDOW { 0 } else { off };
    Ok(MfaDeviceRecord { last_step: step, drift, ..record.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_crypto::one_time_code;
    use gatekey_directory::{Header, Secret, Tags};
    use gatekey_types::UniqueId;

    const NOW: i64 = 1_700_000_010;

    fn device() -> MfaDeviceRecord {
        let header = Header {
            id: UniqueId::from_random("AMFA", [7; 17]),
            name: "phone".into(),
            path: "/".into(),
            created: Timestamp::from_seconds(0),
            tags: Tags::new(),
        };
        let seed = Secret::new(Zeroizing::new(BASE32_NOPAD.encode(&[9; 40])));
        MfaDeviceRecord { header, seed, owner: None, enabled: None, last_step: 0, drift: 0 }
    }

    fn code(step: u64) -> String {
        one_time_code(&[9; 40], step)
    }

    fn now() -> Timestamp {
        Timestamp::from_seconds(NOW)
    }

    #[test]
    fn the_present_code_and_its_neighbours_are_taken_once() {
        let (mut device, present) = (device(), step_at(now(), 0));
        for step in [present - 1, present, present + 1] {
            assert_eq!(fresh_step(&device, now(), &code(step)), Ok(step));
            device.last_step = step;
            assert_eq!(fresh_step(&device, now(), &code(step)), Err(FactorFault::Used));
        }
        assert_eq!(fresh_step(&device, now(), &code(present - 1)), Err(FactorFault::Used));
        assert_eq!(fresh_step(&device, now(), &code(present + 2)), Err(FactorFault::Wrong));
        assert_eq!(fresh_step(&device, now(), "not a code"), Err(FactorFault::Wrong));
    }

    #[test]
    fn two_codes_in_a_row_tell_how_far_off_a_clock_is() {
        let (device, present) = (device(), step_at(now(), 0));
        let off = |by: i64| {
            let step = present.saturating_add_signed(by);
            synchronised(&device, now(), &code(step - 1), &code(step)).map(|record| record.drift)
        };
        assert_eq!([off(0), off(-1), off(1)], [Ok(0); 3]);
        assert_eq!([off(-7), off(30)], [Ok(-7), Ok(30)]);
        assert_eq!(off(40), Err(FactorFault::Wrong));
        assert_eq!(synchronised(&device, now(), &code(present), &code(present)), Err(FactorFault::Wrong));
        let late = synchronised(&device, now(), &code(present - 8), &code(present - 7)).unwrap();
        assert_eq!(fresh_step(&late, now(), &code(present - 7)), Err(FactorFault::Used));
        assert_eq!(fresh_step(&late, now(), &code(present - 6)), Ok(present - 6));
    }
}
