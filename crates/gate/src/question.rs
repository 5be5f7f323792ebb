//! A question that was put to the decision, in a form that outlives the request.

use crate::{
    Explained, Passage,
    authorize::{About, Inquiry},
};
use gatekey_keyring::Key;
use gatekey_policy::{
    Action, ConditionKey, Context, Grant, GrantTerms, KeyName, Mode, Policy, Value, Values,
};
use gatekey_types::{AccountId, Arn, Region};
use smol_str::SmolStr;
use std::sync::Arc;

/// One question, with its condition keys as the operation gave them. What follows from key, caller and arrival is worked out
/// again when it is explained.
pub(crate) struct Question {
    mode: Mode,
    action: Action,
    resource: Option<Arn>,
    owner: Option<AccountId>,
    /// The key, whose policy and grants counted.
    key: Option<Arc<Key>>,
    /// The policy of a resource that is no key, to be read again.
    policy: Option<Document>,
    about: OwnAbout,
    region: Option<Region>,
    said: Vec<Said>,
    denied: bool,
    /// Whether the credentials are of a kind that is kept from the operation, whatever policies say.
    barred: bool,
}

/// A condition key with its values. Most texts are short, and need no memory of their own.
struct Said {
    name: KeyName,
    rest: SmolStr,
    values: OwnValues,
}

/// The values of a condition key.
enum OwnValues {
    Text(SmolStr),
    /// Of a multivalued key: the names of an encryption context, and what else is told in texts.
    Texts(Box<[SmolStr]>),
    Other(Values<'static>),
}

impl Said {
    fn of(key: &ConditionKey<'_>, values: &Values<'_>) -> Self {
        let values = match values {
            Values::One(Value::Text(text)) => OwnValues::Text(text.as_ref().into()),
            Values::One(value) => OwnValues::Other(Values::One(value.clone().into_owned())),
            Values::Many(values) => OwnValues::of_many(values),
            Values::Absent => OwnValues::Other(Values::Absent),
        };
        Self { name: key.name(), rest: key.rest().into(), values }
    }

    fn put(&self, context: &mut Context<'_>) {
        let values = match &self.values {
            OwnValues::Text(text) => Values::One(Value::from(text.to_string())),
            OwnValues::Texts(texts) => {
                Values::Many(texts.iter().map(|text| Value::from(text.to_string())).collect())
            }
            OwnValues::Other(values) => values.clone(),
        };
        context.put(ConditionKey::of(self.name, self.rest.to_string()), values);
    }
}

impl OwnValues {
    fn of_many(values: &[Value<'_>]) -> Self {
        if values.iter().all(|value| matches!(value, Value::Text(_))) {
            return Self::Texts(values.iter().map(|value| SmolStr::from(value.text())).collect());
        }
        Self::Other(Values::Many(values.iter().cloned().map(Value::into_owned).collect()))
    }
}

/// The grant that a request was about.
enum OwnAbout {
    Nothing,
    New(GrantTerms),
    Retiring(Grant),
}

/// A policy as it can be read again.
struct Document {
    kind: gatekey_policy::Kind,
    text: Arc<str>,
    pins: gatekey_policy::Pins,
}

impl Document {
    fn of(policy: &Policy) -> Self {
        Self { kind: policy.kind(), text: Arc::clone(policy.text()), pins: policy.pins().clone() }
    }

    fn read(&self) -> Policy {
        Policy::read_stored(&self.text, self.kind, self.pins.clone())
    }
}

impl Question {
    /// The question as it was put, with the condition keys that were said.
    pub(crate) fn of<'c>(
        inquiry: &Inquiry<'_>,
        said: impl Iterator<Item = (&'c ConditionKey<'c>, &'c Values<'c>)>,
        key: Option<Arc<Key>>,
    ) -> Self {
        Self {
            mode: inquiry.mode,
            action: inquiry.action.clone(),
            // A key has its name itself.
            resource: if key.is_some() { None } else { inquiry.resource.cloned() },
            owner: inquiry.owner,
            policy: if key.is_some() { None } else { inquiry.policy.map(Document::of) },
            key,
            about: match inquiry.about {
                About::Nothing => OwnAbout::Nothing,
                About::New(terms) => OwnAbout::New(terms.clone()),
                About::Retiring(grant) => OwnAbout::Retiring(grant.clone()),
            },
            region: inquiry.region.cloned(),
            said: said.map(|(key, values)| Said::of(key, values)).collect(),
            denied: false,
            barred: false,
        }
    }

    /// Notes that it was denied; `barred`, if because the credentials are of the wrong kind.
    pub(crate) fn note_denied(&mut self, barred: bool) {
        (self.denied, self.barred) = (true, barred);
    }

    pub(crate) fn is_denied(&self) -> bool {
        self.denied
    }

    /// Decides it again, in a passage that is as the one was in which it was put.
    pub(crate) fn explained(&self, passage: &Passage<'_>) -> Explained {
        let read = self.policy.as_ref().map(Document::read);
        let of_key = self.key.as_deref().map(|key| Inquiry::of_key(&self.action, key));
        let about = match &self.about {
            OwnAbout::Nothing => About::Nothing,
            OwnAbout::New(terms) => About::New(terms),
            OwnAbout::Retiring(grant) => About::Retiring(grant),
        };
        let inquiry = of_key.unwrap_or_else(|| Inquiry {
            mode: self.mode,
            owner: self.owner,
            policy: read.as_ref(),
            region: self.region.as_ref(),
            ..Inquiry::of_kms(&self.action, self.resource.as_ref())
        });
        let inquiry = Inquiry { about, ..inquiry };
        let mut context = Context::new();
        self.said.iter().for_each(|said| said.put(&mut context));
        let mut explained = passage.ask_for(&passage.caller, &inquiry, &mut context, Explained::of);
        explained.key.clone_from(&self.key);
        explained.barred = self.barred;
        explained
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn condition_keys_are_given_back_as_they_were_said() {
        let mut said = Context::new();
        said.set_encryption_context([("Department", "IT"), ("n", "a longer text than stands in place")])
            .set(KeyName::KmsEncryptionAlgorithm, "SYMMETRIC_DEFAULT")
            .set(KeyName::KmsBypassPolicyLockoutSafetyCheck, true)
            .set_many(KeyName::KmsResourceAliases, [""; 0])
            .set_many("ssm:Numbers", [Value::from("1"), Value::from(2)])
            .set_absent("aws:TagKeys");
        let kept: Vec<Said> = said.entries().map(|(key, values)| Said::of(key, values)).collect();
        let mut told = Context::new();
        kept.iter().for_each(|said| said.put(&mut told));
        assert!(told.entries().eq(said.entries()));
    }
}
