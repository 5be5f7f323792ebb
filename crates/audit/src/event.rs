//! The event: CloudTrail's schema, written in CloudTrail's order.

use crate::{
    json::{Object, Value, escaped, list, name, string},
    marks::{CallerMarks, Marks},
};
use gatekey_types::{AccountId, GrantId, KeyMaterialId, Region, RequestId, Timestamp, needs_escapes};
use std::collections::BTreeMap;

/// The version of the event format, as CloudTrail counts.
const EVENT_VERSION: &[u8] = b"1.11";
/// No event is larger. Of one that would be, the parameters are left out, and `omitted` says so: a caller must not
/// escape the log by sending much.
pub const MAX_EVENT_BYTES: usize = 256 << 10;

/// The id of one event, a UUID.
pub type EventId = RequestId;

/// A text that JSON writes just as it is: the number of an account, the name of a Region, a word of the program's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<'a>(&'a str);

impl<'a> Word<'a> {
    pub(crate) fn as_bytes(self) -> &'a [u8] {
        self.0.as_bytes()
    }
}

impl From<&'static str> for Word<'static> {
    fn from(word: &'static str) -> Self {
        debug_assert!(!needs_escapes(word.as_bytes()), "{word}");
        Self(word)
    }
}
impl<'a> From<&'a AccountId> for Word<'a> {
    fn from(account: &'a AccountId) -> Self {
        Self(account.as_str())
    }
}
impl<'a> From<&'a Region> for Word<'a> {
    fn from(region: &'a Region) -> Self {
        Self(region.as_str())
    }
}

/// One call, or one thing that the service did by itself.
///
/// Plaintexts and results of cryptographic operations have no place here: whoever fills
/// [`request_parameters`](Self::request_parameters) and [`response_elements`](Self::response_elements) leaves them out.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// Who called.
    pub identity: Identity<'a>,
    /// When the request was completed.
    pub time: Timestamp,
    /// The service, such as `kms.amazonaws.com`.
    pub source: &'a str,
    /// The operation, such as `Decrypt`.
    pub name: Word<'a>,
    /// The Region that answered.
    pub region: Word<'a>,
    /// Where the request came from: an address, or the name of the service that called.
    pub address: Address<'a>,
    /// How it failed, if it did.
    pub failure: Option<Failure<'a>>,
    /// What was asked, names in lower camel case; `None` is written as `null`.
    pub request_parameters: Option<Value<'a>>,
    /// What a change answered; `None` is written as `null`.
    pub response_elements: Option<Value<'a>>,
    /// What else is worth knowing.
    pub additional: Additional<'a>,
    /// The id of the request, which the client got too. What the service did by itself has none.
    pub request_id: Option<RequestId>,
    /// The id of the event.
    pub event_id: EventId,
    /// Whether the operation changes nothing.
    pub read_only: bool,
    /// What it was about.
    pub resources: &'a [Resource<'a>],
    /// `AwsApiCall` for a call, `AwsServiceEvent` for what the service did by itself.
    pub event_type: Word<'a>,
    /// The account whose log this is for.
    pub recipient: Word<'a>,
    /// The same for the events of one call in several accounts' logs.
    pub shared_event_id: Option<EventId>,
    /// `serviceEventDetails`: what the service did by itself, such as how it rotated a key.
    pub service_details: Option<Value<'a>>,
    /// The connection.
    pub tls: Option<Tls<'a>>,
    /// What Gatekey knows beyond CloudTrail.
    pub gatekey: Option<Gatekey<'a>>,
}

/// Where a request came from and with what.
#[derive(Debug, Clone, Copy)]
pub struct Address<'a> {
    /// `sourceIPAddress`
    pub source: &'a str,
    /// `userAgent`
    pub user_agent: Option<&'a str>,
}

/// `userIdentity`
#[derive(Debug, Clone)]
pub struct Identity<'a> {
    /// What kind of caller.
    pub kind: IdentityKind,
    /// The unique id; of a session, with `:` and the session's name.
    pub principal_id: Option<&'a str>,
    /// The ARN.
    pub arn: Option<&'a str>,
    /// The account.
    pub account: Option<Word<'a>>,
    /// The access key that signed.
    pub access_key: Option<&'a str>,
    /// The friendly name.
    pub user_name: Option<&'a str>,
    /// The session, for temporary credentials.
    pub session: Option<Session<'a>>,
    /// The service that called for the caller.
    pub invoked_by: Option<&'a str>,
}

/// The kinds of callers that CloudTrail knows and Gatekey can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityKind {
    /// The root user of an account.
    Root,
    /// A user.
    IamUser,
    /// A session of a role.
    AssumedRole,
    /// A role that is being assumed.
    Role,
    /// A federated user.
    FederatedUser,
    /// A web identity that asks for a session.
    WebIdentityUser,
    /// A SAML identity that asks for a session.
    SamlUser,
    /// Another account.
    AwsAccount,
    /// A service.
    AwsService,
    /// Nobody that is known.
    Unknown,
}

impl IdentityKind {
    /// CloudTrail's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Root => "Root",
            Self::IamUser => "IAMUser",
            Self::AssumedRole => "AssumedRole",
            Self::Role => "Role",
            Self::FederatedUser => "FederatedUser",
            Self::WebIdentityUser => "WebIdentityUser",
            Self::SamlUser => "SAMLUser",
            Self::AwsAccount => "AWSAccount",
            Self::AwsService => "AWSService",
            Self::Unknown => "Unknown",
        }
    }
}

/// `sessionContext`
#[derive(Debug, Clone)]
pub struct Session<'a> {
    /// Whose session it is.
    pub issuer: Option<Issuer<'a>>,
    /// The identity that was exchanged for it.
    pub federation: Option<Federation<'a>>,
    /// When the credentials were made.
    pub created: Timestamp,
    /// Whether they were made with a second factor.
    pub mfa: bool,
    /// The source identity that was set when the role was assumed.
    pub source_identity: Option<&'a str>,
}

/// `sessionIssuer`
#[derive(Debug, Clone, Copy)]
pub struct Issuer<'a> {
    /// `Role`, `IAMUser` or `Root`.
    pub kind: Word<'a>,
    /// The unique id.
    pub principal_id: &'a str,
    /// The ARN.
    pub arn: &'a str,
    /// The account.
    pub account: Word<'a>,
    /// The friendly name; the root user has none.
    pub user_name: Option<&'a str>,
}

/// `webIdFederationData`
#[derive(Debug, Clone, Copy)]
pub struct Federation<'a> {
    /// Who vouched for the identity.
    pub provider: &'a str,
    /// What it said.
    pub attributes: &'a [(&'a str, &'a str)],
}

/// `errorCode` and `errorMessage`: what the client was told.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// Such as `AccessDenied`.
    pub code: &'a str,
    /// AWS's words.
    pub message: Option<&'a str>,
}

/// One of `resources`.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    /// The account that it belongs to.
    pub account: Word<'a>,
    /// Such as `AWS::KMS::Key`.
    pub kind: Word<'a>,
    /// Its ARN.
    pub arn: &'a str,
}

/// `additionalEventData`, which is left out where there is nothing of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Additional<'a> {
    /// `keyMaterialId`: the material that was used.
    pub material: Option<KeyMaterialId>,
    /// `grantId`: the grant that was retired.
    pub grant: Option<GrantId>,
    /// `recipient`: what a recipient's document attested, with the names that CloudTrail gives it.
    pub recipient: Option<&'a BTreeMap<String, String>>,
    /// `gatekeyForecast`: what the change was foreseen to bring.
    pub forecast: Option<&'a str>,
}

/// `tlsDetails`
#[derive(Debug, Clone, Copy)]
pub struct Tls<'a> {
    /// Such as `TLSv1.3`.
    pub version: &'a str,
    /// Such as `TLS_AES_256_GCM_SHA384`.
    pub cipher_suite: &'a str,
    /// The host that the client asked for.
    pub host: Option<&'a str>,
}

/// Gatekey's own additions, under one key.
#[derive(Debug, Clone, Copy)]
pub struct Gatekey<'a> {
    /// `Allowed` or `Denied`.
    pub decision: Word<'a>,
    /// What was decided about, in `reason`: ACTION by LAYER.
    pub action: &'a str,
    /// The layer that decided.
    pub layer: Word<'a>,
    /// Which version of which document was applied, where that is known.
    pub policy_revisions: &'a [(&'a str, u64)],
    /// The id under which the decision can be explained.
    pub decision_id: EventId,
    /// How many session policies limited the caller's session; nothing for callers without one.
    pub session_policies: Option<usize>,
}

impl Event<'_> {
    /// The event as JSON on one line, without an end of line; at most [`MAX_EVENT_BYTES`] long.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(2048);
        self.append_to(&mut out);
        out
    }

    /// Appends what [`to_bytes`](Self::to_bytes) gives, and tells where the texts stand that it is found by, if it was written
    /// in full.
    pub(crate) fn append_to(&self, out: &mut Vec<u8>) -> Option<Marks> {
        let start = out.len();
        let marks = self.write(out, Detail::Full);
        if out.len().saturating_sub(start) <= MAX_EVENT_BYTES {
            return Some(marks);
        }
        out.truncate(start);
        self.write(out, Detail::Least);
        None
    }

    fn write(&self, out: &mut Vec<u8>, detail: Detail) -> Marks {
        let mut marks = Marks::new(self.time, self.read_only, self.identity.kind);
        let mut event = Object::open(out);
        event.plain(name!("eventVersion"), EVENT_VERSION);
        event.object(name!("userIdentity"), |identity| {
            self.identity.write(identity, detail, &mut marks.caller);
        });
        self.write_call(&mut event, detail, &mut marks);
        self.write_content(&mut event, detail);
        self.write_rest(&mut event, detail, &mut marks);
        event.close();
        marks
    }

    fn write_call(&self, event: &mut Object<'_>, detail: Detail, marks: &mut Marks) {
        event.time(name!("eventTime"), self.time);
        marks.source = event.text(name!("eventSource"), self.source);
        marks.name = event.word(name!("eventName"), self.name);
        marks.region = event.word(name!("awsRegion"), self.region);
        event.text(name!("sourceIPAddress"), detail.short(self.address.source));
        event.optional(name!("userAgent"), self.address.user_agent.map(|agent| detail.short(agent)));
        if let Some(failure) = &self.failure {
            marks.error = event.text(name!("errorCode"), failure.code);
            event.optional(name!("errorMessage"), failure.message.map(|message| detail.short(message)));
        }
    }

    fn write_content(&self, event: &mut Object<'_>, detail: Detail) {
        event.member(name!("requestParameters"), |out| detail.write(self.request_parameters.as_ref(), out));
        event.member(name!("responseElements"), |out| detail.write(self.response_elements.as_ref(), out));
        if !self.additional.is_empty() {
            event.object(name!("additionalEventData"), |object| self.additional.write(object, detail));
        }
    }

    fn write_rest(&self, event: &mut Object<'_>, detail: Detail, marks: &mut Marks) {
        if let Some(id) = &self.request_id {
            event.plain(name!("requestID"), &id.text());
        }
        marks.id = event.plain(name!("eventID"), &self.event_id.text());
        event.flag(name!("readOnly"), self.read_only);
        if !self.resources.is_empty() {
            event.member(name!("resources"), |out| {
                list(out, detail.few(self.resources), |out, item| item.write(out, marks))
            });
        }
        event.word(name!("eventType"), self.event_type);
        event.flag(name!("managementEvent"), true);
        marks.account = event.word(name!("recipientAccountId"), self.recipient);
        if let Some(id) = &self.shared_event_id {
            event.plain(name!("sharedEventID"), &id.text());
        }
        if self.service_details.is_some() {
            event
                .member(name!("serviceEventDetails"), |out| detail.write(self.service_details.as_ref(), out));
        }
        event.plain(name!("eventCategory"), b"Management");
        if let Some(tls) = &self.tls {
            event.object(name!("tlsDetails"), |object| tls.write(object, detail));
        }
        if let Some(gatekey) = &self.gatekey {
            event.object(name!("gatekey"), |object| gatekey.write(object, detail));
        }
    }
}

/// How much of what a caller can make long is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    Least,
}

/// In an event with the least detail, texts have at most so many bytes, and lists so many items.
const SHORT: usize = 1024;
const FEW: usize = 10;

impl Detail {
    fn short(self, text: &str) -> &str {
        if self == Self::Full {
            text
        } else {
            text.get(..text.floor_char_boundary(SHORT)).unwrap_or_default()
        }
    }

    fn few<T>(self, items: &[T]) -> &[T] {
        items.get(..self.most()).unwrap_or(items)
    }

    /// How many items a list may have.
    fn most(self) -> usize {
        if self == Self::Full { usize::MAX } else { FEW }
    }

    fn write(self, value: Option<&Value<'_>>, out: &mut Vec<u8>) {
        match value {
            None => Value::Null.write(out),
            Some(value) if self == Self::Full => value.write(out),
            Some(_) => Value::object([("omitted", Value::Flag(true))]).write(out),
        }
    }
}

impl Identity<'_> {
    fn write(&self, object: &mut Object<'_>, detail: Detail, marks: &mut CallerMarks) {
        object.word(name!("type"), self.kind.as_str());
        marks.principal_id = object.optional(name!("principalId"), self.principal_id);
        marks.arn = object.optional(name!("arn"), self.arn);
        if let Some(account) = self.account {
            object.word(name!("accountId"), account);
        }
        marks.access_key =
            object.optional(name!("accessKeyId"), self.access_key.map(|key| detail.short(key)));
        marks.user_name = object.optional(name!("userName"), self.user_name);
        if let Some(session) = &self.session {
            object.object(name!("sessionContext"), |object| session.write(object, detail, marks));
        }
        marks.invoked_by = object.optional(name!("invokedBy"), self.invoked_by);
    }
}

impl Session<'_> {
    fn write(&self, object: &mut Object<'_>, detail: Detail, marks: &mut CallerMarks) {
        if let Some(issuer) = &self.issuer {
            object.object(name!("sessionIssuer"), |object| {
                object.word(name!("type"), issuer.kind);
                object.text(name!("principalId"), issuer.principal_id);
                marks.issuer_arn = object.text(name!("arn"), issuer.arn);
                object.word(name!("accountId"), issuer.account);
                marks.issuer_name = object.optional(name!("userName"), issuer.user_name);
            });
        }
        if let Some(federation) = &self.federation {
            object.object(name!("webIdFederationData"), |object| federation.write(object, detail));
        }
        object.object(name!("attributes"), |object| {
            object.time(name!("creationDate"), self.created);
            object.word(name!("mfaAuthenticated"), if self.mfa { "true" } else { "false" });
        });
        object.optional(name!("sourceIdentity"), self.source_identity);
    }
}

impl Federation<'_> {
    fn write(&self, object: &mut Object<'_>, detail: Detail) {
        object.text(name!("federatedProvider"), detail.short(self.provider));
        let attributes = detail.few(self.attributes).iter();
        let attributes = attributes.map(|(name, value)| (*name, Value::text(detail.short(value))));
        object.member(name!("attributes"), |out| Value::object(attributes).write(out));
    }
}

impl Resource<'_> {
    fn write(&self, out: &mut Vec<u8>, marks: &mut Marks) {
        let mut object = Object::open(out);
        object.word(name!("accountId"), self.account);
        let kind = object.word(name!("type"), self.kind);
        let arn = object.text(name!("ARN"), self.arn);
        object.close();
        marks.resource(kind, arn);
    }
}

impl Additional<'_> {
    fn is_empty(&self) -> bool {
        let Self { material, grant, recipient, forecast } = self;
        material.is_none() && grant.is_none() && recipient.is_none() && forecast.is_none()
    }

    fn write(&self, object: &mut Object<'_>, detail: Detail) {
        if let Some(material) = self.material {
            object.plain(name!("keyMaterialId"), &material.text());
        }
        if let Some(grant) = self.grant {
            object.plain(name!("grantId"), &grant.text());
        }
        if let Some(recipient) = self.recipient {
            let recipient = recipient.iter().take(detail.most());
            let recipient = recipient.map(|(name, value)| (name.as_str(), Value::text(detail.short(value))));
            object.member(name!("recipient"), |out| Value::object(recipient).write(out));
        }
        object.optional(name!("gatekeyForecast"), self.forecast.map(|text| detail.short(text)));
    }
}

impl Tls<'_> {
    fn write(&self, object: &mut Object<'_>, detail: Detail) {
        object.text(name!("tlsVersion"), self.version);
        object.text(name!("cipherSuite"), self.cipher_suite);
        object.optional(name!("clientProvidedHostHeader"), self.host.map(|host| detail.short(host)));
    }
}

impl Gatekey<'_> {
    fn write(&self, object: &mut Object<'_>, detail: Detail) {
        object.word(name!("decision"), self.decision);
        object.member(name!("reason"), |out| {
            out.push(b'"');
            escaped(out, detail.short(self.action));
            out.extend_from_slice(b" by ");
            out.extend_from_slice(self.layer.as_bytes());
            out.push(b'"');
        });
        if !self.policy_revisions.is_empty() {
            object.member(name!("policyRevisions"), |out| {
                list(out, detail.few(self.policy_revisions), |out, (document, revision)| {
                    let mut object = Object::open(out);
                    object.member(name!("document"), |out| string(out, document));
                    object.member(name!("revision"), |out| crate::json::display(out, revision));
                    object.close();
                });
            });
        }
        object.plain(name!("decisionId"), &self.decision_id.text());
        if let Some(count) = self.session_policies {
            object.member(name!("sessionPolicies"), |out| crate::json::display(out, count));
        }
    }
}

#[cfg(test)]
mod tests;
