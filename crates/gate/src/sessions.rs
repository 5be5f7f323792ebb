//! Temporary credentials: session tokens are sealed by the keychain, so that any node reads them without a look-up.

use crate::{Gate, Snapshot};
use base64::{Engine, engine::general_purpose::STANDARD};
use gatekey_directory::{Bearer, Claims, Session};
use gatekey_seal::{Keychain, Place, SealBroken};
use gatekey_sigv4::{Credential, Credentials, LookupError, SecretAccessKey};
use gatekey_types::{Entropy, Timestamp};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Opened tokens, a bounded number of them, so that a session's policy is compiled once.
pub(crate) struct Sessions {
    open: Mutex<HashMap<Box<str>, Arc<Open>>>,
}

/// A session, and its secret as signatures are verified with it.
struct Open {
    session: Arc<Session>,
    secret: Arc<SecretAccessKey>,
}

/// Tokens that are kept open. One is about 1 to 3 KiB, with its policy compiled perhaps 10.
const KEPT_OPEN: usize = 4096;
/// Longest session token that is looked at, in characters.
const LONGEST_TOKEN: usize = 16 * 1024;

/// What a sealed text is for: one kind does not open as another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Message {
    /// A session token.
    SessionToken,
    /// The encoded message of a denial, for DecodeAuthorizationMessage.
    Authorization,
    /// A token of the metadata service of a workload.
    MetadataToken,
    /// A grant token.
    GrantToken,
}

impl Message {
    fn place(self) -> Place<'static> {
        let table = match self {
            Self::SessionToken => "session-token",
            Self::Authorization => "authorization-message",
            Self::MetadataToken => "metadata-token",
            Self::GrantToken => "grant-token",
        };
        Place { table, key: b"", version: 0 }
    }

    fn seal(self, keychain: &Keychain, plain: &[u8], entropy: &dyn Entropy) -> Result<String, SealBroken> {
        Ok(STANDARD.encode(keychain.seal_record(&self.place(), plain, entropy)?))
    }

    fn open(self, keychain: &Keychain, text: &str) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        let sealed = STANDARD.decode(text).ok()?;
        keychain.open_record(&self.place(), &sealed).ok()
    }
}

impl Sessions {
    pub(crate) fn new() -> Self {
        Self { open: Mutex::default() }
    }

    fn find(&self, token: &str) -> Option<Arc<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    fn keep(&self, token: &str, open: &Arc<Open>) {
        let mut kept = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_OPEN
            && let Some(victim) = kept.keys().next().cloned()
        {
            kept.remove(&victim);
        }
        kept.insert(token.into(), Arc::clone(open));
    }
}

impl Gate {
    /// Seals what a session token says.
    ///
    /// # Errors
    /// A broken machine.
    pub fn seal_session(&self, claims: &Claims) -> Result<String, SealBroken> {
        // Room for most, so that no copy of the secret is left behind where the text grew out of its place.
        let mut text = zeroize::Zeroizing::new(Vec::with_capacity(1024));
        if serde_json::to_writer(&mut *text, claims).is_err() {
            // Claims can always be written; half of them would be none.
            text.clear();
        }
        Message::SessionToken.seal(&self.keychain, &text, self.entropy())
    }

    /// Seals a text that only this service reads again.
    ///
    /// # Errors
    /// A broken machine.
    pub fn seal_message(&self, kind: Message, text: &str) -> Result<String, SealBroken> {
        kind.seal(&self.keychain, text.as_bytes(), self.entropy())
    }

    /// Reads a text that was sealed here for that purpose; nothing for any other text.
    pub fn open_message(&self, kind: Message, sealed: &str) -> Option<String> {
        String::from_utf8(kind.open(&self.keychain, sealed)?.to_vec()).ok()
    }

    fn open_session(&self, token: &str) -> Option<Arc<Open>> {
        if token.len() > LONGEST_TOKEN {
            return None;
        }
        if let Some(open) = self.sessions.find(token) {
            return Some(open);
        }
        let claims: Claims =
            serde_json::from_slice(&Message::SessionToken.open(&self.keychain, token)?).ok()?;
        let secret = Arc::new(SecretAccessKey::new(claims.secret.expose()));
        let open = Arc::new(Open { session: Arc::new(Session::new(claims)), secret });
        self.sessions.keep(token, &open);
        Some(open)
    }

    /// The credentials that may be used now, on the snapshot of this moment.
    pub fn credentials(&self, now: Timestamp) -> Known<'_> {
        Known { gate: self, snapshot: self.snapshot(), now }
    }
}

/// Who can sign: the directory's access keys, and temporary ones that come with their token.
pub struct Known<'g> {
    gate: &'g Gate,
    snapshot: Arc<Snapshot>,
    now: Timestamp,
}

impl Known<'_> {
    fn long_term(&self, access_key_id: &str) -> Result<Credential<Bearer>, LookupError> {
        let (principal, key) =
            self.snapshot.directory.bearer(access_key_id).ok_or(LookupError::UnknownKey)?;
        Ok(Credential { principal, secret: key.secret.clone() })
    }

    fn temporary(&self, access_key_id: &str, token: &str) -> Result<Credential<Bearer>, LookupError> {
        let open = self.gate.open_session(token).ok_or(LookupError::InvalidToken)?;
        let claims = &open.session.claims;
        if claims.access_key.as_str() != access_key_id {
            return Err(LookupError::InvalidToken);
        }
        if claims.expires.millis_since(self.now) <= 0 {
            return Err(LookupError::ExpiredToken);
        }
        let principal = Bearer::Session(open.session.clone());
        if !self.snapshot.directory.exists(&principal) {
            return Err(LookupError::UnknownKey);
        }
        Ok(Credential { principal, secret: open.secret.clone() })
    }
}

impl Credentials for Known<'_> {
    type Principal = Bearer;

    fn lookup(&self, access_key_id: &str, token: Option<&str>) -> Result<Credential<Bearer>, LookupError> {
        match token {
            None => self.long_term(access_key_id),
            // A token with a long-term key is not that key's.
            Some(_) if self.snapshot.directory.access_key(access_key_id).is_some() => {
                self.long_term(access_key_id)?;
                Err(LookupError::InvalidToken)
            }
            Some(token) => self.temporary(access_key_id, token),
        }
    }
}
