//! What a service does to keys, parameters and secrets by itself, because their time has come or because a change asks for it: events of
//! their own tell of it.

use crate::{CommitFault, Gate, Passage, event::deed_event, outbox::Outgoing};
use gatekey_keyring::{Key, RotationType};
use gatekey_parameters::Parameter;
use gatekey_secrets::Secret;
use gatekey_store::table::Edit;
use gatekey_types::{AccountId, Arn, KeyMaterialId, Region, RequestId};
use std::{borrow::Cow, sync::Arc};

/// What something was done to, as its event tells it.
#[derive(Debug)]
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

impl<'a> From<&'a Parameter> for Object<'a> {
    fn from(parameter: &'a Parameter) -> Self {
        let (account, region, arn) = (parameter.key.account, &parameter.key.region, &parameter.arn);
        let id = ("name", Cow::from(parameter.key.name.as_str()));
        Self { source: "ssm.amazonaws.com", kind: "AWS::SSM::Parameter", account, region, arn, id }
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

/// What a change makes the service do something to.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// A key.
    Key(Arc<Key>),
    /// A secret.
    Secret(Arc<Secret>),
}

impl<'a> From<&'a Target> for Object<'a> {
    fn from(to: &'a Target) -> Self {
        match to {
            Target::Key(key) => Self::from(&**key),
            Target::Secret(secret) => Self::from(&**secret),
        }
    }
}

/// What was done.
#[derive(Debug, Clone)]
pub(crate) struct Deed<'a> {
    /// CloudTrail's name of it.
    pub(crate) name: &'static str,
    /// What there is to tell beside what it was done to: CloudTrail's names, and their values. `None` where CloudTrail tells of a call that
    /// the service made, which answered with the ARN.
    pub(crate) details: Option<Vec<(&'static str, Cow<'a, str>)>>,
}

impl Deed<'static> {
    /// CloudTrail's RotateKey: this is the key's current material from now on.
    pub(crate) fn rotation(key: &Key, current: &KeyMaterialId, kind: RotationType) -> Self {
        let previous = key.record.material.map(|id| ("previousKeyMaterialId", id.to_string().into()));
        let mut details = vec![("keyOrigin", key.record.origin.as_str().into())];
        details.extend(previous);
        let kind = match kind {
            RotationType::Automatic => "AUTOMATIC",
            RotationType::OnDemand => "ON_DEMAND",
        };
        details.extend([("currentKeyMaterialId", current.to_string().into()), ("rotationType", kind.into())]);
        Self { name: "RotateKey", details: Some(details) }
    }

    /// CloudTrail's SynchronizeMultiRegionKey, where a change to this key is one: its replicas have what is shared from now on.
    pub(crate) fn synchronization(key: &Key) -> Option<Self> {
        inferred_synchronizes(key).then_some(Self { name: "SynchronizeMultiRegionKey", details: None })
    }
}

/// AWS copies what is shared periodically, and does not say when it tells of it: each change of what is shared does so, once, if
/// the primary key has replicas.
fn inferred_synchronizes(key: &Key) -> bool {
    key.has_replicas()
}

impl Gate {
    /// Changes something because its time has come, and records it.
    pub(crate) async fn do_to<'a>(
        &self,
        object: impl Into<Object<'a>>,
        edits: Vec<Edit>,
        deeds: impl IntoIterator<Item = Deed<'a>>,
    ) -> Result<(), CommitFault> {
        let object = object.into();
        let events = deeds.into_iter().map(|deed| self.told(&object, &deed)).collect();
        self.commits.commit(edits, events, None).await.map(|_| ())
    }

    /// The event that tells of it.
    pub(crate) fn told(&self, object: &Object<'_>, deed: &Deed<'_>) -> Outgoing {
        let id = RequestId::from_random(self.entropy().bytes());
        Outgoing { id, bytes: deed_event(object, deed, id, self.now()).into() }
    }
}

impl Passage<'_> {
    /// Says that the change makes this the key's current material, on demand: an event of its own tells of the rotation, and
    /// another of the replicas.
    pub fn rotates(&mut self, key: &Arc<Key>, current: &KeyMaterialId) {
        let deed = Deed::rotation(key, current, RotationType::OnDemand);
        self.draft.deeds.push((Target::Key(Arc::clone(key)), deed));
        self.synchronizes(key);
    }

    /// Says that the change is to what a multi-Region key's members share: an event of its own tells of the replicas, if there
    /// are any.
    pub fn synchronizes(&mut self, key: &Arc<Key>) {
        let deed = Deed::synchronization(key);
        self.draft.deeds.extend(deed.map(|deed| (Target::Key(Arc::clone(key)), deed)));
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
