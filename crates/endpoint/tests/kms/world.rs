//! A whole server without sockets: real signatures, real seals, a clock that obeys.

use crate::{asked, root_key::root_key};
use bytes::Bytes;
use gatekey_audit::{Frame, History};
use gatekey_directory::NewAccessKey;
use gatekey_endpoint::Endpoint;
use gatekey_gate::{Arrival, Gate, Parts, Trail};
use gatekey_keyring::Quotas;
use gatekey_server::Lanes;
use gatekey_store::{MemoryStore, Store};
use gatekey_testkit::{FakeClock, SeededEntropy, Signer};
use gatekey_types::{Clock, Entropy, RequestId, Timestamp};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// The account of most tests.
pub(crate) const A: &str = "111122223333";
/// Another account on the same server.
pub(crate) const B: &str = "444455556666";

/// Keeps events; fails when told to.
#[derive(Default)]
pub(crate) struct Events {
    recorded: Mutex<Vec<Value>>,
    failing: Mutex<bool>,
    panicking: Mutex<bool>,
    /// Of what comes next, and how many faults there were, once they come at random.
    chance: Mutex<Option<(u64, usize)>>,
}

impl Events {
    /// Every event so far.
    pub(crate) fn all(&self) -> Vec<Value> {
        self.recorded.lock().unwrap().clone()
    }
    /// The newest event.
    pub(crate) fn last(&self) -> Value {
        self.recorded.lock().unwrap().last().unwrap().clone()
    }
    /// Makes recording fail from now on, or work again.
    pub(crate) fn fail(&self, failing: bool) {
        *self.failing.lock().unwrap() = failing;
    }
    /// Makes recording fail at random, before an event is recorded or after it; or never more.
    pub(crate) fn fail_at_random(&self, seed: Option<u64>) {
        *self.chance.lock().unwrap() = seed.map(|seed| (seed, 0));
    }
    /// How many random faults there were.
    pub(crate) fn faults(&self) -> usize {
        self.chance.lock().unwrap().map_or(0, |(_, faults)| faults)
    }
    /// How many events there are.
    pub(crate) fn count(&self) -> usize {
        self.recorded.lock().unwrap().len()
    }
    /// The operations of the events behind so many.
    pub(crate) fn names_since(&self, before: usize) -> Vec<Value> {
        self.recorded.lock().unwrap().iter().skip(before).map(|event| event["eventName"].clone()).collect()
    }
    /// What chance says of the next event: whether it fails before it is recorded, and after.
    fn chance(&self) -> (bool, bool) {
        let mut chance = self.chance.lock().unwrap();
        let Some((state, faults)) = chance.as_mut() else { return (false, false) };
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (before, after) = ((*state >> 33).is_multiple_of(3), (*state >> 40).is_multiple_of(5));
        *faults += usize::from(before || after);
        (before, after)
    }
    /// Makes recording panic, as a defect would.
    pub(crate) fn panic(&self) {
        *self.panicking.lock().unwrap() = true;
    }
}

impl Trail for Events {
    fn record(&self, events: &mut [Frame]) -> Vec<Result<(), String>> {
        events.iter().map(|event| self.note(event.event())).collect()
    }
    fn deliver(&self, _: RequestId, event: &[u8]) -> Result<(), String> {
        self.note(event)
    }
    fn waits(&self) -> bool {
        false
    }
}

impl Events {
    fn note(&self, event: &[u8]) -> Result<(), String> {
        let panicking = *self.panicking.lock().unwrap();
        assert!(!panicking, "a defect");
        if *self.failing.lock().unwrap() {
            return Err("the disk is full".into());
        }
        let (before, after) = self.chance();
        if before {
            return Err("the disk fails".into());
        }
        self.recorded.lock().unwrap().push(serde_json::from_slice(event).unwrap());
        if after { Err("the sink is too slow".into()) } else { Ok(()) }
    }
}

/// A server and the root users of its accounts.
pub(crate) struct World {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) events: Arc<Events>,
    entropy: Arc<SeededEntropy>,
    signers: Vec<(String, Signer)>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Reply {
    /// The error's code.
    pub(crate) fn code(&self) -> &str {
        self.body["__type"].as_str().unwrap_or("ok")
    }
    /// The error's text.
    pub(crate) fn message(&self) -> &str {
        let text = self.body.get("message").or_else(|| self.body.get("Message"));
        text.and_then(Value::as_str).unwrap_or_default()
    }
    /// Insists on success.
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }
}

impl World {
    /// A server with two accounts.
    pub(crate) async fn new() -> Self {
        Self::with_quotas(Quotas::default()).await
    }

    /// The same under other quotas.
    pub(crate) async fn with_quotas(quotas: Quotas) -> Self {
        Self::on(Arc::new(MemoryStore::new()), quotas).await
    }

    /// A server on which a new grant counts only with its token for so long.
    pub(crate) async fn delaying(seconds: u64) -> Self {
        let delay = Duration::from_secs(seconds);
        Self::made(Arc::new(MemoryStore::new()), Quotas::default(), |gate| gate.with_grant_delay(delay)).await
    }

    /// A server that limits requests to AWS's rates.
    pub(crate) async fn limited() -> Self {
        Self::made(Arc::new(MemoryStore::new()), Quotas::default(), Gate::with_rates).await
    }

    /// A server that finds recorded events by this history.
    pub(crate) async fn remembering(history: Arc<dyn History>) -> Self {
        Self::made(Arc::new(MemoryStore::new()), Quotas::default(), |gate| gate.with_history(history)).await
    }

    /// The same, and limits requests to AWS's rates.
    pub(crate) async fn remembering_within_rates(history: Arc<dyn History>) -> Self {
        let shape = |gate: Gate| gate.with_history(history).with_rates();
        Self::made(Arc::new(MemoryStore::new()), Quotas::default(), shape).await
    }

    /// The same on a store of one's own.
    pub(crate) async fn on(store: Arc<dyn Store>, quotas: Quotas) -> Self {
        Self::made(store, quotas, |gate| gate).await
    }

    async fn made(store: Arc<dyn Store>, quotas: Quotas, shape: impl FnOnce(Gate) -> Gate) -> Self {
        let entropy = Arc::new(SeededEntropy::new(1));
        let clock = Arc::new(FakeClock::at(Timestamp::from_seconds(1_800_000_000)));
        let events = Arc::new(Events::default());
        let root = root_key(&*entropy);
        let gate = Gate::open(Parts {
            store,
            root,
            trail: events.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            quotas,
            cached_materials: 64,
        });
        let gate = Arc::new(shape(gate.await.unwrap()));
        let mut signers = Vec::new();
        for account in [A, B] {
            let key = gate.new_root_key(account.parse().unwrap());
            gate.create_account(account.parse().unwrap(), "", &key).await.unwrap();
            let (access_key_id, secret) = (key.id.to_string(), key.record.secret.expose().to_owned());
            let region = "us-east-1".into();
            signers.push((account.to_owned(), Signer { access_key_id, secret, region, service: "kms" }));
        }
        Self {
            endpoint: Arc::new(Endpoint::new(gate.clone(), "us-east-1".parse().unwrap(), &Lanes::default())),
            gate,
            clock,
            events,
            entropy,
            signers,
        }
    }

    /// The same server after a restart.
    pub(crate) async fn reopened(&self, store: Arc<dyn Store>) -> Self {
        let root = root_key(&SeededEntropy::new(1));
        let entropy = Arc::new(SeededEntropy::new(2));
        let gate = Gate::open(Parts {
            store,
            root,
            trail: self.events.clone(),
            clock: self.clock.clone(),
            entropy: entropy.clone(),
            quotas: Quotas::default(),
            cached_materials: 64,
        });
        let gate = Arc::new(gate.await.unwrap());
        let endpoint = Arc::new(Endpoint::new(gate.clone(), "us-east-1".parse().unwrap(), &Lanes::default()));
        let (clock, events, signers) = (self.clock.clone(), self.events.clone(), self.signers.clone());
        Self { endpoint, gate, clock, events, entropy, signers }
    }

    /// Calls as the root user of `A`.
    pub(crate) async fn call(&self, operation: &str, input: Value) -> Reply {
        self.call_as(A, operation, input).await
    }

    /// Calls as the root user of an account.
    pub(crate) async fn call_as(&self, account: &str, operation: &str, input: Value) -> Reply {
        self.send(account, "us-east-1", &format!("TrentService.{operation}"), input.to_string().into()).await
    }

    /// Calls Organizations as the root user of an account.
    pub(crate) async fn organize(&self, account: &str, operation: &str, input: Value) -> Reply {
        let target = format!("AWSOrganizationsV20161128.{operation}");
        self.send(account, "us-east-1", &target, input.to_string().into()).await
    }

    /// Calls Systems Manager as the root user of `A`.
    pub(crate) async fn ssm(&self, operation: &str, input: Value) -> Reply {
        self.send(A, "us-east-1", &format!("AmazonSSM.{operation}"), input.to_string().into()).await
    }

    /// Calls CloudTrail as the root user of an account.
    pub(crate) async fn trail(&self, account: &str, region: &str, operation: &str, input: Value) -> Reply {
        let target = format!("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.{operation}");
        self.send(account, region, &target, input.to_string().into()).await
    }

    /// Calls Systems Manager with an access key.
    pub(crate) async fn ssm_by(&self, key: &NewAccessKey, operation: &str, input: Value) -> Reply {
        let body = input.to_string().into();
        self.signed(&signer_of(key), "us-east-1", &format!("AmazonSSM.{operation}"), body).await
    }

    /// Calls as the root user of `A` in another Region.
    pub(crate) async fn call_in(&self, region: &str, operation: &str, input: Value) -> Reply {
        self.send(A, region, &format!("TrentService.{operation}"), input.to_string().into()).await
    }

    /// Calls with an access key.
    pub(crate) async fn call_by(
        &self,
        key: &NewAccessKey,
        region: &str,
        operation: &str,
        input: Value,
    ) -> Reply {
        let body = input.to_string().into();
        self.signed(&signer_of(key), region, &format!("TrentService.{operation}"), body).await
    }

    /// Sends a body, signed for a Region.
    pub(crate) async fn send(&self, account: &str, region: &str, target: &str, body: Bytes) -> Reply {
        let (_, signer) = self.signers.iter().find(|(name, _)| name == account).unwrap();
        self.signed(signer, region, target, body).await
    }

    async fn signed(&self, signer: &Signer, region: &str, target: &str, body: Bytes) -> Reply {
        let service = match target.split_once('.') {
            Some(("TrentService", _)) => "kms",
            Some(("AmazonSSM", _)) => "ssm",
            Some(("com", _)) => "cloudtrail",
            _ => "organizations",
        };
        let signer = Signer { region: region.to_owned(), service, ..signer.clone() };
        let signed = signer.headers(target, &body, self.clock.now());
        let answer = asked::ask(&self.endpoint, &self.entropy, "/", signed, body).await;
        let body =
            if answer.body.is_empty() { json!({}) } else { serde_json::from_slice(&answer.body).unwrap() };
        Reply { status: answer.status.as_u16(), body }
    }

    /// A request of the root user of an account, its signature verified, for those who talk to the gate themselves.
    pub(crate) fn arrival(&self, account: &str, target: &str) -> Arrival {
        let (_, signer) = self.signers.iter().find(|(name, _)| name == account).unwrap();
        self.signed_by(signer, target)
    }

    /// The same of whose access key this is.
    pub(crate) fn arrival_of(&self, key: &NewAccessKey) -> Arrival {
        self.signed_by(&signer_of(key), "TrentService.ListKeys")
    }

    fn signed_by(&self, signer: &Signer, target: &str) -> Arrival {
        let now = self.clock.now();
        let signed = signer.headers(target, b"{}", now);
        let headers: Vec<(&str, &[u8])> =
            signed.iter().map(|(name, value)| (name.as_ref(), value.as_bytes())).collect();
        let request = gatekey_sigv4::RawRequest {
            method: "POST",
            path: "/",
            query: "",
            headers: &headers,
            body: gatekey_sigv4::Body::Bytes(b"{}"),
        };
        let (credentials, keys) = (self.gate.credentials(now), gatekey_sigv4::SigningKeyCache::new(4));
        let signature = gatekey_sigv4::verify(&request, &credentials, &["kms"], now, &keys).unwrap();
        let region = signature.region().clone();
        let signature = Some(signature);
        let id = RequestId::from_random(self.entropy.as_ref().bytes_16());
        Arrival {
            signature,
            region,
            id,
            now,
            source: "127.0.0.1".into(),
            user_agent: None,
            tls: None,
            host: None,
        }
    }

    /// Makes a key and gives its id.
    pub(crate) async fn key(&self) -> String {
        let made = self.call("CreateKey", json!({})).await.ok();
        made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }

    /// Carries out what is due: how many keys were rotated, and in how many imported material was erased.
    pub(crate) async fn turn(&self) -> (usize, usize) {
        (self.gate.rotate_due_keys().await.unwrap(), self.gate.erase_expired_materials().await.unwrap())
    }

    /// What a day later does by itself.
    pub(crate) async fn sweep(&self) -> usize {
        self.gate.delete_due_keys().await.unwrap()
    }
}

/// Signs for KMS with an access key.
fn signer_of(key: &NewAccessKey) -> Signer {
    let (access_key_id, secret) = (key.id.to_string(), key.record.secret.expose().to_owned());
    Signer { access_key_id, secret, region: "us-east-1".into(), service: "kms" }
}

/// Sixteen bytes at once.
trait Sixteen {
    fn bytes_16(&self) -> [u8; 16];
}

impl Sixteen for SeededEntropy {
    fn bytes_16(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        bytes
    }
}
