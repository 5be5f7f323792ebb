//! The requests that failed: from the audit trail, as far as the caller may look into it, and those that the caller names.

use super::{Key, explained};
use crate::{
    bundle::redact::{Redactor, Source},
    client::Client,
    commands::orphans::quoted,
    failure::Failure,
};
use gatekey_model::{
    EpochSeconds,
    cloudtrail::{LookupAttribute, LookupAttributeKey, LookupEventsRequest, calls},
    gatekey::ExplainDecisionResponse,
};
use gatekey_types::Timestamp;
use serde_json::Value;

/// Requests that a bundle tells of: the newest.
const MOST: usize = 10;
/// Pages of events that are looked through.
const PAGES: usize = 20;

/// A request that failed.
#[derive(Debug)]
pub(super) struct Failed {
    id: String,
    time: String,
    source: String,
    pub(super) name: String,
    caller: String,
    agent: String,
    /// Nothing, if it is not in the part of the trail that was read.
    parameters: Option<Value>,
    code: String,
    message: String,
    /// Why it failed, or why that is not told.
    pub(super) explanation: Result<Value, String>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The oldest first.
    pub(super) requests: Vec<Failed>,
    /// What was not found, or not looked at, and why.
    pub(super) notes: Vec<String>,
}

/// Finds the caller's failed requests with the key of the last days, and those named.
pub(super) fn find(client: &Client, key: &Key, since: Timestamp, named: &[String]) -> Found {
    let mut found = Found::default();
    let events = events(client, since, &mut found.notes);
    let failed = |event: &&Value| is_named(event, named) || (is_of(event, key) && !is_of_bundle(event));
    let mut requests: Vec<Failed> =
        events.iter().filter(|event| event.get("errorCode").is_some()).filter(failed).map(of_event).collect();
    let (all, left_out) = (requests.len(), requests.len().saturating_sub(MOST));
    requests.truncate(MOST);
    if left_out > 0 {
        found.notes.push(format!(
            "{all} requests failed; the newest {MOST} are told of. Name others with --request."
        ));
    }
    requests.reverse();
    let missing = named.iter().filter(|id| !requests.iter().any(|one| one.id == **id)).cloned();
    let missing: Vec<Failed> = missing.map(|id| Failed { id, ..Failed::default() }).collect();
    requests.extend(missing);
    requests.iter_mut().for_each(|request| request.explain(client));
    found.requests = requests;
    found
}

/// What the trail has of the caller's access key, the newest first.
fn events(client: &Client, since: Timestamp, notes: &mut Vec<String>) -> Vec<Value> {
    let (mut events, mut token) = (Vec::new(), None);
    for _ in 0..PAGES {
        let own = LookupAttribute {
            attribute_key: LookupAttributeKey::AccessKeyId,
            attribute_value: client.access_key_id().to_owned(),
        };
        let question = LookupEventsRequest {
            lookup_attributes: Some(vec![own]),
            start_time: Some(EpochSeconds::from_millis(since.millis())),
            next_token: token,
            ..LookupEventsRequest::default()
        };
        let answer = match client.call::<calls::LookupEvents>(&question) {
            Ok(answer) => answer,
            Err(failure) => {
                notes.push(format!("The audit trail could not be looked through: {}", failure.message()));
                return events;
            }
        };
        let texts = answer.events.into_iter().flatten().filter_map(|event| event.cloud_trail_event);
        events.extend(texts.filter_map(|text| serde_json::from_str::<Value>(&text).ok()));
        token = answer.next_token;
        if token.is_none() {
            return events;
        }
    }
    notes.push(format!("Only the newest {} requests of the access key were looked at.", events.len()));
    events
}

fn text<'v>(event: &'v Value, pointer: &str) -> &'v str {
    event.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn is_named(event: &Value, named: &[String]) -> bool {
    named.iter().any(|id| id == text(event, "/requestID"))
}

/// Whether the key was asked for.
fn is_of(event: &Value, key: &Key) -> bool {
    let resources = event.get("resources").and_then(Value::as_array);
    let mut arns = resources.into_iter().flatten().map(|resource| text(resource, "/ARN"));
    arns.any(|arn| key.is(arn)) || key.is(text(event, "/requestParameters/keyId"))
}

/// Whether it is a question that an earlier bundle put.
fn is_of_bundle(event: &Value) -> bool {
    text(event, "/userAgent").starts_with("gatekey/") && event.get("readOnly") == Some(&Value::Bool(true))
}

fn of_event(event: &Value) -> Failed {
    let own = |pointer| text(event, pointer).to_owned();
    let code = match (text(event, "/eventSource"), text(event, "/errorCode")) {
        // CloudTrail's word for what KMS answers.
        ("kms.amazonaws.com", "AccessDenied") => "AccessDeniedException",
        (_, code) => code,
    };
    Failed {
        id: own("/requestID"),
        time: own("/eventTime"),
        source: own("/eventSource"),
        name: own("/eventName"),
        caller: own("/userIdentity/arn"),
        agent: own("/userAgent"),
        parameters: event.get("requestParameters").cloned(),
        code: code.to_owned(),
        message: own("/errorMessage"),
        explanation: Err(String::new()),
    }
}

impl Default for Failed {
    fn default() -> Self {
        of_event(&Value::Null)
    }
}

impl Failed {
    /// Asks why it failed; what the trail did not tell of a denial, the explanation does.
    fn explain(&mut self, client: &Client) {
        let answer = explained(client, &self.id);
        if let (Ok(answer), None) = (&answer, &self.parameters) {
            self.complete(answer);
        }
        let told = |answer| serde_json::to_value(answer).unwrap_or_default();
        self.explanation = answer.map(told).map_err(|failure: Failure| failure.message().to_owned());
    }

    fn complete(&mut self, answer: &ExplainDecisionResponse) {
        let own = |text: &Option<String>| text.clone().unwrap_or_default();
        (self.source, self.name) = (own(&answer.event_source), own(&answer.event_name));
        self.time =
            answer.event_time.map(|at| Timestamp::from_millis(at.millis()).to_string()).unwrap_or_default();
        let denied = answer.decisions.iter().flatten().find(|decision| decision.message.is_some());
        if let Some(decision) = denied {
            self.caller.clone_from(&decision.principal);
            self.message = own(&decision.message);
            self.code = "AccessDeniedException".to_owned();
        }
    }

    /// The policy that it was to put.
    pub(super) fn policy(&self) -> Option<&str> {
        let parameters = self.parameters.as_ref().filter(|_| self.name == "PutKeyPolicy")?;
        parameters.get("policy").and_then(Value::as_str)
    }

    /// The command, as the trail's parameters say it; `policy` is the file that holds its policy.
    pub(super) fn command(&self, redactor: &mut Redactor, policy: Option<&str>) -> String {
        if self.name.is_empty() {
            return "not known: no more is told of this request than its id\n".to_owned();
        }
        let head = match self.source.strip_suffix(".amazonaws.com") {
            Some(service) => format!("aws {service} {}", kebab(&self.name)),
            None => format!("{} of {}", self.name, self.source),
        };
        let Some(parameters) = &self.parameters else {
            return format!("{head}: with what parameters, the trail would tell; see the notes\n");
        };
        let parameters = redactor.json(parameters, Source::Parameters);
        let options = parameters.as_object().into_iter().flatten().filter_map(|(name, value)| {
            match (&**name, policy) {
                ("policy", Some(file)) => Some(format!(" --policy file://{file}")),
                _ => option(name, value),
            }
        });
        format!("{head}{}\n", options.collect::<String>())
    }

    /// Who got what answer, when, and under which id.
    pub(super) fn result(&self, redactor: &mut Redactor) -> String {
        let program = self.agent.split(' ').next().filter(|word| !word.is_empty()).unwrap_or("not known");
        let lines = [
            ("result", if self.code.is_empty() { "not known" } else { &self.code }),
            ("at", &self.time),
            ("as", &self.caller),
            ("with", program),
            ("request", &self.id),
        ];
        lines.map(|(name, text)| format!("{name:<8} {}\n", redactor.text(text))).concat()
    }

    /// The error's text, as the `aws` command line prints it.
    pub(super) fn error(&self, redactor: &mut Redactor) -> String {
        let (code, name) = (&self.code, &self.name);
        let text = match self.message.is_empty() {
            true => "not known: it is in the audit trail, which could not be looked through".to_owned(),
            false => {
                format!("An error occurred ({code}) when calling the {name} operation: {}", self.message)
            }
        };
        redactor.text(&text) + "\n"
    }
}

/// A parameter as an option; what is not so is what is not said.
fn option(name: &str, value: &Value) -> Option<String> {
    let name = kebab(name);
    let words = |items: &Vec<Value>| items.iter().map(Value::as_str).map(|text| text.map(quoted)).collect();
    let list: Option<Vec<String>> = value.as_array().and_then(words);
    match (value, list) {
        (Value::Null | Value::Bool(false), _) => None,
        (Value::Bool(true), _) => Some(format!(" --{name}")),
        (Value::String(text), _) => Some(format!(" --{name} {}", quoted(text))),
        (_, Some(list)) => Some(format!(" --{name} {}", list.join(" "))),
        (other, None) => Some(format!(" --{name} {}", quoted(&other.to_string()))),
    }
}

/// `PutKeyPolicy` as `put-key-policy`.
fn kebab(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event() -> Value {
        json!({
            "eventSource": "kms.amazonaws.com", "eventName": "PutKeyPolicy", "eventTime": "2026-11-27T07:32:38Z",
            "userIdentity": {"arn": "arn:aws:iam::111122223333:user/ops"}, "userAgent": "aws-cli/2.19.1 md/host#laptop",
            "errorCode": "AccessDenied", "errorMessage": "User: arn:aws:iam::111122223333:user/ops is not authorized",
            "requestParameters": {"keyId": "0a1b2c3d-0000-4000-8000-000000000001", "policy": "{}", "policyName": "default",
                "bypassPolicyLockoutSafetyCheck": false, "description": "of Bob"},
            "requestID": "418024ff-75c6-4b1a-b501-c606ddbd798a", "readOnly": false})
    }

    #[test]
    fn a_command_is_told_as_it_is_typed_and_its_error_as_it_is_printed() {
        let (failed, mut redactor) = (of_event(&event()), Redactor::default());
        let command = "aws kms put-key-policy --description value-1 --key-id 0a1b2c3d-0000-4000-8000-000000000001 \
                       --policy file://4-policy.json --policy-name default\n";
        assert_eq!(failed.command(&mut redactor, Some("4-policy.json")), command);
        let error = "An error occurred (AccessDeniedException) when calling the PutKeyPolicy operation: \
                     User: arn:aws:iam::account-1:user/user-1 is not authorized\n";
        assert_eq!(failed.error(&mut redactor), error);
        let result = failed.result(&mut redactor);
        assert!(result.contains("aws-cli/2.19.1\n") && !result.contains("laptop"), "{result}");
    }

    #[test]
    fn what_an_earlier_bundle_asked_in_vain_is_no_failed_command() {
        let mut asked = event();
        asked["userAgent"] = json!("gatekey/0.1.0");
        assert!(!is_of_bundle(&asked));
        asked["readOnly"] = json!(true);
        assert!(is_of_bundle(&asked));
    }
}
