//! What a signed assertion says.

use super::{SamlFault, signature::ASSERTION, xml};
use gatekey_types::{Arn, Timestamp};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uppsala::{Document, NodeId};

/// What AWS calls its attributes.
const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";
/// Where AWS has responses presented, and what it calls itself as an audience.
const SIGN_IN: &str = "https://signin.aws.amazon.com/saml";
const AUDIENCE: &str = "urn:amazon:webservices";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// How long after it was issued an assertion may be presented, and how far clocks may differ, in milliseconds.
const REDEEMABLE: i64 = 5 * 60 * 1000;
const SKEW: i64 = 60 * 1000;

/// Whom an assertion is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    /// `saml:sub`
    pub(crate) name: String,
    /// `saml:sub_type`: `persistent`, `transient`, or the whole format.
    pub(crate) format: String,
}

/// A signed assertion in its document.
pub(super) struct Assertion<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) node: NodeId,
}

impl Assertion<'_> {
    fn child(&self, node: NodeId, name: &str) -> Option<NodeId> {
        xml::child(self.document, node, ASSERTION, name)
    }

    fn children(&self, node: NodeId, name: &str) -> Vec<NodeId> {
        xml::children(self.document, node, ASSERTION, name)
    }

    fn moment(&self, node: NodeId, attribute: &str) -> Result<Option<Timestamp>, SamlFault> {
        let Some(text) = self.document.get_attribute(node, attribute) else { return Ok(None) };
        let wrong = || SamlFault::invalid(format!("{attribute} is not a moment"));
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| wrong())?;
        let millis = moment.unix_timestamp_nanos() / 1_000_000;
        Ok(Some(Timestamp::from_millis(i64::try_from(millis).map_err(|_| wrong())?)))
    }

    pub(super) fn issuer(&self) -> Result<String, SamlFault> {
        let issuer = self.child(self.node, "Issuer").map(|node| xml::text(self.document, node));
        issuer.ok_or_else(|| SamlFault::invalid("Issuer is required in AuthnResponse"))
    }

    /// `Conditions`: the time, and that the assertion is for AWS.
    pub(super) fn check_conditions(&self, now: Timestamp) -> Result<(), SamlFault> {
        let conditions = self.child(self.node, "Conditions");
        let conditions =
            conditions.ok_or_else(|| SamlFault::invalid("Conditions are required in AuthnResponse"))?;
        if self.moment(conditions, "NotBefore")?.is_some_and(|from| from.millis_since(now) > SKEW) {
            return Err(SamlFault::invalid("The assertion is not valid yet"));
        }
        self.not_over(conditions, now)?;
        let restrictions = self.children(conditions, "AudienceRestriction");
        let is_ours = |restriction: &NodeId| {
            let audiences = self.children(*restriction, "Audience");
            audiences.iter().any(|audience| {
                let text = xml::text(self.document, *audience);
                text == SIGN_IN || text == AUDIENCE
            })
        };
        match !restrictions.is_empty() && restrictions.iter().all(is_ours) {
            true => Ok(()),
            false => Err(SamlFault::invalid("Invalid audience in AuthnResponse")),
        }
    }

    fn not_over(&self, node: NodeId, now: Timestamp) -> Result<(), SamlFault> {
        match self.moment(node, "NotOnOrAfter")? {
            Some(end) if end.millis_since(now) <= 0 => {
                Err(SamlFault::Expired("Token must be redeemed within 5 minutes of issuance".into()))
            }
            _ => Ok(()),
        }
    }

    /// The bearer's confirmation, and where it was to be presented: `saml:aud`.
    pub(super) fn check_confirmation(&self, now: Timestamp) -> Result<String, SamlFault> {
        let issued = self.moment(self.node, "IssueInstant")?;
        let issued = issued.ok_or_else(|| SamlFault::invalid("IssueInstant is required in AuthnResponse"))?;
        if now.millis_since(issued) > REDEEMABLE {
            return Err(SamlFault::Expired("Token must be redeemed within 5 minutes of issuance".into()));
        }
        if issued.millis_since(now) > SKEW {
            return Err(SamlFault::invalid("The assertion is not valid yet"));
        }
        let lacking = || SamlFault::invalid("SubjectConfirmation is required in AuthnResponse");
        let subject = self.child(self.node, "Subject").ok_or_else(lacking)?;
        let confirmations = self.children(subject, "SubjectConfirmation");
        let bearer = confirmations
            .into_iter()
            .find(|node| self.document.get_attribute(*node, "Method") == Some(BEARER));
        let data = bearer.and_then(|node| self.child(node, "SubjectConfirmationData")).ok_or_else(lacking)?;
        if self.document.get_attribute(data, "NotOnOrAfter").is_none() {
            return Err(lacking());
        }
        self.not_over(data, now)?;
        match self.document.get_attribute(data, "Recipient") {
            Some(recipient) if is_sign_in(recipient) => Ok(recipient.to_owned()),
            _ => Err(SamlFault::invalid("Invalid recipient in AuthnResponse")),
        }
    }

    pub(super) fn subject(&self) -> Result<Subject, SamlFault> {
        let name = self.child(self.node, "Subject").and_then(|subject| self.child(subject, "NameID"));
        let name = name.ok_or_else(|| SamlFault::invalid("NameID is required in AuthnResponse"))?;
        let format = self.document.get_attribute(name, "Format").unwrap_or_default();
        let short = ["persistent", "transient"]
            .into_iter()
            .find(|short| format.strip_prefix("urn:oasis:names:tc:SAML:2.0:nameid-format:") == Some(short));
        Ok(Subject { name: xml::text(self.document, name), format: short.unwrap_or(format).to_owned() })
    }

    /// The values of the attributes of this name.
    fn values(&self, name: &str) -> Vec<String> {
        self.attributes().into_iter().filter(|(known, _)| known == name).flat_map(|(_, v)| v).collect()
    }

    fn attributes(&self) -> Vec<(String, Vec<String>)> {
        let statements = self.children(self.node, "AttributeStatement");
        let attributes = statements.into_iter().flat_map(|node| self.children(node, "Attribute"));
        let read = |node: NodeId| {
            let name = self.document.get_attribute(node, "Name").unwrap_or_default().to_owned();
            let values = self.children(node, "AttributeValue");
            (name, values.into_iter().map(|value| xml::text(self.document, value)).collect())
        };
        attributes.map(read).collect()
    }

    /// Whether the assertion gives this role by this provider: a pair of their ARNs in either order.
    pub(super) fn check_role(&self, role: &Arn, provider: &Arn) -> Result<(), SamlFault> {
        let given = self.values(&format!("{ATTRIBUTES}Role"));
        if given.is_empty() {
            return Err(SamlFault::invalid("Role is required in AuthnResponse"));
        }
        let is_pair = |value: &String| {
            let pair = value.split_once(',').map(|(left, right)| (left.trim(), right.trim()));
            let (role, provider) = (role.as_str(), provider.as_str());
            pair == Some((role, provider)) || pair == Some((provider, role))
        };
        if given.iter().any(is_pair) { Ok(()) } else { Err(SamlFault::NotGiven) }
    }

    pub(super) fn session_name(&self) -> Result<String, SamlFault> {
        let name = self.values(&format!("{ATTRIBUTES}RoleSessionName")).into_iter().next();
        let name = name.ok_or_else(|| SamlFault::invalid("RoleSessionName is required in AuthnResponse"))?;
        let lawful = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
        match (2..=64).contains(&name.len()) && name.bytes().all(lawful) {
            true => Ok(name),
            false => Err(SamlFault::invalid(
                "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
            )),
        }
    }

    pub(super) fn session_ends(&self) -> Result<Option<Timestamp>, SamlFault> {
        let statements = self.children(self.node, "AuthnStatement");
        let ends: Result<Vec<_>, _> =
            statements.into_iter().map(|node| self.moment(node, "SessionNotOnOrAfter")).collect();
        Ok(ends?.into_iter().flatten().min())
    }

    pub(super) fn tags(&self) -> Vec<(String, String)> {
        let prefix = format!("{ATTRIBUTES}PrincipalTag:");
        let tag = |(name, values): (String, Vec<String>)| {
            let key = name.strip_prefix(&prefix)?.to_owned();
            Some((key, values.into_iter().next().unwrap_or_default()))
        };
        self.attributes().into_iter().filter_map(tag).collect()
    }

    pub(super) fn transitive(&self) -> Vec<String> {
        self.values(&format!("{ATTRIBUTES}TransitiveTagKeys"))
    }

    pub(super) fn source_identity(&self) -> Option<String> {
        self.values(&format!("{ATTRIBUTES}SourceIdentity")).into_iter().next()
    }
}

/// AWS's sign-in address, or that of one of its Regions: `https://REGION.signin.aws.amazon.com/saml`.
fn is_sign_in(recipient: &str) -> bool {
    let regional = || {
        let region = recipient.strip_prefix("https://")?.strip_suffix(".signin.aws.amazon.com/saml")?;
        Some(region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
    };
    recipient == SIGN_IN || regional().unwrap_or(false)
}
