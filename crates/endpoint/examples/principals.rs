//! Fills a data folder with principals, for `cargo xtask bench`.
//!
//! `principals DATA COUNT`
//!
//! The folder must have been initialised, with the root key in a file, and must not be in use. Nine of ten principals are
//! users with a policy each, the others roles that all of them may assume. Prints one line for each of a few users: access
//! key id, secret, and the ARN of a role.

#![expect(clippy::print_stdout, reason = "an example talks on standard output")]

use gatekey_audit::Frame;
use gatekey_directory::{Document, Header, NewAccessKey, Owner, Permissions, RoleRecord, UserRecord, insert};
use gatekey_gate::{Gate, Parts, Trail};
use gatekey_keyring::Quotas;
use gatekey_seal::{KeyFile, SealFile};
use gatekey_store::table::Edit;
use gatekey_store_sqlite::SqliteStore;
use gatekey_testkit::{FakeClock, SeededEntropy};
use gatekey_types::{AccountId, RequestId, Timestamp};
use std::{collections::BTreeSet, error::Error, path::Path, sync::Arc};

/// Principals that one transaction writes: the store takes 128 writes in one.
const AT_ONCE: usize = 100;
/// Users who get an access key.
const WITH_KEYS: usize = 64;

/// No event is written: nobody asked for anything.
struct NoTrail;

impl Trail for NoTrail {
    fn deliver(&self, _: RequestId, _: &[u8]) -> Result<(), String> {
        Ok(())
    }
    fn record(&self, events: &mut [Frame]) -> Vec<Result<(), String>> {
        events.iter().map(|_| Ok(())).collect()
    }
    fn waits(&self) -> bool {
        false
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, count] = arguments.as_slice() else { return Err("usage: principals DATA COUNT".into()) };
    let (data, count): (&Path, usize) = (data.as_ref(), count.parse()?);
    let root = SealFile::load(&data.join("seal.json"))?.open(&KeyFile::new(data.join("root.key")))?;
    let gate = Gate::open(Parts {
        store: Arc::new(SqliteStore::open(&data.join("store"))?),
        root,
        trail: Arc::new(NoTrail),
        clock: Arc::new(FakeClock::at(Timestamp::from_seconds(1_800_000_000))),
        entropy: Arc::new(SeededEntropy::new(42)),
        quotas: Quotas::default(),
        cached_materials: 1,
    })
    .await?;
    let account = gate.snapshot().directory.accounts().map(|(id, _)| id).next().ok_or("no account")?;
    let (roles, mut keyed) = ((count / 10).max(1), 0);
    let mut edits = Vec::new();
    for number in 0..count {
        if number < roles {
            edits.push(insert(account, &role(&gate, account, number)));
        } else {
            let user = user(&gate, number);
            edits.push(insert(account, &user));
            if keyed < WITH_KEYS {
                keyed += 1;
                edits.push(key(&gate, account, &user, number % roles));
            }
        }
        if edits.len() >= AT_ONCE {
            gate.provision(std::mem::take(&mut edits)).await?;
        }
    }
    gate.provision(edits).await?;
    Ok(())
}

fn permissions(number: usize, action: &str) -> Permissions {
    let statement = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}},{{"Effect":"Allow","Action":["kms:Encrypt","kms:Decrypt"],"Resource":"arn:aws:kms:*:*:key/{number}","Condition":{{"StringEquals":{{"aws:PrincipalTag/team":"{number}"}}}}}}]}}"#
    );
    Permissions { inline: [("own".to_owned(), statement)].into(), ..Permissions::default() }
}

fn user(gate: &Gate, number: usize) -> UserRecord {
    UserRecord {
        header: Header::new::<UserRecord>(&format!("user-{number}"), "/", gate.now(), gate.entropy()),
        permissions: permissions(number, "sts:AssumeRole"),
        groups: BTreeSet::new(),
        login: None,
        password_last_used: None,
    }
}

fn role(gate: &Gate, account: AccountId, number: usize) -> RoleRecord {
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"sts:AssumeRole"}}]}}"#
    );
    RoleRecord {
        header: Header::new::<RoleRecord>(&format!("role-{number}"), "/", gate.now(), gate.entropy()),
        permissions: permissions(number, "kms:ListKeys"),
        trust: Document { text: trust, pins: Default::default() },
        description: None,
        longest_session: 3600,
    }
}

/// A user's access key; its owner is told on standard output.
fn key(gate: &Gate, account: AccountId, user: &UserRecord, role: usize) -> Edit {
    let owner = Owner::User(account, user.header.id.clone());
    let key = NewAccessKey::long_term(owner, gate.now(), gate.entropy());
    println!("{} {} arn:aws:iam::{account}:role/role-{role}", key.id, key.record.secret.expose());
    key.change()
}
