use crate::{
    deeds::{Deed, Target},
    passage::Few,
};
use gatekey_keyring::Key;
use gatekey_policy::{Action, Layer, MatchClass, Outcome, Verdict};
use gatekey_types::{AccountId, Arn, GrantId, KeyArn, KeyMaterialId, Region};
use std::collections::BTreeMap;

/// What an operation adds to the audit event of its request. Nothing secret is ever put here: no plaintext, no
/// ciphertext, no signature.
#[derive(Debug, Default, Clone)]
pub struct Draft {
    /// The parameters as CloudTrail names them: a JSON object.
    pub(crate) parameters: Option<Vec<u8>>,
    /// What a change answered: a JSON object.
    pub(crate) response: Option<Vec<u8>>,
    /// What the request was about: CloudTrail's name of the kind, the owner, the ARN.
    pub(crate) resources: Few<(&'static str, AccountId, Arn)>,
    /// The material that was used.
    pub(crate) material: Option<KeyMaterialId>,
    /// The grant that was retired.
    pub(crate) grant: Option<GrantId>,
    /// What a recipient's document attested, with the names that CloudTrail gives it.
    pub(crate) recipient: BTreeMap<String, String>,
    /// What the change was foreseen to bring.
    pub(crate) forecast: Option<String>,
    /// The last decision.
    pub(crate) decision: Option<Decision>,
    /// What the change did in other Regions.
    pub(crate) elsewhere: Vec<Elsewhere>,
    /// What the service does beside, because of the change.
    pub(crate) deeds: Vec<(Target, Deed<'static>)>,
    /// What the client is told in headers, beside AWS's answer.
    pub(crate) hints: Vec<(&'static str, String)>,
}

/// What a change did in another Region: an event of its own tells of it there, as if the service had called itself.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    pub(crate) name: &'static str,
    pub(crate) region: Region,
    pub(crate) parameters: Option<Vec<u8>>,
    pub(crate) response: Option<Vec<u8>>,
    pub(crate) key: Option<KeyArn>,
}

impl Elsewhere {
    /// This was done in that Region, with these parameters, both as CloudTrail names them.
    pub fn new(name: &'static str, region: Region, parameters: &impl serde::Serialize) -> Self {
        let parameters = serde_json::to_vec(parameters).ok();
        Self { name, region, parameters, response: None, key: None }
    }

    /// It was done to this key, or made it.
    #[must_use]
    pub fn to_key(self, key: KeyArn) -> Self {
        Self { key: Some(key), ..self }
    }

    /// It answered this.
    #[must_use]
    pub fn answering(self, response: &impl serde::Serialize) -> Self {
        Self { response: serde_json::to_vec(response).ok(), ..self }
    }
}

/// A decision as the event tells it.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    pub(crate) action: Action,
    pub(crate) outcome: Outcome,
    pub(crate) layer: Layer,
    pub(crate) class: Option<MatchClass>,
}

impl Draft {
    /// Sets the request's parameters, with the names that CloudTrail gives them.
    pub fn set_parameters(&mut self, parameters: &impl serde::Serialize) {
        // Mostly that is room enough, so that the text need not be moved while it grows.
        let mut json = Vec::with_capacity(512);
        let written = serde_json::to_writer(&mut json, parameters).is_ok();
        self.parameters = written.then_some(json);
    }

    /// The same for what a serializer wrote already.
    pub fn set_parameters_json(&mut self, json: Vec<u8>) {
        self.parameters = Some(json);
    }

    /// Sets what the answer of a change was.
    pub fn set_response(&mut self, response: &impl serde::Serialize) {
        self.response = serde_json::to_vec(response).ok();
    }

    /// Tells the client something in a header of this name (in lower case), beside AWS's answer.
    pub fn hint(&mut self, header: &'static str, text: impl Into<String>) {
        self.hints.push((header, text.into()));
    }

    /// Notes the material that was used.
    pub fn used_material(&mut self, material: KeyMaterialId) {
        self.material = Some(material);
    }

    /// Notes the grant that is retired: CloudTrail has it beside the answer.
    pub fn retired(&mut self, grant: GrantId) {
        self.grant = Some(grant);
    }

    /// Notes what the recipient's document attested: CloudTrail has it beside the answer.
    pub fn attested(&mut self, recipient: BTreeMap<String, String>) {
        self.recipient = recipient;
    }

    /// Notes that the change reaches into another Region.
    pub fn also(&mut self, elsewhere: Elsewhere) {
        self.elsewhere.push(elsewhere);
    }

    /// Notes a key that the request is about.
    pub fn touch(&mut self, key: &Key) {
        self.touch_resource("AWS::KMS::Key", key.arn.account, &key.name);
    }

    /// Notes a resource that the request is about; `kind` is CloudTrail's name for what it is.
    pub fn touch_resource(&mut self, kind: &'static str, owner: AccountId, arn: &Arn) {
        if !self.resources.iter().any(|(_, _, known)| known == arn) {
            self.resources.push((kind, owner, arn.clone()));
        }
    }

    pub(crate) fn decided(&mut self, action: Action, verdict: &Verdict) {
        let (outcome, layer, class) = (verdict.outcome, verdict.layer, verdict.class);
        self.decision = Some(Decision { action, outcome, layer, class });
    }
}
