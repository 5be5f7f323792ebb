use super::*;
use crate::{
    Application, Connection, Leaving, Outcome, RawRequest, Readiness,
    dispatch::{Call, Measurement},
    errand::{Arrived, Passed},
};
use bytes::Bytes;
use gatekey_types::{RequestId, pause};
use http::{HeaderMap, Method, StatusCode, Version};
use tokio::sync::{Notify, watch};

/// Does with a request what its path says.
#[derive(Default)]
struct Fake {
    /// What was done, in order.
    done: Mutex<Vec<String>>,
    go_on: Notify,
    is_recorded: watch::Sender<bool>,
}

impl Fake {
    fn note(&self, name: &str, piece: u8) {
        self.done.lock().push(format!("{name}{piece}"));
    }

    fn taken(&self) -> String {
        mem::take(&mut *self.done.lock()).join(" ")
    }

    async fn work(self: Arc<Self>, name: String) -> Leaving {
        self.note(&name, 1);
        pause().await;
        match &*name {
            "broken" => panic!("as asked"),
            "slow" | "long-slow" => self.go_on.notified().await,
            _ => {}
        }
        self.note(&name, 2);
        pause().await;
        self.note(&name, 3);
        let answer = answer_of(&name);
        if !name.starts_with("recorded") {
            return Leaving::Now(answer);
        }
        let mut is_recorded = self.is_recorded.subscribe();
        Leaving::Recorded(Box::pin(async move {
            is_recorded.wait_for(|is_recorded| *is_recorded).await.unwrap();
            answer
        }))
    }
}

impl Application for Fake {
    fn call(self: Arc<Self>, request: RawRequest) -> Call {
        let name = request.uri.path().trim_start_matches('/').to_owned();
        Call { is_brief: !name.starts_with("long"), answer: Box::pin(self.work(name)) }
    }

    fn ready(&self) -> Readiness {
        Readiness::Ready
    }

    fn measurements(&self) -> Vec<Measurement> {
        Vec::new()
    }
}

fn passed(call: Call) -> Arrived {
    Arrived::Passed(Passed { call, dialect: Dialect::Json, cors: None })
}

fn answer_of(name: &str) -> Box<Answer> {
    let outcome = Outcome::unrouted("ok");
    Box::new(Answer {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: name.to_owned().into(),
        outcome,
    })
}

fn request(name: &str) -> RawRequest {
    let end = "127.0.0.1:9".parse().unwrap();
    RawRequest {
        id: RequestId::from_random([7; 16]),
        method: Method::POST,
        uri: format!("/{name}").parse().unwrap(),
        version: Version::HTTP_11,
        headers: HeaderMap::new(),
        body: Bytes::new(),
        connection: Arc::new(Connection::new(end, end, None)),
    }
}

struct World {
    fake: Arc<Fake>,
    cohorts: Arc<Cohorts>,
    clerks: JoinSet<Infallible>,
}

impl World {
    fn new() -> Self {
        let mut world = Self::closed(Lanes::default());
        world.cohorts.open(&mut world.clerks);
        world
    }

    /// Where nobody works at the desks.
    fn closed(lanes: Lanes) -> Self {
        Self { fake: Arc::default(), cohorts: Arc::new(Cohorts::new(lanes)), clerks: JoinSet::new() }
    }

    /// Sends a request by a task of its own, which gives the answer's body.
    fn send(&self, name: &str) -> tokio::task::JoinHandle<Option<Bytes>> {
        let (application, cohorts, request) = (self.fake.clone(), self.cohorts.clone(), request(name));
        let errand = Errand::new(request.id, Box::pin(async move { passed(application.call(request)) }));
        tokio::spawn(async move {
            let answer = cohorts.answer(errand).await;
            (answer.status == StatusCode::OK).then_some(answer.body)
        })
    }

    /// Sends requests at the same time, and gives what was answered to them.
    async fn ask(&self, names: &[&str]) -> Vec<Option<Bytes>> {
        let all: Vec<_> = names.iter().map(|name| self.send(name)).collect();
        let mut answers = Vec::new();
        for one in all {
            answers.push(one.await.unwrap());
        }
        answers
    }
}

/// Lets every task that is ready go on, and those that this makes ready.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Lets those tasks go on that are ready now, while the rest of the queue still keeps those waiting who yielded.
async fn hop() {
    tokio::spawn(async {}).await.unwrap();
}

fn said(names: &[&str]) -> Vec<Option<Bytes>> {
    names.iter().map(|name| Some(Bytes::from((*name).to_owned()))).collect()
}

#[tokio::test]
async fn of_requests_that_come_together_each_piece_is_done_for_all_before_the_next() {
    let world = World::new();
    assert_eq!(world.ask(&["a", "b", "c"]).await, said(&["a", "b", "c"]));
    assert_eq!(world.fake.taken(), "a1 b1 c1 a2 b2 c2 a3 b3 c3");
    assert_eq!(world.ask(&["d"]).await, said(&["d"]), "one alone is answered, too");
}

#[tokio::test]
async fn as_long_as_requests_come_a_cohort_lets_them_join() {
    let world = World::new();
    settle().await;
    let mut sent = Vec::new();
    for name in ["a", "b", "c"] {
        sent.push(world.send(name));
        // The clerk has his turn between each and the next.
        tokio::task::yield_now().await;
    }
    for (task, name) in sent.into_iter().zip(["a", "b", "c"]) {
        assert_eq!(task.await.unwrap(), Some(name.into()));
    }
    assert_eq!(world.fake.taken(), "a1 b1 c1 a2 b2 c2 a3 b3 c3");
}

#[tokio::test]
async fn what_is_too_much_for_one_cohort_makes_several() {
    let world = World::new();
    let names: Vec<String> = (0..2 * MOST + 3).map(|number| format!("n{number}-")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(world.ask(&names).await, said(&names));
    let expected: Vec<String> = names
        .chunks(MOST)
        .flat_map(|cohort| (1..=3).flat_map(|piece| cohort.iter().map(move |name| format!("{name}{piece}"))))
        .collect();
    assert_eq!(world.fake.taken(), expected.join(" "));
}

#[tokio::test]
async fn who_waits_keeps_nobody_waiting_and_goes_on_by_itself() {
    let world = World::new();
    let slow = world.send("slow");
    assert_eq!(world.ask(&["a", "b"]).await, said(&["a", "b"]));
    assert_eq!(world.fake.taken(), "slow1 a1 b1 a2 b2 a3 b3");
    assert!(!slow.is_finished());
    world.fake.go_on.notify_one();
    assert_eq!(slow.await.unwrap(), Some("slow".into()));
    assert_eq!(world.fake.taken(), "slow2 slow3");
}

#[tokio::test]
async fn who_takes_long_keeps_nobody_waiting_and_is_not_done_in_pieces() {
    let world = World::new();
    let long = world.send("long");
    assert_eq!(world.ask(&["a", "b"]).await, said(&["a", "b"]));
    assert_eq!(long.await.unwrap(), Some("long".into()));
    assert_eq!(world.fake.taken(), "a1 b1 a2 b2 a3 b3 long1 long2 long3");
}

#[tokio::test]
async fn a_panic_breaks_its_own_request_and_no_other() {
    let world = World::new();
    let answers = world.ask(&["a", "broken", "b"]).await;
    assert_eq!(answers, [Some("a".into()), None, Some("b".into())]);
    assert_eq!(world.ask(&["c"]).await, said(&["c"]), "the clerk is there still");
}

#[tokio::test]
async fn nothing_leaves_before_it_is_recorded_and_what_waits_for_that_keeps_no_other_request_waiting() {
    let world = World::new();
    let recorded = [world.send("recorded-a"), world.send("recorded-b")];
    assert_eq!(world.ask(&["c"]).await, said(&["c"]));
    settle().await;
    assert!(recorded.iter().all(|task| !task.is_finished()));
    world.fake.is_recorded.send_replace(true);
    let [a, b] = recorded;
    assert_eq!((a.await.unwrap(), b.await.unwrap()), (Some("recorded-a".into()), Some("recorded-b".into())));
}

#[tokio::test]
async fn a_record_does_not_make_the_clerk_begin_before_others_have_come() {
    let world = World::new();
    let recorded = world.send("recorded-a");
    settle().await;
    world.fake.taken();
    // A task of its own, which takes its turn in the queue as the others do.
    let asked = tokio::spawn(async move {
        let first = world.send("b");
        hop().await;
        world.fake.is_recorded.send_replace(true);
        hop().await;
        let second = world.send("c");
        for (task, name) in [(recorded, "recorded-a"), (first, "b"), (second, "c")] {
            assert_eq!(task.await.unwrap(), Some(name.into()));
        }
        world.fake.taken()
    });
    assert_eq!(asked.await.unwrap(), "b1 c1 b2 c2 b3 c3");
}

#[tokio::test]
async fn a_client_that_goes_away_keeps_nobody_waiting() {
    let world = World::new();
    let gone = [world.send("slow"), world.send("recorded-a"), world.send("a")];
    let stays = world.send("recorded-b");
    tokio::task::yield_now().await;
    gone.iter().for_each(tokio::task::JoinHandle::abort);
    world.fake.is_recorded.send_replace(true);
    assert_eq!(stays.await.unwrap(), Some("recorded-b".into()));
    assert_eq!(world.ask(&["b"]).await, said(&["b"]));
    settle().await;
    assert_eq!(Arc::strong_count(&world.fake), 1, "nothing of those that are gone is kept");
}

#[tokio::test]
async fn beside_lanes_a_request_that_takes_long_ends_with_its_client() {
    let (lanes, _threads) = Lanes::start(1).unwrap();
    let mut world = World::closed(lanes);
    world.cohorts.open(&mut world.clerks);
    assert_eq!(world.ask(&["long", "a"]).await, said(&["long", "a"]));
    world.fake.taken();
    let gone = world.send("long-slow");
    settle().await;
    assert_eq!(world.fake.taken(), "long-slow1");
    gone.abort();
    settle().await;
    assert_eq!(Arc::strong_count(&world.fake), 1, "it is broken off");
}

#[tokio::test]
async fn where_no_clerk_is_there_requests_are_answered_one_by_one() {
    let mut world = World::closed(Lanes::default());
    assert_eq!(world.ask(&["a", "b"]).await, said(&["a", "b"]));
    assert_eq!(world.fake.taken(), "a1 a2 a3 b1 b2 b3");
    world.cohorts.open(&mut world.clerks);
    world.clerks.shutdown().await;
    assert_eq!(world.ask(&["c", "d"]).await, said(&["c", "d"]));
    assert_eq!(world.fake.taken(), "c1 c2 c3 d1 d2 d3");
}

#[tokio::test]
async fn a_clerk_that_is_gone_leaves_nobody_waiting() {
    let mut world = World::new();
    let waits = world.send("recorded-a");
    settle().await;
    world.clerks.shutdown().await;
    assert_eq!(waits.await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_that_answer_at_the_same_time_answer_all() {
    let world = World::new();
    let names: Vec<String> = (0..500).map(|number| format!("recorded-{number}")).collect();
    let all: Vec<_> = names.iter().map(|name| world.send(name)).collect();
    world.fake.is_recorded.send_replace(true);
    for (name, task) in names.into_iter().zip(all) {
        assert_eq!(task.await.unwrap(), Some(Bytes::from(name)));
    }
}
