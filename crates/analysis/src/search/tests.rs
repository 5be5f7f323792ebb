use super::*;
use crate::testing::{any_world, contexts, decided, entity, key, statement, witnessed, world};
use crate::world::World;
use gatekey_policy::KmsAction;
use proptest::prelude::*;

pub(super) fn sought(world: &World, short: &str) -> Sought<Witness> {
    let action = Action::from(KmsAction::Decrypt);
    let caller = world.named(short);
    find_allowed(Inquiry::on_key(world, &caller, &action, world.the_key()), None)
}

pub(super) fn under(conditions: &[&str]) -> World {
    let one = |condition: &&str| {
        let (effect, condition) = condition.split_once(' ').unwrap();
        let rest = format!(r#""Condition":{{{condition}}}"#);
        statement(effect, &["A:user/u"], &["kms:*"], &rest)
    };
    world(vec![entity("A:user/u"), entity("A:role/r")], key(&conditions.iter().map(one).collect::<Vec<_>>()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]
    #[test]
    fn what_is_found_is_there_and_what_is_not_is_never_allowed(world in any_world()) {
        let key = world.the_key();
        for action in [KmsAction::Decrypt, KmsAction::PutKeyPolicy] {
            for caller in world.callers().iter().filter(|caller| caller.account.is_some()) {
                let asked = Action::from(action);
                let sought = find_allowed(Inquiry::on_key(&world, caller, &asked, key), None);
                let is_session = matches!(caller.kind, CallerKind::Role | CallerKind::Session);
                let mfa = ConditionKey::from(KeyName::AwsMultiFactorAuthPresent);
                let mut requests = contexts().into_iter().filter(|(context, _)| {
                    !is_session || context.entries().any(|(key, _)| key.is(&mfa))
                });
                let example = requests.find(|context| decided(&world, caller, action, key, context));
                match sought {
                    Sought::Nothing => prop_assert!(example.is_none(), "{:?} {example:?}", caller.name()),
                    Sought::Found(found) => prop_assert!(witnessed(&world, caller, &found, key), "{found}"),
                    Sought::Unknown(why) => prop_assert!(false, "{why}"),
                }
                prop_assert!(example.is_none() || sought_found(&world, caller, action));
            }
        }
    }
}

fn sought_found(world: &World, caller: &Caller<'_>, action: KmsAction) -> bool {
    let asked = Action::from(action);
    matches!(find_allowed(Inquiry::on_key(world, caller, &asked, world.the_key()), None), Sought::Found(_))
}

#[test]
fn conditions_that_exclude_each_other_leave_nothing() {
    for conditions in [
        vec![
            r#"Allow "IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#,
            r#"Deny "IpAddress":{"aws:SourceIp":"10.0.0.0/7"}"#,
        ],
        vec![r#"Allow "StringEquals":{"aws:SourceVpc":"vpc-1"},"StringLike":{"aws:SourceVpc":"vpc-2*"}"#],
        vec![r#"Allow "StringLike":{"aws:UserAgent":"a*"}"#, r#"Deny "StringLike":{"aws:UserAgent":"*"}"#],
        vec![
            r#"Allow "NumericLessThan":{"aws:MultiFactorAuthAge":"5"},"NumericGreaterThan":{"aws:MultiFactorAuthAge":"6"}"#,
        ],
        vec![
            r#"Allow "DateLessThan":{"aws:CurrentTime":"2026-01-01"},"DateGreaterThan":{"aws:CurrentTime":"2027-01-01"}"#,
        ],
        vec![r#"Allow "Bool":{"aws:ViaAWSService":"false"},"Null":{"kms:ViaService":"false"}"#],
        vec![
            r#"Allow "Bool":{"aws:MultiFactorAuthPresent":"false"},"Null":{"aws:MultiFactorAuthAge":"false"}"#,
        ],
        vec![
            r#"Allow "StringEquals":{"kms:EncryptionContext:a":"1"},"Null":{"kms:EncryptionContextKeys":"true"}"#,
        ],
        vec![
            r#"Allow "ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"a"},"Null":{"kms:EncryptionContext:a":"true"}"#,
        ],
        vec![
            r#"Allow "Null":{"aws:SourceIp":"true"}"#,
            r#"Deny "NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#,
        ],
    ] {
        assert!(sought(&under(&conditions), "A:user/u").is_nothing(), "{conditions:?}");
    }
}

#[test]
fn a_request_is_found_in_the_gap_that_is_left() {
    for conditions in [
        vec![
            r#"Allow "IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#,
            r#"Deny "IpAddress":{"aws:SourceIp":["10.0.0.0/9","10.128.0.0/10"]}"#,
        ],
        vec![
            r#"Allow "StringLike":{"aws:UserAgent":"a*"}"#,
            r#"Deny "StringLike":{"aws:UserAgent":["a?","*b"]}"#,
            r#"Deny "StringEquals":{"aws:UserAgent":["a","abc"]}"#,
        ],
        vec![
            r#"Allow "NumericLessThan":{"aws:MultiFactorAuthAge":"6"},"NumericGreaterThan":{"aws:MultiFactorAuthAge":"5"}"#,
        ],
        vec![
            r#"Allow "StringEquals":{"aws:CalledViaLast":"athena.amazonaws.com"},"StringLike":{"kms:ViaService":"*.us-east-1.amazonaws.com"}"#,
        ],
        vec![
            r#"Allow "ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["a","b"]},"StringEquals":{"kms:EncryptionContext:b":"2"}"#,
        ],
        vec![
            r#"Allow "ArnLike":{"aws:SourceVpcArn":"arn:aws:ec2:*:*:vpc/*"},"StringEquals":{"aws:PrincipalType":"x"}"#,
            r#"Allow "DateGreaterThan":{"aws:CurrentTime":"2026-01-01"}"#,
        ],
        vec![
            r#"Allow "StringEqualsIgnoreCase":{"aws:UserAgent":"Curl"},"StringNotEquals":{"aws:UserAgent":["Curl","curl","CURL"]}"#,
        ],
    ] {
        let found = sought(&under(&conditions), "A:user/u");
        assert!(matches!(found, Sought::Found(_)), "{conditions:?} {found:?}");
    }
}

#[test]
fn the_session_of_a_witness_is_one_of_the_role() {
    let rest = |id: &str| format!(r#""Condition":{{"StringLike":{{"aws:userid":"{id}:dep*"}}}}"#);
    let roles = vec![entity("A:role/r"), entity("A:role/q")];
    let id = roles[0].id.as_str().to_owned();
    let world = world(roles, key(&[statement("Allow", &["*"], &["kms:*"], &rest(&id))]));
    let Sought::Found(witness) = sought(&world, "A:role/r") else { panic!() };
    assert!(witness.session.as_deref().is_some_and(|name| name.starts_with("dep")), "{witness}");
    assert!(sought(&world, "A:role/q").is_nothing(), "no session of another role has that id");
}

#[test]
fn what_depends_on_an_unknown_variable_is_never_called_proved() {
    let conditions = [
        r#"Allow "StringEquals":{"aws:SourceVpc":"${aws:UserAgent}"}"#,
        r#"Deny "StringLike":{"aws:UserAgent":"*"}"#,
    ];
    let world = under(&conditions);
    assert!(!matches!(sought(&world, "A:user/u"), Sought::Found(_)));
}
