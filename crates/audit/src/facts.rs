//! What an event is found by, read from its JSON.

use crate::{
    Field,
    terms::{Findable, Names},
};
use gatekey_types::Timestamp;
use serde::Deserialize;
use std::{borrow::Cow, fmt, ops::Deref};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A text of an event: where nothing in it is escaped, where it stands there. The index reads every event, with some fifteen texts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Text<'e>(#[serde(borrow)] Cow<'e, str>);

impl Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

/// What an event says of itself, as far as people look for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'e"))]
pub struct Facts<'e> {
    /// `eventTime`, as it is written.
    pub event_time: Text<'e>,
    /// `eventSource`
    pub event_source: Text<'e>,
    /// `eventName`
    pub event_name: Text<'e>,
    /// `awsRegion`
    pub aws_region: Text<'e>,
    /// `errorCode`
    pub error_code: Option<Text<'e>>,
    /// `eventID`
    #[serde(rename = "eventID")]
    pub event_id: Text<'e>,
    /// `readOnly`
    pub read_only: bool,
    /// `resources`
    #[serde(default)]
    pub resources: Vec<ResourceFact<'e>>,
    /// `recipientAccountId`
    pub recipient_account_id: Text<'e>,
    user_identity: Caller<'e>,
}

/// One of `resources`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(bound(deserialize = "'de: 'e"))]
pub struct ResourceFact<'e> {
    /// `ARN`
    #[serde(rename = "ARN")]
    pub arn: Text<'e>,
    /// `type`
    #[serde(rename = "type")]
    pub kind: Text<'e>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'e"))]
struct Caller<'e> {
    #[serde(rename = "type")]
    kind: Text<'e>,
    principal_id: Option<Text<'e>>,
    arn: Option<Text<'e>>,
    access_key_id: Option<Text<'e>>,
    user_name: Option<Text<'e>>,
    invoked_by: Option<Text<'e>>,
    session_context: Option<SessionContext<'e>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'e"))]
struct SessionContext<'e> {
    session_issuer: Option<SessionIssuer<'e>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'e"))]
struct SessionIssuer<'e> {
    arn: Option<Text<'e>>,
    user_name: Option<Text<'e>>,
}

/// The moment that a text such as `2026-11-22T05:54:58Z` names.
pub fn moment(text: &str) -> Option<Timestamp> {
    let nanos = OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp_nanos();
    i64::try_from(nanos / 1_000_000).ok().map(Timestamp::from_millis)
}

impl<'e> Facts<'e> {
    /// Reads an event. `None` if it is none.
    pub fn read(event: &'e [u8]) -> Option<Self> {
        // Looked through as a whole, and not text by text.
        let text = core::str::from_utf8(event).ok()?;
        serde_json::from_str(text).ok()
    }

    /// `eventTime`; the beginning of time for what cannot be read.
    pub fn time(&self) -> Timestamp {
        moment(&self.event_time).unwrap_or(Timestamp::from_seconds(0))
    }

    /// `accessKeyId`
    pub fn access_key(&self) -> Option<&str> {
        self.user_identity.access_key_id.as_deref()
    }

    /// The ARN of who called, or what else is known of him.
    pub fn principal(&self) -> &str {
        let caller = &self.user_identity;
        [&caller.arn, &caller.invoked_by, &caller.principal_id]
            .into_iter()
            .find_map(Option::as_deref)
            .unwrap_or(&caller.kind)
    }

    /// What LookupEvents calls the user name: a user's own, a session's, `root` for a root user.
    pub fn user(&self) -> Option<&str> {
        self.names().user()
    }

    /// `errorCode`, or `Success`.
    pub fn outcome(&self) -> &str {
        self.findable().outcome()
    }

    /// Whether the event is found by this.
    pub fn has(&self, field: Field, value: &str) -> bool {
        let mut has = false;
        self.each(|of, text| has |= of == field && text == value);
        has
    }

    /// Shows all that the event is found by. The same may be shown twice.
    pub fn each(&self, see: impl FnMut(Field, &str)) {
        self.findable().each(self.resources.iter().map(|resource| (&*resource.kind, &*resource.arn)), see);
    }

    fn findable(&self) -> Findable<'_> {
        Findable {
            account: &self.recipient_account_id,
            region: &self.aws_region,
            id: &self.event_id,
            name: &self.event_name,
            read_only: self.read_only,
            source: &self.event_source,
            error: self.error_code.as_deref(),
            caller: self.names(),
        }
    }

    fn names(&self) -> Names<'_> {
        let caller = &self.user_identity;
        let issuer = caller.session_context.as_ref().and_then(|session| session.session_issuer.as_ref());
        Names {
            kind: &caller.kind,
            principal_id: caller.principal_id.as_deref(),
            arn: caller.arn.as_deref(),
            access_key: caller.access_key_id.as_deref(),
            user_name: caller.user_name.as_deref(),
            invoked_by: caller.invoked_by.as_deref(),
            issuer: [
                issuer.and_then(|issuer| issuer.arn.as_deref()),
                issuer.and_then(|issuer| issuer.user_name.as_deref()),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(identity: &str) -> Facts<'static> {
        let text = format!(
            r#"{{"userIdentity":{identity},"eventTime":"2026-01-02T03:04:05Z","eventSource":"kms.amazonaws.com",
            "eventName":"Decrypt","awsRegion":"us-east-1","eventID":"e","readOnly":true,
            "resources":[{{"accountId":"1","type":"AWS::KMS::Key","ARN":"arn:aws:kms:us-east-1:1:key/k"}}],
            "recipientAccountId":"111122223333","errorCode":"AccessDenied"}}"#
        );
        Facts::read(text.leak().as_bytes()).unwrap()
    }

    #[test]
    fn texts_stand_in_the_event_and_only_escaped_ones_are_copied() {
        let plain = Text(Cow::Borrowed("a"));
        let read = |json: &'static str| serde_json::from_str::<Option<Text<'_>>>(json).unwrap().unwrap();
        assert!(matches!(read("\"a\"").0, Cow::Borrowed("a")));
        assert!(matches!(read("\"\\u0061\"").0, Cow::Owned(_)));
        assert_eq!(read("\"\\u0061\""), plain);
    }

    #[test]
    fn inferred_session_as_user_is_the_name_behind_the_colon() {
        let session = facts(
            r#"{"type":"AssumedRole","principalId":"AROA1:deploy","arn":"arn:aws:sts::1:assumed-role/r/deploy",
            "sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::1:role/r","userName":"r"}}}"#,
        );
        assert_eq!(session.user(), Some("deploy"));
        for name in ["arn:aws:iam::1:role/r", "r", "AROA1:deploy", "arn:aws:sts::1:assumed-role/r/deploy"] {
            assert!(session.has(Field::Principal, name), "{name}");
        }
    }

    #[test]
    fn a_root_user_is_root_and_a_user_has_its_name() {
        assert_eq!(facts(r#"{"type":"Root","principalId":"1"}"#).user(), Some("root"));
        assert_eq!(facts(r#"{"type":"IAMUser","userName":"ann","principalId":"AIDA"}"#).user(), Some("ann"));
    }

    #[test]
    fn inferred_resource_names_are_the_arn_and_its_last_part() {
        let facts = facts(r#"{"type":"Root"}"#);
        assert!(
            facts.has(Field::Resource, "arn:aws:kms:us-east-1:1:key/k") && facts.has(Field::Resource, "k")
        );
        assert!(!facts.has(Field::Resource, "key/k"));
    }

    #[test]
    fn each_field_is_told() {
        let facts = facts(r#"{"type":"Root","accessKeyId":"AKIA"}"#);
        for (field, value) in [
            (Field::Account, "111122223333"),
            (Field::Place, "111122223333/us-east-1"),
            (Field::Id, "e"),
            (Field::Name, "Decrypt"),
            (Field::ReadOnly, "true"),
            (Field::ResourceType, "AWS::KMS::Key"),
            (Field::Source, "kms.amazonaws.com"),
            (Field::AccessKey, "AKIA"),
            (Field::Outcome, "AccessDenied"),
        ] {
            assert!(facts.has(field, value), "{field:?}");
        }
        assert_eq!(facts.time().millis(), 1_767_323_045_000);
    }
}
