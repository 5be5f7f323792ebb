use super::*;
use gatekey_audit::Frame;
use gatekey_directory::{Document, Header, Permissions, RoleRecord, insert};
use gatekey_gate::{Arrival, Parts, Trail};
use gatekey_keyring::Quotas;
use gatekey_model::sts;
use gatekey_seal::{Method as SealMethod, SealFile, UnsealError, UnsealKey, Unsealer};
use gatekey_server::{Connection, config::WorkloadListen};
use gatekey_sigv4::Credentials as _;
use gatekey_store::{MemoryStore, table::Edit};
use gatekey_testkit::{FakeClock, SeededEntropy, Signer};
use gatekey_types::{AccountId, Clock as _, Entropy, RequestId, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use serde_json::Value;
use std::sync::Mutex;

const ACCOUNT: &str = "111122223333";

struct OneKey;

impl Unsealer for OneKey {
    fn enroll(&self, _: &dyn Entropy) -> Result<(SealMethod, UnsealKey), UnsealError> {
        let method = SealMethod::KeyFile {};
        let key = self.unseal_key(&method)?;
        Ok((method, key))
    }
    fn unseal_key(&self, _: &SealMethod) -> Result<UnsealKey, UnsealError> {
        Ok(UnsealKey::from_bytes(Zeroizing::new([1; 32])))
    }
}

#[derive(Default)]
struct Events(Mutex<Vec<Value>>);

impl Trail for Events {
    fn deliver(&self, _: RequestId, event: &[u8]) -> Result<(), String> {
        self.note(event);
        Ok(())
    }
    fn record(&self, events: &mut [Frame]) -> Vec<Result<(), String>> {
        events.iter().for_each(|event| self.note(event.event()));
        events.iter().map(|_| Ok(())).collect()
    }
    fn waits(&self) -> bool {
        false
    }
}

impl Events {
    fn note(&self, event: &[u8]) {
        self.0.lock().unwrap().push(serde_json::from_slice(event).unwrap());
    }
}

struct World {
    gate: Arc<Gate>,
    clock: Arc<FakeClock>,
    events: Arc<Events>,
    root: Signer,
}

fn trusting(service: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"aws:SourceAccount":"{ACCOUNT}"}}}}}}]}}"#
    )
}

impl World {
    /// A server with one role, `web`, which trusts this service.
    async fn new(service: &str) -> Self {
        let entropy = Arc::new(SeededEntropy::new(7));
        let clock = Arc::new(FakeClock::at(Timestamp::from_seconds(1_800_000_000)));
        let events = Arc::new(Events::default());
        let (_, root) = SealFile::create(&OneKey, &*entropy).unwrap();
        let gate = Gate::open(Parts {
            store: Arc::new(MemoryStore::new()),
            root,
            trail: events.clone(),
            clock: clock.clone(),
            entropy,
            quotas: Quotas::default(),
            cached_materials: 4,
        });
        let gate = Arc::new(gate.await.unwrap());
        let account: AccountId = ACCOUNT.parse().unwrap();
        let key = gate.new_root_key(account);
        gate.create_account(account, "", &key).await.unwrap();
        let (access_key_id, secret) = (key.id.to_string(), key.record.secret.expose().to_owned());
        let root = Signer { access_key_id, secret, region: "us-east-1".into(), service: "sts" };
        let world = Self { gate, clock, events, root };
        let record = RoleRecord {
            header: Header::new::<RoleRecord>("web", "/", world.clock.now(), world.gate.entropy()),
            permissions: Permissions::default(),
            trust: Document { text: trusting(service), pins: Default::default() },
            description: None,
            longest_session: 3600,
        };
        world.commit(vec![insert(account, &record)]).await;
        world.events.0.lock().unwrap().clear();
        world
    }

    /// Makes changes as an operation that anybody may call, signed by the root user.
    async fn commit(&self, edits: Vec<Edit>) {
        let now = self.clock.now();
        let signed = self.root.headers("t", b"{}", now);
        let headers: Vec<(&str, &[u8])> =
            signed.iter().map(|(name, value)| (name.as_ref(), value.as_bytes())).collect();
        let body = gatekey_sigv4::Body::Bytes(b"{}");
        let request =
            gatekey_sigv4::RawRequest { method: "POST", path: "/", query: "", headers: &headers, body };
        let (known, keys) = (self.gate.credentials(now), gatekey_sigv4::SigningKeyCache::new(4));
        let signature = gatekey_sigv4::verify(&request, &known, &["sts"], now, &keys).unwrap();
        let arrival = Arrival {
            signature: Some(signature),
            region: "us-east-1".parse().unwrap(),
            id: RequestId::from_random([3; 16]),
            now,
            source: "127.0.0.1".into(),
            user_agent: None,
            tls: None,
            host: None,
        };
        let call = sts::Operation::GetCallerIdentity.info();
        let mut passage = self.gate.enter(&arrival, call, false).unwrap();
        let allowed = passage.authorize_anyone("sts:GetCallerIdentity").unwrap();
        passage.commit(&allowed, edits, ()).await.unwrap();
    }

    async fn trust(&self, service: &str) {
        let role =
            self.gate.snapshot().directory.roles.get(ACCOUNT.parse().unwrap(), "web").cloned().unwrap();
        let mut record = role.record.clone();
        record.trust.text = trusting(service);
        self.commit(vec![role.update(&record)]).await;
    }

    fn workload(&self, kind: WorkloadKind, session: &str) -> Workload {
        let service = if kind == WorkloadKind::Instance { "ec2" } else { "ecs-tasks" };
        let settings = WorkloadSettings {
            listen: WorkloadListen::Loopback("127.0.0.1:1".parse().unwrap()),
            account: ACCOUNT.parse().unwrap(),
            role: "web".into(),
            kind,
            session: session.into(),
            service: format!("{service}.amazonaws.com").parse().unwrap(),
            token_file: None,
            region: None,
        };
        let token =
            (kind == WorkloadKind::Container).then(|| Zeroizing::new("a-token-of-its-own".to_owned()));
        Workload::new(Arc::clone(&self.gate), &settings, &"eu-west-1".parse().unwrap(), token)
    }

    fn instance(&self) -> Workload {
        self.workload(WorkloadKind::Instance, "i-0123456789abcdef0")
    }

    fn assumed(&self) -> Vec<Value> {
        let all = self.events.0.lock().unwrap().clone();
        all.into_iter().filter(|event| event["eventName"] == "AssumeRole").collect()
    }
}

/// A status and a body.
fn ask(workload: &Workload, method: Method, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut all = HeaderMap::new();
    all.insert("host", HeaderValue::from_static("127.0.0.1:4610"));
    for (name, value) in headers {
        all.insert(HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap());
    }
    let request = RawRequest {
        id: RequestId::from_random([9; 16]),
        method,
        uri: path.parse().unwrap(),
        version: Version::HTTP_11,
        headers: all,
        body: Default::default(),
        connection: Arc::new(Connection::new(
            "127.0.0.1:9".parse().unwrap(),
            "127.0.0.1:1".parse().unwrap(),
            None,
        )),
    };
    let answer =
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(workload.answer(&request)));
    (answer.status.as_u16(), String::from_utf8(answer.body.to_vec()).unwrap())
}

const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const TOKEN: &str = "x-aws-ec2-metadata-token";
const CREDENTIALS: &str = "/latest/meta-data/iam/security-credentials/web";

fn token(workload: &Workload) -> String {
    let (status, token) = ask(workload, Method::PUT, "/latest/api/token", &[(TTL, "60")]);
    assert_eq!(status, 200);
    token
}

fn credentials(workload: &Workload) -> Value {
    let (status, text) = ask(workload, Method::GET, CREDENTIALS, &[(TOKEN, &token(workload))]);
    assert_eq!(status, 200);
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_gets_its_role_with_a_token_only() {
    let world = World::new("ec2.amazonaws.com").await;
    let instance = world.instance();
    assert_eq!(ask(&instance, Method::GET, CREDENTIALS, &[]).0, 401);
    assert_eq!(ask(&instance, Method::GET, CREDENTIALS, &[(TOKEN, "x")]).0, 401);
    let put = |headers: &[(&str, &str)]| ask(&instance, Method::PUT, "/latest/api/token", headers).0;
    assert_eq!((put(&[]), put(&[(TTL, "0")]), put(&[(TTL, "21601")])), (400, 400, 400));
    assert_eq!(put(&[(TTL, "60"), ("x-forwarded-for", "10.0.0.1")]), 403);
    let token = token(&instance);
    let get = |path: &str| ask(&instance, Method::GET, path, &[(TOKEN, &token)]);
    assert_eq!(get("/latest/meta-data/iam/security-credentials/"), (200, "web".to_owned()));
    assert_eq!(get("/latest/meta-data/placement/region"), (200, "eu-west-1".to_owned()));
    assert_eq!(get("/latest/meta-data/iam/security-credentials/other").0, 404);
    world.clock.advance_seconds(60);
    assert_eq!(get(CREDENTIALS).0, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_instance_gets_is_a_session_of_the_role_and_is_audited_as_the_services_call() {
    let world = World::new("ec2.amazonaws.com").await;
    let instance = world.instance();
    let given = credentials(&instance);
    assert_eq!(given["Code"], "Success");
    let text = |name: &str| given[name].as_str().unwrap();
    let known = world.gate.credentials(world.clock.now());
    let found = known.lookup(text("AccessKeyId"), Some(text("Token"))).unwrap();
    let caller = world.gate.snapshot().directory.caller(&found.principal).unwrap();
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/web/i-0123456789abcdef0");
    assert_eq!(caller.arn().unwrap().as_str(), arn);
    let events = world.assumed();
    let event = events.last().unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(event["userIdentity"]["type"], "AWSService");
    assert_eq!(event["userIdentity"]["invokedBy"], "ec2.amazonaws.com");
    assert_eq!(event["eventSource"], "sts.amazonaws.com");
    assert_eq!(event["recipientAccountId"], ACCOUNT);
    assert_eq!(event["requestParameters"]["roleSessionName"], "i-0123456789abcdef0");
    assert!(
        !event.to_string().contains(text("SecretAccessKey")) && !event.to_string().contains(text("Token"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_given_again_for_half_of_its_life() {
    let world = World::new("ec2.amazonaws.com").await;
    let instance = world.instance();
    let first = credentials(&instance);
    world.clock.advance_seconds(3 * 3600 - 1);
    assert_eq!(credentials(&instance), first);
    world.clock.advance_seconds(1);
    assert_ne!(credentials(&instance)["AccessKeyId"], first["AccessKeyId"]);
    assert_eq!(world.assumed().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_ceases_to_trust_the_service_is_given_no_more() {
    let world = World::new("ec2.amazonaws.com").await;
    let instance = world.instance();
    assert_eq!(credentials(&instance)["Code"], "Success");
    world.trust("ecs-tasks.amazonaws.com").await;
    assert_eq!(credentials(&instance)["Code"], "AssumeRoleUnauthorizedAccess");
    assert_eq!(world.assumed().last().unwrap()["errorCode"], "AccessDenied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_its_own_instances() {
    let world = World::new("ec2.amazonaws.com").await;
    let other = world.workload(WorkloadKind::Instance, "i-0123456789abcdef1");
    let token = token(&other);
    assert_eq!(ask(&other, Method::GET, CREDENTIALS, &[(TOKEN, &token)]).0, 200);
    assert_eq!(ask(&world.instance(), Method::GET, CREDENTIALS, &[(TOKEN, &token)]).0, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_gets_its_role_with_its_token() {
    let world = World::new("ecs-tasks.amazonaws.com").await;
    let container = world.workload(WorkloadKind::Container, "web-1");
    let get = |headers: &[(&str, &str)]| ask(&container, Method::GET, "/v1/credentials", headers);
    assert_eq!(get(&[]).0, 401);
    assert_eq!(get(&[("authorization", "a-token-of-its-owm")]).0, 401);
    let (status, text) = get(&[("authorization", "a-token-of-its-own")]);
    let given: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &given["AccountId"]), (200, &Value::from(ACCOUNT)));
    assert_eq!(given["Expiration"], (world.clock.now().plus_millis(3_600_000)).to_string());
    world.trust("ec2.amazonaws.com").await;
    let (status, text) = get(&[("authorization", "a-token-of-its-own")]);
    assert!(status == 403 && text.contains("\"code\": \"AccessDenied\""), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_browser_gets_in() {
    let world = World::new("ec2.amazonaws.com").await;
    let instance = world.instance();
    for header in [("origin", "http://evil.example"), ("referer", "http://x/"), ("host", "evil.example:4610")]
    {
        assert_eq!(ask(&instance, Method::PUT, "/latest/api/token", &[(TTL, "60"), header]).0, 403);
    }
    assert_eq!(
        ask(&instance, Method::PUT, "/latest/api/token", &[(TTL, "60"), ("host", "[::1]:4610")]).0,
        200
    );
}
