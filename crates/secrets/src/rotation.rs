//! The rotation of a secret: its rules, the one that is under way, and what becomes of the versions.

use crate::{CURRENT, PENDING, RotationRules, SecretRecord, StageFault, ValuePlace, VersionRecord, Window};
use gatekey_types::Timestamp;
use serde::{Deserialize, Serialize};

/// How long a rotation that failed waits, in milliseconds: a minute, and twice as long each time.
const FIRST_WAIT: i64 = 60_000;
/// The longest of these waits.
const LONGEST_WAIT: i64 = 3_600_000;

/// What is kept of a secret's rotation.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RotationRecord {
    /// Whether it goes on by itself: CancelRotateSecret turns it off and keeps the rest.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub enabled: bool,
    /// The ARN of the function that rotates it.
    pub function: String,
    /// The rules.
    #[serde(default)]
    pub rules: RotationRules,
    /// When it was last rotated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<Timestamp>,
    /// When it is rotated next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Window>,
    /// The rotation that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<Running>,
}

/// A rotation that was begun and has not succeeded yet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The version that it makes.
    pub version: String,
    /// What the function shows when it calls with another role: it proves that Secrets Manager asked.
    pub token: String,
    /// Whether it only finds out if the function works.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub is_test: bool,
    /// How often it failed.
    #[serde(default)]
    pub failures: u32,
    /// When it is tried.
    pub due: Timestamp,
}

/// Without the token.
impl core::fmt::Debug for Running {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Running")
            .field("version", &self.version)
            .field("due", &self.due)
            .finish_non_exhaustive()
    }
}

impl SecretRecord {
    /// When something is to be done for its rotation.
    pub fn rotation_due(&self) -> Option<Timestamp> {
        let rotation = self.rotation.as_ref().filter(|_| self.due.is_none())?;
        match &rotation.running {
            Some(running) => Some(running.due),
            None => rotation.next.filter(|_| rotation.enabled).map(|window| window.opens),
        }
    }

    /// The rotation that is under way.
    pub fn running_rotation(&self) -> Option<&Running> {
        self.rotation.as_ref()?.running.as_ref()
    }

    /// The version of a rotation that is not complete: it has AWSPENDING, and not AWSCURRENT.
    pub fn incomplete_version(&self) -> Option<&str> {
        self.staged(PENDING).filter(|(_, version)| !version.has(CURRENT)).map(|(id, _)| id)
    }

    /// Begins a rotation: its version has AWSPENDING, and no value unless one is given.
    ///
    /// # Errors
    /// [`StageFault`]: too many versions, or labels.
    pub fn begin_rotation(
        &mut self,
        running: Running,
        value: Option<ValuePlace>,
        now: Timestamp,
    ) -> Result<Vec<VersionRecord>, StageFault> {
        let fresh = VersionRecord { created: now, stages: Vec::new(), value, accessed: None };
        self.versions.entry(running.version.clone()).or_insert(fresh);
        let gone = self.attach_pending(&running.version, now)?;
        self.rotation.get_or_insert_default().running = Some(running);
        Ok(gone)
    }

    /// The version of the rotation is current: it succeeded.
    pub fn is_rotated(&self) -> bool {
        let running = self.running_rotation();
        running
            .and_then(|running| self.versions.get(&running.version))
            .is_some_and(|version| version.has(CURRENT))
    }

    /// The version of the rotation has lost its label: somebody gave the rotation up.
    pub fn is_given_up(&self) -> bool {
        let Some(running) = self.running_rotation() else { return true };
        let version = self.versions.get(&running.version);
        version.is_none_or(|version| !version.has(PENDING) && !version.has(CURRENT))
    }

    /// Ends a rotation that succeeded.
    pub fn end_rotation(&mut self, now: Timestamp) {
        self.changed = now;
        if let Some(rotation) = &mut self.rotation {
            rotation.running = None;
            rotation.rotated = Some(now);
            rotation.schedule(now);
        }
    }

    /// Ends a test: its version goes, and is given.
    pub fn end_test(&mut self) -> Option<VersionRecord> {
        let running = self.rotation.as_mut()?.running.take()?;
        let is_its_own = self.versions.get(&running.version).is_some_and(|version| !version.has(CURRENT));
        if is_its_own { self.versions.remove(&running.version) } else { None }
    }

    /// Notes that the rotation failed: what it left stays, and it is tried again later, on the same version.
    pub fn fail_rotation(&mut self, now: Timestamp) {
        if let Some(running) = self.rotation.as_mut().and_then(|rotation| rotation.running.as_mut()) {
            running.due = now.plus_millis(inferred_wait(running.failures));
            running.failures = running.failures.saturating_add(1);
        }
    }

    /// Gives up the rotation that is under way, because another version than its own is current now: AWSPENDING goes. Says
    /// whether there was one.
    pub fn abandon_rotation(&mut self, current: &str) -> bool {
        let Some(rotation) = &mut self.rotation else { return false };
        let abandoned = rotation.running.take_if(|running| running.version != current && !running.is_test);
        if let Some(version) = abandoned.as_ref().and_then(|running| self.versions.get_mut(&running.version))
        {
            version.stages.retain(|stage| stage != PENDING);
        }
        abandoned.is_some()
    }

    /// A value that was put by hand counts as a rotation for rules in days: the next one is that many days from now.
    pub fn count_as_rotation(&mut self, now: Timestamp) {
        let rotation =
            self.rotation.as_mut().filter(|rotation| rotation.enabled && rotation.running.is_none());
        if let Some(rotation) = rotation.filter(|rotation| rotation.rules.days.is_some()) {
            rotation.schedule(now);
        }
    }
}

impl RotationRecord {
    /// Sets when the next rotation is, counted from this moment.
    pub fn schedule(&mut self, from: Timestamp) {
        self.next = self.rules.window(from);
    }
}

/// AWS tries again and does not say when.
fn inferred_wait(failures: u32) -> i64 {
    FIRST_WAIT.saturating_mul(1_i64.checked_shl(failures.min(10)).unwrap_or(1)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{record, version};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn running(id: &str) -> Running {
        Running { version: id.into(), token: "t0k3n".into(), is_test: false, failures: 0, due: at(0) }
    }

    fn rotating() -> SecretRecord {
        let mut secret = record();
        secret.add_version("1", version(at(0)), &[], at(0)).unwrap();
        let rules = RotationRules { days: Some(2), ..Default::default() };
        secret.rotation =
            Some(RotationRecord { enabled: true, function: "f".into(), rules, ..Default::default() });
        secret.begin_rotation(running("2"), None, at(5)).unwrap();
        secret
    }

    #[test]
    fn a_rotation_succeeds_when_its_version_is_current() {
        let mut secret = rotating();
        assert_eq!((secret.incomplete_version(), secret.rotation_due()), (Some("2"), Some(at(0))));
        assert!(!secret.is_rotated() && !secret.is_given_up());
        secret.move_stage(CURRENT, Some("1"), Some("2")).unwrap();
        assert!(secret.is_rotated() && !secret.is_given_up());
        assert_eq!(secret.incomplete_version(), None, "AWSPENDING is with AWSCURRENT");
        secret.end_rotation(at(10));
        let rotation = secret.rotation.as_ref().unwrap();
        assert_eq!((rotation.rotated, &rotation.running), (Some(at(10)), &None));
        assert_eq!(secret.rotation_due(), Some(at(2 * 86_400)));
    }

    #[test]
    fn a_rotation_that_failed_keeps_its_version_and_is_tried_again() {
        let mut secret = rotating();
        secret.fail_rotation(at(100));
        assert_eq!(secret.rotation_due(), Some(at(160)));
        secret.fail_rotation(at(200));
        assert_eq!(secret.rotation_due(), Some(at(320)));
        assert_eq!(secret.incomplete_version(), Some("2"));
        assert_eq!(secret.rotation.as_ref().unwrap().rotated, None);
    }

    #[test]
    fn inferred_wait() {
        let waits: Vec<i64> = [0, 1, 5, 6, 40].map(super::inferred_wait).to_vec();
        assert_eq!(waits, [60_000, 120_000, 1_920_000, 3_600_000, 3_600_000]);
    }

    #[test]
    fn another_current_version_gives_the_rotation_up_and_its_own_does_not() {
        let mut secret = rotating();
        assert!(!secret.abandon_rotation("2"));
        assert!(secret.abandon_rotation("3"));
        assert_eq!((secret.incomplete_version(), secret.running_rotation()), (None, None));
        assert!(secret.is_given_up());
    }

    #[test]
    fn a_test_takes_its_version_away_and_nothing_else() {
        let mut secret = rotating();
        let kept = secret.rotation.clone().unwrap().rotated;
        assert!(secret.end_test().is_some());
        assert_eq!(secret.versions.keys().collect::<Vec<_>>(), ["1"]);
        assert_eq!(secret.rotation.unwrap().rotated, kept);
    }

    #[test]
    fn a_value_put_by_hand_moves_the_next_rotation_where_the_rule_counts_days() {
        let mut secret = rotating();
        secret.rotation.as_mut().unwrap().running = None;
        secret.count_as_rotation(at(86_400));
        assert_eq!(secret.rotation_due(), Some(at(3 * 86_400)));
        secret.due = Some(at(1));
        assert_eq!(secret.rotation_due(), None, "a secret that is to be deleted is not rotated");
    }

    #[test]
    fn the_token_of_a_rotation_is_in_no_debug_text() {
        assert!(!format!("{:?}", rotating()).contains("t0k3n"));
    }
}
