//! Ways back into a key: the ceremony, the rollback with a custodian, the rescue by the root user; and everybody who must not
//! get in.

use crate::{
    server::{HERE, Server, opened},
    world::{A, B, World, policy},
};
use gatekey_endpoint::Endpoint;
use gatekey_gate::Gate;
use gatekey_server::Lanes;
use gatekey_store::{MemoryStore, Store};
use gatekey_testkit::Signer;
use gatekey_types::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) const DAY: i64 = 86_400;
const ROOT: &str = "arn:aws:iam::111122223333:root";

fn arn(user: &str) -> String {
    format!("arn:aws:iam::{A}:user/{user}")
}

fn may(actions: &[&str]) -> Value {
    json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}])
}

/// A server with an administrator, three custodians, two of whom must approve, and a key that nobody can manage.
pub(crate) struct Story {
    pub(crate) world: World,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) admin: Signer,
    custodians: Vec<Signer>,
    pub(crate) shares: Vec<String>,
    key: String,
    shape: fn(Gate) -> Gate,
}

impl Story {
    pub(crate) async fn begin() -> Self {
        Self::shaped(|gate| gate).await
    }

    async fn shaped(shape: fn(Gate) -> Gate) -> Self {
        let store = Arc::new(MemoryStore::new());
        let world = World::of(Server::new(&store, shape).await);
        let admin = world.user(A, "admin", may(&["*"])).await;
        let mut custodians = Vec::new();
        for name in ["c1", "c2", "c3"] {
            custodians.push(world.user(A, name, may(&["gatekey:*"])).await);
        }
        let key = world.key(A, None).await;
        let mut story = Self { world, store, admin, custodians, shares: Vec::new(), key, shape };
        story.shares = story.deal(&["c1", "c2", "c3"], &[]).await;
        story.lock(&["gone"]).await;
        story
    }

    /// Deals shares to these users.
    async fn deal(&self, names: &[&str], present: &[&str]) -> Vec<String> {
        let custodians: Vec<String> = names.iter().map(|name| arn(name)).collect();
        let mut deal = json!({"Custodians": custodians, "Threshold": 2});
        if !present.is_empty() {
            deal["PresentShares"] = json!(present);
        }
        let dealt = self.world.call("InitRecovery", deal).await.ok();
        let shares = dealt["Shares"].as_array().unwrap().iter();
        shares.map(|share| share["Share"].as_str().unwrap().to_owned()).collect()
    }

    /// Puts a policy that leaves the key to these users, and deletes them.
    async fn lock(&self, names: &[&str]) {
        for name in names {
            self.world.user(A, name, may(&["iam:ListUsers"])).await;
        }
        let names_of: Vec<String> = names.iter().map(|name| arn(name)).collect();
        let only =
            json!([{"Effect": "Allow", "Principal": {"AWS": names_of}, "Action": "kms:*", "Resource": "*"}]);
        let put = json!({"KeyId": self.key, "Policy": policy(only), "BypassPolicyLockoutSafetyCheck": true});
        self.world.kms(&self.world.root(A), "PutKeyPolicy", put).await.ok();
        for name in names {
            self.world.forget_user(A, name).await;
        }
    }

    /// Gets back in, and leaves the key to somebody else, who is gone then too.
    async fn lock_again(&self) {
        let asked = json!({"KeyId": self.key, "Reason": "undo", "Goal": "EARLIER_POLICY"});
        let opened = self.world.by(&self.admin, "OpenRecoveryCase", asked).await.ok();
        let (case, code) = (opened["Case"]["CaseId"].as_str().unwrap(), opened["Code"].as_str().unwrap());
        self.approve(0, case, code, &self.shares[0]).await.ok();
        self.complete(case).await.ok();
        self.lock(&["third"]).await;
    }

    pub(crate) async fn open(&self) -> (String, String) {
        let asked = json!({"KeyId": self.key, "Reason": "locked out", "Goal": "DEFAULT_POLICY"});
        let opened = self.world.by(&self.admin, "OpenRecoveryCase", asked).await.ok();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&opened["Case"]["CaseId"]), text(&opened["Code"]))
    }

    pub(crate) async fn approve(
        &self,
        who: usize,
        case: &str,
        code: &str,
        share: &str,
    ) -> crate::world::Reply {
        let input = json!({"CaseId": case, "Code": code, "Share": share});
        self.world.by(&self.custodians[who], "ApproveRecoveryCase", input).await
    }

    pub(crate) async fn complete(&self, case: &str) -> crate::world::Reply {
        self.world.by(&self.admin, "CompleteRecoveryCase", json!({"CaseId": case})).await
    }

    async fn stage(&self, case: &str) -> Value {
        let answer = self.world.by(&self.admin, "DescribeRecoveryCase", json!({"CaseId": case})).await.ok();
        answer["Case"]["Stage"].clone()
    }

    /// Time goes by, and is noted every minute.
    pub(crate) async fn wait(&self, seconds: i64) {
        for _ in 0..seconds / 600 {
            self.world.clock.advance_seconds(600);
            self.world.gate.note_recoveries().await.unwrap();
        }
    }

    /// The server ends, and begins again on what the store has.
    pub(crate) async fn restart(&mut self) {
        self.restart_on(self.store.clone()).await;
    }

    /// The same, on this store.
    pub(crate) async fn restart_on(&mut self, store: Arc<dyn Store>) {
        let World(server) = &self.world;
        server.clock.restart();
        let gate = opened(store, &server.events, &server.clock, &server.entropy).await;
        let gate = Arc::new((self.shape)(gate));
        let endpoint = Arc::new(Endpoint::new(gate.clone(), HERE.parse().unwrap(), &Lanes::default()));
        let (clock, events) = (server.clock.clone(), server.events.clone());
        let (entropy, roots) = (server.entropy.clone(), server.roots.clone());
        self.world = World::of(Server { endpoint, gate, clock, events, entropy, roots });
    }

    async fn plan(&self) -> Value {
        self.world.by(&self.admin, "PlanRecovery", json!({"KeyId": self.key})).await.ok()
    }

    pub(crate) async fn policy_is_default(&self) -> bool {
        let answer = self.world.kms(&self.world.root(A), "GetKeyPolicy", json!({"KeyId": self.key})).await;
        answer.body["Policy"].as_str().is_some_and(|text| text.contains("key-default-1"))
    }
}

/// Which rungs of a plan apply.
fn applying(plan: &Value) -> Vec<&str> {
    let rungs = plan["Rungs"].as_array().unwrap().iter();
    rungs.filter(|rung| rung["Applies"] == true).map(|rung| rung["Rung"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn custodians_and_a_day_give_the_key_its_default_policy_and_every_step_is_told() {
    let mut story = Story::begin().await;
    let describe = json!({"KeyId": story.key});
    story
        .world
        .kms(&story.admin, "DescribeKey", describe.clone())
        .await
        .fails("AccessDeniedException", "kms:DescribeKey");
    let (case, code) = story.open().await;
    story.restart().await;
    let first = story.approve(0, &case, &code, &story.shares[0]).await.ok();
    assert_eq!((&first["Case"]["Stage"], &first["Case"]["ApprovalsLacking"]), (&json!("OPEN"), &json!(1)));
    story.complete(&case).await.fails("RecoveryRefusedException", "have yet to approve");
    story.restart().await;
    let second = story.approve(2, &case, &code, &story.shares[2]).await.ok();
    assert_eq!(second["Case"]["Stage"], "APPROVED");
    assert_eq!(second["Case"]["CoolDownRemainingSeconds"], DAY);
    story.complete(&case).await.fails("RecoveryRefusedException", "cool-down lasts 86400 more seconds");
    story.world.gate.note_recoveries().await.unwrap();
    story.wait(DAY).await;
    let done = story.complete(&case).await.ok();
    assert_eq!(done["Case"]["Stage"], "DONE");
    story.complete(&case).await.fails("RecoveryRefusedException", "does not wait for this any more");
    story.restart().await;
    assert!(story.policy_is_default().await);
    let seen = story.world.kms(&story.admin, "DescribeKey", describe.clone()).await;
    assert!(
        seen.recovery.starts_with("R-3: a recovery ceremony by arn:aws:iam::111122223333:user/admin at "),
        "{seen:?}"
    );
    let plan = story.plan().await;
    assert_eq!(applying(&plan)[0], "R-0");
    assert_eq!((&plan["Taken"][0]["Rung"], &plan["Taken"][0]["CaseId"]), (&json!("R-3"), &json!(case)));
    let told = story.world.call("ListKeyPolicyVersions", json!({"KeyId": story.key})).await.ok();
    let why = told["Versions"][0]["Why"].as_str().unwrap();
    assert_eq!(why, format!("R-3: a recovery ceremony, case {case}: locked out"));
    let of_trail = |name: &str| {
        story
            .world
            .events
            .all()
            .iter()
            .filter(|event| event["eventName"] == name && event["errorCode"].is_null())
            .map(|event| event["eventID"].to_string())
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    };
    let names = ["InitRecovery", "OpenRecoveryCase", "ApproveRecoveryCase", "CompleteRecoveryCase"];
    assert_eq!(
        names.map(of_trail),
        [1, 1, 2, 1],
        "an event delivered again after a restart is the same event"
    );
    story.world.clock.advance_days(30);
    story.world.gate.note_recoveries().await.unwrap();
    let seen = story.world.kms(&story.admin, "DescribeKey", describe).await;
    assert_eq!(seen.recovery, "", "after 30 days it is shown no more");
    assert_eq!(story.plan().await["Taken"], json!([]));
}

#[tokio::test]
async fn wrong_repeated_and_foreign_shares_are_refused_alike_and_counted() {
    let mut story = Story::begin().await;
    let old = story.shares.clone();
    story.shares = story.deal(&["c1", "c2", "c3"], &[&old[0], &old[1]]).await;
    let (case, code) = story.open().await;
    story.approve(0, &case, &code, &story.shares[0]).await.ok();
    let wrong_code = if code.starts_with('0') { "10000000" } else { "00000000" };
    let attempts = [
        (&*code, story.shares[0].as_str()),
        (&*code, story.shares[2].as_str()),
        (wrong_code, story.shares[1].as_str()),
    ];
    let mut texts = Vec::new();
    for (code, share) in attempts {
        let reply = story.approve(1, &case, code, share).await;
        assert_eq!(reply.code(), "RecoveryRefusedException", "{reply:?}");
        texts.push(reply.message().to_owned());
    }
    assert!(texts.iter().all(|text| text == "The approval is not accepted."), "{texts:?}");
    story
        .approve(1, &case, &code, &story.shares[1])
        .await
        .fails("RecoveryRefusedException", "wait 60 seconds");
    let status = story.world.call("DescribeRecovery", json!({})).await.ok();
    assert_eq!(status["FailedApprovals"], 3);
    let refusals = story.world.events.all();
    let refusals = refusals.iter().filter(|event| event["eventName"] == "RefuseRecoveryShare").count();
    assert_eq!(refusals, 3);
    // Another custodian need not wait for the liar.
    story.approve(2, &case, &code, &old[2]).await.fails("RecoveryRefusedException", "not accepted");
    story.approve(0, &case, &code, &story.shares[0]).await.fails("RecoveryRefusedException", "approves once");
    assert_eq!(story.stage(&case).await, "OPEN");
    assert_eq!(story.approve(2, &case, &code, &story.shares[2]).await.ok()["Case"]["Stage"], "APPROVED");
}

#[tokio::test]
async fn whoever_holds_no_share_approves_nothing_even_with_one_and_a_namesake_is_no_custodian() {
    let story = Story::begin().await;
    let (case, code) = story.open().await;
    let input = json!({"CaseId": case, "Code": code, "Share": story.shares[0]});
    story
        .world
        .by(&story.admin, "ApproveRecoveryCase", input.clone())
        .await
        .fails("RecoveryRefusedException", "not accepted");
    story.world.forget_user(A, "c1").await;
    let namesake = story.world.user(A, "c1", may(&["gatekey:*"])).await;
    story
        .world
        .by(&namesake, "ApproveRecoveryCase", input)
        .await
        .fails("RecoveryRefusedException", "not accepted");
    let status = story.world.call("DescribeRecovery", json!({})).await.ok();
    assert_eq!(status["FailedApprovals"], 0, "they keep no custodian waiting");
}

#[tokio::test]
async fn a_custodian_does_not_approve_an_own_request() {
    let story = Story::begin().await;
    let asked = json!({"KeyId": story.key, "Reason": "mine", "Goal": "DEFAULT_POLICY"});
    let opened = story.world.by(&story.custodians[0], "OpenRecoveryCase", asked).await.ok();
    let (case, code) = (opened["Case"]["CaseId"].as_str().unwrap(), opened["Code"].as_str().unwrap());
    story
        .approve(0, case, code, &story.shares[0])
        .await
        .fails("RecoveryRefusedException", "request of their own");
}

#[tokio::test]
async fn whoever_can_change_the_policy_vetoes_and_so_does_whoever_asked_and_nobody_else() {
    let story = Story::begin().await;
    let (case, code) = story.open().await;
    let veto = json!({"CaseId": case});
    story
        .world
        .by(&story.custodians[0], "VetoRecoveryCase", veto.clone())
        .await
        .fails("AccessDeniedException", "kms:PutKeyPolicy");
    story
        .world
        .call("VetoRecoveryCase", veto.clone())
        .await
        .fails("AccessDeniedException", "kms:PutKeyPolicy");
    assert_eq!(
        story.world.by(&story.admin, "VetoRecoveryCase", veto.clone()).await.ok()["Case"]["Stage"],
        "VETOED"
    );
    story
        .world
        .by(&story.admin, "VetoRecoveryCase", veto)
        .await
        .fails("RecoveryRefusedException", "any more");
    story.approve(0, &case, &code, &story.shares[0]).await.fails("RecoveryRefusedException", "any more");
    // A key that somebody manages: that one says no, with no other right than to put the policy.
    let keeper = story.world.user(A, "keeper", may(&["iam:ListUsers"])).await;
    let key = story.world.key(A, None).await;
    let only =
        json!([{"Effect": "Allow", "Principal": {"AWS": arn("keeper")}, "Action": "kms:*", "Resource": "*"}]);
    let put = json!({"KeyId": key, "Policy": policy(only), "BypassPolicyLockoutSafetyCheck": true});
    story.world.kms(&story.world.root(A), "PutKeyPolicy", put).await.ok();
    let asked = json!({"KeyId": key, "Reason": "give it to me", "Goal": "DEFAULT_POLICY"});
    let opened = story.world.by(&story.admin, "OpenRecoveryCase", asked).await.ok();
    let (case, code) = (opened["Case"]["CaseId"].as_str().unwrap(), opened["Code"].as_str().unwrap());
    for who in [0, 1] {
        story.approve(who, case, code, &story.shares[who]).await.ok();
    }
    let describe = json!({"KeyId": key});
    let seen = story.world.kms(&keeper, "DescribeKey", describe.clone()).await;
    let told = format!("a recovery was asked for by {} at ", arn("admin"));
    assert!(seen.recovery.starts_with(&told) && seen.recovery.contains(case), "{seen:?}");
    let vetoed = story.world.by(&keeper, "VetoRecoveryCase", json!({"CaseId": case})).await.ok();
    assert_eq!(story.world.kms(&keeper, "DescribeKey", describe).await.recovery, "");
    assert_eq!(vetoed["Case"]["EndedBy"], arn("keeper"));
    story.wait(2 * DAY).await;
    story.complete(case).await.fails("RecoveryRefusedException", "any more");
}

#[tokio::test]
async fn neither_a_clock_that_is_set_nor_a_restart_shortens_a_cool_down_and_a_case_expires() {
    let mut story = Story::begin().await;
    let (case, code) = story.open().await;
    for who in [0, 1] {
        story.approve(who, &case, &code, &story.shares[who]).await.ok();
    }
    let now = story.world.gate.now();
    story.world.clock.set(Timestamp::from_seconds(now.millis() / 1000 + 2 * DAY));
    story.complete(&case).await.fails("RecoveryRefusedException", "86400 more seconds");
    story.wait(DAY / 2).await;
    story.restart().await;
    story.world.gate.note_recoveries().await.unwrap();
    story.wait(DAY / 2 - 600).await;
    story.complete(&case).await.fails("RecoveryRefusedException", "600 more seconds");
    story.wait(30 * DAY).await;
    assert_eq!(story.stage(&case).await, "EXPIRED");
    story.complete(&case).await.fails("RecoveryRefusedException", "any more");
    let events = story.world.events.all();
    let expired = events.iter().find(|event| event["eventName"] == "ExpireRecoveryCase").unwrap();
    assert_eq!(expired["resources"][0]["ARN"], story.key);
    assert!(!story.policy_is_default().await);
}

#[tokio::test]
async fn only_the_root_user_deals_and_deals_anew_only_with_the_custodians_shares() {
    let story = Story::begin().await;
    let deal = json!({"Custodians": [arn("c1"), arn("admin")], "Threshold": 2});
    story
        .world
        .by(&story.admin, "InitRecovery", deal.clone())
        .await
        .fails("AccessDeniedException", "only the root user");
    story.world.call("InitRecovery", deal.clone()).await.fails("RecoveryRefusedException", "not accepted");
    let mut with = deal.clone();
    with["PresentShares"] = json!([story.shares[0]]);
    story.world.call("InitRecovery", with).await.fails("RecoveryRefusedException", "not accepted");
    let (case, code) = story.open().await;
    story.approve(0, &case, &code, &story.shares[0]).await.ok();
    let fresh = story.deal(&["c2", "c3"], &[&story.shares[0], &story.shares[1]]).await;
    assert_eq!(story.stage(&case).await, "VETOED", "approvals of the old deal are worth nothing");
    let (case, code) = story.open().await;
    story.approve(1, &case, &code, &story.shares[1]).await.fails("RecoveryRefusedException", "not accepted");
    story.approve(1, &case, &code, &fresh[0]).await.ok();
    for (custodians, threshold, code) in [
        (json!([arn("c1")]), 2, "InvalidQuestionException"),
        (json!([arn("c1"), arn("c1")]), 2, "InvalidQuestionException"),
        (json!([arn("c1"), arn("c2")]), 1, "InvalidQuestionException"),
        (json!([arn("c1"), arn("c2")]), 3, "InvalidQuestionException"),
        (json!([arn("c1"), arn("nobody")]), 2, "NotFoundException"),
        (json!([arn("c1"), ROOT]), 2, "InvalidQuestionException"),
    ] {
        let deal = json!({"Custodians": custodians, "Threshold": threshold});
        story.world.call("InitRecovery", deal).await.fails(code, "");
    }
}

#[tokio::test]
async fn a_former_administrator_and_one_custodian_bring_an_earlier_policy_back_where_nobody_can_change_it() {
    let story = Story::begin().await;
    let plan = story.plan().await;
    assert_eq!(plan["LockedOut"], true, "{plan:#}");
    assert_eq!(applying(&plan), ["R-1", "R-3"]);
    let asked = json!({"KeyId": story.key, "Reason": "undo", "Goal": "EARLIER_POLICY"});
    let opened = story.world.by(&story.admin, "OpenRecoveryCase", asked).await.ok();
    assert_eq!(opened["Case"]["PolicyVersion"], 1);
    let (case, code) = (opened["Case"]["CaseId"].as_str().unwrap(), opened["Code"].as_str().unwrap());
    story.complete(case).await.fails("RecoveryRefusedException", "yet to approve");
    story.approve(1, case, code, &story.shares[1]).await.ok();
    let other = story.world.user(A, "other", may(&["*"])).await;
    story
        .world
        .by(&other, "CompleteRecoveryCase", json!({"CaseId": case}))
        .await
        .fails("RecoveryRefusedException", "Only");
    assert_eq!(story.complete(case).await.ok()["Case"]["Stage"], "DONE");
    assert!(story.policy_is_default().await);
    assert_eq!(story.plan().await["Taken"][0]["Rung"], "R-1");
}

#[tokio::test]
async fn an_administrator_who_was_removed_does_not_come_back_while_somebody_can_change_the_policy() {
    let story = Story::begin().await;
    let key = story.world.key(A, None).await;
    story.world.user(A, "keeper", may(&["iam:ListUsers"])).await;
    let only =
        json!([{"Effect": "Allow", "Principal": {"AWS": arn("keeper")}, "Action": "kms:*", "Resource": "*"}]);
    let put = json!({"KeyId": key, "Policy": policy(only), "BypassPolicyLockoutSafetyCheck": true});
    story.world.kms(&story.world.root(A), "PutKeyPolicy", put).await.ok();
    for version in [None, Some(1)] {
        let mut asked = json!({"KeyId": key, "Reason": "undo", "Goal": "EARLIER_POLICY"});
        if let Some(version) = version {
            asked["PolicyVersion"] = version.into();
        }
        let reply = story.world.by(&story.admin, "OpenRecoveryCase", asked).await;
        reply.fails("RecoveryRefusedException", "not proved that nobody can change");
    }
}

#[tokio::test]
async fn a_version_that_names_who_is_gone_does_not_come_back_and_the_newest_that_can_is_told() {
    let story = Story::begin().await;
    story.lock_again().await;
    let asked = json!({"KeyId": story.key, "Reason": "undo", "Goal": "EARLIER_POLICY", "PolicyVersion": 2});
    let reply = story.world.by(&story.admin, "OpenRecoveryCase", asked).await;
    reply.fails("InvalidQuestionException", "no longer exists");
    reply.fails("InvalidQuestionException", "is version 3");
}

#[tokio::test]
async fn shares_and_codes_are_in_no_event_and_in_no_answer_but_their_own() {
    let story = Story::begin().await;
    let (case, code) = story.open().await;
    story.approve(0, &case, &code, &story.shares[0]).await.ok();
    let listed = story.world.by(&story.admin, "ListRecoveryCases", json!({})).await.ok();
    assert_eq!(listed["Cases"][0]["CaseId"], *case);
    let shown = story.world.by(&story.admin, "DescribeRecoveryCase", json!({"CaseId": case})).await.ok();
    let mut all = story.world.events.texts();
    all.extend([listed.to_string(), shown.to_string()]);
    for text in all {
        assert!(!text.contains("GKRS1") && !text.contains(&format!("\"{code}\"")), "{text}");
    }
}

#[tokio::test]
async fn another_account_learns_of_no_case_unless_it_holds_a_share() {
    let story = Story::begin().await;
    let (case, _) = story.open().await;
    let stranger = story.world.user(B, "stranger", may(&["*"])).await;
    for operation in
        ["DescribeRecoveryCase", "ApproveRecoveryCase", "VetoRecoveryCase", "CompleteRecoveryCase"]
    {
        for id in [&*case, "00000000-0000-4000-8000-000000000000"] {
            let input = json!({"CaseId": id, "Code": "1", "Share": "x"});
            let reply = story.world.by(&stranger, operation, input).await;
            reply.fails("NotFoundException", &format!("There is no recovery case '{id}'."));
        }
    }
    let listed = story.world.by(&stranger, "ListRecoveryCases", json!({})).await.ok();
    assert_eq!(listed["Cases"], json!([]));
    let abroad = format!("arn:aws:iam::{B}:user/stranger");
    let deal = json!({"Custodians": [abroad, arn("c1")], "Threshold": 2, "PresentShares": story.shares});
    let dealt = story.world.call("InitRecovery", deal).await.ok();
    let share = dealt["Shares"][0]["Share"].as_str().unwrap();
    let (case, code) = story.open().await;
    let input = json!({"CaseId": case, "Code": code, "Share": share});
    let approved = story.world.by(&stranger, "ApproveRecoveryCase", input).await.ok();
    assert_eq!(approved["Case"]["Approvals"][0]["Custodian"], abroad);
    let listed = story.world.by(&stranger, "ListRecoveryCases", json!({})).await.ok();
    let listed: Vec<_> = listed["Cases"].as_array().unwrap().iter().map(|case| &case["CaseId"]).collect();
    assert!(listed.contains(&&json!(case)), "{listed:?}");
}

#[tokio::test]
async fn whoever_may_not_ask_is_denied_whether_the_key_or_case_is_there_or_not() {
    let story = Story::begin().await;
    let (case, _) = story.open().await;
    let curious = story.world.user(A, "curious", may(&["kms:*"])).await;
    for operation in ["OpenRecoveryCase", "PlanRecovery"] {
        for key in [story.key.as_str(), "alias/none"] {
            let input = json!({"KeyId": key, "Reason": "r", "Goal": "DEFAULT_POLICY"});
            story.world.by(&curious, operation, input).await.fails("AccessDeniedException", operation);
        }
    }
    for operation in ["DescribeRecoveryCase", "ApproveRecoveryCase", "CompleteRecoveryCase"] {
        for id in [&*case, "00000000-0000-4000-8000-000000000000"] {
            let input = json!({"CaseId": id, "Code": "1", "Share": "x"});
            story.world.by(&curious, operation, input).await.fails("AccessDeniedException", operation);
        }
    }
    for operation in ["DescribeRecovery", "ListRecoveryCases"] {
        story.world.by(&curious, operation, json!({})).await.fails("AccessDeniedException", operation);
    }
}

#[tokio::test]
async fn the_rescue_by_the_root_user_is_off_unless_the_operator_turns_it_on_and_is_told() {
    let story = Story::begin().await;
    let put = |story: &Story| {
        let all =
            json!([{"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}]);
        json!({"KeyId": story.key, "Policy": policy(all)})
    };
    let root = story.world.root(A);
    story
        .world
        .kms(&root, "PutKeyPolicy", put(&story))
        .await
        .fails("AccessDeniedException", "kms:PutKeyPolicy");
    let story = Story::shaped(Gate::with_root_rescue).await;
    let root = story.world.root(A);
    assert_eq!(applying(&story.plan().await), ["R-1", "R-3", "R-4"]);
    story
        .world
        .kms(&root, "Encrypt", json!({"KeyId": story.key, "Plaintext": "eA=="}))
        .await
        .fails("AccessDeniedException", "");
    story.world.kms(&story.admin, "PutKeyPolicy", put(&story)).await.fails("AccessDeniedException", "");
    // The rescue makes no policy safe that leaves nobody in control.
    let nobody = json!([{"Effect": "Allow", "Principal": {"AWS": arn("c1")}, "Action": "kms:Encrypt", "Resource": "*"}]);
    let reply =
        story.world.kms(&root, "PutKeyPolicy", json!({"KeyId": story.key, "Policy": policy(nobody)})).await;
    reply.fails("MalformedPolicyDocumentException", "will not allow you to update");
    story.world.kms(&root, "PutKeyPolicy", put(&story)).await.ok();
    assert_eq!(story.plan().await["Taken"][0]["Rung"], "R-4");
    let told = story.world.call("ListKeyPolicyVersions", json!({"KeyId": story.key})).await.ok();
    assert_eq!(told["Versions"][0]["Why"], "PutKeyPolicy by root-rescue, which is not AWS behaviour");
    // What the policy itself allows is no rescue.
    story.world.kms(&root, "PutKeyPolicy", put(&story)).await.ok();
    assert_eq!(story.plan().await["Taken"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_rollback_by_the_rescue_is_told_as_a_way_back() {
    let story = Story::shaped(Gate::with_root_rescue).await;
    story.world.call("RollbackKeyPolicy", json!({"KeyId": story.key, "Number": 1})).await.ok();
    assert_eq!(story.plan().await["Taken"][0]["Rung"], "R-4");
    let seen = story.world.kms(&story.admin, "DescribeKey", json!({"KeyId": story.key})).await;
    assert!(seen.recovery.starts_with("R-4: "), "{seen:?}");
}
