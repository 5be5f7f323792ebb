use crate::{AccessKeyRecord, AccessKeyTable, AccountRecord, AccountTable, Caller, KeyStatus, Owner};
use gatekey_sigv4::{Credential, Credentials, LookupError, SecretAccessKey};
use gatekey_store::{Revision, table::Table};
use gatekey_types::{AccountId, PrincipalArn, UniqueId};
use imbl::{HashMap, OrdMap};
use std::sync::Arc;

/// Who exists, at one revision: immutable, cheap to clone, read without a lock.
#[derive(Clone, Default, Debug)]
pub struct Directory {
    accounts: OrdMap<AccountId, (Arc<AccountRecord>, Revision)>,
    access_keys: HashMap<Arc<str>, Arc<AccessKey>>,
}

/// An access key, ready to verify a signature with.
#[derive(Debug)]
struct AccessKey {
    record: AccessKeyRecord,
    secret: Arc<SecretAccessKey>,
    caller: Caller,
}

impl AccessKey {
    fn new(record: AccessKeyRecord) -> Self {
        let secret = Arc::new(SecretAccessKey::new(record.secret.expose()));
        let caller = Caller::of(record.owner);
        Self { record, secret, caller }
    }
}

/// A principal that a policy names and that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPrincipal {
    /// The name as the policy has it.
    pub principal: String,
    /// The nearest name that exists, for the operator's hint.
    pub nearest: Option<String>,
}

/// A record of the store that this version cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the record {table}/{key} cannot be read")]
pub struct Unreadable {
    /// The table.
    pub table: &'static str,
    /// The record's key.
    pub key: String,
}

impl Directory {
    /// The names of the tables that this crate reads, in the order in which they must be loaded.
    pub const TABLES: &'static [&'static str] = &[AccountTable::NAME, AccessKeyTable::NAME];

    /// Takes over one record that was written (`Some`) or deleted (`None`) at this revision.
    ///
    /// # Errors
    /// The record cannot be read: the server must not go on half-blind.
    pub fn apply(
        &mut self,
        table: &str,
        key: &str,
        record: Option<&[u8]>,
        revision: Revision,
    ) -> Result<(), Unreadable> {
        match table {
            AccountTable::NAME => {
                let id = read_key::<AccountTable>(key)?;
                match read::<AccountTable>(key, record)? {
                    Some(record) => self.accounts.insert(id, (Arc::new(record), revision)),
                    None => self.accounts.remove(&id),
                };
            }
            AccessKeyTable::NAME => {
                let id = read_key::<AccessKeyTable>(key)?;
                match read::<AccessKeyTable>(key, record)? {
                    Some(record) => {
                        self.access_keys.insert(id.as_str().into(), Arc::new(AccessKey::new(record)))
                    }
                    None => self.access_keys.remove(id.as_str()),
                };
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether this server has the account.
    pub fn has_account(&self, account: AccountId) -> bool {
        self.accounts.contains_key(&account)
    }

    /// Every account, in order.
    pub fn accounts(&self) -> impl Iterator<Item = (AccountId, &AccountRecord)> {
        self.accounts.iter().map(|(id, (record, _))| (*id, record.as_ref()))
    }

    /// The ids of a root user's long-term keys.
    pub fn root_keys(&self, account: AccountId) -> impl Iterator<Item = &str> {
        self.access_keys
            .iter()
            .filter(move |(_, key)| key.record.owner == Owner::Root(account))
            .map(|(id, _)| id.as_ref())
    }

    /// Looks up a principal that a policy names, for authorization.md 3.5: accounts need no pin, users and roles are
    /// pinned to the unique id that they have now.
    ///
    /// # Errors
    /// It does not exist on this server.
    pub fn resolve(&self, principal: &PrincipalArn) -> Result<Option<UniqueId>, UnknownPrincipal> {
        let known = matches!(principal, PrincipalArn::Root(..)) && self.has_account(principal.account());
        if known {
            return Ok(None);
        }
        let nearest = self.has_account(principal.account()).then(|| {
            let arn = principal.arn();
            format!("arn:{}:iam::{}:root", arn.partition(), principal.account())
        });
        Err(UnknownPrincipal { principal: principal.to_string(), nearest })
    }
}

/// Long-term keys come without a session token; none of those that come with one is known yet.
impl Credentials for Directory {
    type Principal = Caller;

    fn lookup(&self, access_key_id: &str, token: Option<&str>) -> Result<Credential<Caller>, LookupError> {
        let key = self.access_keys.get(access_key_id).ok_or(LookupError::UnknownKey)?;
        if key.record.status != KeyStatus::Active || !self.has_account(key.record.owner.account()) {
            return Err(LookupError::UnknownKey);
        }
        if token.is_some() {
            return Err(LookupError::InvalidToken);
        }
        Ok(Credential { principal: key.caller.clone(), secret: key.secret.clone() })
    }
}

fn read_key<T: Table>(key: &str) -> Result<T::Key, Unreadable> {
    T::decode_key(key).ok_or_else(|| Unreadable { table: T::NAME, key: key.to_owned() })
}

fn read<T: Table>(key: &str, record: Option<&[u8]>) -> Result<Option<T::Record>, Unreadable> {
    let unreadable = || Unreadable { table: T::NAME, key: key.to_owned() };
    record.map(|bytes| T::decode(bytes).ok_or_else(unreadable)).transpose()
}
