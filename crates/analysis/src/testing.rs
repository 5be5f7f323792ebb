//! Small random worlds for this crate's property tests, and every request that can differ in them.

use crate::search::Witness;
use crate::world::{Account, Caller, Entity, Inquiry, Key, World};
use gatekey_policy::{
    Action, Attachment, ConditionKey, Constraints, Context, Grant, GrantTerms, Kind, KmsAction, Level,
    Organization, Party, Policy, Value, Values, decide, key::KeyName,
};
use gatekey_types::{AccountId, GrantId, PrincipalArn, Timestamp, UniqueId};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const A: &str = "111122223333";
pub(crate) const B: &str = "444455556666";
pub(crate) const M: &str = "777788889999";
pub(crate) const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001";

/// `A:user/u` to an ARN.
pub(crate) fn arn(short: &str) -> String {
    let Some((account, rest)) = short.split_once(':').filter(|(a, _)| matches!(*a, "A" | "B" | "M")) else {
        return short.to_owned();
    };
    let account = match account {
        "A" => A,
        "B" => B,
        _ => M,
    };
    let is_sts = rest.starts_with("assumed-role") || rest.starts_with("federated-user");
    format!("arn:aws:{}::{account}:{rest}", if is_sts { "sts" } else { "iam" })
}

pub(crate) fn principal(short: &str) -> PrincipalArn {
    arn(short).parse().unwrap()
}

pub(crate) fn id_of(short: &str) -> UniqueId {
    let prefix = if short.contains("role/") { "AROA" } else { "AIDA" };
    let letters: String = short.bytes().map(|b| char::from(b'A' + b % 26)).collect();
    format!("{prefix}{letters:Z<17}").get(..20).unwrap().parse().unwrap()
}

/// A statement: `rest` is members beside effect, principal and action.
pub(crate) fn statement(effect: &str, principals: &[&str], actions: &[&str], rest: &str) -> String {
    let list = |items: Vec<String>| serde_json::to_string(&items).unwrap();
    let whom = match principals {
        [] => String::new(),
        ["*"] => r#""Principal":"*","#.to_owned(),
        [service] if service.ends_with(".amazonaws.com") => {
            format!(r#""Principal":{{"Service":"{service}"}},"#)
        }
        names => format!(r#""Principal":{{"AWS":{}}},"#, list(names.iter().map(|name| arn(name)).collect())),
    };
    let actions = list(actions.iter().map(|action| (*action).to_owned()).collect());
    let resource = if rest.contains("\"Resource\"") { "" } else { r#","Resource":"*""# };
    let rest = if rest.is_empty() { String::new() } else { format!(",{rest}") };
    format!(r#"{{"Effect":"{effect}",{whom}"Action":{actions}{resource}{rest}}}"#)
}

pub(crate) fn policy(kind: Kind, statements: &[String]) -> Arc<Policy> {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    Arc::new(Policy::parse(&text, kind).unwrap_or_else(|error| panic!("{error} {} {text}", error.detail)))
}

pub(crate) fn inline(statements: &[String]) -> Attachment {
    Attachment::inline("p", policy(Kind::Identity, statements))
}

pub(crate) fn key(statements: &[String]) -> Key {
    Key::new(KEY.parse().unwrap(), policy(Kind::Key, statements))
}

/// The user or role of a short name, without policies. Roles trust their account.
pub(crate) fn entity(short: &str) -> Entity {
    let mut entity = Entity::new(principal(short), id_of(short));
    if entity.is_role() {
        let root = format!("{}:root", short.split(':').next().unwrap());
        entity.trust = Some(policy(Kind::Trust, &[trust_statement(&[&root])]));
    }
    entity
}

pub(crate) fn trust_statement(principals: &[&str]) -> String {
    statement("Allow", principals, &["sts:AssumeRole"], "").replace(r#","Resource":"*""#, "")
}

impl Entity {
    pub(crate) fn with(mut self, statements: &[String]) -> Self {
        self.identity = self.identity.iter().cloned().chain([inline(statements)]).collect();
        self
    }
}

/// A world of accounts A and B with these users and roles, and one key.
pub(crate) fn world(entities: Vec<Entity>, key: Key) -> World {
    let mut world = World::default();
    for (short, number) in [("A:root", A), ("B:root", B)] {
        let id: AccountId = number.parse().unwrap();
        let mut account = Account::new(principal(short));
        account.entities = entities.iter().filter(|entity| entity.arn.account() == id).cloned().collect();
        world.accounts.insert(id, Arc::new(account));
    }
    world.keys.insert(key.arn.clone(), key);
    world
}

impl World {
    pub(crate) fn the_key(&self) -> &Key {
        self.keys.values().next().unwrap()
    }
    pub(crate) fn named(&self, short: &str) -> Caller<'_> {
        self.caller(&principal(short)).unwrap()
    }
    pub(crate) fn of_account(&mut self, number: &str) -> &mut Account {
        self.account_mut(number.parse().unwrap()).unwrap()
    }
    /// Every caller that can matter.
    pub(crate) fn callers(&self) -> Vec<Caller<'_>> {
        self.residents().chain(self.particular(self.the_key())).collect()
    }
}

/// What requests can differ in.
const ADDRESSES: [Option<&str>; 3] = [None, Some("10.1.2.3"), Some("203.0.113.7")];
const MFA: [Option<bool>; 3] = [None, Some(true), Some(false)];
const SERVICES: [Option<&str>; 2] = [None, Some("ssm")];
const CONTEXTS: [Option<&str>; 3] = [None, Some("1"), Some("2")];
const TIMES: [i64; 2] = [1_700_000_000, 1_900_000_000];

/// Every concrete request context of the small worlds.
pub(crate) fn contexts() -> Vec<(Context<'static>, Timestamp)> {
    let mut all = Vec::new();
    for (address, mfa, via, pair, time) in choices() {
        let mut context = Context::new();
        if let Some(address) = address {
            context.set(KeyName::AwsSourceIp, address);
        }
        if let Some(mfa) = mfa {
            context.set(KeyName::AwsMultiFactorAuthPresent, mfa);
        }
        if let Some(via) = via {
            context.set_via_service(via, "us-east-1");
        }
        if let Some(value) = pair {
            context.set_encryption_context([("a", value)]);
        }
        all.push((context, Timestamp::from_seconds(time)));
    }
    all
}

type Choice = (Option<&'static str>, Option<bool>, Option<&'static str>, Option<&'static str>, i64);

fn choices() -> Vec<Choice> {
    let mut all = Vec::new();
    for address in ADDRESSES {
        for mfa in MFA {
            for via in SERVICES {
                for pair in CONTEXTS {
                    all.extend(TIMES.iter().map(|time| (address, mfa, via, pair, *time)));
                }
            }
        }
    }
    all
}

/// Whether this very request is allowed: decided in full, nothing open.
pub(crate) fn decided(
    world: &World,
    caller: &Caller<'_>,
    action: KmsAction,
    key: &Key,
    context: &(Context<'static>, Timestamp),
) -> bool {
    let action = Action::from(action);
    let inquiry = Inquiry::on_key(world, caller, &action, key);
    let carried: Vec<KeyName> = action.kms().unwrap().facts().keys_in_request().collect();
    // Only operations that encrypt carry an encryption context. Names that differ in case only stay apart.
    let mut whole = context.0.clone();
    if !carried.contains(&KeyName::KmsEncryptionContext) {
        whole = Context::new();
        let is_context =
            |name| matches!(name, KeyName::KmsEncryptionContext | KeyName::KmsEncryptionContextKeys);
        for (name, values) in context.0.entries().filter(|(name, _)| !is_context(name.name())) {
            whole.put(name.clone(), values.clone());
        }
    }
    inquiry.set_known(&mut whole);
    inquiry.ask(&whole, |request, policies| {
        let request = gatekey_policy::Request { now: Some(context.1), ..*request };
        decide(&request, policies).is_allowed()
    })
}

/// Whether the request that a witness tells of, and nothing else, is allowed with this key: decided in full, nothing open.
pub(crate) fn witnessed(world: &World, caller: &Caller<'_>, witness: &Witness, key: &Key) -> bool {
    let caller = witness.session.as_ref().map_or_else(|| caller.clone(), |name| caller.in_session(name));
    let inquiry = Inquiry::on_key(world, &caller, &witness.action, key);
    let mut context = Context::new();
    inquiry.set_known(&mut context);
    for (name, values) in &witness.context {
        let key = ConditionKey::parse(name.clone());
        let is_many = key.name().facts().is_some_and(|facts| facts.multivalued);
        let mut values: Vec<Value<'_>> = values.iter().map(|value| Value::from(value.as_str())).collect();
        let values = if is_many { Values::Many(values) } else { Values::One(values.remove(0)) };
        context.put(key, values);
    }
    inquiry.ask(&context, |request, policies| decide(request, policies).is_allowed())
}

const CONDITIONS: [&str; 12] = [
    "",
    "",
    "",
    r#""Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
    r#""Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
    r#""Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
    r#""Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#,
    r#""Condition":{"StringEquals":{"kms:ViaService":"ssm.us-east-1.amazonaws.com"}}"#,
    r#""Condition":{"StringEquals":{"kms:EncryptionContext:a":"1"}}"#,
    r#""Condition":{"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}}"#,
    r#""Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}"#,
    r#""Condition":{"StringEquals":{"aws:PrincipalType":"Account"}}"#,
];

const PRINCIPALS: [&str; 8] =
    ["A:root", "A:root", "A:user/u", "A:role/r", "A:assumed-role/r/s", "B:root", "B:user/x", "*"];

const ACTIONS: [&str; 5] = ["kms:*", "kms:Decrypt", "kms:PutKeyPolicy", "kms:Put*", "kms:CreateGrant"];

fn pick<const N: usize>(from: [&'static str; N]) -> impl Strategy<Value = &'static str> {
    (0..N).prop_map(move |index| from[index])
}

fn effect() -> impl Strategy<Value = &'static str> {
    pick(["Allow", "Allow", "Allow", "Deny"])
}

pub(crate) fn key_statements() -> impl Strategy<Value = Vec<String>> {
    let one = (effect(), pick(PRINCIPALS), pick(ACTIONS), pick(CONDITIONS))
        .prop_map(|(effect, whom, action, rest)| statement(effect, &[whom], &[action], rest));
    proptest::collection::vec(one, 1..5)
}

pub(crate) fn identity_statements() -> impl Strategy<Value = Vec<String>> {
    let one = (effect(), pick(ACTIONS), pick(CONDITIONS))
        .prop_map(|(effect, action, rest)| statement(effect, &[], &[action], rest));
    proptest::collection::vec(one, 1..3)
}

fn entities() -> impl Strategy<Value = Vec<Entity>> {
    let one = |short: &'static str| {
        let boundary = proptest::option::weighted(0.2, identity_statements());
        (proptest::option::of(identity_statements()), boundary).prop_map(move |(own, boundary)| {
            let made = own.iter().fold(entity(short), |made, statements| made.with(statements));
            Entity { boundary: boundary.map(|statements| inline(&statements)), ..made }
        })
    };
    (one("A:user/u"), one("A:user/v"), one("A:role/r"), one("A:role/q"), one("B:user/x"))
        .prop_map(|(u, v, r, q, x)| vec![u, v, r, q, x])
}

pub(crate) fn grant(n: u8, grantee: &str, operations: &[KmsAction], pair: Option<&str>) -> Grant {
    let pairs = |value: &str| BTreeMap::from([("a".to_owned(), value.to_owned())]);
    Grant {
        id: GrantId::from_bytes([n; 32]),
        grantee: Party::Principal { arn: principal(grantee), id: None },
        retiring: None,
        issuing_account: A.parse().unwrap(),
        terms: GrantTerms {
            operations: operations.iter().copied().collect(),
            constraints: Constraints { encryption_context_subset: pair.map(pairs), ..Constraints::default() },
        },
    }
}

fn grants() -> impl Strategy<Value = Vec<Grant>> {
    let one = (pick(["A:user/v", "A:role/r", "B:user/x"]), proptest::option::of(pick(["1", "2"])));
    proptest::collection::vec(one, 0..2).prop_map(|all| {
        let operations = [KmsAction::Decrypt, KmsAction::CreateGrant];
        (0..).zip(all).map(|(n, (whom, pair))| grant(n, whom, &operations, pair)).collect()
    })
}

/// A random small world.
pub(crate) fn any_world() -> impl Strategy<Value = World> {
    let scp = proptest::option::weighted(0.3, identity_statements());
    (entities(), key_statements(), grants(), scp).prop_map(|(entities, statements, grants, scp)| {
        let mut key = key(&statements);
        grants.into_iter().for_each(|grant| key.grants.insert(Arc::new(grant)));
        let mut world = world(entities, key);
        world.management = Some(M.parse().unwrap());
        for account in world.accounts.values_mut().map(Arc::make_mut) {
            let text = [statement("Allow", &[], &["*"], "")];
            let all = Attachment::inline("full", policy(Kind::ServiceControl, &text));
            let more = scp.iter().map(|own| Attachment::inline("scp", policy(Kind::ServiceControl, own)));
            let level: Level = more.chain([all]).collect();
            account.service_control = Some(Arc::new([level]));
            account.organization =
                Some(Organization { id: "o-1".to_owned(), paths: vec!["o-1/r-1/".to_owned()] });
        }
        world
    })
}

#[test]
fn contexts_are_all_that_can_differ() {
    assert_eq!(contexts().len(), 3 * 3 * 2 * 3 * 2);
}
