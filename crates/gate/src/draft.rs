use gatekey_keyring::Key;
use gatekey_policy::{KmsAction, Layer, Outcome, Verdict};
use gatekey_types::{AccountId, Arn, KeyMaterialId};

/// What an operation adds to the audit event of its request. Nothing secret is ever put here: no plaintext, no
/// ciphertext, no signature.
#[derive(Debug, Default, Clone)]
pub struct Draft {
    /// The parameters as CloudTrail names them: a JSON object.
    pub(crate) parameters: Option<String>,
    /// What a change answered: a JSON object.
    pub(crate) response: Option<String>,
    /// The keys that the request was about.
    pub(crate) resources: Vec<(AccountId, Arn)>,
    /// The material that was used.
    pub(crate) material: Option<KeyMaterialId>,
    /// The last decision.
    pub(crate) decision: Option<Decision>,
}

/// A decision as the event tells it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decision {
    pub(crate) action: KmsAction,
    pub(crate) outcome: Outcome,
    pub(crate) layer: Layer,
}

impl Draft {
    /// Sets the request's parameters, with the names that CloudTrail gives them.
    pub fn set_parameters(&mut self, parameters: &impl serde::Serialize) {
        self.parameters = serde_json::to_string(parameters).ok();
    }

    /// Sets what the answer of a change was.
    pub fn set_response(&mut self, response: &impl serde::Serialize) {
        self.response = serde_json::to_string(response).ok();
    }

    /// Notes the material that was used.
    pub fn used_material(&mut self, material: KeyMaterialId) {
        self.material = Some(material);
    }

    /// Notes a key that the request is about.
    pub fn touch(&mut self, key: &Key) {
        if !self.resources.iter().any(|(_, arn)| *arn == key.name) {
            self.resources.push((key.arn.account, key.name.clone()));
        }
    }

    pub(crate) fn decided(&mut self, action: KmsAction, verdict: &Verdict) {
        self.decision = Some(Decision { action, outcome: verdict.outcome, layer: verdict.layer });
    }
}
