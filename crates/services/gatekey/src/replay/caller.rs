//! Who made a recorded call, as the directory has them now.
//!
//! Users and roles are found by their unique ids, so that a namesake made since is not taken for who called. Of another account's
//! callers only what the key's own account knows is used: who they were. Their policies are not looked at, nor whether they
//! are still there.

use super::recorded::{Identity, Recorded, Session};
use gatekey_directory::{Bearer, Caller, Directory};
use gatekey_policy::{
    Attachment, ConditionKey, Credentials, KeyName, Kind, Pins, Policy, Principal, UnknownKeys,
};
use gatekey_types::{AccountId, PrincipalArn, UniqueId};
use std::sync::{Arc, LazyLock};

/// Who called.
pub(super) struct Rebuilt {
    pub(super) caller: Caller,
    /// What the event does not tell of the caller.
    pub(super) unknown: Vec<UnknownKeys<'static>>,
    /// Whether a session may have been limited by policies of its own.
    pub(super) may_be_limited: bool,
    /// Whether the caller is of another account than the key.
    pub(super) is_foreign: bool,
}

/// Why there is nobody to decide for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nobody {
    /// The user or role, or its account, no longer exists.
    Gone,
    /// The event does not tell enough.
    Untold(&'static str),
}

/// What stands for the policies of another account, which let happen what was asked, and for those of a session that nobody knows.
static EVERYTHING: LazyLock<Attachment> = LazyLock::new(|| {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    Attachment::inline("everything", Arc::new(Policy::read_stored(text, Kind::Identity, Pins::new())))
});

const NO_CALLER: Nobody = Nobody::Untold("the event does not tell who called");

/// Finds who made the call.
///
/// # Errors
/// [`Nobody`].
pub(super) fn rebuilt(
    event: &Recorded<'_>,
    directory: &Directory,
    owner: AccountId,
) -> Result<Rebuilt, Nobody> {
    let identity = &event.user_identity;
    let account = identity.account_id.as_deref().and_then(|text| text.parse::<AccountId>().ok());
    let account = account.ok_or(NO_CALLER)?;
    if account != owner {
        return foreign(identity, directory, account);
    }
    if directory.organizations.is_closed(account) {
        return Err(Nobody::Gone);
    }
    let mut caller = own(event, directory, account)?;
    let session = identity.session_context.as_ref();
    if let Some(session) = session {
        begin(&mut caller, session)?;
    }
    let can_be_limited = matches!(&*identity.kind, "AssumedRole" | "FederatedUser");
    let may_be_limited = can_be_limited && event.session_policies() != Some(0);
    if may_be_limited && identity.kind == "FederatedUser" {
        caller.session.push(EVERYTHING.clone());
    }
    let unknown = unknown(identity, session);
    Ok(Rebuilt { caller, unknown, may_be_limited, is_foreign: false })
}

/// A caller of the key's own account.
fn own(event: &Recorded<'_>, directory: &Directory, account: AccountId) -> Result<Caller, Nobody> {
    let identity = &event.user_identity;
    let gone = |caller: Option<Caller>| caller.ok_or(Nobody::Gone);
    let id = |text: &str| text.parse::<UniqueId>().map_err(|_| NO_CALLER);
    let principal = identity.principal_id.as_deref().ok_or(NO_CALLER)?;
    match &*identity.kind {
        "Root" if identity.session_context.is_some() && event.session_policies() != Some(0) => {
            Err(Nobody::Untold("the event does not tell for which task the root user's session was made"))
        }
        "Root" => gone(directory.caller(&Bearer::Root(account))),
        "IAMUser" => {
            let user = directory.users.by_id(&id(principal)?).ok_or(Nobody::Gone)?;
            gone(directory.as_user(user))
        }
        "AssumedRole" => {
            let (role, session) = principal.split_once(':').ok_or(NO_CALLER)?;
            let begun = identity.session_context.as_ref().and_then(Session::created).ok_or(NO_CALLER)?;
            let role = directory.roles.by_id(&id(role)?).ok_or(Nobody::Gone)?;
            gone(directory.as_role(role, session, begun))
        }
        "FederatedUser" => {
            let (_, name) = principal.split_once(':').ok_or(NO_CALLER)?;
            let session = identity.session_context.as_ref().ok_or(NO_CALLER)?;
            let issuer = session.session_issuer.as_ref().ok_or(NO_CALLER)?;
            let begun = session.created().ok_or(NO_CALLER)?;
            let parent = match &*issuer.kind {
                "Root" => None,
                _ => Some(id(&issuer.principal_id)?),
            };
            gone(directory.as_federated_user(account, name, parent.as_ref(), begun))
        }
        _ => Err(NO_CALLER),
    }
}

/// A caller of another account: whoever the event says, whose own account let it ask.
fn foreign(identity: &Identity, directory: &Directory, account: AccountId) -> Result<Rebuilt, Nobody> {
    let mut caller = Caller::supposed(named(identity).ok_or(NO_CALLER)?);
    Arc::make_mut(&mut caller.principal).organization = directory.organization_of(account);
    caller.identity.push(EVERYTHING.clone());
    let session = identity.session_context.as_ref();
    if identity.kind == "FederatedUser" {
        caller.session.push(EVERYTHING.clone());
    }
    match session {
        Some(session) => begin(&mut caller, session)?,
        None => Arc::make_mut(&mut caller.principal).credentials = Credentials::LongTerm,
    }
    let mut unknown = unknown(identity, session);
    unknown.push(UnknownKeys::Family(KeyName::AwsPrincipalTag));
    Ok(Rebuilt { caller, unknown, may_be_limited: false, is_foreign: true })
}

fn named(identity: &Identity) -> Option<Principal> {
    let arn: PrincipalArn = identity.arn.as_deref()?.parse().ok()?;
    let issuer = identity.session_context.as_ref().and_then(|session| session.session_issuer.as_ref());
    let parent = || -> Option<(PrincipalArn, Option<UniqueId>)> {
        let issuer = issuer?;
        Some((issuer.arn.parse().ok()?, issuer.principal_id.parse().ok()))
    };
    Some(match &*identity.kind {
        "Root" if identity.session_context.is_none() => Principal::root(arn),
        "IAMUser" => Principal::user(arn, identity.principal_id.as_deref()?.parse().ok()),
        "AssumedRole" => {
            let (role, id) = parent()?;
            Principal::role_session(arn, role, id)
        }
        "FederatedUser" => {
            let (parent, id) = parent()?;
            Principal::federated_user(arn, Some(parent), id)
        }
        _ => return None,
    })
}

/// The caller has the session's credentials.
fn begin(caller: &mut Caller, session: &Session) -> Result<(), Nobody> {
    let issued = session.created().ok_or(NO_CALLER)?;
    let principal = Arc::make_mut(&mut caller.principal);
    principal.credentials = Credentials::Temporary { issued, mfa: session.has_mfa().then_some(issued) };
    principal.source_identity.clone_from(&session.source_identity);
    Ok(())
}

/// What no event tells of a session: its tags, through which provider it came, and when its second factor was given.
fn unknown(identity: &Identity, session: Option<&Session>) -> Vec<UnknownKeys<'static>> {
    let mut unknown = Vec::new();
    let key = |name: KeyName| UnknownKeys::Key(ConditionKey::from(name));
    if matches!(&*identity.kind, "AssumedRole" | "FederatedUser") {
        unknown.push(UnknownKeys::Family(KeyName::AwsPrincipalTag));
        unknown.push(key(KeyName::AwsFederatedProvider));
    }
    if session.is_some_and(Session::has_mfa) {
        unknown.push(key(KeyName::AwsMultiFactorAuthAge));
    }
    unknown
}
