//! Temporary credentials: what they stand for, how long they last, and how they are handed out.

use crate::{
    fault::{broken, invalid},
    policy::SessionPolicies,
    tag::SessionTags,
};
use gatekey_directory::{Claims, NewAccessKey, Role, Session, Subject};
use gatekey_gate::Passage;
use gatekey_model::{
    CommonError, EpochSeconds, Sensitive,
    sts::{AssumedRoleUser, Credentials},
};
use gatekey_types::{PrincipalArn, Timestamp};

/// Longest session of a role that another role's session assumes, in seconds.
pub(crate) const LONGEST_IN_A_CHAIN: u32 = 3600;

/// Everything that is agreed of a session.
pub(crate) struct Terms {
    pub(crate) subject: Subject,
    pub(crate) seconds: u32,
    pub(crate) mfa: Option<Timestamp>,
    pub(crate) policies: SessionPolicies,
    pub(crate) tags: SessionTags,
    pub(crate) source_identity: Option<String>,
    pub(crate) federated_provider: Option<String>,
    pub(crate) chained: bool,
}

impl Terms {
    /// A session of this subject and length, with nothing else agreed.
    pub(crate) fn plain(subject: Subject, seconds: u32) -> Self {
        Self {
            subject,
            seconds,
            mfa: None,
            policies: SessionPolicies::default(),
            tags: SessionTags::default(),
            source_identity: None,
            federated_provider: None,
            chained: false,
        }
    }
}

/// Makes credentials of what was agreed.
///
/// # Errors
/// A broken machine.
pub(crate) fn issue(passage: &Passage<'_>, terms: Terms) -> Result<Credentials, CommonError> {
    let (access_key, secret) = NewAccessKey::temporary(terms.subject.account(), passage.entropy());
    let issued = Timestamp::from_seconds(passage.now().seconds());
    let expires = issued.plus_millis(i64::from(terms.seconds) * 1000);
    let (tags, transitive) = terms.tags.into_session();
    let claims = Claims {
        access_key,
        secret,
        subject: terms.subject,
        issued,
        expires,
        mfa: terms.mfa,
        policy: terms.policies.document,
        policy_arns: terms.policies.arns,
        tags,
        transitive,
        source_identity: terms.source_identity,
        federated_provider: terms.federated_provider,
        chained: terms.chained,
    };
    let session_token = passage.gate().seal_session(&claims).map_err(|error| broken(&error))?;
    Ok(Credentials {
        access_key_id: claims.access_key.to_string(),
        secret_access_key: Sensitive::new(claims.secret.expose().to_owned()),
        session_token,
        expiration: EpochSeconds::from_millis(expires.millis()),
    })
}

/// The caller's own session, where its credentials are temporary.
pub(crate) fn of_caller<'p>(passage: &'p Passage<'_>) -> Option<&'p Session> {
    passage.caller().bearer.as_ref()?.session()
}

/// Whether the caller is a session of a role, so that a session made by it continues a chain.
pub(crate) fn is_chained(passage: &Passage<'_>) -> bool {
    of_caller(passage).is_some_and(|session| matches!(session.claims.subject, Subject::Role { .. }))
}

/// How long a session of a role lasts: an hour where the request does not say, at most what the role allows.
///
/// # Errors
/// ValidationError with AWS's texts.
pub(crate) fn seconds_of_role(role: &Role, asked: Option<i32>, chained: bool) -> Result<u32, CommonError> {
    let longest = role.record.longest_session;
    let seconds = asked.and_then(|asked| u32::try_from(asked).ok()).unwrap_or(LONGEST_IN_A_CHAIN);
    if chained && seconds > LONGEST_IN_A_CHAIN {
        let text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Err(invalid(text));
    }
    if seconds > longest {
        return Err(invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(seconds)
}

/// A session of a role as answers show it.
pub(crate) fn assumed(role: &Role, session: &str) -> AssumedRoleUser {
    AssumedRoleUser {
        assumed_role_id: [role.id().as_str(), session].join(":"),
        arn: PrincipalArn::assumed_role(role.account, role.name(), session).to_string(),
    }
}

/// Whom such a session stands for.
pub(crate) fn subject(role: &Role, session: &str) -> Subject {
    Subject::Role { account: role.account, role: role.id().clone(), session: session.to_owned() }
}
