//! Grants where they meet a request: the tokens that it presents, and which grants of a key have a say.
//!
//! A grant token is sealed, so that nobody can make one, and self-contained, so that a node that does not show the grant yet
//! honours it too. It is nobody's right: it names a grant, and the caller must still be whom the grant means. It speaks for a
//! grant only where the grant is, or where it cannot be yet: once a node shows the commit that made the grant, and not the
//! grant, it is retired or revoked, and its tokens are void.

use crate::{Gate, Message, Passage};
use gatekey_keyring::{HeldGrant, Key, kept_grant};
use gatekey_policy::{Grant, GrantQuery, GrantView, Grants};
use gatekey_seal::SealBroken;
use gatekey_store::{Revision, table::Edit};
use gatekey_types::{GrantId, KeyArn, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Longest grant token, in characters: AWS's limit.
const LONGEST_TOKEN: usize = 8192;
/// How long after its making a token may speak for a grant that is not shown yet: AWS says that grants spread in less than
/// five minutes. In milliseconds.
const SPREADING_MILLIS: i64 = 5 * 60 * 1000;

/// A text that is no grant token of this server and Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadToken;

/// What a grant token says.
#[derive(Serialize, Deserialize)]
struct Token {
    key: KeyArn,
    id: GrantId,
    /// The commit that made the grant.
    commit: u64,
    /// When the token was made.
    issued: Timestamp,
    /// The grant, unless it is too long for a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grant: Option<Grant>,
}

/// The grant that a token names.
#[derive(Debug, Clone)]
pub struct NamedGrant {
    /// The key that it is on.
    pub key: KeyArn,
    /// Its id.
    pub id: GrantId,
    /// What it was when the token was made, if the token says.
    pub grant: Option<Arc<Grant>>,
    commit: Revision,
    issued: Timestamp,
}

/// The grants that a request's tokens name.
#[derive(Default, Clone)]
pub(crate) struct Presented {
    pub(crate) ids: Vec<GrantId>,
    /// Those that the snapshot cannot show yet.
    ahead: Vec<NamedGrant>,
}

impl Gate {
    /// Makes a token for a grant: another each time, and each as good as the others.
    ///
    /// # Errors
    /// A broken machine.
    pub fn grant_token(&self, key: &KeyArn, grant: &Grant, commit: Revision) -> Result<String, SealBroken> {
        let token = Token {
            key: key.clone(),
            id: grant.id,
            commit: commit.get(),
            issued: self.now(),
            grant: Some(grant.clone()),
        };
        let sealed = self.seal_grant_token(&token)?;
        if sealed.len() <= LONGEST_TOKEN {
            return Ok(sealed);
        }
        self.seal_grant_token(&Token { grant: None, ..token })
    }

    fn seal_grant_token(&self, token: &Token) -> Result<String, SealBroken> {
        self.seal_message(Message::GrantToken, &serde_json::to_string(token).unwrap_or_default())
    }
}

impl Passage<'_> {
    /// A token for a grant on a key that the snapshot shows.
    ///
    /// # Errors
    /// A broken machine.
    pub fn token_of(&self, key: &KeyArn, held: &HeldGrant) -> Result<String, SealBroken> {
        self.gate.grant_token(key, &held.record.grant, held.revision)
    }

    /// Reads a token.
    ///
    /// # Errors
    /// It is none of this server's, or of another Region.
    pub fn read_grant_token(&self, token: &str) -> Result<NamedGrant, BadToken> {
        if token.len() > LONGEST_TOKEN {
            return Err(BadToken);
        }
        let text = self.gate.open_message(Message::GrantToken, token).ok_or(BadToken)?;
        let Token { key, id, commit, issued, grant } = serde_json::from_str(&text).map_err(|_| BadToken)?;
        if key.region != *self.region() {
            return Err(BadToken);
        }
        Ok(NamedGrant { key, id, grant: grant.map(Arc::new), commit: Revision::new(commit), issued })
    }

    /// Takes the tokens that a request presents. One that names a grant which is gone, or which does not mean the caller,
    /// changes nothing.
    ///
    /// # Errors
    /// One of them is none of this server's.
    pub fn present_grants(&mut self, tokens: &[String]) -> Result<(), BadToken> {
        for token in tokens {
            let named = self.read_grant_token(token)?;
            self.presented.ids.push(named.id);
            if self.is_ahead(&named) {
                self.presented.ahead.push(named);
            }
        }
        Ok(())
    }

    /// Whether the snapshot is of before the commit that made the grant, and the token is fresh.
    fn is_ahead(&self, named: &NamedGrant) -> bool {
        is_ahead(named, self.snapshot.revision, self.now())
    }

    /// The grants that have a say on a key.
    pub(crate) fn grants_of<'a>(&'a self, key: &'a Key) -> InEffect<'a> {
        let ahead = self.presented.ahead.iter().filter(|named| named.key == key.arn);
        let ahead = ahead.filter_map(|named| named.grant.as_deref()).collect();
        InEffect { key, ahead, now: self.now(), delay: self.gate.grant_delay }
    }

    /// Insists that the grant by whose right something is done is still there when it is done.
    pub(crate) fn guard_of(&self, key: &Key, id: GrantId) -> Option<Edit> {
        if let Some(held) = key.grants.get(&id) {
            return Some(held.kept(&key.arn));
        }
        let named = self.presented.ahead.iter().find(|named| named.id == id && named.key == key.arn)?;
        Some(kept_grant(&key.arn, id, named.commit))
    }
}

/// How long tokens may speak for grants that are not there: not once they must be there, and not for long.
fn is_ahead(named: &NamedGrant, shown: Revision, now: Timestamp) -> bool {
    shown < named.commit && now.millis_since(named.issued).abs() < SPREADING_MILLIS
}

/// The grants of a key as a request meets them.
pub(crate) struct InEffect<'a> {
    key: &'a Key,
    /// Those that come with their tokens.
    ahead: Vec<&'a Grant>,
    now: Timestamp,
    /// How long a new grant counts only with its token, in milliseconds.
    delay: i64,
}

impl InEffect<'_> {
    fn has_spread(&self, grant: &Grant) -> bool {
        let held = self.key.grants.get(&grant.id);
        // One that is only supposed is held nowhere: whoever is supposed to use it has its token.
        held.is_none_or(|held| self.now.millis_since(held.record.created) >= self.delay)
    }
}

impl Grants for InEffect<'_> {
    fn visit_candidates(
        &self,
        wanted: &GrantQuery<'_>,
        visit: &mut dyn FnMut(GrantView<'_>) -> bool,
    ) -> bool {
        let index = &self.key.grants.index;
        let mut carried = self.ahead.iter();
        if carried.any(|grant| visit(GrantView { grant, settled: false })) {
            return true;
        }
        if self.delay == 0 {
            return index.visit_candidates(wanted, visit);
        }
        index.spread(|grant| self.has_spread(grant)).visit_candidates(wanted, visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(commit: u64, issued: i64) -> NamedGrant {
        NamedGrant {
            key: "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
                .parse()
                .unwrap(),
            id: GrantId::from_bytes([1; 32]),
            grant: None,
            commit: Revision::new(commit),
            issued: Timestamp::from_seconds(issued),
        }
    }

    #[test]
    fn a_token_speaks_for_a_grant_that_is_not_shown_only_before_its_commit_is_and_only_while_fresh() {
        let at = |seconds| Timestamp::from_seconds(seconds);
        let (before, shown) = (Revision::new(6), Revision::new(7));
        assert!(is_ahead(&named(7, 1000), before, at(1000)));
        assert!(!is_ahead(&named(7, 1000), shown, at(1000)), "what its commit made is gone again");
        assert!(is_ahead(&named(7, 1000), before, at(1299)));
        assert!(!is_ahead(&named(7, 1000), before, at(1300)), "five minutes are over");
        assert!(!is_ahead(&named(7, 1000), before, at(600)), "made in the future");
    }
}
