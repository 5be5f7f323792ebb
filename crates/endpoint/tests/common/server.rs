//! A whole server without sockets, with users in two accounts, for services that speak JSON.

use crate::{asked, root_key::root_key};
use bytes::Bytes;
use gatekey_audit::Frame;
use gatekey_directory::{Header, NewAccessKey, Owner, Permissions, UserRecord, insert};
use gatekey_endpoint::Endpoint;
use gatekey_gate::{Gate, Parts, Trail};
use gatekey_keyring::Quotas;
use gatekey_server::{Answer, Lanes};
use gatekey_store::{MemoryStore, Store};
use gatekey_testkit::{FakeClock, SeededEntropy, Signer};
use gatekey_types::{AccountId, RequestId, Timestamp};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

pub(crate) const A: &str = "111122223333";
pub(crate) const B: &str = "444455556666";
/// Where most requests go.
pub(crate) const HERE: &str = "us-east-1";

/// Keeps events.
#[derive(Default)]
pub(crate) struct Events(Mutex<Vec<String>>);

impl Events {
    pub(crate) fn texts(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
    pub(crate) fn all(&self) -> Vec<Value> {
        self.texts().iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }
}

impl Trail for Events {
    fn deliver(&self, _: RequestId, event: &[u8]) -> Result<(), String> {
        self.0.lock().unwrap().push(String::from_utf8(event.to_vec()).unwrap());
        Ok(())
    }
    fn record(&self, events: &mut [Frame]) -> Vec<Result<(), String>> {
        let texts = events.iter().map(|event| String::from_utf8(event.event().to_vec()).unwrap());
        self.0.lock().unwrap().extend(texts);
        events.iter().map(|_| Ok(())).collect()
    }
    fn waits(&self) -> bool {
        false
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn of(answer: &Answer) -> Self {
        let body =
            if answer.body.is_empty() { json!({}) } else { serde_json::from_slice(&answer.body).unwrap() };
        Self { status: answer.status.as_u16(), body }
    }
    pub(crate) fn code(&self) -> &str {
        self.body["__type"].as_str().unwrap_or("ok")
    }
    pub(crate) fn message(&self) -> &str {
        let text = self.body.get("message").or_else(|| self.body.get("Message"));
        text.and_then(Value::as_str).unwrap_or_default()
    }
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }
    /// Insists on this error, and a text that has this in it.
    pub(crate) fn fails(&self, code: &str, text: &str) {
        assert_eq!(self.code(), code, "{}", self.body);
        assert!(self.message().contains(text), "{}", self.body);
    }
}

pub(crate) struct Server {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) events: Arc<Events>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) roots: Vec<Signer>,
}

impl Server {
    /// On this store, which is empty; the gate has what `shape` gives it.
    pub(crate) async fn new(store: &Arc<MemoryStore>, shape: impl FnOnce(Gate) -> Gate) -> Self {
        let entropy = Arc::new(SeededEntropy::new(1));
        let clock = Arc::new(FakeClock::at(Timestamp::from_seconds(1_800_000_000)));
        let events = Arc::new(Events::default());
        let gate = Arc::new(shape(opened(store.clone(), &events, &clock, &entropy).await));
        let mut roots = Vec::new();
        for account in [A, B] {
            let key = gate.new_root_key(account.parse().unwrap());
            gate.create_account(account.parse().unwrap(), "", &key).await.unwrap();
            roots.push(signer(&key));
        }
        let endpoint = Arc::new(Endpoint::new(gate.clone(), HERE.parse().unwrap(), &Lanes::default()));
        Self { endpoint, gate, clock, events, entropy, roots }
    }

    /// The root user of an account.
    pub(crate) fn root(&self, account: &str) -> Signer {
        self.roots[usize::from(account == B)].clone()
    }

    /// A user with one inline policy and an access key.
    pub(crate) async fn user(&self, account: &str, name: &str, statements: Value) -> Signer {
        let account: AccountId = account.parse().unwrap();
        let (now, entropy) = (self.gate.now(), self.gate.entropy());
        let mut permissions = Permissions::default();
        permissions.inline.insert("p".into(), policy(statements));
        let record = UserRecord {
            header: Header::new::<UserRecord>(name, "/", now, entropy),
            permissions,
            groups: Default::default(),
            login: None,
            password_last_used: None,
        };
        let key = NewAccessKey::long_term(Owner::User(account, record.header.id.clone()), now, entropy);
        self.gate.provision(vec![insert(account, &record), key.change()]).await.unwrap();
        signer(&key)
    }

    /// Calls an operation of a JSON service, with all that the signer says.
    pub(crate) async fn call_as(&self, who: &Signer, target: &str, input: &Value) -> Answer {
        let body = Bytes::from(input.to_string());
        self.ask("/", who.headers(target, &body, self.gate.now()), body).await
    }

    /// Sends a signed request.
    pub(crate) async fn ask(&self, path: &str, signed: Vec<(String, String)>, body: Bytes) -> Answer {
        asked::ask(&self.endpoint, &self.entropy, path, signed, body).await
    }
}

/// A gate on what the store has.
pub(crate) async fn opened(
    store: Arc<dyn Store>,
    events: &Arc<Events>,
    clock: &Arc<FakeClock>,
    entropy: &Arc<SeededEntropy>,
) -> Gate {
    let gate = Gate::open(Parts {
        store,
        root: root_key(&SeededEntropy::new(1)),
        trail: events.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        quotas: Quotas::default(),
        cached_materials: 64,
    });
    gate.await.unwrap()
}

/// A policy of these statements.
pub(crate) fn policy(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// Signs for whatever service it is told.
fn signer(key: &NewAccessKey) -> Signer {
    Signer {
        access_key_id: key.id.to_string(),
        secret: key.record.secret.expose().to_owned(),
        region: HERE.into(),
        service: "",
    }
}
