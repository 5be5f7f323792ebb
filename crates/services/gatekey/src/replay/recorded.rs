//! A recorded call, as far as its decision can be made again.

use gatekey_audit::{ResourceFact, moment};
use gatekey_policy::{CheckedResource, KmsAction, checks_for};
use gatekey_types::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// An event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recorded<'e> {
    pub(crate) event_time: String,
    pub(crate) event_source: String,
    pub(crate) event_name: String,
    #[serde(rename = "eventID")]
    pub(crate) event_id: String,
    #[serde(rename = "sourceIPAddress")]
    pub(crate) source: Option<String>,
    pub(crate) user_agent: Option<String>,
    error_code: Option<String>,
    request_parameters: Option<Value>,
    additional_event_data: Option<Value>,
    #[serde(default, borrow)]
    resources: Vec<ResourceFact<'e>>,
    pub(crate) user_identity: Identity,
    tls_details: Option<Value>,
    gatekey: Option<Decided>,
}

/// `userIdentity`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) principal_id: Option<String>,
    pub(crate) arn: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) session_context: Option<Session>,
    pub(crate) invoked_by: Option<String>,
}

/// `sessionContext`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    pub(crate) session_issuer: Option<Issuer>,
    attributes: Attributes,
    pub(crate) source_identity: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    creation_date: String,
    mfa_authenticated: String,
}

/// `sessionIssuer`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Issuer {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) principal_id: String,
    pub(crate) arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decided {
    decision: String,
    reason: String,
    session_policies: Option<usize>,
}

/// What a call asked of the key, and what the decision was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Whether it was allowed.
    pub(crate) allowed: bool,
    /// What was asked of the key's policy; nothing if that had no say in how the decision came out.
    pub(crate) checks: Vec<KmsAction>,
    /// Whether a call that these checks let pass is asked more, of other keys or elsewhere.
    pub(crate) is_asked_more: bool,
    /// Whether a ReEncrypt named the key twice, if that is known.
    pub(crate) same_key: Option<bool>,
}

impl<'e> Recorded<'e> {
    /// Reads an event. `None` if it is none.
    pub(crate) fn read(event: &'e [u8]) -> Option<Self> {
        serde_json::from_slice(event).ok()
    }

    /// When it was, to the second.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        moment(&self.event_time)
    }

    /// Whether it came over TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.tls_details.is_some()
    }

    /// The request's parameters; nothing where they were too long to be recorded.
    pub(crate) fn parameters(&self) -> Option<&Value> {
        self.request_parameters.as_ref().filter(|all| all.is_object() && all.get("omitted").is_none())
    }

    /// What an answer was sealed for: whether it was, if that is known.
    pub(crate) fn has_recipient(&self) -> Option<bool> {
        let is_known = self.error_code.is_none() && self.parameters().is_some();
        let recipient = || self.additional_event_data.as_ref().and_then(|data| data.get("recipient"));
        is_known.then(|| recipient().is_some())
    }

    /// How many session policies the session had. Events from before this was recorded do not say.
    pub(crate) fn session_policies(&self) -> Option<usize> {
        self.gatekey.as_ref().and_then(|decided| decided.session_policies)
    }

    /// What the call asked of this key. `None` if it was no call that KMS allowed or denied.
    pub(crate) fn asked(&self, key: &str) -> Option<Asked> {
        let decided = self.gatekey.as_ref().filter(|_| self.event_source == "kms.amazonaws.com")?;
        // What the service did in another Region, because of a call there, was decided there.
        if self.user_identity.invoked_by.as_deref() == Some("kms.amazonaws.com") {
            return None;
        }
        let keys = self.resources.iter().filter(|one| *one.kind == *"AWS::KMS::Key");
        let keys: Vec<&str> = keys.map(|one| &*one.arn).collect();
        let at = keys.iter().position(|one| *one == key)?;
        let place = Place { at, count: keys.len() };
        match (self.error_code.as_deref(), &*decided.decision) {
            (None, "Allowed") => place.asked_when_allowed(&self.event_name),
            (Some("AccessDenied"), "Denied") => {
                let action = decided.reason.split(" by ").next().unwrap_or_default();
                place.asked_when_denied(&self.event_name, KmsAction::named(action))
            }
            _ => None,
        }
    }
}

impl Session {
    /// When the credentials were made.
    pub(crate) fn created(&self) -> Option<Timestamp> {
        moment(&self.attributes.creation_date)
    }

    /// Whether they were made with a second factor.
    pub(crate) fn has_mfa(&self) -> bool {
        self.attributes.mfa_authenticated == "true"
    }
}

/// Where a key stands among those of a call, in the order in which they were asked.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: usize,
    count: usize,
}

impl Place {
    fn asked_when_allowed(self, operation: &str) -> Option<Asked> {
        let checks = match operation {
            "ReEncrypt" if self.count == 1 => vec![KmsAction::ReEncryptFrom, KmsAction::ReEncryptTo],
            "ReEncrypt" if self.at == 0 => vec![KmsAction::ReEncryptFrom],
            "ReEncrypt" => vec![KmsAction::ReEncryptTo],
            other => vec![own_check(other)?],
        };
        let same_key = (operation == "ReEncrypt").then_some(self.count == 1);
        Some(Asked { allowed: true, checks: open_to_policies(checks), is_asked_more: false, same_key })
    }

    /// Of the keys of a call the last is the one that it was denied, unless that was for what is no key.
    fn asked_when_denied(self, operation: &str, denied: Option<KmsAction>) -> Option<Asked> {
        let is_last = self.at.saturating_add(1) == self.count;
        let (checks, is_asked_more, same_key) = match (operation, denied) {
            ("ReEncrypt", Some(KmsAction::ReEncryptFrom)) => (vec![KmsAction::ReEncryptFrom], true, None),
            ("ReEncrypt", _) if self.count == 1 => {
                (vec![KmsAction::ReEncryptFrom, KmsAction::ReEncryptTo], false, Some(true))
            }
            ("ReEncrypt", _) => (vec![KmsAction::ReEncryptTo], false, Some(false)),
            (other, _) => (vec![own_check(other)?], asks_more(other, self.count), None),
        };
        let is_of_the_key = is_last && denied.is_some_and(|action| checks.contains(&action));
        let checks = if is_of_the_key { open_to_policies(checks) } else { Vec::new() };
        Some(Asked { allowed: false, checks, is_asked_more, same_key })
    }
}

/// What an operation asks of its key; nothing if it asks nothing of any.
fn own_check(operation: &str) -> Option<KmsAction> {
    let is_key = |on: CheckedResource| {
        matches!(on, CheckedResource::Key | CheckedResource::OldKey | CheckedResource::NewKey)
    };
    checks_for(operation).into_iter().find(|check| is_key(check.on)).map(|check| check.action)
}

/// Who may retire a grant, the grant says, and no key policy.
fn open_to_policies(checks: Vec<KmsAction>) -> Vec<KmsAction> {
    checks.into_iter().filter(|action| *action != KmsAction::RetireGrant).collect()
}

/// Whether an operation that its first key lets pass is asked more.
fn asks_more(operation: &str, keys: usize) -> bool {
    match operation {
        "ReplicateKey" | "UpdatePrimaryRegion" => true,
        "UpdateAlias" => keys == 1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/a";
    const OTHER: &str = "arn:aws:kms:us-east-1:111122223333:key/b";

    fn event(name: &str, keys: &[&str], outcome: Option<&str>, reason: &str) -> Recorded<'static> {
        let resources: Vec<Value> = keys
            .iter()
            .map(|arn| serde_json::json!({"ARN": arn, "type": "AWS::KMS::Key", "accountId": "111122223333"}))
            .collect();
        let decision = if outcome == Some("AccessDenied") { "Denied" } else { "Allowed" };
        let mut event = serde_json::json!({
            "eventTime": "2027-01-15T08:00:00Z", "eventSource": "kms.amazonaws.com", "eventName": name, "eventID": "e",
            "userIdentity": {"type": "Root"}, "resources": resources,
            "gatekey": {"decision": decision, "reason": reason},
        });
        if let Some(code) = outcome {
            event["errorCode"] = code.into();
        }
        Recorded::read(event.to_string().leak().as_bytes()).unwrap()
    }

    fn checks(event: &Recorded<'_>, key: &str) -> Vec<KmsAction> {
        event.asked(key).unwrap().checks
    }

    #[test]
    fn only_calls_that_kms_allowed_or_denied_on_the_key_count() {
        let asked = |event: &Recorded<'_>| event.asked(KEY).is_some();
        assert!(asked(&event("Decrypt", &[KEY], None, "Decrypt by resource")));
        assert!(asked(&event("Decrypt", &[KEY], Some("AccessDenied"), "Decrypt by resource")));
        assert!(!asked(&event("Decrypt", &[KEY], Some("DisabledException"), "Decrypt by resource")));
        assert!(!asked(&event("Decrypt", &[OTHER], None, "Decrypt by resource")));
        assert!(!asked(&event("CreateKey", &[KEY], None, "CreateKey by identity")));
    }

    #[test]
    fn of_two_keys_each_is_asked_for_its_own_half() {
        let moved = event("ReEncrypt", &[KEY, OTHER], None, "ReEncryptTo by resource");
        assert_eq!(checks(&moved, KEY), [KmsAction::ReEncryptFrom]);
        assert_eq!(checks(&moved, OTHER), [KmsAction::ReEncryptTo]);
        let same = event("ReEncrypt", &[KEY], None, "ReEncryptTo by resource");
        assert_eq!(checks(&same, KEY), [KmsAction::ReEncryptFrom, KmsAction::ReEncryptTo]);
        assert_eq!(same.asked(KEY).unwrap().same_key, Some(true));
    }

    #[test]
    fn a_denial_for_another_reason_than_the_key_asks_nothing_of_it() {
        let denied = |name, keys: &[&str], reason| event(name, keys, Some("AccessDenied"), reason);
        let there = denied("ReEncrypt", &[KEY, OTHER], "ReEncryptTo by resource");
        assert_eq!((checks(&there, KEY), checks(&there, OTHER)), (vec![], vec![KmsAction::ReEncryptTo]));
        let here = denied("ReEncrypt", &[KEY], "ReEncryptFrom by resource");
        assert!(here.asked(KEY).unwrap().is_asked_more);
        let elsewhere = denied("ReplicateKey", &[KEY], "CreateKey by identity");
        assert_eq!(checks(&elsewhere, KEY), []);
        let retired = denied("RetireGrant", &[KEY], "RetireGrant by grant");
        assert_eq!(checks(&retired, KEY), []);
    }
}
