//! The history of key policies: what a change of a policy writes beside it, and what goes with a key.

use crate::{CommitFault, Gate, Passage, Unread};
use gatekey_keyring::{Earlier, Key, PolicyRecord, PolicyTable, PolicyTold, PolicyVersionTable};
use gatekey_policy::Policy;
use gatekey_store::table::Edit;

impl Passage<'_> {
    /// The records that put a policy in place of the key's present one, as the next version of its history.
    ///
    /// # Errors
    /// The store does not answer, or a seal is broken.
    pub async fn with_policy(
        &self,
        key: &Key,
        policy: PolicyRecord,
        told: PolicyTold,
    ) -> Result<Vec<Edit>, Unread> {
        let mut earlier = Earlier::default();
        if key.policy.is_some() && key.policy_version().is_none() {
            let stored = self.stored::<PolicyTable>(&key.arn).await?;
            earlier.present = stored.map(|(present, _)| present);
        }
        if let Some(number) = key.outlived_policy_version() {
            let revision = self.gate().revision_of::<PolicyVersionTable>(&(key.arn.clone(), number)).await?;
            earlier.outlived = revision.map(|revision| (number, revision));
        }
        Ok(key.with_policy(policy, told, earlier))
    }

    /// The record of a policy that the caller puts now.
    pub fn policy_record(&self, policy: &Policy) -> PolicyRecord {
        PolicyRecord {
            document: policy.text().to_string(),
            pins: policy.pins().clone(),
            author: self.caller().principal.display_name().to_owned(),
            put: self.now(),
            version: 0,
        }
    }

    /// The record of an earlier policy that the caller puts again now: the same document, meaning whom it meant.
    pub fn policy_record_again(&self, earlier: PolicyRecord) -> PolicyRecord {
        let author = self.caller().principal.display_name().to_owned();
        PolicyRecord { author, put: self.now(), version: 0, ..earlier }
    }

    /// What the history tells of a policy that this request puts on the key: by what, and who is in control under it.
    pub fn policy_told(&self, key: &Key, policy: &Policy, why: impl Into<String>) -> PolicyTold {
        let is_kept = !self.is_unlocking() && self.keeps_control(key, policy);
        let keeper = match is_kept {
            true => Some(self.caller().principal.display_name().to_owned()),
            false => self.keeper_of(key, policy),
        };
        PolicyTold { why: why.into(), request: self.id.to_string(), keeper }
    }
}

impl Gate {
    /// Deletes the history of a key that is deleted.
    ///
    /// # Errors
    /// The store does not answer.
    pub(crate) async fn without_policy_versions(&self, key: &Key) -> Result<Vec<Edit>, CommitFault> {
        let mut edits = Vec::new();
        for number in key.policy_versions() {
            let at = (key.arn.clone(), number);
            let revision = self.revision_of::<PolicyVersionTable>(&at).await;
            let revision = revision.map_err(|unread| CommitFault::Unavailable(unread.to_string()))?;
            edits.extend(revision.map(|revision| Edit::delete::<PolicyVersionTable>(&at, revision)));
        }
        Ok(edits)
    }
}
