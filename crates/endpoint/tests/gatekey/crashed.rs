//! A server that dies at any step of a recovery, before or after the step is in force: it is undone or done, and goes on.

use crate::recovered::{DAY, Story};
use gatekey_store::{Batch, MemoryStore, Page, Pending, Record, Revision, Span, Store, Watch};
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use tokio::sync::Notify;

/// A store whose server dies at the next commit.
struct Dying {
    inner: Arc<MemoryStore>,
    /// Whether that commit is in force; nothing, once it has died.
    in_force: Mutex<Option<bool>>,
    died: Notify,
}

impl Store for Dying {
    fn get<'a>(&'a self, key: &'a [u8]) -> Pending<'a, Option<Record>> {
        self.inner.get(key)
    }
    fn range(&self, span: Span, limit: usize, at: Option<Revision>) -> Pending<'_, Page> {
        self.inner.range(span, limit, at)
    }
    fn commit(&self, batch: Batch) -> Pending<'_, Revision> {
        Box::pin(async move {
            if self.in_force.lock().unwrap().take() == Some(true) {
                self.inner.commit(batch).await.unwrap();
            }
            self.died.notify_one();
            core::future::pending().await
        })
    }
    fn watch(&self, span: Span, after: Revision) -> Pending<'_, Box<dyn Watch>> {
        self.inner.watch(span, after)
    }
    fn compact(&self, through: Revision) -> Pending<'_, ()> {
        self.inner.compact(through)
    }
}

/// A step of a recovery, after the shares were dealt.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Open,
    First,
    Second,
    Complete,
}

const STEPS: [Step; 4] = [Step::Open, Step::First, Step::Second, Step::Complete];

/// A recovery under way.
struct Walk {
    story: Story,
    case: (String, String),
}

impl Walk {
    /// What the step answers.
    async fn take(&mut self, step: Step) {
        let (case, code) = self.case.clone();
        let story = &self.story;
        match step {
            Step::Open => self.case = story.open().await,
            Step::First => drop(story.approve(0, &case, &code, &story.shares[0]).await.ok()),
            Step::Second => drop(story.approve(2, &case, &code, &story.shares[2]).await.ok()),
            Step::Complete => drop(story.complete(&case).await.ok()),
        }
    }

    /// The server dies while it takes the step, and begins again.
    async fn die(&mut self, step: Step, in_force: bool) {
        let inner = self.story.store.clone();
        let dying = Arc::new(Dying { inner, in_force: Mutex::new(Some(in_force)), died: Notify::new() });
        self.story.restart_on(dying.clone()).await;
        tokio::select! {
            () = self.take(step) => panic!("{step:?} is answered before it is in force"),
            () = dying.died.notified() => {}
        }
        self.story.restart().await;
        // The sweep of a server that begins.
        self.story.world.gate.note_recoveries().await.unwrap();
    }

    /// Each case: its stage, and how many approved it.
    async fn stands(&self) -> Vec<(String, usize)> {
        let listed = self.story.world.by(&self.story.admin, "ListRecoveryCases", json!({})).await.ok();
        let cases = listed["Cases"].as_array().unwrap().iter();
        cases
            .map(|case| {
                let stage = case["Stage"].as_str().unwrap().to_owned();
                (stage, case["Approvals"].as_array().map_or(0, Vec::len))
            })
            .collect()
    }
}

#[tokio::test]
async fn a_server_that_dies_at_any_step_has_done_it_or_not_and_the_recovery_goes_on() {
    for dies_at in STEPS {
        for in_force in [false, true] {
            let mut walk = Walk { story: Story::begin().await, case: Default::default() };
            for step in STEPS {
                if step == Step::Complete {
                    walk.story.wait(DAY).await;
                }
                if step == dies_at && died(&mut walk, step, in_force).await {
                    continue;
                }
                walk.take(step).await;
                assert_eq!(walk.story.policy_is_default().await, step == Step::Complete, "{step:?}");
            }
            assert!(walk.story.policy_is_default().await, "{dies_at:?}, {in_force}");
            told(&walk, dies_at == Step::Open && in_force);
        }
    }
}

/// Dies at the step; whether it is done all the same.
async fn died(walk: &mut Walk, step: Step, in_force: bool) -> bool {
    let stood = walk.stands().await;
    walk.die(step, in_force).await;
    let stands = walk.stands().await;
    assert_eq!(stands != stood, in_force, "{step:?}: {stood:?} {stands:?}");
    let done = stands.iter().any(|(stage, _)| stage == "DONE");
    assert_eq!(walk.story.policy_is_default().await, done, "{step:?}: policy and case change together");
    if step == Step::Open && in_force {
        // Nobody has its code: whoever asked ends it, and asks again.
        let listed = walk.story.world.by(&walk.story.admin, "ListRecoveryCases", json!({})).await.ok();
        let veto = json!({"CaseId": listed["Cases"][0]["CaseId"]});
        walk.story.world.by(&walk.story.admin, "VetoRecoveryCase", veto).await.ok();
        return false;
    }
    in_force
}

/// The trail has each step once, whatever died.
fn told(walk: &Walk, opened_twice: bool) {
    let events = walk.story.world.events.all();
    let of = |name: &str| {
        let told = events.iter().filter(|event| event["eventName"] == name && event["errorCode"].is_null());
        told.map(|event| event["eventID"].to_string()).collect::<BTreeSet<_>>().len()
    };
    let opened = if opened_twice { 2 } else { 1 };
    assert_eq!(of("OpenRecoveryCase"), opened);
    assert_eq!(of("VetoRecoveryCase"), opened - 1);
    assert_eq!(of("ApproveRecoveryCase"), 2);
    assert_eq!(of("CompleteRecoveryCase"), 1);
}
