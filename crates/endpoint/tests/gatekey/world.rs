//! A server with users in two accounts: Gatekey's own service, and what it is asked about.

pub(crate) use crate::server::{A, B, policy};
use crate::server::{Reply as Said, Server};
use bytes::Bytes;
use gatekey_directory::{Document, Header, Permissions, RoleRecord, insert};
use gatekey_gate::Gate;
use gatekey_server::Answer;
use gatekey_store::MemoryStore;
use gatekey_testkit::Signer;
use gatekey_types::AccountId;
use serde_json::{Value, json};
use std::{ops::Deref, sync::Arc};

/// What came back, with what Gatekey adds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    said: Said,
    /// The header `x-gatekey-decision`.
    pub(crate) decision: String,
    /// The header `x-gatekey-forecast`.
    pub(crate) forecast: String,
    /// The header `x-gatekey-recovery`.
    pub(crate) recovery: String,
}

impl Reply {
    fn of(answer: &Answer) -> Self {
        let header = |name: &str| {
            let value = answer.headers.get(name);
            value.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        let (decision, forecast) = (header("x-gatekey-decision"), header("x-gatekey-forecast"));
        Self { said: Said::of(answer), decision, forecast, recovery: header("x-gatekey-recovery") }
    }
    pub(crate) fn ok(self) -> Value {
        self.said.ok()
    }
}

impl Deref for Reply {
    type Target = Said;
    fn deref(&self) -> &Said {
        &self.said
    }
}

pub(crate) struct World(pub(crate) Server);

impl Deref for World {
    type Target = Server;
    fn deref(&self) -> &Server {
        &self.0
    }
}

impl World {
    /// The world of this server.
    pub(crate) fn of(server: Server) -> Self {
        Self(server)
    }

    pub(crate) async fn new() -> Self {
        Self::foreseeing(None).await
    }

    /// The same, where changes of policies are foreseen, and lockouts perhaps refused.
    pub(crate) async fn foreseeing(denies: Option<bool>) -> Self {
        let foreseer = Arc::new(gatekey_gatekey::Foreseer);
        Self::shaped(|gate| match denies {
            Some(denies) => gate.with_foresight(foreseer, denies),
            None => gate,
        })
        .await
    }

    /// With a gate that has what `shape` gives it.
    pub(crate) async fn shaped(shape: impl FnOnce(Gate) -> Gate) -> Self {
        let store = Arc::new(MemoryStore::new());
        Self(Server::new(&store, shape).await)
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
        Reply::of(&self.call_as(&Signer { service, ..who.clone() }, target, &input).await)
    }

    /// Calls IAM Access Analyzer, which has a path for each operation.
    pub(crate) async fn rest(&self, who: &Signer, path: &'static str, input: Value) -> Reply {
        let body = Bytes::from(input.to_string());
        let signer = Signer { service: "access-analyzer", ..who.clone() };
        let content = [("content-type", "application/json")];
        let signed = signer.sign_path(path, &content, &body, self.gate.now());
        Reply::of(&self.ask(path, signed, body).await)
    }
}
