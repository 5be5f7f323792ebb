//! The rotation of secrets: outside of every request, one after another its four steps, by the function of the secret.
//!
//! AWS: the function is called for each step with the same version; it makes the new value, changes the password where it is
//! used, tries it, and moves AWSCURRENT, all with rights of its own. Whatever it leaves undone stays as it is, and the
//! rotation is tried again.

use crate::{
    CommitFault, Functions, Gate, Passage,
    deeds::{Deed, Target},
};
use gatekey_secrets::{Running, Secret, SecretKey, SecretRecord, ValueTable};
use gatekey_store::table::Edit;
use gatekey_types::RequestId;
use serde::Serialize;
use std::sync::Arc;

/// The steps of a rotation.
const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];
/// The step that finds out whether a function works.
const TEST: [&str; 1] = ["testSecret"];
/// How often a change is tried that somebody else's change comes before.
const TRIES: usize = 8;

/// What a function is called with, as AWS calls it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Event<'a> {
    step: &'a str,
    secret_id: &'a str,
    client_request_token: &'a str,
    rotation_token: &'a str,
}

/// What became of a rotation that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// There was nothing to do (any more).
    Nothing,
    /// The secret has its new value, or the test went well.
    Succeeded,
    /// It did not succeed, and is tried again.
    Failed,
}

/// The rotation that is carried out: of which secret, by whom, and what names it.
struct Work {
    secret: Arc<Secret>,
    function: String,
    running: Running,
}

impl Gate {
    /// The way to the functions that rotate secrets.
    pub fn functions(&self) -> &dyn Functions {
        &*self.functions
    }

    /// The secrets for whose rotation something is to be done now.
    pub fn due_rotations(&self) -> Vec<SecretKey> {
        self.snapshot().secrets.due_for_rotation(self.now()).cloned().collect()
    }

    /// Says that a rotation was asked for: whoever waits in [`Gate::rotation_wanted`] looks at once.
    pub fn want_rotation(&self) {
        self.rotation_wanted.notify_one();
    }

    /// Waits until a rotation is asked for.
    pub async fn rotation_wanted(&self) {
        self.rotation_wanted.notified().await;
    }

    /// Carries out the rotation of a secret that is due. No two may be carried out for one secret at a time.
    ///
    /// # Errors
    /// The store did not take a change: the rotation stays due.
    pub async fn rotate_secret(&self, key: &SecretKey) -> Result<Rotation, CommitFault> {
        let Some(work) = self.begin_rotation(key).await? else { return Ok(Rotation::Nothing) };
        let steps: &[&str] = if work.running.is_test { &TEST } else { &STEPS };
        for step in steps {
            if !self.goes_on(key, &work.running) {
                return Ok(Rotation::Nothing);
            }
            let event = Event {
                step,
                secret_id: work.secret.arn.as_str(),
                client_request_token: &work.running.version,
                rotation_token: &work.running.token,
            };
            let event = serde_json::to_string(&event).unwrap_or_default();
            if let Err(fault) = self.functions.invoke(&work.function, &event).await {
                tracing::warn!(%fault, secret = %work.secret.arn, step, "a rotation failed");
                return self.conclude(key, &work.running, false).await;
            }
        }
        self.conclude(key, &work.running, true).await
    }

    /// Takes up the rotation that is due, or a new one whose window is open, and tells the trail.
    async fn begin_rotation(&self, key: &SecretKey) -> Result<Option<Work>, CommitFault> {
        for _ in 0..TRIES {
            let now = self.now();
            let snapshot = self.snapshot();
            let Some(secret) = snapshot.secrets.get(key, now).cloned() else { return Ok(None) };
            if secret.record.rotation_due().is_none_or(|due| due > now) {
                return Ok(None);
            }
            let mut record = secret.record.clone();
            let name = self.take_up(&mut record);
            let running = record.running_rotation().cloned();
            let edits = vec![secret.update(&record)];
            match self.do_to(&*secret, edits, name.map(told)).await {
                Err(CommitFault::Conflict) => continue,
                outcome => outcome?,
            }
            let function = record.rotation.map(|rotation| rotation.function).unwrap_or_default();
            return Ok(running.map(|running| Work { secret, function, running }));
        }
        Ok(None)
    }

    /// What becomes of a record whose rotation is due, and the name of the event that tells of it.
    fn take_up(&self, record: &mut SecretRecord) -> Option<&'static str> {
        let now = self.now();
        if record.running_rotation().is_some() && record.is_given_up() {
            if let Some(rotation) = &mut record.rotation {
                rotation.running = None;
                rotation.schedule(now);
            }
            return Some("RotationAbandoned");
        }
        if let Some(running) = record.running_rotation() {
            return Some(if running.is_test { "TestRotationStarted" } else { "RotationStarted" });
        }
        let window = record.rotation.as_ref().and_then(|rotation| rotation.next);
        let is_over = window.is_none_or(|window| window.closes.plus_millis(1000) <= now);
        if is_over && inferred_a_missed_window_is_left_out(record) {
            if let Some(rotation) = &mut record.rotation {
                rotation.schedule(now);
            }
            return None;
        }
        let version = record.incomplete_version().map_or_else(|| self.uuid(), str::to_owned);
        let running = Running { version, token: self.uuid(), is_test: false, failures: 0, due: now };
        let begun = record.begin_rotation(running, None, now);
        match begun {
            Ok(_) => Some("RotationStarted"),
            Err(_) => {
                record.fail_rotation(now);
                Some("RotationFailed")
            }
        }
    }

    /// Whether this rotation is still the one that is under way.
    fn goes_on(&self, key: &SecretKey, running: &Running) -> bool {
        let snapshot = self.snapshot();
        let secret = snapshot.secrets.get(key, self.now()).filter(|secret| secret.live().is_ok());
        let present = secret.and_then(|secret| secret.record.running_rotation());
        present.is_some_and(|present| present.version == running.version && present.token == running.token)
    }

    /// Writes down what became of a rotation. One whose version is not current did not succeed, whatever its function says.
    async fn conclude(
        &self,
        key: &SecretKey,
        running: &Running,
        went_well: bool,
    ) -> Result<Rotation, CommitFault> {
        for _ in 0..TRIES {
            if !self.goes_on(key, running) {
                return Ok(Rotation::Nothing);
            }
            let snapshot = self.snapshot();
            let Some(secret) = snapshot.secrets.stored(key) else { return Ok(Rotation::Nothing) };
            let mut record = secret.record.clone();
            let succeeded = went_well && (running.is_test || record.is_rotated());
            let mut edits = Vec::new();
            let name = match (running.is_test, succeeded) {
                (true, _) => {
                    let gone = record.end_test();
                    edits.extend(self.without_value(secret, gone).await?);
                    if succeeded { "TestRotationSucceeded" } else { "TestRotationFailed" }
                }
                (false, true) => {
                    record.end_rotation(self.now());
                    "RotationSucceeded"
                }
                (false, false) => {
                    record.fail_rotation(self.now());
                    "RotationFailed"
                }
            };
            edits.push(secret.update(&record));
            match self.do_to(&**secret, edits, [told(name)]).await {
                Err(CommitFault::Conflict) => {}
                Err(fault) => return Err(fault),
                Ok(()) => return Ok(if succeeded { Rotation::Succeeded } else { Rotation::Failed }),
            }
        }
        Err(CommitFault::Conflict)
    }

    /// The edit that deletes the value of a version that is gone.
    async fn without_value(
        &self,
        secret: &Secret,
        gone: Option<gatekey_secrets::VersionRecord>,
    ) -> Result<Option<Edit>, CommitFault> {
        let Some(key) = gone.and_then(|version| secret.value_key(&version)) else { return Ok(None) };
        let revision = self.revision_of::<ValueTable>(&key).await;
        let revision = revision.map_err(|unread| CommitFault::Unavailable(unread.to_string()))?;
        Ok(revision.map(|revision| Edit::delete::<ValueTable>(&key, revision)))
    }

    /// A random UUID.
    pub fn uuid(&self) -> String {
        RequestId::from_random(self.entropy().bytes()).to_string()
    }
}

/// The event of a rotation has no details beside the secret.
fn told(name: &'static str) -> Deed<'static> {
    Deed { name, details: Some(Vec::new()) }
}

/// AWS rotates within the window, and does not say what becomes of a window that passed unused. A schedule's window is what
/// its owner wants: the next one is waited for. A number of days has been exceeded: the rotation is made up for at once.
fn inferred_a_missed_window_is_left_out(record: &SecretRecord) -> bool {
    record.rotation.as_ref().is_none_or(|rotation| rotation.rules.days.is_none())
}

impl Passage<'_> {
    /// Says that the change gives up the rotation that was under way: an event of its own tells of it.
    pub fn abandons_rotation(&mut self, secret: &Arc<Secret>) {
        self.draft.deeds.push((Target::Secret(Arc::clone(secret)), told("RotationAbandoned")));
    }
}

#[cfg(test)]
mod tests {
    use gatekey_secrets::{RotationRecord, RotationRules, SecretRecord};

    #[test]
    fn inferred_a_missed_window_is_left_out() {
        let of = |rules: RotationRules| -> SecretRecord {
            let plain = serde_json::json!({"suffix": "AAAAAA", "created": 0, "changed": 0});
            let record: SecretRecord = serde_json::from_value(plain).unwrap();
            SecretRecord { rotation: Some(RotationRecord { rules, ..Default::default() }), ..record }
        };
        let days = RotationRules { days: Some(1), ..Default::default() };
        let rate = RotationRules { schedule: Some("rate(1 day)".into()), ..Default::default() };
        assert!(!super::inferred_a_missed_window_is_left_out(&of(days)));
        assert!(super::inferred_a_missed_window_is_left_out(&of(rate)));
    }
}
