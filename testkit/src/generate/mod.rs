//! Random policy cases that collide: two accounts, a handful of names, few actions, few keys, few values.
//!
//! A case is a function of a row of choices, so a seed or the bytes of a fuzzer replay it. It holds only documents that AWS would store:
//! what is malformed is a matter of the parser, not of the decision.

mod condition;
mod names;
mod policy;

use crate::Dice;
use names::*;
use policy::{caller_policy, resource_policy};
use serde_json::{Map, Value, json};

/// Where choices come from.
pub trait Choices {
    /// A number from 0 up to, but not including, `bound`.
    fn below(&mut self, bound: usize) -> usize;

    /// True `percent` times in a hundred.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of a non-empty list.
    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.get(self.below(of.len())).copied().unwrap_or_default()
    }
}

impl Choices for Dice {
    fn below(&mut self, bound: usize) -> usize {
        Self::below(self, bound)
    }
}

/// Choices taken from bytes, as a fuzzer gives them; when they run out, by dice that all of the bytes seed. So a few bytes
/// make a whole case, and more bytes hold more of it fast.
#[derive(Clone, Debug)]
pub struct Tape<'a> {
    bytes: &'a [u8],
    then: Dice,
}

impl<'a> Tape<'a> {
    /// Choices made by these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        // FNV-1a: any mixture will do that is the same on every machine.
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self { bytes, then: Dice::new(bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix)) }
    }
}

impl Choices for Tape<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let Some((byte, rest)) = self.bytes.split_first() else {
            return self.then.below(bound);
        };
        self.bytes = rest;
        usize::from(*byte) % bound.max(1)
    }
}

/// The random case of a seed.
pub fn case_of_seed(seed: u64) -> Value {
    case(&mut Dice::new(seed))
}

/// The random case of a fuzzer's bytes.
pub fn case_of_bytes(bytes: &[u8]) -> Value {
    case(&mut Tape::new(bytes))
}

/// What is asked, as far as policies should be likely to speak of it.
pub(crate) struct Ask {
    mode: &'static str,
    caller: &'static str,
    action: &'static str,
    resource: &'static str,
}

fn case(from: &mut impl Choices) -> Value {
    let ask = ask(from);
    let mut case = Map::new();
    let mut put = |name: &str, value: Value| case.insert(name.to_owned(), value);
    put("name", json!("random"));
    put("mode", json!(ask.mode));
    put("request", request(from, &ask));
    if from.chance(85) {
        put("resourcePolicy", resource_policy(from, &ask));
    }
    if is_iam_principal(ask.caller) && ask.caller != ROOT_A && ask.caller != ROOT_B {
        caller_side(from, &ask, &mut put);
    } else if from.chance(70) {
        // What a root session is held to; without one it is held to nothing.
        let open = policy::full_access(false);
        let more = caller_policy(from, &ask);
        put("sessionPolicies", if from.chance(70) { json!([more, open]) } else { json!([more]) });
    }
    for name in ["serviceControlPolicies", "resourceControlPolicies"] {
        if from.chance(15) {
            put(name, levels(from, &ask, name == "resourceControlPolicies"));
        }
    }
    if from.chance(8) {
        put("endpointPolicy", policy::open_policy(from, &ask));
    }
    if ask.mode == "kms"
        && ask.resource != "*"
        && from.chance(if ask.action == "kms:RetireGrant" { 95 } else { 35 })
    {
        let count = 1 + from.below(3);
        put("grants", (0..count).map(|n| grant(from, &ask, n)).collect());
        put("grantTokens", if from.chance(30) { json!(["g0", "g9"]) } else { json!([]) });
    }
    Value::Object(case)
}

/// Who asks for what.
fn ask(from: &mut impl Choices) -> Ask {
    let mode = match from.below(10) {
        0 | 1 => "generic",
        2 | 3 => "trust",
        _ => "kms",
    };
    let (actions, resources) = match mode {
        "kms" => (KMS_ACTIONS, &[KEY, KEY, KEY, KEY, KEY_2][..]),
        "generic" => (GENERIC_ACTIONS, &[SECRET, SECRET, "*"][..]),
        _ => (TRUST_ACTIONS, &[ROLE_TARGET, ROLE_TARGET, LINKED_TARGET][..]),
    };
    let actions = if mode == "kms" && from.chance(20) { MORE_ACTIONS } else { actions };
    let (caller, action, resource) = (from.pick(CALLERS), from.pick(actions), from.pick(resources));
    let resource = match action {
        "kms:ListKeys" => "*",
        "kms:TagResource" if from.chance(30) => "*",
        "kms:CreateAlias" | "kms:UpdateAlias" if from.chance(50) => ALIAS,
        _ => resource,
    };
    Ask { mode, caller, action, resource }
}

fn request(from: &mut impl Choices, ask: &Ask) -> Value {
    let mut request = json!({
        "principal": ask.caller, "action": ask.action, "resource": ask.resource, "context": condition::context(from, ask),
    });
    let mut put =
        |name: &str, value: Value| request.as_object_mut().map(|map| map.insert(name.to_owned(), value));
    if let Some(parent) = parent_of(ask.caller)
        && from.chance(if ask.caller == FEDERATED { 80 } else { 100 })
    {
        put("principalParent", json!(parent));
    }
    if let Some(id) = id_of(ask.caller)
        && from.chance(50)
    {
        put("principalId", json!(id));
    }
    if ask.caller.ends_with(":root") && from.chance(50) {
        put("rootTask", json!(from.pick(ROOT_TASKS)));
    }
    if from.chance(12) && is_iam_principal(ask.caller) {
        put("viaService", json!(from.pick(VIA)));
    }
    for (name, percent) in [("serviceLinkedRole", 3), ("awsManagedKey", 3)] {
        if from.chance(percent) && (name != "serviceLinkedRole" || ask.caller.contains(":assumed-role/")) {
            put(name, json!(true));
        }
    }
    if from.chance(6) {
        put("managementAccount", json!(from.pick(&[ACCOUNT_A, ACCOUNT_B])));
    }
    if ask.caller == "anonymous" && ask.mode == "trust" && from.chance(80) {
        put("federatedProvider", json!(from.pick(PROVIDERS)));
    }
    if ask.action == "kms:CreateGrant" && from.chance(80) {
        put("newGrant", json!({"operations": operations(from), "constraints": constraints(from)}));
    }
    if ask.action == "kms:RetireGrant" && from.chance(50) {
        put("grantId", json!("g0"));
    }
    request
}

/// Identity policies, boundary and session policies.
fn caller_side(from: &mut impl Choices, ask: &Ask, put: &mut impl FnMut(&str, Value) -> Option<Value>) {
    let count = from.below(3);
    let policies: Vec<Value> =
        (0..count).map(|n| json!({"name": format!("p{n}"), "policy": caller_policy(from, ask)})).collect();
    put("identityPolicies", json!(policies));
    if from.chance(25) {
        put("permissionsBoundary", caller_policy(from, ask));
    }
    let is_session = ask.caller.contains(":sts:") || ask.caller == ROLE;
    if is_session && from.chance(if ask.caller == FEDERATED { 70 } else { 30 }) {
        let count = 1 + from.below(2);
        put("sessionPolicies", (0..count).map(|_| caller_policy(from, ask)).collect());
    }
}

/// One to three levels of an organization, each with up to two policies.
fn levels(from: &mut impl Choices, ask: &Ask, has_principal: bool) -> Value {
    let level = |from: &mut _| -> Value {
        let mut policies =
            if Choices::chance(from, 80) { vec![policy::full_access(has_principal)] } else { Vec::new() };
        if Choices::chance(from, 50) {
            policies.push(if has_principal {
                policy::denying_policy(from, ask)
            } else {
                caller_policy(from, ask)
            });
        }
        json!(policies)
    };
    let count = 1 + from.below(3);
    (0..count).map(|_| level(from)).collect()
}

fn grant(from: &mut impl Choices, ask: &Ask, number: usize) -> Value {
    let mut grant = json!({"grantId": format!("g{number}"), "operations": operations(from)});
    let mut put =
        |name: &str, value: Value| grant.as_object_mut().map(|map| map.insert(name.to_owned(), value));
    if from.chance(15) {
        put("granteeServicePrincipal", json!(from.pick(SERVICES)));
    } else {
        put("granteePrincipal", json!(policy::grantee(from, ask)));
    }
    if from.chance(40) {
        put("retiringPrincipal", json!(policy::grantee(from, ask)));
    } else if from.chance(15) {
        put("retiringServicePrincipal", json!(from.pick(SERVICES)));
    }
    if from.chance(50) {
        put("constraints", constraints(from));
    }
    if from.chance(15) {
        put("issuingAccount", json!(from.pick(&[ACCOUNT_A, ACCOUNT_B])));
    }
    if from.chance(40) {
        put("settled", json!(from.chance(40)));
    }
    grant
}

fn operations(from: &mut impl Choices) -> Value {
    GRANT_OPERATIONS.iter().filter(|_| from.chance(60)).copied().collect()
}

fn constraints(from: &mut impl Choices) -> Value {
    let mut constraints = Map::new();
    let pairs = |from: &mut _| -> Value {
        let names = ["a", "A", "b"];
        let mut pairs = Map::new();
        for _ in 0..1 + Choices::below(from, 2) {
            let name = Choices::pick(from, &names);
            if !pairs.keys().any(|one| one.eq_ignore_ascii_case(name)) {
                pairs.insert(name.to_owned(), json!(Choices::pick(from, &["1", "1", "2"])));
            }
        }
        json!(pairs)
    };
    match from.below(5) {
        0 => drop(constraints.insert("encryptionContextEquals".to_owned(), pairs(from))),
        1 => drop(constraints.insert("encryptionContextSubset".to_owned(), pairs(from))),
        _ => (),
    }
    if from.chance(15) {
        constraints.insert("sourceArn".to_owned(), json!(from.pick(SOURCES)));
    }
    Value::Object(constraints)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive::{Decision, Layer, evaluate};

    #[test]
    fn a_seed_always_gives_the_same_case() {
        assert_eq!(case_of_seed(5), case_of_seed(5));
        assert_ne!(case_of_seed(5), case_of_seed(6));
        assert_eq!(case_of_bytes(b"abc"), case_of_bytes(b"abc"));
        assert_ne!(case_of_bytes(b"abc"), case_of_bytes(b"abd"));
    }

    /// What never comes up is never compared.
    #[test]
    fn random_cases_reach_every_decision_by_every_layer() {
        let mut seen = Vec::new();
        for answer in (0..3000).map(|seed| evaluate(&case_of_seed(seed))) {
            let outcome = (answer.decision, answer.layer);
            if !seen.contains(&outcome) {
                seen.push(outcome);
            }
        }
        use Layer::{Boundary, Endpoint, Grant, Identity, Rcp, Resource, Scp, Session};
        for layer in [Resource, Identity, Grant] {
            assert!(seen.contains(&(Decision::Allow, layer)), "no allow by {layer:?}");
        }
        for layer in [Rcp, Endpoint, Resource, Identity, Boundary, Session] {
            assert!(seen.contains(&(Decision::ImplicitDeny, layer)), "no implicit denial by {layer:?}");
        }
        for layer in [Scp, Rcp, Endpoint, Resource, Identity, Boundary, Session] {
            assert!(seen.contains(&(Decision::ExplicitDeny, layer)), "no explicit denial by {layer:?}");
        }
    }

    #[test]
    fn about_a_third_of_random_cases_are_allowed_so_that_both_sides_of_each_edge_are_met() {
        let allowed =
            (0..1000).filter(|seed| evaluate(&case_of_seed(*seed)).decision == Decision::Allow).count();
        assert!((200..700).contains(&allowed), "{allowed} of 1000");
    }
}
