//! A whole server without sockets, with users and roles in two accounts.

use crate::{asked, root_key::root_key};
use bytes::Bytes;
use gatekey_audit::Frame;
use gatekey_directory::{Document, Header, NewAccessKey, Owner, Permissions, RoleRecord, UserRecord, insert};
use gatekey_endpoint::Endpoint;
use gatekey_gate::{Gate, Parts, Trail};
use gatekey_keyring::Quotas;
use gatekey_server::Lanes;
use gatekey_store::MemoryStore;
use gatekey_testkit::{FakeClock, SeededEntropy, Signer};
use gatekey_types::{AccountId, RequestId, Timestamp};
use std::sync::{Arc, Mutex};

pub(crate) const A: &str = "111122223333";
pub(crate) const B: &str = "444455556666";

/// A trail in memory.
#[derive(Default)]
pub(crate) struct Events(Mutex<Vec<serde_json::Value>>);

impl Events {
    /// The newest event.
    pub(crate) fn last(&self) -> serde_json::Value {
        self.0.lock().unwrap().last().unwrap().clone()
    }
    fn note(&self, event: &[u8]) {
        self.0.lock().unwrap().push(serde_json::from_slice(event).unwrap());
    }
}

impl Trail for Events {
    fn deliver(&self, _: RequestId, event: &[u8]) -> Result<(), String> {
        self.note(event);
        Ok(())
    }
    fn record(&self, events: &mut [Frame]) -> Vec<Result<(), String>> {
        events.iter().map(|event| self.note(event.event())).map(Ok).collect()
    }
    fn waits(&self) -> bool {
        false
    }
}

/// Credentials as a client holds them.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) denial: Option<String>,
}

impl Reply {
    /// The text of the first element of this name.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let (_, rest) = self.body.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        Some(text.replace("&quot;", "\"").replace("&amp;", "&"))
    }
    pub(crate) fn code(&self) -> String {
        self.get("Code").unwrap_or_else(|| "ok".into())
    }
    pub(crate) fn message(&self) -> String {
        self.get("Message").unwrap_or_default()
    }
    /// The credentials that were handed out.
    pub(crate) fn credentials(&self) -> Credentials {
        let get = |name: &str| self.get(name).unwrap_or_else(|| panic!("{}", self.body));
        Credentials {
            id: get("AccessKeyId"),
            secret: get("SecretAccessKey"),
            token: Some(get("SessionToken")),
        }
    }
}

pub(crate) struct World {
    endpoint: Arc<Endpoint>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) events: Arc<Events>,
    entropy: Arc<SeededEntropy>,
    pub(crate) root: Credentials,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_quotas(gatekey_directory::Quotas::default()).await
    }

    /// The same under other quotas of identities.
    pub(crate) async fn with_quotas(quotas: gatekey_directory::Quotas) -> Self {
        let entropy = Arc::new(SeededEntropy::new(1));
        let clock = Arc::new(FakeClock::at(Timestamp::from_seconds(1_800_000_000)));
        let events = Arc::new(Events::default());
        let root = root_key(&*entropy);
        let gate = Gate::open(Parts {
            store: Arc::new(MemoryStore::new()),
            root,
            trail: events.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            quotas: Quotas::default(),
            cached_materials: 64,
        });
        let gate = Arc::new(gate.await.unwrap().with_identity_quotas(quotas));
        let mut roots = Vec::new();
        for account in [A, B] {
            let key = gate.new_root_key(account.parse().unwrap());
            gate.create_account(account.parse().unwrap(), "", &key).await.unwrap();
            roots.push(held(&key));
        }
        let endpoint = Arc::new(Endpoint::new(gate.clone(), "us-east-1".parse().unwrap(), &Lanes::default()));
        Self { endpoint, gate, clock, events, entropy, root: roots.swap_remove(0) }
    }

    /// A user with one inline policy and an access key.
    pub(crate) async fn user(&self, account: &str, name: &str, policy: &str) -> Credentials {
        let account: AccountId = account.parse().unwrap();
        let (now, entropy) = (self.gate.now(), self.gate.entropy());
        let record = UserRecord {
            header: Header::new::<UserRecord>(name, "/", now, entropy),
            permissions: permissions(policy),
            groups: Default::default(),
            login: None,
            password_last_used: None,
        };
        let owner = Owner::User(account, record.header.id.clone());
        let key = NewAccessKey::long_term(owner, now, entropy);
        self.gate.provision(vec![insert(account, &record), key.change()]).await.unwrap();
        held(&key)
    }

    /// Writes the noted last uses down; how many there were.
    pub(crate) async fn last_uses_written(&self) -> usize {
        self.gate.save_uses().await.unwrap()
    }

    /// Deletes a role, and insists that its last use, which was written down, goes with it.
    pub(crate) async fn role_is_forgotten(&self, name: &str) {
        let snapshot = self.gate.snapshot();
        let role = snapshot.directory.roles.get(A.parse().unwrap(), name).unwrap().id().clone();
        assert!(snapshot.directory.last_use(role.as_str()).is_some());
        let reply = self.iam(&self.root, "DeleteRole", &[("RoleName", name)]).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert!(self.gate.snapshot().directory.last_use(role.as_str()).is_none());
    }

    /// A role with a trust policy and one inline policy.
    pub(crate) async fn role(&self, account: &str, name: &str, trust: &str, policy: &str) {
        let account: AccountId = account.parse().unwrap();
        let record = RoleRecord {
            header: Header::new::<RoleRecord>(name, "/", self.gate.now(), self.gate.entropy()),
            permissions: permissions(policy),
            trust: Document { text: trust.to_owned(), pins: Default::default() },
            description: None,
            longest_session: 7200,
        };
        self.gate.provision(vec![insert(account, &record)]).await.unwrap();
    }

    /// Calls an operation of STS; nobody signs where there are no credentials.
    pub(crate) async fn sts(&self, who: &Credentials, operation: &str, parameters: &[(&str, &str)]) -> Reply {
        self.call(who, ("sts", "2011-06-15"), operation, parameters).await
    }

    /// Calls an operation of IAM.
    pub(crate) async fn iam(&self, who: &Credentials, operation: &str, parameters: &[(&str, &str)]) -> Reply {
        self.call(who, ("iam", "2010-05-08"), operation, parameters).await
    }

    async fn call(
        &self,
        who: &Credentials,
        (service, version): (&'static str, &str),
        operation: &str,
        parameters: &[(&str, &str)],
    ) -> Reply {
        let mut body = format!("Action={operation}&Version={version}");
        for (name, value) in parameters {
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            body.push_str(&format!("&{name}={encoded}"));
        }
        let form = vec![("content-type", "application/x-www-form-urlencoded")];
        self.send(who, service, form, body.into()).await
    }

    /// Calls an operation of KMS.
    pub(crate) async fn kms(&self, who: &Credentials, operation: &str, body: &str) -> Reply {
        self.json(who, "kms", &format!("TrentService.{operation}"), body).await
    }

    /// Calls an operation of Organizations.
    pub(crate) async fn organize(&self, who: &Credentials, operation: &str, body: &str) -> Reply {
        self.json(who, "organizations", &format!("AWSOrganizationsV20161128.{operation}"), body).await
    }

    async fn json(&self, who: &Credentials, service: &'static str, target: &str, body: &str) -> Reply {
        let json = vec![("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
        self.send(who, service, json, body.to_owned().into()).await
    }

    async fn send<'a>(
        &self,
        who: &'a Credentials,
        service: &'static str,
        mut extra: Vec<(&'a str, &'a str)>,
        body: Bytes,
    ) -> Reply {
        if let Some(token) = &who.token {
            extra.push(("x-amz-security-token", token));
        }
        let signer = Signer {
            access_key_id: who.id.clone(),
            secret: who.secret.clone(),
            region: "us-east-1".into(),
            service,
        };
        let signed = signer.sign(&extra, &body, self.gate.now());
        let answer = asked::ask(&self.endpoint, &self.entropy, "/", signed, body).await;
        let denial = answer.headers.get("x-gatekey-authorization-message");
        Reply {
            status: answer.status.as_u16(),
            body: String::from_utf8(answer.body.to_vec()).unwrap(),
            denial: denial.map(|value| value.to_str().unwrap().to_owned()),
        }
    }
}

fn permissions(policy: &str) -> Permissions {
    let mut permissions = Permissions::default();
    if !policy.is_empty() {
        permissions.inline.insert("p".into(), policy.to_owned());
    }
    permissions
}

fn held(key: &NewAccessKey) -> Credentials {
    Credentials { id: key.id.to_string(), secret: key.record.secret.expose().to_owned(), token: None }
}
