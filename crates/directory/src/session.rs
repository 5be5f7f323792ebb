//! Temporary credentials. A session token is sealed and holds all that there is to know of the session: any node reads
//! it without a look-up.

use crate::{AccessKeyId, Secret, usage::Noted};
use gatekey_policy::{Attachment, Kind, Pins, Policy};
use gatekey_types::{AccountId, Arn, Timestamp, UniqueId};
use serde::{Deserialize, Serialize, de::Error as _};
use std::sync::Arc;

/// Whom a session stands for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Subject {
    /// The root user, by GetSessionToken.
    Root(AccountId),
    /// A user, by GetSessionToken.
    User(AccountId, UniqueId),
    /// A session of a role.
    Role {
        /// The role's account.
        account: AccountId,
        /// The role's id.
        role: UniqueId,
        /// The session's name.
        session: String,
    },
    /// A federated user, by GetFederationToken.
    Federated {
        /// The account.
        account: AccountId,
        /// The federated user's name.
        name: String,
        /// The user who asked; nobody where it was the root user.
        parent: Option<UniqueId>,
    },
    /// The root user of a member account for one task, by AssumeRoot.
    AssumedRoot {
        /// The member account.
        account: AccountId,
        /// The task policy, which is all that the session may do.
        task: Arn,
        /// Who asked.
        by: Arn,
    },
}

impl Subject {
    /// The account that the session acts in.
    pub fn account(&self) -> AccountId {
        match self {
            Self::Root(account)
            | Self::User(account, _)
            | Self::Role { account, .. }
            | Self::Federated { account, .. }
            | Self::AssumedRoot { account, .. } => *account,
        }
    }
}

/// What a session token says, sealed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The access key that goes with the token, and no other.
    #[serde(serialize_with = "as_text", deserialize_with = "from_text")]
    pub access_key: AccessKeyId,
    /// Its secret.
    pub secret: Secret,
    /// Whom it stands for.
    pub subject: Subject,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// When a second factor was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa: Option<Timestamp>,
    /// The session policy that was passed, as a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Managed policies that were passed as session policies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policy_arns: Vec<Arn>,
    /// Session tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
    /// The keys of those that go on to the next session of a chain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitive: Vec<String>,
    /// `aws:SourceIdentity`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// `aws:FederatedProvider`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub federated_provider: Option<String>,
    /// Whether a session asked for it: a chain of roles, whose sessions last an hour at most.
    #[serde(default)]
    pub chained: bool,
}

impl Claims {
    /// Whether session policies were passed.
    pub fn limits_itself(&self) -> bool {
        self.policy.is_some() || !self.policy_arns.is_empty()
    }
}

fn as_text<S: serde::Serializer>(id: &AccessKeyId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.as_str())
}

fn from_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<AccessKeyId, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// An open session: its claims, and its own policy compiled.
#[derive(Debug)]
pub struct Session {
    /// What its token says.
    pub claims: Claims,
    /// The session policy that was passed as a document.
    pub(crate) inline: Option<Attachment>,
    noted: Noted,
}

impl Session {
    /// Opens what a token says.
    pub fn new(claims: Claims) -> Self {
        let compile = |text: &String| {
            let policy = Arc::new(Policy::read_stored(text, Kind::Session, Pins::new()));
            Attachment::inline("SessionPolicy", policy)
        };
        let inline = claims.policy.as_ref().map(compile);
        Self { claims, inline, noted: Noted::never() }
    }

    /// Whether this is its first use within the present minute. Costs next to nothing.
    pub fn is_first_use_of_minute(&self, now: Timestamp) -> bool {
        self.noted.is_first_of_minute(now)
    }
}
