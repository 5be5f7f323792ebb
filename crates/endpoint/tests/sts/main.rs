//! STS through the endpoint, in one process: rules that need a clock or thousands of requests.
#![cfg(test)]

#[path = "../common/asked.rs"]
mod asked;
#[path = "../common/root_key.rs"]
mod root_key;

mod identities;
mod operations;
mod unlock;
mod world;

use world::{A, B, Credentials, World};

/// Whoever has an identity policy for it.
fn trust_of(account: &str, condition: &str) -> String {
    let actions = r#"["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]"#;
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":{actions}{condition}}}]}}"#
    )
}

const MAY_DO_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn role(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

async fn assume(world: &World, who: &Credentials, arn: &str, more: &[(&str, &str)]) -> world::Reply {
    let mut parameters = vec![("RoleArn", arn), ("RoleSessionName", "s1")];
    parameters.extend(more);
    world.sts(who, "AssumeRole", &parameters).await
}

#[tokio::test]
async fn a_trusted_user_assumes_a_role_of_its_own_and_of_another_account() {
    let world = World::new().await;
    let user = world.user(A, "u", MAY_DO_ALL).await;
    for account in [A, B] {
        world.role(account, "r", &trust_of(A, ""), "").await;
        let reply = assume(&world, &user, &role(account, "r"), &[]).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let who = world.sts(&reply.credentials(), "GetCallerIdentity", &[]).await;
        let arn = format!("arn:aws:sts::{account}:assumed-role/r/s1");
        assert_eq!((who.get("Arn"), who.get("Account")), (Some(arn), Some(account.into())));
        let info = world.sts(&user, "GetAccessKeyInfo", &[("AccessKeyId", &reply.credentials().id)]).await;
        assert_eq!(info.get("Account").as_deref(), Some(account));
    }
}

#[tokio::test]
async fn an_unknown_role_is_not_told_from_one_that_does_not_trust() {
    let world = World::new().await;
    let user = world.user(A, "u", MAY_DO_ALL).await;
    world.role(B, "closed", &trust_of(B, ""), "").await;
    let refusal =
        |reply: world::Reply, name: &str| (reply.status, reply.code(), reply.message().replace(name, "ROLE"));
    let closed = refusal(assume(&world, &user, &role(B, "closed"), &[]).await, "closed");
    let unknown = refusal(assume(&world, &user, &role(B, "unknown"), &[]).await, "unknown");
    assert_eq!(closed, unknown);
    let text = format!(
        "User: arn:aws:iam::{A}:user/u is not authorized to perform: sts:AssumeRole on resource: {}",
        role(B, "ROLE")
    );
    assert_eq!(closed, (403, "AccessDenied".into(), text));
}

#[tokio::test]
async fn an_external_id_is_demanded_and_the_root_user_assumes_nothing() {
    let world = World::new().await;
    let user = world.user(A, "u", MAY_DO_ALL).await;
    let condition = r#","Condition":{"StringEquals":{"sts:ExternalId":"secret"}}"#;
    world.role(A, "r", &trust_of(A, condition), "").await;
    let arn = role(A, "r");
    assert_eq!(assume(&world, &user, &arn, &[]).await.code(), "AccessDenied");
    assert_eq!(assume(&world, &user, &arn, &[("ExternalId", "other")]).await.code(), "AccessDenied");
    assert_eq!(assume(&world, &user, &arn, &[("ExternalId", "secret")]).await.code(), "ok");
    let root = assume(&world, &world.root, &arn, &[("ExternalId", "secret")]).await;
    assert_eq!(root.message(), "Roles may not be assumed by root accounts.");
}

#[tokio::test]
async fn a_chain_lasts_an_hour_and_hands_on_tags_and_source_identity() {
    let world = World::new().await;
    let user = world.user(A, "u", MAY_DO_ALL).await;
    world.role(A, "r1", &trust_of(A, ""), MAY_DO_ALL).await;
    world.role(A, "r2", &trust_of(A, ""), MAY_DO_ALL).await;
    let tagged = [
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
        ("TransitiveTagKeys.member.1", "team"),
        ("SourceIdentity", "alice"),
        ("DurationSeconds", "7200"),
    ];
    let first = assume(&world, &user, &role(A, "r1"), &tagged).await;
    assert_eq!(first.code(), "ok", "{}", first.body);
    let first = first.credentials();
    let arn = role(A, "r2");
    let long = assume(&world, &first, &arn, &[("DurationSeconds", "3601")]).await;
    assert_eq!(long.code(), "ValidationError");
    let anew = [("Tags.member.1.Key", "TEAM"), ("Tags.member.1.Value", "blue")];
    assert_eq!(assume(&world, &first, &arn, &anew).await.code(), "ValidationError");
    assert_eq!(assume(&world, &first, &arn, &[("SourceIdentity", "bob")]).await.code(), "AccessDenied");
    let second = assume(&world, &first, &arn, &[]).await;
    assert_eq!(second.get("SourceIdentity").as_deref(), Some("alice"));
    let too_long = assume(&world, &user, &arn, &[("DurationSeconds", "7201")]).await;
    assert_eq!(
        too_long.message(),
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    );
}

#[tokio::test]
async fn session_policies_limit_and_are_limited() {
    let world = World::new().await;
    let user = world.user(A, "u", MAY_DO_ALL).await;
    world.role(A, "r", &trust_of(A, ""), MAY_DO_ALL).await;
    let arn = role(A, "r");
    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#;
    let limited = assume(&world, &user, &arn, &[("Policy", policy)]).await;
    assert!(limited.get("PackedPolicySize").is_some(), "{}", limited.body);
    let key = ("AccessKeyId", "AKIAABCDEFGHIJKLMNOP");
    let denied = world.sts(&limited.credentials(), "GetAccessKeyInfo", &[key]).await;
    assert!(denied.message().ends_with("because no session policy allows the sts:GetAccessKeyInfo action"));
    assert_eq!(assume(&world, &user, &arn, &[("Policy", "{")]).await.code(), "MalformedPolicyDocument");
    let long = format!("{policy}{}", " ".repeat(9000));
    assert_eq!(assume(&world, &user, &arn, &[("Policy", &long)]).await.code(), "PackedPolicyTooLarge");
}

#[tokio::test]
async fn sessions_get_no_sessions_and_federated_users_need_a_session_policy() {
    let world = World::new().await;
    let user = world.user(A, "u", MAY_DO_ALL).await;
    let session = world.sts(&user, "GetSessionToken", &[]).await.credentials();
    let again = world.sts(&session, "GetSessionToken", &[]).await;
    assert_eq!(again.message(), "Cannot call GetSessionToken with session credentials");
    let again = world.sts(&session, "GetFederationToken", &[("Name", "bob")]).await;
    assert_eq!(again.message(), "Cannot call GetFederationToken with session credentials");
    let bare = world.sts(&user, "GetFederationToken", &[("Name", "bob")]).await.credentials();
    let key = ("AccessKeyId", "AKIAABCDEFGHIJKLMNOP");
    assert_eq!(world.sts(&bare, "GetAccessKeyInfo", &[key]).await.code(), "AccessDenied");
    let who = world.sts(&bare, "GetCallerIdentity", &[]).await;
    assert_eq!(who.get("Arn"), Some(format!("arn:aws:sts::{A}:federated-user/bob")));
    assert_eq!(assume(&world, &bare, &role(A, "r"), &[]).await.code(), "AccessDenied");
}

#[tokio::test]
async fn a_denial_is_decoded_by_its_own_account_alone() {
    let world = World::new().await;
    let (poor, rich) = (world.user(A, "poor", "").await, world.user(A, "rich", MAY_DO_ALL).await);
    let stranger = world.user(B, "rich", MAY_DO_ALL).await;
    let denied = world.sts(&poor, "GetAccessKeyInfo", &[("AccessKeyId", "AKIAABCDEFGHIJKLMNOP")]).await;
    let message = denied.denial.unwrap();
    let encoded = [("EncodedMessage", message.as_str())];
    let decoded = world.sts(&rich, "DecodeAuthorizationMessage", &encoded).await;
    let text = decoded.get("DecodedMessage").unwrap();
    for part in [r#""allowed":false"#, r#""action":"sts:GetAccessKeyInfo""#, "user/poor"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(world.sts(&poor, "DecodeAuthorizationMessage", &encoded).await.code(), "AccessDenied");
    for (who, text) in [(&stranger, message.as_str()), (&rich, "AAAA")] {
        let reply = world.sts(who, "DecodeAuthorizationMessage", &[("EncodedMessage", text)]).await;
        assert_eq!(reply.code(), "InvalidAuthorizationMessageException");
    }
}

#[tokio::test]
async fn a_token_that_is_not_exactly_the_one_that_was_given_is_refused() {
    let world = World::new().await;
    let user = world.user(A, "u", MAY_DO_ALL).await;
    let session = world.sts(&user, "GetSessionToken", &[("DurationSeconds", "900")]).await.credentials();
    let token = session.token.clone().unwrap();
    let with = |token: String| Credentials { token: Some(token), ..session.clone() };
    let code = async |who: Credentials| world.sts(&who, "GetCallerIdentity", &[]).await.code();
    assert_eq!(code(session.clone()).await, "ok");
    // Replayed with another key, temporary or long-term, or with none of its own.
    let other = world.sts(&user, "GetSessionToken", &[]).await.credentials();
    assert_eq!(code(Credentials { token: Some(token.clone()), ..other }).await, "InvalidClientTokenId");
    assert_eq!(code(Credentials { token: Some(token.clone()), ..user }).await, "InvalidClientTokenId");
    assert_eq!(code(Credentials { token: None, ..session.clone() }).await, "InvalidClientTokenId");
    // Truncated and extended.
    for length in (1..token.len()).step_by(7) {
        assert_eq!(code(with(token[..length].to_owned())).await, "InvalidClientTokenId", "{length}");
    }
    for extra in ["A", "AAAA", "=", &token] {
        assert_eq!(code(with(format!("{token}{extra}"))).await, "InvalidClientTokenId", "{extra}");
    }
    // Every bit flipped that leaves a header's text.
    for bit in 0..token.len() * 8 {
        let mut bytes = token.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if text.trim() != text || !text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            continue;
        }
        assert_eq!(code(with(text)).await, "InvalidClientTokenId", "bit {bit}");
    }
    // Over.
    world.clock.advance_millis(900_000 - 1);
    assert_eq!(code(session.clone()).await, "ok");
    world.clock.advance_millis(1);
    let over = world.sts(&session, "GetCallerIdentity", &[]).await;
    assert_eq!((over.status, over.code()), (403, "ExpiredToken".into()));
    assert_eq!(over.message(), "The security token included in the request is expired");
    let over = world.iam(&session, "ListUsers", &[]).await;
    assert_eq!((over.status, over.code()), (403, "ExpiredToken".into()));
    let over = world.kms(&session, "ListKeys", "{}").await;
    assert_eq!(over.status, 400);
    assert!(over.body.contains(r#""__type":"ExpiredTokenException""#), "{}", over.body);
    assert!(over.body.contains("The security token included in the request is expired"), "{}", over.body);
}
