//! What a service does to keys and secrets by itself, because their time has come: nobody calls for it at that moment.

use crate::{CommitFault, Gate, event::deed_event, outbox::Outgoing};
use gatekey_keyring::Key;
use gatekey_secrets::Secret;
use gatekey_store::table::Edit;
use gatekey_types::{AccountId, Arn, Region, RequestId};
use std::borrow::Cow;

/// What something was done to, as its event tells it.
pub(crate) struct Object<'a> {
    /// The service.
    pub(crate) source: &'static str,
    /// What CloudTrail calls it.
    pub(crate) kind: &'static str,
    /// Whose it is.
    pub(crate) account: AccountId,
    /// Where it is.
    pub(crate) region: &'a Region,
    /// Its ARN.
    pub(crate) arn: &'a Arn,
    /// How the details name it.
    pub(crate) id: (&'static str, Cow<'a, str>),
}

impl<'a> From<&'a Key> for Object<'a> {
    fn from(key: &'a Key) -> Self {
        let id = ("keyId", Cow::from(key.arn.key.to_string()));
        let (account, region, arn) = (key.arn.account, &key.arn.region, &key.name);
        Self { source: "kms.amazonaws.com", kind: "AWS::KMS::Key", account, region, arn, id }
    }
}

impl<'a> From<&'a Secret> for Object<'a> {
    fn from(secret: &'a Secret) -> Self {
        let (account, region, arn) = (secret.key.account, &secret.key.region, &secret.arn);
        let id = ("secretId", Cow::from(arn.as_str()));
        let (source, kind) = ("secretsmanager.amazonaws.com", "AWS::SecretsManager::Secret");
        Self { source, kind, account, region, arn, id }
    }
}

/// What was done.
pub(crate) struct Deed<'a> {
    /// CloudTrail's name of it.
    pub(crate) name: &'static str,
    /// What there is to tell beside what it was done to: CloudTrail's names, and their values.
    pub(crate) details: Vec<(&'static str, Cow<'a, str>)>,
}

impl Gate {
    /// Changes a key or a secret because its time has come, and records it.
    pub(crate) async fn do_to<'a>(
        &self,
        object: impl Into<Object<'a>>,
        edits: Vec<Edit>,
        deed: Deed<'a>,
    ) -> Result<(), CommitFault> {
        let id = RequestId::from_random(self.entropy().bytes());
        let event = Outgoing { id, bytes: deed_event(object.into(), deed, id, self.now()).into() };
        self.commits.commit(edits, vec![event], None).await.map(|_| ())
    }
}

/// How many were done, and what went wrong with the others: one key must not hold up the rest.
#[derive(Default)]
pub(crate) struct Sweep {
    done: usize,
    failed: Option<CommitFault>,
}

impl Sweep {
    pub(crate) fn note(&mut self, outcome: Result<(), CommitFault>) {
        match outcome {
            Ok(()) => self.done = self.done.saturating_add(1),
            // Cancelled or changed meanwhile: the next sweep looks again.
            Err(CommitFault::Conflict) => {}
            Err(fault) => self.failed = Some(fault),
        }
    }

    pub(crate) fn outcome(self) -> Result<usize, CommitFault> {
        self.failed.map_or(Ok(self.done), Err)
    }
}
