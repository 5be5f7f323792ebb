//! A decision with its reasons, in a form that outlives the request.

use crate::explain;
use gatekey_keyring::Key;
use gatekey_policy::{ConditionKey, Policies, Request, Trace, Value, Values, Verdict, decide_traced};
use gatekey_types::AccountId;
use std::sync::Arc;

/// A decision with its reasons.
#[derive(Debug, Clone)]
pub struct Explained {
    /// How it came out.
    pub verdict: Verdict,
    /// Why: every layer, statement and condition, and what would turn a denial.
    pub trace: Trace,
    /// What the client of a denied request reads.
    pub message: Option<String>,
    /// Who asks, as denials name it.
    pub principal: String,
    /// The action that was asked for.
    pub action: String,
    /// What it was asked of: an ARN, or `*`.
    pub resource: String,
    /// The account that it belongs to, where that is known.
    pub owner: Option<AccountId>,
    /// The key that it is about, where it is about one.
    pub key: Option<Arc<Key>>,
    /// The condition keys that the request had.
    pub context: Vec<Held>,
    /// Whether it was denied because the credentials are of a kind that is kept from the operation, whatever policies say.
    pub barred: bool,
}

/// A condition key that a request had.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its name.
    pub key: String,
    /// Its values.
    pub values: Vec<String>,
    /// Whether it describes the resource, and not the request.
    pub of_the_resource: bool,
}

impl Held {
    fn of((key, values): (ConditionKey<'_>, Values<'_>)) -> Option<Self> {
        let name = key.to_string();
        let of_the_resource = explain::is_of_the_resource(key.name(), &name);
        Some(Self { key: name, values: texts(&values)?, of_the_resource })
    }
}

impl Explained {
    /// Decides, and says why.
    pub(crate) fn of(request: &Request<'_>, policies: &Policies<'_>) -> Self {
        let (verdict, trace) = decide_traced(request, policies);
        let message = (!verdict.is_allowed()).then(|| verdict.guarded_message(request, policies));
        Self {
            message,
            trace,
            principal: request.principal.display_name().to_owned(),
            action: request.action.to_string(),
            resource: request.resource.text().to_owned(),
            owner: request.resource_account,
            key: None,
            context: request.keys().filter_map(Held::of).collect(),
            barred: false,
            verdict,
        }
    }
}

/// The values of a key; nothing for one that is absent.
fn texts(values: &Values<'_>) -> Option<Vec<String>> {
    let text = |value: &Value<'_>| value.text().into_owned();
    match values {
        Values::One(value) => Some(vec![text(value)]),
        Values::Many(values) if !values.is_empty() => Some(values.iter().map(text).collect()),
        Values::Many(_) | Values::Absent => None,
    }
}
