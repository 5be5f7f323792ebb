//! RetireGrant: deletes a grant, by the right that the grant itself gives.
//!
//! AWS: its retiring principal may, its grantee if the operation is among the granted, and the account that made it. The key
//! policy has no say. The grant is named by a token, or by its id and its key.

use crate::{
    ciphertext::dry_run,
    fault::{denied, invalid, missing, uncommitted},
    grant,
};
use gatekey_gate::{About, Allowed, Answered, Found, Operation, Passage};
use gatekey_keyring::KeySelector;
use gatekey_model::{
    NoOutput,
    common::AccessDeniedException,
    kms::{InvalidGrantTokenException, RetireGrantError, RetireGrantRequest, calls},
};
use gatekey_policy::{Context, Grant, KmsAction};
use gatekey_types::{GrantId, KeyArn};
use std::sync::Arc;

/// The grant that a request names.
struct Wanted {
    key: KeyArn,
    id: GrantId,
    /// What a token says that it was.
    was: Option<Arc<Grant>>,
}

/// The handler.
#[derive(Debug)]
pub struct RetireGrant;

impl Operation for RetireGrant {
    type Call = calls::RetireGrant;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RetireGrantRequest,
    ) -> Result<Answered<NoOutput>, RetireGrantError> {
        let wanted = wanted(passage, input)?;
        passage.draft().retired(wanted.id);
        let selector = KeySelector::Key(wanted.key.clone());
        let found = passage.select(&selector, KmsAction::RetireGrant).map_err(missing::<RetireGrantError>)?;
        let key = Arc::clone(&found.key);
        let Some(held) = key.grants.get(&wanted.id) else { return Err(not_there(passage, &found, &wanted)) };
        let allowed = authorize(passage, &found, &held.record.grant)?;
        dry_run::<RetireGrantError>(input.dry_run)?;
        passage.draft().set_response(&grant::Told { grant_id: None, key_id: key.name.as_str() });
        passage
            .commit(&allowed, vec![held.deleted(&key.arn)], NoOutput {})
            .await
            .map_err(uncommitted::<RetireGrantError>)
    }
}

fn authorize(passage: &mut Passage<'_>, found: &Found, grant: &Grant) -> Result<Allowed, RetireGrantError> {
    let mut context = Context::new();
    grant::set_constraint_keys(&mut context, &grant.terms.constraints);
    passage
        .authorize_about(KmsAction::RetireGrant, found, About::Retiring(grant), context)
        .map_err(denied::<RetireGrantError>)
}

fn wanted(passage: &Passage<'_>, input: &RetireGrantRequest) -> Result<Wanted, RetireGrantError> {
    match (&input.grant_token, &input.key_id, &input.grant_id) {
        (Some(token), None, None) => {
            let named = passage.read_grant_token(token).map_err(|_| InvalidGrantTokenException::bare())?;
            Ok(Wanted { key: named.key, id: named.id, was: named.grant })
        }
        (None, Some(key_id), Some(id)) => {
            let id = grant::id::<RetireGrantError>(id)?;
            Ok(Wanted { key: grant::key_arn::<RetireGrantError>(passage, key_id)?, id, was: None })
        }
        _ => Err(invalid("You must specify either a grant token, or both a key ID and a grant ID.")),
    }
}

/// What is told of a grant that is not there: within the account of the key that it is not, to others only if the token says
/// that they could have retired it. Whoever else asks learns as little as of a key that does not exist.
fn not_there(passage: &mut Passage<'_>, found: &Found, wanted: &Wanted) -> RetireGrantError {
    let none = grant::no_such::<RetireGrantError>(&wanted.id);
    if found.key.arn.account == passage.account() {
        return none;
    }
    match &wanted.was {
        Some(was) => authorize(passage, found, was).err().unwrap_or(none),
        None => AccessDeniedException::new(passage.hidden(KmsAction::RetireGrant)).into(),
    }
}
