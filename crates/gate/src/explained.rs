//! A decision with its reasons, in a form that outlives the request.

use gatekey_policy::{Policies, Request, Trace, Value, Values, Verdict, decide_traced, simulate};

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
    /// The condition keys that the request had, with their values.
    pub context: Vec<(String, Vec<String>)>,
    /// The condition keys that the policies look at and that the request did not have.
    pub missing_context: Vec<String>,
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
            context: request
                .context
                .entries()
                .filter_map(|(key, values)| Some((key.to_string(), texts(values)?)))
                .collect(),
            missing_context: simulate(request, policies).missing_context,
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
