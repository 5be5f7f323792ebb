//! A server with users in two accounts: Secrets Manager, KMS and tagging.

pub(crate) use crate::server::{A, B, HERE, Reply, policy};
use crate::server::{Server, opened};
use gatekey_gate::{Functions, NoFunctions};
use gatekey_store::{MemoryStore, Span, Store};
use gatekey_testkit::Signer;
use serde_json::{Value, json};
use std::{ops::Deref, sync::Arc};

pub(crate) struct World {
    server: Server,
    store: Arc<MemoryStore>,
}

impl Deref for World {
    type Target = Server;
    fn deref(&self) -> &Server {
        &self.server
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_functions(Arc::new(NoFunctions)).await
    }

    /// With functions that rotate secrets.
    pub(crate) async fn with_functions(functions: Arc<dyn Functions>) -> Self {
        let store = Arc::new(MemoryStore::new());
        Self { server: Server::new(&store, |gate| gate.with_functions(functions)).await, store }
    }

    /// Insists that the server starts on what it wrote.
    pub(crate) async fn restarts(&self) {
        opened(self.store.clone(), &self.events, &self.clock, &self.entropy).await;
    }

    /// Records of a table in the store.
    pub(crate) async fn records(&self, table: &str) -> usize {
        let page = self.store.range(Span::prefix(format!("{table}/")), 1000, None).await.unwrap();
        page.records.len()
    }

    /// The names of the events so far, without those before `from`.
    pub(crate) fn event_names(&self, from: usize) -> Vec<String> {
        let events = self.events.all();
        events.iter().skip(from).map(|event| event["eventName"].as_str().unwrap().to_owned()).collect()
    }

    /// Calls Secrets Manager as the root user of `A`.
    pub(crate) async fn call(&self, operation: &str, input: Value) -> Reply {
        self.by(&self.root(A), operation, input).await
    }

    /// Calls Secrets Manager.
    pub(crate) async fn by(&self, who: &Signer, operation: &str, input: Value) -> Reply {
        self.at(who, HERE, operation, input).await
    }

    /// Calls Secrets Manager in a Region.
    pub(crate) async fn at(&self, who: &Signer, region: &str, operation: &str, input: Value) -> Reply {
        self.send(who, ("secretsmanager", region), &format!("secretsmanager.{operation}"), input).await
    }

    /// Calls KMS as the root user of `A`.
    pub(crate) async fn kms(&self, operation: &str, input: Value) -> Reply {
        self.send(&self.root(A), ("kms", HERE), &format!("TrentService.{operation}"), input).await
    }

    /// Makes a customer managed key in a Region and gives its ARN.
    pub(crate) async fn key_in(&self, region: &str) -> String {
        let made = self.send(&self.root(A), ("kms", region), "TrentService.CreateKey", json!({})).await.ok();
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    /// Makes a customer managed key and gives its ARN.
    pub(crate) async fn key(&self) -> String {
        self.key_in(HERE).await
    }

    pub(crate) async fn send(
        &self,
        who: &Signer,
        (service, region): (&'static str, &str),
        target: &str,
        input: Value,
    ) -> Reply {
        let signer = Signer { region: region.to_owned(), service, ..who.clone() };
        Reply::of(&self.call_as(&signer, target, &input).await)
    }

    /// Makes a secret with this text.
    pub(crate) async fn secret(&self, name: &str, text: &str) -> Value {
        let token = token(0);
        self.call("CreateSecret", json!({"Name": name, "SecretString": text, "ClientRequestToken": token}))
            .await
            .ok()
    }

    /// What GetSecretValue answers to the root user of `A`: the text, or the error's code.
    pub(crate) async fn read(&self, name: &str) -> String {
        let reply = self.call("GetSecretValue", json!({"SecretId": name})).await;
        match reply.body["SecretString"].as_str() {
            Some(text) => text.to_owned(),
            None => reply.code().to_owned(),
        }
    }

    /// A day passes, or more.
    pub(crate) fn pass_days(&self, days: i64) {
        self.clock.set(self.gate.now().plus_days(days));
    }
}

/// The `n`th token, as long as AWS demands.
pub(crate) fn token(n: usize) -> String {
    format!("00000000-0000-0000-0000-{n:012}")
}
