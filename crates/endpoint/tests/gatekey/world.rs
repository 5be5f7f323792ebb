//! A whole server without sockets, with users in two accounts: Gatekey's own service, and what it is asked about.

use bytes::Bytes;
use gatekey_audit::Frame;
use gatekey_directory::{Document, Header, NewAccessKey, Owner, Permissions, RoleRecord, UserRecord, insert};
use gatekey_endpoint::Endpoint;
use gatekey_gate::{Gate, Parts, Trail};
use gatekey_keyring::Quotas;
use gatekey_seal::{SealFile, UnsealError, UnsealKey, Unsealer};
use gatekey_server::{Application, Connection, RawRequest};
use gatekey_store::MemoryStore;
use gatekey_testkit::{FakeClock, SeededEntropy, Signer};
use gatekey_types::{AccountId, Entropy, RequestId, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

pub(crate) const A: &str = "111122223333";
pub(crate) const B: &str = "444455556666";
/// Where most requests go.
pub(crate) const HERE: &str = "us-east-1";

struct OneKey;

impl Unsealer for OneKey {
    fn enroll(&self, _: &dyn Entropy) -> Result<(gatekey_seal::Method, UnsealKey), UnsealError> {
        let method = gatekey_seal::Method::KeyFile {};
        let key = self.unseal_key(&method)?;
        Ok((method, key))
    }
    fn unseal_key(&self, _: &gatekey_seal::Method) -> Result<UnsealKey, UnsealError> {
        Ok(UnsealKey::from_bytes(Zeroizing::new([1; 32])))
    }
}

/// Keeps events.
#[derive(Default)]
pub(crate) struct Events(Mutex<Vec<String>>);

impl Events {
    pub(crate) fn all(&self) -> Vec<Value> {
        self.0.lock().unwrap().iter().map(|text| serde_json::from_str(text).unwrap()).collect()
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
    /// The header `x-gatekey-decision`.
    pub(crate) decision: String,
    /// The header `x-gatekey-forecast`.
    pub(crate) forecast: String,
}

impl Reply {
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

pub(crate) struct World {
    endpoint: Endpoint,
    pub(crate) gate: Arc<Gate>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) events: Arc<Events>,
    entropy: Arc<SeededEntropy>,
    roots: Vec<Signer>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::foreseeing(None).await
    }

    /// The same, where changes of policies are foreseen, and lockouts perhaps refused.
    pub(crate) async fn foreseeing(denies: Option<bool>) -> Self {
        let entropy = Arc::new(SeededEntropy::new(1));
        let clock = Arc::new(FakeClock::at(Timestamp::from_seconds(1_800_000_000)));
        let events = Arc::new(Events::default());
        let store = Arc::new(MemoryStore::new());
        let gate = opened(&store, &events, &clock, &entropy).await;
        let gate = Arc::new(match denies {
            Some(denies) => gate.with_foresight(Arc::new(gatekey_gatekey::Foreseer), denies),
            None => gate,
        });
        let mut roots = Vec::new();
        for account in [A, B] {
            let key = gate.new_root_key(account.parse().unwrap());
            gate.create_account(account.parse().unwrap(), "", &key).await.unwrap();
            roots.push(signer(&key));
        }
        let endpoint = Endpoint::new(gate.clone(), HERE.parse().unwrap());
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

    /// The role that is linked to a service.
    pub(crate) async fn linked_role(&self, account: &str, name: &str, service: &str) {
        let account: AccountId = account.parse().unwrap();
        let trust =
            json!([{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]);
        let (path, now) = (format!("/aws-service-role/{service}/"), self.gate.now());
        let record = RoleRecord {
            header: Header::new::<RoleRecord>(name, &path, now, self.gate.entropy()),
            permissions: Permissions::default(),
            trust: Document { text: policy(trust), pins: Default::default() },
            description: None,
            longest_session: 3_600,
        };
        self.gate.provision(vec![insert(account, &record)]).await.unwrap();
    }

    /// Deletes a user and its access keys.
    pub(crate) async fn forget_user(&self, account: &str, name: &str) {
        let snapshot = self.gate.snapshot();
        let user = snapshot.directory.users.get(account.parse().unwrap(), name).unwrap();
        self.gate.provision(vec![user.delete()]).await.unwrap();
    }

    /// Calls Gatekey's own service as the root user of `A`.
    pub(crate) async fn call(&self, operation: &str, input: Value) -> Reply {
        self.by(&self.root(A), operation, input).await
    }

    /// Calls Gatekey's own service.
    pub(crate) async fn by(&self, who: &Signer, operation: &str, input: Value) -> Reply {
        self.send(who, "gatekey", &format!("Gatekey.{operation}"), input).await
    }

    /// Calls KMS.
    pub(crate) async fn kms(&self, who: &Signer, operation: &str, input: Value) -> Reply {
        self.send(who, "kms", &format!("TrentService.{operation}"), input).await
    }

    /// Makes a key of the account and gives its ARN; with this policy, or the usual one.
    pub(crate) async fn key(&self, account: &str, statements: Option<Value>) -> String {
        let mut input = json!({});
        if let Some(statements) = statements {
            input["Policy"] = policy(statements).into();
        }
        let made = self.kms(&self.root(account), "CreateKey", input).await.ok();
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn send(
        &self,
        who: &Signer,
        service: &'static str,
        target: &str,
        input: Value,
    ) -> Reply {
        let body = Bytes::from(input.to_string());
        let signer = Signer { service, ..who.clone() };
        let headers = signer.headers(target, &body, self.gate.now());
        self.ask("/", headers, body).await
    }

    /// Calls IAM Access Analyzer, which has a path for each operation.
    pub(crate) async fn rest(&self, who: &Signer, path: &'static str, input: Value) -> Reply {
        let body = Bytes::from(input.to_string());
        let signer = Signer { service: "access-analyzer", ..who.clone() };
        let content = [("content-type", "application/json")];
        self.ask(path, signer.sign_path(path, &content, &body, self.gate.now()), body).await
    }

    async fn ask(&self, path: &'static str, headers: Vec<(String, String)>, body: Bytes) -> Reply {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        }
        let mut id = [0; 16];
        self.entropy.fill(&mut id);
        let answer = self.endpoint.call(RawRequest {
            id: RequestId::from_random(id),
            method: Method::POST,
            uri: path.parse().unwrap(),
            version: Version::HTTP_11,
            headers: map,
            body,
            connection: Arc::new(Connection::new(
                "127.0.0.1:9".parse().unwrap(),
                "127.0.0.1:1".parse().unwrap(),
                None,
            )),
        });
        let answer = answer.await;
        let body =
            if answer.body.is_empty() { json!({}) } else { serde_json::from_slice(&answer.body).unwrap() };
        let decision = answer.headers.get("x-gatekey-decision");
        let decision = decision.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let forecast = answer.headers.get("x-gatekey-forecast");
        let forecast = forecast.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        Reply { status: answer.status.as_u16(), body, decision, forecast }
    }
}

async fn opened(
    store: &Arc<MemoryStore>,
    events: &Arc<Events>,
    clock: &Arc<FakeClock>,
    entropy: &Arc<SeededEntropy>,
) -> Gate {
    let (_, root) = SealFile::create(&OneKey, &SeededEntropy::new(1)).unwrap();
    let gate = Gate::open(Parts {
        store: store.clone(),
        root,
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

fn signer(key: &NewAccessKey) -> Signer {
    Signer {
        access_key_id: key.id.to_string(),
        secret: key.record.secret.expose().to_owned(),
        region: HERE.into(),
        service: "gatekey",
    }
}
