//! Staging labels: which version is current, which was, and what else its owner calls them.

use crate::{SecretRecord, VersionRecord};
use core::fmt;
use gatekey_types::Timestamp;

/// The label of the version that is read where a request names none.
pub const CURRENT: &str = "AWSCURRENT";
/// The label of the version that was current before.
pub const PREVIOUS: &str = "AWSPREVIOUS";
/// The label of the version that a rotation is about to make current.
pub const PENDING: &str = "AWSPENDING";

/// Labels of one version.
const MOST_STAGES: usize = 20;
/// Versions of one secret: beyond these, outdated ones go.
const MOST_VERSIONS: usize = 100;
/// Milliseconds for which an outdated version is kept in any case.
const KEPT: i64 = 24 * 60 * 60 * 1000;

/// Why labels cannot be moved like this. `Display` is AWS's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageFault {
    /// The label is on this version, which the request must name.
    Unnamed {
        /// The label.
        stage: String,
        /// The version that has it.
        on: String,
    },
    /// The request takes the label from a version that does not have it.
    Elsewhere(String),
    /// AWSCURRENT is taken from a version and given to none.
    NoCurrent,
    /// Neither from nor to: nothing to do.
    Nothing,
    /// There is no such version.
    NoVersion(String),
    /// A version would have too many labels.
    TooManyStages,
    /// There are too many versions, none of which is outdated for long enough to go.
    TooManyVersions,
}

impl fmt::Display for StageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unnamed { stage, on } => write!(
                f,
                "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to \
                 version {on}, so you must explicitly reference that version in RemoveFromVersionId."
            ),
            Self::Elsewhere(stage) => write!(
                f,
                "When you move staging label {stage}, if you specify RemoveFromVersionId, it must be set to the \
                 version that currently has the staging label {stage}."
            ),
            Self::NoCurrent => f.write_str(
                "You can only move staging label AWSCURRENT to a different secret version. It can't be completely \
                 removed.",
            ),
            Self::Nothing => {
                f.write_str("You must specify RemoveFromVersionId, MoveToVersionId, or both.")
            }
            Self::NoVersion(id) => {
                write!(f, "Secrets Manager can't find the specified secret value for VersionId: {id}.")
            }
            Self::TooManyStages => {
                write!(f, "A secret version can have at most {MOST_STAGES} staging labels.")
            }
            Self::TooManyVersions => {
                f.write_str("You've reached the quota for the number of versions of this secret.")
            }
        }
    }
}

impl core::error::Error for StageFault {}

impl SecretRecord {
    /// The version that has this label.
    pub fn staged(&self, stage: &str) -> Option<(&str, &VersionRecord)> {
        let found = self.versions.iter().find(|(_, version)| version.has(stage));
        found.map(|(id, version)| (id.as_str(), version))
    }

    /// Takes in a version with these labels, AWSCURRENT where there are none or no version has it. Gives the versions that
    /// went because there are too many.
    ///
    /// # Errors
    /// [`StageFault::TooManyStages`] and [`StageFault::TooManyVersions`].
    pub fn add_version(
        &mut self,
        id: &str,
        version: VersionRecord,
        stages: &[String],
        now: Timestamp,
    ) -> Result<Vec<VersionRecord>, StageFault> {
        self.versions.insert(id.to_owned(), version);
        let mut stages: Vec<&str> = stages.iter().map(String::as_str).collect();
        if stages.is_empty() || self.staged(CURRENT).is_none() && !stages.contains(&CURRENT) {
            stages.insert(0, CURRENT);
        }
        for stage in stages {
            self.attach(stage, id);
        }
        self.hold_stages()?;
        self.prune(id, now)
    }

    /// Gives a version AWSPENDING, for the rotation that makes it.
    pub(crate) fn attach_pending(
        &mut self,
        id: &str,
        now: Timestamp,
    ) -> Result<Vec<VersionRecord>, StageFault> {
        self.attach(PENDING, id);
        self.hold_stages()?;
        self.prune(id, now)
    }

    /// Moves a label from one version to another, or takes it away.
    ///
    /// # Errors
    /// [`StageFault`]: the record is not what it was.
    pub fn move_stage(
        &mut self,
        stage: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), StageFault> {
        let unknown = from.into_iter().chain(to).find(|id| !self.versions.contains_key(*id));
        if let Some(id) = unknown {
            return Err(StageFault::NoVersion(id.to_owned()));
        }
        let holder = self.staged(stage).map(|(id, _)| id.to_owned());
        match (&holder, from, to) {
            (_, None, None) => return Err(StageFault::Nothing),
            (_, Some(from), _) if holder.as_deref() != Some(from) => {
                return Err(StageFault::Elsewhere(stage.to_owned()));
            }
            (_, _, None) if stage == CURRENT => return Err(StageFault::NoCurrent),
            (Some(on), None, Some(to)) if on != to => {
                return Err(StageFault::Unnamed { stage: stage.to_owned(), on: on.clone() });
            }
            _ => {}
        }
        match to {
            Some(to) => self.attach(stage, to),
            None => self.detach(stage),
        }
        self.hold_stages()
    }

    /// Puts a label on a version and takes it from the one that had it. Whatever was current is the previous one then.
    fn attach(&mut self, stage: &str, id: &str) {
        let before = self.staged(stage).map(|(id, _)| id.to_owned());
        if before.as_deref() == Some(id) {
            return;
        }
        self.detach(stage);
        if let Some(version) = self.versions.get_mut(id) {
            version.stages.push(stage.to_owned());
        }
        if let Some(before) = before.filter(|_| stage == CURRENT) {
            self.attach(PREVIOUS, &before);
        }
    }

    fn detach(&mut self, stage: &str) {
        for version in self.versions.values_mut() {
            version.stages.retain(|label| label != stage);
        }
    }

    fn hold_stages(&self) -> Result<(), StageFault> {
        let too_many = self.versions.values().any(|version| version.stages.len() > MOST_STAGES);
        if too_many { Err(StageFault::TooManyStages) } else { Ok(()) }
    }

    /// The oldest versions without a label go when there are too many, but none of the last day.
    fn prune(&mut self, kept: &str, now: Timestamp) -> Result<Vec<VersionRecord>, StageFault> {
        let mut gone = Vec::new();
        while self.versions.len() > MOST_VERSIONS {
            let outdated = self.versions.iter().filter(|(id, version)| {
                version.stages.is_empty() && *id != kept && now.millis_since(version.created) >= KEPT
            });
            let oldest = outdated.min_by_key(|(_, version)| version.created).map(|(id, _)| id.clone());
            let removed = oldest.and_then(|id| self.versions.remove(&id));
            gone.push(removed.ok_or(StageFault::TooManyVersions)?);
        }
        Ok(gone)
    }
}

impl VersionRecord {
    /// Whether it has this label.
    pub fn has(&self, stage: &str) -> bool {
        self.stages.iter().any(|label| label == stage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{record, version};

    fn stages(record: &SecretRecord) -> Vec<String> {
        let shown = |(id, version): (&String, &VersionRecord)| format!("{id}:{}", version.stages.join("+"));
        record.versions.iter().map(shown).collect()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn add(record: &mut SecretRecord, id: &str, labels: &[&str]) -> Result<usize, StageFault> {
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        record.add_version(id, version(at(0)), &labels, at(0)).map(|gone| gone.len())
    }

    #[test]
    fn the_first_version_is_current_and_each_new_one_makes_it_the_previous() {
        let mut secret = record();
        add(&mut secret, "1", &["mine"]).unwrap();
        assert_eq!(stages(&secret), ["1:AWSCURRENT+mine"]);
        add(&mut secret, "2", &[]).unwrap();
        assert_eq!(stages(&secret), ["1:mine+AWSPREVIOUS", "2:AWSCURRENT"]);
        add(&mut secret, "3", &["AWSPENDING"]).unwrap();
        add(&mut secret, "4", &["AWSCURRENT", "mine"]).unwrap();
        assert_eq!(stages(&secret), ["1:", "2:AWSPREVIOUS", "3:AWSPENDING", "4:AWSCURRENT+mine"]);
    }

    #[test]
    fn labels_are_moved_by_whoever_says_where_they_are() {
        let mut secret = record();
        for (id, labels) in [("1", vec![]), ("2", vec!["x"])] {
            add(&mut secret, id, &labels).unwrap();
        }
        let fails = |stage: &str, from, to, text: &str| {
            let fault = secret.clone().move_stage(stage, from, to).unwrap_err();
            assert!(fault.to_string().contains(text), "{fault}");
        };
        fails(CURRENT, None, Some("2"), "attached to version 1, so you must explicitly reference");
        fails(CURRENT, Some("2"), Some("1"), "must be set to the version that currently has");
        fails(CURRENT, Some("1"), None, "It can't be completely removed.");
        fails("x", None, None, "You must specify");
        fails("x", Some("3"), None, "can't find the specified secret value for VersionId: 3.");
        fails("y", Some("1"), None, "must be set to the version that currently has");
        secret.move_stage(CURRENT, Some("1"), Some("2")).unwrap();
        assert_eq!(stages(&secret), ["1:AWSPREVIOUS", "2:x+AWSCURRENT"]);
        secret.move_stage(CURRENT, Some("2"), Some("1")).unwrap();
        assert_eq!(stages(&secret), ["1:AWSCURRENT", "2:x+AWSPREVIOUS"]);
        secret.move_stage("x", Some("2"), None).unwrap();
        secret.move_stage("y", None, Some("2")).unwrap();
        assert_eq!(stages(&secret), ["1:AWSCURRENT", "2:AWSPREVIOUS+y"]);
    }

    #[test]
    fn a_version_has_at_most_twenty_labels() {
        let mut secret = record();
        let labels: Vec<String> = (0..20).map(|n| format!("l{n}")).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        assert_eq!(
            add(&mut secret.clone(), "1", &labels),
            Err(StageFault::TooManyStages),
            "AWSCURRENT is one more"
        );
        add(&mut secret, "1", labels.get(..19).unwrap()).unwrap();
    }

    #[test]
    fn of_more_than_a_hundred_versions_the_oldest_outdated_go_but_none_of_the_last_day() {
        let mut secret = record();
        for n in 0..100 {
            secret.add_version(&format!("{n:03}"), version(at(n)), &[], at(n)).unwrap();
        }
        let full = secret.clone().add_version("new", version(at(100)), &[], at(100));
        assert_eq!(full, Err(StageFault::TooManyVersions));
        let later = at(24 * 60 * 60 + 1);
        let gone = secret.add_version("new", version(later), &[], later).unwrap();
        assert_eq!(gone.len(), 1);
        assert!(!secret.versions.contains_key("000") && secret.versions.contains_key("001"));
    }
}
