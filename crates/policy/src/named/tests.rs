use super::*;
use crate::error::Span;

const A: &str = "111122223333";

fn arn(text: &str) -> PrincipalArn {
    text.parse().unwrap()
}

fn id(text: &str) -> UniqueId {
    text.parse().unwrap()
}

fn user() -> Principal {
    Principal::user(arn("arn:aws:iam::111122223333:user/p/u"), Some(id("AIDA1111111111111111")))
}

fn session() -> Principal {
    let role = arn("arn:aws:iam::111122223333:role/p/r");
    Principal::role_session(
        arn("arn:aws:sts::111122223333:assumed-role/r/s"),
        role,
        Some(id("AROA1111111111111111")),
    )
}

fn federated() -> Principal {
    let parent = arn("arn:aws:iam::111122223333:user/p/u");
    let own = arn("arn:aws:sts::111122223333:federated-user/f");
    Principal::federated_user(own, Some(parent), Some(id("AIDA1111111111111111")))
}

fn root() -> Principal {
    Principal::root(arn("arn:aws:iam::111122223333:root"))
}

fn by_arn(text: &str, pin: Option<&str>) -> Named {
    Named::Principal { arn: arn(text), id: pin.map(id) }
}

fn block(negated: bool, named: Vec<Named>) -> PrincipalBlock {
    let written = Written { text: "".into(), span: Span::default() };
    let element = |named| PrincipalElement { member: PrincipalMember::Aws, written: written.clone(), named };
    PrincipalBlock { negated, elements: named.into_iter().map(element).collect(), span: Span::default() }
}

#[test]
fn each_name_of_a_caller_has_its_class() {
    let role = by_arn("arn:aws:iam::111122223333:role/p/r", None);
    let account = Named::Account(A.parse().unwrap());
    let user_arn = by_arn("arn:aws:iam::111122223333:user/p/u", None);
    for (named, caller, class) in [
        (&role, session(), Some(MatchClass::Role)),
        (&by_arn("arn:aws:sts::111122223333:assumed-role/r/s", None), session(), Some(MatchClass::Session)),
        (&by_arn("arn:aws:sts::111122223333:assumed-role/r/s2", None), session(), None),
        (&user_arn, user(), Some(MatchClass::User)),
        (&user_arn, federated(), Some(MatchClass::FederatedParent)),
        (&by_arn("arn:aws:iam::111122223333:user/u", None), user(), None),
        (&by_arn("arn:aws:iam::111122223333:user/p/U", None), user(), None),
        (&by_arn("arn:aws:sts::111122223333:federated-user/f", None), federated(), Some(MatchClass::Session)),
        (&account, root(), Some(MatchClass::RootUser)),
        (&account, user(), Some(MatchClass::Account)),
        (&account, federated(), Some(MatchClass::Account)),
        (&Named::Account("444455556666".parse().unwrap()), user(), None),
        (&Named::Everyone, Principal::anonymous(), Some(MatchClass::Wildcard)),
        (&Named::Nobody, root(), None),
        (&Named::Id(id("AROA1111111111111111")), session(), Some(MatchClass::Role)),
        (&Named::Id(id("AIDA1111111111111111")), federated(), Some(MatchClass::FederatedParent)),
    ] {
        assert_eq!(named.matches(&caller), class, "{named:?} {}", caller.display_name());
    }
}

#[test]
fn a_pinned_element_matches_by_its_id_alone() {
    let arn = "arn:aws:iam::111122223333:user/p/u";
    assert!(by_arn(arn, Some("AIDA1111111111111111")).matches(&user()).is_some());
    assert!(
        by_arn(arn, Some("AIDA2222222222222222")).matches(&user()).is_none(),
        "made again under the old name"
    );
    let renamed = by_arn("arn:aws:iam::111122223333:user/before", Some("AIDA1111111111111111"));
    assert_eq!(renamed.matches(&user()), Some(MatchClass::User), "the pin follows a renamed user");
}

#[test]
fn an_orphaned_id_matches_nobody() {
    let orphan = Named::Id(id("AROA9999999999999999"));
    for caller in [user(), session(), federated(), root(), Principal::anonymous()] {
        assert_eq!(orphan.matches(&caller), None);
    }
}

#[test]
fn inferred_session_is_pinned_by_its_role_that_had_the_name() {
    let named = "arn:aws:sts::111122223333:assumed-role/r/s";
    assert!(by_arn(named, Some("AROA1111111111111111")).matches(&session()).is_some());
    assert!(by_arn(named, Some("AROA2222222222222222")).matches(&session()).is_none());
}

#[test]
fn inferred_spares_only_whose_every_name_is_listed() {
    let account = || Named::Account(A.parse().unwrap());
    let role = || by_arn("arn:aws:iam::111122223333:role/p/r", None);
    let own = || by_arn("arn:aws:sts::111122223333:assumed-role/r/s", None);
    assert!(!block(true, vec![account(), role(), own()]).denies(&session(), false));
    assert!(block(true, vec![account(), role()]).denies(&session(), false));
    assert!(block(true, vec![role(), own()]).denies(&session(), false));
    let user_arn = || by_arn("arn:aws:iam::111122223333:user/p/u", None);
    assert!(!block(true, vec![account(), user_arn()]).denies(&user(), false));
    assert!(block(true, vec![user_arn()]).denies(&user(), false));
    assert!(block(true, vec![account()]).denies(&user(), false));
    assert!(!block(true, vec![account()]).denies(&root(), false));
    assert!(!block(true, vec![Named::Everyone]).denies(&Principal::anonymous(), false));
}

#[test]
fn not_principal_deny_always_reaches_a_caller_with_a_boundary() {
    let everything = vec![Named::Everyone];
    assert!(block(true, everything).denies(&user(), true));
}

#[test]
fn inferred_not_principal_allows_everyone_else() {
    let others = block(true, vec![by_arn("arn:aws:iam::111122223333:user/p/u", None)]);
    assert_eq!(others.allows(&session()).first_in(Classes::UNLIMITED), Some(MatchClass::NotPrincipal));
    assert!(others.allows(&user()).is_empty() && others.allows(&federated()).is_empty());
}
