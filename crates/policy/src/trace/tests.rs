use super::*;
use crate::testing::*;
use crate::{Constraints, KmsAction, Outcome};

const ROOT_ONLY: &str = r#""Condition":{"StringEquals":{"aws:PrincipalType":"Account"}}"#;

fn traced(case: &Case) -> (Verdict, Trace) {
    case.ask(decide_traced)
}

fn layer(trace: &Trace, layer: Layer) -> &LayerTrace {
    trace.layers.iter().find(|l| l.layer == layer).unwrap()
}

fn changes(case: &Case) -> Vec<(Layer, String)> {
    let (verdict, trace) = traced(case);
    assert!(!verdict.is_allowed());
    trace.changes.into_iter().map(|change| (change.layer, change.document.unwrap_or(change.what))).collect()
}

#[test]
fn a_trace_has_the_verdict_of_the_plain_decision() {
    let case = Case::new("A:user/u", "kms:Decrypt").key_allows(&["A:root"], &["kms:*"], ROOT_ONLY);
    assert_eq!(traced(&case).0, case.decide());
}

#[test]
fn a_near_miss_names_the_one_thing_that_fails() {
    let case = Case::new("A:user/u", "kms:Decrypt").key(&[
        statement("Allow", &["A:root"], &["kms:*"], ROOT_ONLY),
        statement("Allow", &["A:user/u"], &["kms:Encrypt"], ""),
        statement("Allow", &["A:user/v"], &["kms:Decrypt"], ""),
        statement("Allow", &["A:user/v"], &["kms:Encrypt"], ""),
        statement("Allow", &["A:user/u"], &["kms:Decrypt"], r#""Resource":"arn:aws:kms:us-east-1:1:key/x""#),
    ]);
    let (_, trace) = traced(&case);
    let of_key = &layer(&trace, Layer::Resource).policies[0].statements;
    let missed: Vec<_> = of_key.iter().map(|s| s.near_miss.as_deref()).collect();
    assert_eq!(
        missed,
        [Some("aws:PrincipalType"), Some("Action"), Some("Principal"), None, Some("Resource")]
    );
    assert_eq!(of_key[0].class, Some(MatchClass::Account));
}

#[test]
fn each_condition_shows_the_value_it_saw() {
    let condition = r#""Condition":{"StringEquals":{"aws:PrincipalType":"Account","kms:ViaService":"ssm"},
        "ForAnyValue:StringLike":{"aws:TagKeys":"t*"}}"#;
    let case =
        Case::new("A:user/u", "kms:Decrypt").key_allows(&["A:root"], &["kms:*"], condition).with(|case| {
            case.context.set_many("aws:TagKeys", ["team", "cost"]);
        });
    let (_, trace) = traced(&case);
    let conditions = &layer(&trace, Layer::Resource).policies[0].statements[0].conditions;
    let seen: Vec<_> = conditions.iter().map(|c| (c.key.as_str(), &c.seen, c.holds)).collect();
    assert_eq!(
        seen,
        [
            ("aws:PrincipalType", &SeenValues::Values(vec!["User".into()]), Truth::False),
            ("kms:ViaService", &SeenValues::Absent, Truth::False),
            ("aws:TagKeys", &SeenValues::Values(vec!["team".into(), "cost".into()]), Truth::True),
        ]
    );
}

#[test]
fn layers_that_were_not_asked_say_why() {
    let case = Case::new("A:user/u", "kms:ListKeys").on("*").key_allows(&["*"], &["kms:*"], "");
    let (_, trace) = traced(&case);
    assert!(layer(&trace, Layer::Resource).not_asked.unwrap().contains("does not ask"));
    assert_eq!(layer(&trace, Layer::Boundary).not_asked, Some("there is none"));
    let exempt = Case::new("A:user/u", "kms:Decrypt")
        .scp(vec![vec![denies(&["*"])]])
        .with(|case| case.management = Some(A.parse().unwrap()));
    assert!(layer(&traced(&exempt).1, Layer::ServiceControl).not_asked.unwrap().contains("not bound"));
}

#[test]
fn up_to_three_changes_are_offered_and_each_would_do() {
    let delegated = Case::new("A:user/u", "kms:Decrypt").key_allows(&["A:root"], &["kms:*"], "");
    let offered = changes(&delegated);
    assert_eq!(
        offered.iter().map(|(l, _)| *l).collect::<Vec<_>>(),
        [Layer::Resource, Layer::Identity, Layer::Grant]
    );
    assert!(offered[0].1.contains(r#""AWS" : "arn:aws:iam::111122223333:user/u""#), "{offered:?}");
    assert!(offered[1].1.contains(KEY));
    assert!(offered[2].1.contains(r#""Operations" : [ "Decrypt" ]"#));
    let shut = Case::new("A:user/u", "kms:PutKeyPolicy").key_allows(&["A:user/v"], &["kms:*"], "");
    assert_eq!(
        changes(&shut).len(),
        1,
        "no identity policy and no grant opens a key policy that does not delegate"
    );
}

#[test]
fn across_accounts_both_sides_must_change_or_a_grant_be_made() {
    let case = Case::new("B:user/x", "kms:Sign").key_allows(&["A:root"], &["kms:*"], "");
    assert_eq!(changes(&case).iter().map(|(l, _)| *l).collect::<Vec<_>>(), [Layer::Grant]);
    let case = Case::new("B:user/x", "kms:ListGrants").key_allows(&["A:root"], &["kms:*"], "");
    assert_eq!(
        changes(&case).iter().map(|(l, _)| *l).collect::<Vec<_>>(),
        [Layer::Resource, Layer::Identity]
    );
    let case = Case::new("B:user/x", "kms:PutKeyPolicy").key_allows(&["B:root"], &["kms:*"], "");
    assert!(changes(&case).is_empty(), "nothing makes a management operation cross-account");
}

#[test]
fn an_explicit_deny_is_to_be_removed_and_others_are_announced() {
    let case = Case::new("A:user/u", "kms:Decrypt")
        .key_allows(&["A:user/u"], &["kms:*"], "")
        .identity(vec![vec![statement("Deny", &[], &["kms:*"], r#""Sid":"NoKeys""#)]]);
    assert_eq!(changes(&case)[0].1, "remove or narrow the Deny statement `NoKeys` of `p` (identity-based)");
    let twice = case.boundary(denies(&["*"]));
    assert!(changes(&twice)[0].1.ends_with("other statements deny too"));
}

#[test]
fn a_silent_boundary_that_nothing_makes_up_for_must_speak() {
    let case = Case::new("B:user/x", "kms:ListGrants")
        .key_allows(&["B:user/x"], &["kms:*"], "")
        .identity(vec![allows(&["kms:*"])])
        .boundary(allows(&["s3:*"]));
    assert_eq!(changes(&case).iter().map(|(l, _)| *l).collect::<Vec<_>>(), [Layer::Boundary]);
}

#[test]
fn grants_tell_what_they_lack() {
    let case = Case::new("A:user/u", "kms:Decrypt")
        .key_allows(&["A:user/v"], &["kms:*"], "")
        .grant("A:user/u", &[KmsAction::Decrypt], equals(&[("a", "1")]))
        .grant("A:user/v", &[KmsAction::Encrypt], Constraints::default())
        .with(|case| case.grants[1].1 = false);
    let (verdict, trace) = traced(&case);
    assert_eq!(verdict.outcome, Outcome::ImplicitDeny);
    let first = &trace.grants[0];
    assert_eq!(
        (first.class, first.operation, first.in_effect, first.constraints),
        (Some(MatchClass::User), true, true, Truth::False)
    );
    let second = &trace.grants[1];
    assert_eq!((second.class, second.operation, second.in_effect), (None, false, false));
}

#[test]
fn a_trace_can_be_written_as_json() {
    let case = Case::new("A:user/u", "kms:Decrypt").key_allows(&["A:root"], &["kms:*"], ROOT_ONLY);
    let json = serde_json::to_value(traced(&case).1).unwrap();
    assert_eq!(json["layers"][3]["layer"], "resource-based");
    assert_eq!(
        json["layers"][3]["policies"][0]["statements"][0]["conditions"][0]["seen"]["values"][0],
        "User"
    );
}
