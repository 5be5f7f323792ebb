use crate::{Gate, Snapshot, draft::Draft, grants::Presented, question::Question, rates::Meter};
use gatekey_directory::{Bearer, Caller};
use gatekey_keyring::{Key, KeyFault, KeySelector};
use gatekey_model::OperationInfo;
use gatekey_policy::{Identity, KmsAction, Principal};
use gatekey_sigv4::Authenticated;
use gatekey_store::table::Edit;
use gatekey_types::{AccountId, AliasName, Entropy, Region, RequestId, Timestamp};
use smallvec::SmallVec;
use smol_str::SmolStr;
use std::sync::Arc;

/// What came with a request besides its body.
#[derive(Debug)]
pub struct Arrival {
    /// Who signed it: only signature verification makes this. Nobody, for the few operations that need no signature.
    pub signature: Option<Authenticated<Bearer>>,
    /// The Region that it is for: that of the signature, where there is one.
    pub region: Region,
    /// The request's id.
    pub id: RequestId,
    /// When it was taken up. Every check of the request uses this one moment.
    pub now: Timestamp,
    /// The client's address (`aws:SourceIp`).
    pub source: SmolStr,
    /// The `User-Agent` header, if there was one (`aws:UserAgent`), at most 1 KiB of it.
    pub user_agent: Option<SmolStr>,
    /// Whether it came over TLS (`aws:SecureTransport`), and what TLS agreed on: version, cipher suite.
    pub tls: Option<(&'static str, &'static str)>,
    /// The host that the client asked for, where it came over TLS: events tell it then.
    pub host: Option<String>,
}

/// The caller, or the caller's user or role, has been deleted since the signature was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// A list of what a request mostly has one of.
pub(crate) type Few<T> = SmallVec<[T; 1]>;

/// One request on its way through the gate: the caller, one immutable snapshot, and the audit event in the making.
pub struct Passage<'g> {
    pub(crate) gate: &'g Gate,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) arrival: &'g Arrival,
    /// The request's id: the arrival's, but for what a service asks for the caller.
    pub(crate) id: RequestId,
    /// The service that asks for the caller: the first label of its principal.
    pub(crate) via: Option<&'static str>,
    /// Where it asks, if not in the Region of the request.
    pub(crate) elsewhere: Option<Region>,
    pub(crate) caller: Arc<Caller>,
    pub(crate) operation: &'static OperationInfo,
    pub(crate) read_only: bool,
    pub(crate) draft: Draft,
    /// The keys that a decision was about, as it saw them.
    pub(crate) decided_on: Few<Arc<Key>>,
    /// The accounts whose resources a decision was about: their organizations have a say.
    pub(crate) owners: Few<AccountId>,
    /// The grants that the request's tokens name.
    pub(crate) presented: Presented,
    /// The grants by whose right something is done: they must be there when it is done.
    pub(crate) used_grants: Vec<Edit>,
    pub(crate) conflicted: bool,
    /// Whether it was counted against its quota.
    pub(crate) meter: Meter,
    /// What was asked of the decision, as far as it is to be kept.
    pub(crate) questions: Vec<Question>,
    /// Whether it is to be kept although it is allowed.
    pub(crate) remembers: bool,
    /// Whether it is a cryptographic operation.
    pub(crate) uses_keys: bool,
    /// The requests that a service made of KMS for this one.
    pub(crate) kin: Vec<RequestId>,
}

/// A key that a request named, and how.
#[derive(Debug, Clone)]
pub struct Found {
    /// The key.
    pub key: Arc<Key>,
    /// The alias by which it was named (`kms:RequestAlias`).
    pub alias: Option<AliasName>,
    /// Whether not the request but its ciphertext named it; denials are worded differently then.
    pub by_ciphertext: bool,
}

/// Why the key that a request names cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The request is at fault, or the key does not exist in the caller's own account.
    Fault(KeyFault),
    /// It would be another account's: whether it exists is not told. Holds the AWS text.
    Hidden(String),
}

impl<'g> Passage<'g> {
    /// The moment of the request.
    pub fn now(&self) -> Timestamp {
        self.arrival.now
    }

    /// The caller's account.
    pub fn account(&self) -> AccountId {
        self.caller.account
    }

    /// The Region that the request was signed for, or that a service asks in for its caller.
    pub fn region(&self) -> &Region {
        self.elsewhere.as_ref().unwrap_or(&self.arrival.region)
    }

    /// Who calls.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What came with the request.
    pub fn arrival(&self) -> &Arrival {
        self.arrival
    }

    /// What the client is told in headers, beside AWS's answer.
    pub fn hints(&self) -> &[(&'static str, String)] {
        &self.draft.hints
    }

    /// The gate that the request goes through.
    pub fn gate(&self) -> &'g Gate {
        self.gate
    }

    /// Takes the bearer of an identity provider's verified token for the caller. A signature, where there is one, gives
    /// nothing to such a request: its rights must not mix with the token's.
    pub fn present(&mut self, identity: Principal) {
        let is_unsigned = matches!(identity.identity, Identity::Unsigned { .. });
        if is_unsigned {
            self.caller = Arc::new(Caller::unsigned(identity));
        }
    }

    /// The state that this request sees, from its first look to its last.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.gate.entropy
    }

    /// What the audit event will tell beside who, when and whether.
    pub fn draft(&mut self) -> &mut Draft {
        &mut self.draft
    }

    /// Finds the key that a `KeyId` member names, by id, ARN, alias name or alias ARN.
    ///
    /// # Errors
    /// [`Missing`]. The key is not yet authorized: nothing about it may be told.
    pub fn find(&self, key_id: &str, action: KmsAction) -> Result<Found, Missing> {
        let selector = KeySelector::parse(key_id, self.account(), self.region()).map_err(Missing::Fault)?;
        self.select(&selector, action)
    }

    /// Finds the key that a `KeyId` member names, by id or ARN only.
    ///
    /// # Errors
    /// As [`Passage::find`]; an alias is not a key id.
    pub fn find_by_id(&self, key_id: &str, action: KmsAction) -> Result<Found, Missing> {
        let arn = KeySelector::parse_key(key_id, self.account(), self.region()).map_err(Missing::Fault)?;
        self.select(&KeySelector::Key(arn), action)
    }

    /// Finds a key of the caller's own account, by id or ARN only: for operations that no key policy decides. Another
    /// account's key is as hidden as one that does not exist.
    ///
    /// # Errors
    /// As [`Passage::find`].
    pub fn find_own(&self, key_id: &str, action: KmsAction) -> Result<Found, Missing> {
        let arn = KeySelector::parse_key(key_id, self.account(), self.region()).map_err(Missing::Fault)?;
        if arn.account != self.account() {
            return Err(Missing::Hidden(self.hidden(action)));
        }
        self.select(&KeySelector::Key(arn), action)
    }

    /// Finds a key or the key of an alias.
    ///
    /// # Errors
    /// As [`Passage::find`].
    pub fn select(&self, selector: &KeySelector, action: KmsAction) -> Result<Found, Missing> {
        let (key, alias) = match selector {
            KeySelector::Key(arn) => (self.snapshot.keyring.key(arn, self.now()), None),
            KeySelector::Alias(arn) => {
                (self.snapshot.keyring.key_of_alias(arn, self.now()), Some(arn.alias.clone()))
            }
        };
        match key {
            Some(key) => Ok(Found { key: key.clone(), alias, by_ciphertext: false }),
            None if selector.account() != self.account() => Err(Missing::Hidden(self.hidden(action))),
            None => Err(Missing::Fault(match selector {
                KeySelector::Key(arn) => KeyFault::NoSuchKey(arn.clone()),
                KeySelector::Alias(arn) => KeyFault::NoSuchAlias(arn.clone()),
            })),
        }
    }

    /// AWS's text for a key of another account, whether it exists or not.
    pub fn hidden(&self, action: KmsAction) -> String {
        format!(
            "User: {} is not authorized to perform: kms:{} on this resource because the resource does not exist in \
             this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
            self.caller().principal.display_name(),
            action.name(),
        )
    }
}
