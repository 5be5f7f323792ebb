//! An event on its way to a sink.

use gatekey_audit::Facts;
use serde_json::json;

/// An event on its way to a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its number in the log.
    pub number: u64,
    /// The event as JSON, on one line.
    pub json: Vec<u8>,
}

impl Outgoing {
    /// What the event says of itself.
    pub(crate) fn facts(&self) -> Option<Facts<'_>> {
        Facts::read(&self.json)
    }

    /// The event by its main members alone, for a way that takes no more. The log has it whole.
    pub(crate) fn shortened(&self) -> Vec<u8> {
        let Some(facts) = self.facts() else {
            return json!({"gatekey": {"number": self.number, "shortened": true}}).to_string().into_bytes();
        };
        let short = |text: &str| text.chars().take(512).collect::<String>();
        json!({
            "eventTime": *facts.event_time,
            "eventSource": short(&facts.event_source),
            "eventName": short(&facts.event_name),
            "awsRegion": short(&facts.aws_region),
            "errorCode": facts.error_code.as_deref().map(short),
            "eventID": short(&facts.event_id),
            "recipientAccountId": short(&facts.recipient_account_id),
            "userIdentity": {"arn": short(facts.principal())},
            "gatekey": {"number": self.number, "shortened": true},
        })
        .to_string()
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn what_is_too_long_is_told_by_its_main_members() {
        let event = format!(
            r#"{{"eventTime":"2026-01-01T00:00:00Z","eventSource":"kms.amazonaws.com","eventName":"Decrypt","awsRegion":"us-east-1",
            "errorCode":"AccessDenied","eventID":"x","readOnly":true,"recipientAccountId":"111122223333",
            "userIdentity":{{"type":"Root","arn":"arn:aws:iam::111122223333:root"}},"userAgent":"{}"}}"#,
            "a".repeat(100_000)
        );
        let short = Outgoing { number: 7, json: event.into_bytes() }.shortened();
        assert!(short.len() < 1_000);
        let short: Value = serde_json::from_slice(&short).unwrap();
        assert_eq!((&short["eventName"], &short["errorCode"]), (&json!("Decrypt"), &json!("AccessDenied")));
        assert_eq!(short["gatekey"], json!({"number": 7, "shortened": true}));
    }
}
