//! A world whose events can be found again, with sessions and the query protocol.

use crate::{
    server::{Events, Reply as Said},
    world::{A, Reply, World},
};
use bytes::Bytes;
use gatekey_audit::{Facts, Found, History, Page, PublicKey, Query};
use gatekey_directory::{Document, Header, Permissions, RoleRecord, insert};
use gatekey_testkit::Signer;
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};

/// Finds events in a trail that there is later.
#[derive(Default)]
pub(crate) struct Remembered(OnceLock<Arc<Events>>);

impl History for Remembered {
    fn search(&self, query: &Query) -> Result<Page, String> {
        let texts = self.0.get().unwrap().texts();
        let mut page = Page::default();
        for (number, text) in (1..).zip(&texts).collect::<Vec<(u64, _)>>().into_iter().rev() {
            let facts = Facts::read(text.as_bytes()).unwrap();
            let second = facts.time().seconds();
            let is_meant = query.before.is_none_or(|before| number < before)
                && query.from.is_none_or(|from| from.seconds() <= second)
                && query.until.is_none_or(|until| second <= until.seconds())
                && query.all.iter().all(|(field, value)| facts.has(*field, value));
            if !is_meant {
                continue;
            }
            if page.events.len() >= query.most {
                page.next = page.events.last().map(|last| last.number);
                break;
            }
            page.events.push(Found { number, event: text.clone().into_bytes() });
        }
        Ok(page)
    }
    fn public_keys(&self) -> Result<Vec<PublicKey>, String> {
        Err("there is none".to_owned())
    }
}

/// Credentials that end.
#[derive(Clone)]
pub(crate) struct Session {
    signer: Signer,
    token: String,
}

/// A world that remembers.
pub(crate) async fn world() -> World {
    let history = Arc::new(Remembered::default());
    let world = World::shaped(|gate| gate.with_history(history.clone())).await;
    assert!(history.0.set(world.events.clone()).is_ok());
    world
}

impl World {
    /// Calls IAM or STS.
    pub(crate) async fn form(
        &self,
        who: &Signer,
        service: &'static str,
        operation: &str,
        parameters: &[(&str, &str)],
    ) -> String {
        let version = if service == "iam" { "2010-05-08" } else { "2011-06-15" };
        let mut body = format!("Action={operation}&Version={version}");
        for (name, value) in parameters {
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            body.push_str(&format!("&{name}={encoded}"));
        }
        let body = Bytes::from(body);
        let signer = Signer { service, ..who.clone() };
        let content = [("content-type", "application/x-www-form-urlencoded")];
        let signed = signer.sign(&content, &body, self.gate.now());
        let answer = self.ask("/", signed, body).await;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert_eq!(answer.status.as_u16(), 200, "{text}");
        text
    }

    /// Asks STS for credentials.
    pub(crate) async fn session(
        &self,
        who: &Signer,
        operation: &str,
        parameters: &[(&str, &str)],
    ) -> Session {
        let text = self.form(who, "sts", operation, parameters).await;
        let part = |name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>")).unwrap();
            rest.split_once(&format!("</{name}>")).unwrap().0.to_owned()
        };
        let signer =
            Signer { access_key_id: part("AccessKeyId"), secret: part("SecretAccessKey"), ..who.clone() };
        Session { signer, token: part("SessionToken") }
    }

    /// Calls KMS with a session's credentials.
    pub(crate) async fn kms_in(&self, session: &Session, operation: &str, input: &Value) -> Said {
        let body = Bytes::from(input.to_string());
        let target = format!("TrentService.{operation}");
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-security-token", session.token.as_str()),
            ("x-amz-target", target.as_str()),
        ];
        let signer = Signer { service: "kms", ..session.signer.clone() };
        let signed = signer.sign(&headers, &body, self.gate.now());
        Said::of(&self.ask("/", signed, body).await)
    }

    /// A role of `A` that the account may assume, with one inline policy.
    pub(crate) async fn role(&self, name: &str, statements: Value) -> String {
        let trust = json!([{"Effect": "Allow", "Principal": {"AWS": A},
            "Action": ["sts:AssumeRole", "sts:TagSession"]}]);
        let mut permissions = Permissions::default();
        permissions.inline.insert("p".into(), crate::world::policy(statements));
        let record = RoleRecord {
            header: Header::new::<RoleRecord>(name, "/", self.gate.now(), self.gate.entropy()),
            permissions,
            trust: Document { text: crate::world::policy(trust), pins: Default::default() },
            description: None,
            longest_session: 3_600,
        };
        self.gate.provision(vec![insert(A.parse().unwrap(), &record)]).await.unwrap();
        format!("arn:aws:iam::{A}:role/{name}")
    }

    /// Replays under this policy, in one page, as the root user of `A`.
    pub(crate) async fn replay(&self, key: &str, statements: &Value) -> Value {
        let question = json!({"KeyId": key, "Policy": crate::world::policy(statements.clone())});
        let answer = self.call("ReplayPolicy", question).await.ok();
        assert!(answer["NextToken"].is_null(), "{answer}");
        answer
    }

    /// Puts this policy on a key of `A`.
    pub(crate) async fn put(&self, key: &str, statements: &Value) -> Reply {
        let put = json!({"KeyId": key, "Policy": crate::world::policy(statements.clone()),
            "BypassPolicyLockoutSafetyCheck": true});
        self.kms(&self.root(A), "PutKeyPolicy", put).await
    }
}

/// What is told of the calls of one kind.
pub(crate) fn of<'a>(answer: &'a Value, effect: &str) -> &'a Value {
    const NONE: &Value = &Value::Null;
    let effects = answer["Effects"].as_array().unwrap();
    effects.iter().find(|one| one["Effect"] == effect).unwrap_or(NONE)
}

/// How many calls come out in each way.
pub(crate) fn counts(answer: &Value) -> Vec<(&str, i64)> {
    let effects = answer["Effects"].as_array().unwrap();
    effects.iter().map(|one| (one["Effect"].as_str().unwrap(), one["Count"].as_i64().unwrap())).collect()
}
