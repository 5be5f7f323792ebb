//! Gatekey's decision beside cedar-policy's: the same questions about an equivalent policy set, in one process, in turns.
//!
//! First both are asked every combination of caller, action and context, and must answer alike; then a few questions are
//! timed. Both get their request ready-made: neither reads text while the time is taken.

mod policies;
mod question;

use cedar_policy::{Authorizer, Decision, Entities, PolicySet, Request as CedarRequest};
use gatekey_policy::{
    Action, Attachment, Context, Kind, KmsAction, Mode, Pins, Policies, Policy, Principal, Request, Resource,
    decide,
};
use gatekey_types::Arn;
use question::{Caller, Question};
use std::{error::Error, hint::black_box, sync::Arc, time::Instant};

const TIMES: u32 = 5_000;
const ROUNDS: usize = 21;

/// Cedar, ready to be asked.
struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
}

/// Gatekey, ready to be asked.
struct Gatekey {
    key: Arn,
    policy: Policy,
    identity: Vec<Attachment>,
}

/// A question as Gatekey takes it.
type Asked = (Principal, Action, Context<'static>);

fn main() -> Result<(), Box<dyn Error>> {
    let (cedar, gatekey) = (Cedar::new()?, Gatekey::new()?);
    let questions = Question::all();
    let allowed = agree(&cedar, &gatekey, &questions)?;
    println!(
        "cedar-policy and Gatekey answer {} questions alike, {allowed} of them by allowing",
        questions.len()
    );
    println!(
        "question\tallowed\tcedar-policy\tGatekey\tcedar-policy / Gatekey ({ROUNDS} rounds in turns, median)"
    );
    let outside = Question {
        address: Some("203.0.113.9"),
        ..Question::usual(Caller::Session("App"), KmsAction::Decrypt)
    };
    for (name, question) in [
        ("by an identity policy", Question::usual(Caller::Session("App"), KmsAction::Decrypt)),
        ("by the key policy", Question::usual(Caller::User("ExampleUser"), KmsAction::Encrypt)),
        ("the root user", Question::usual(Caller::Root, KmsAction::PutKeyPolicy)),
        ("nothing allows", Question::usual(Caller::User("Stranger"), KmsAction::Decrypt)),
        ("a statement denies", outside),
    ] {
        compare(name, &cedar, &gatekey, &question)?;
    }
    Ok(())
}

/// Asks both everything. Gives how much is allowed, since two that always deny would agree too.
fn agree(cedar: &Cedar, gatekey: &Gatekey, questions: &[Question]) -> Result<usize, Box<dyn Error>> {
    let mut allowed = 0;
    for question in questions {
        let (theirs, ours) =
            (cedar.allows(&question.cedar()?), gatekey.allows(question.caller, &question.gatekey()?));
        assert_eq!(theirs, ours, "cedar-policy and Gatekey disagree on {question:?}");
        allowed += usize::from(ours);
    }
    assert!(allowed > 0 && allowed < questions.len());
    Ok(allowed)
}

/// Times one question and prints a row.
fn compare(name: &str, cedar: &Cedar, gatekey: &Gatekey, question: &Question) -> Result<(), Box<dyn Error>> {
    let (theirs, ours) = (question.cedar()?, question.gatekey()?);
    let mut ratios = Vec::new();
    let (mut shortest_theirs, mut shortest_ours) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        let with_cedar = nanoseconds(|| cedar.allows(black_box(&theirs)));
        let with_gatekey = nanoseconds(|| gatekey.allows(question.caller, black_box(&ours)));
        ratios.push(with_cedar / with_gatekey);
        shortest_theirs = with_cedar.min(shortest_theirs);
        shortest_ours = with_gatekey.min(shortest_ours);
    }
    ratios.sort_by(f64::total_cmp);
    let (median, allowed) = (ratios[ratios.len() / 2], gatekey.allows(question.caller, &ours));
    println!("{name}\t{allowed}\t{shortest_theirs:.0} ns\t{shortest_ours:.0} ns\t{median:.1}");
    Ok(())
}

fn nanoseconds<R>(mut operation: impl FnMut() -> R) -> f64 {
    let start = Instant::now();
    for _ in 0..TIMES {
        black_box(operation());
    }
    start.elapsed().as_nanos() as f64 / f64::from(TIMES)
}

impl Cedar {
    fn new() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: policies::cedar().parse()?,
            entities: Entities::from_json_str(&policies::entities(), None)?,
        })
    }

    fn allows(&self, asked: &CedarRequest) -> bool {
        self.authorizer.is_authorized(asked, &self.policies, &self.entities).decision() == Decision::Allow
    }
}

impl Gatekey {
    fn new() -> Result<Self, Box<dyn Error>> {
        let read = |text: &String| Policy::read_stored(text, Kind::Identity, Pins::new());
        let identity = policies::identity_policies().iter().map(read).map(Arc::new).collect::<Vec<_>>();
        Ok(Self {
            key: policies::KEY.parse()?,
            policy: Policy::parse(&policies::key_policy(), Kind::Key)?,
            identity: identity.into_iter().map(|policy| Attachment::inline("p", policy)).collect(),
        })
    }

    fn allows(&self, caller: Caller, (principal, action, context): &Asked) -> bool {
        let identity = if caller == Caller::Session("App") { self.identity.as_slice() } else { &[] };
        let layers = Policies { resource: Some(&self.policy), identity, ..Policies::default() };
        let request = Request::new(Mode::Kms, principal, action, Resource::Named(&self.key), context);
        decide(&request, &layers).is_allowed()
    }
}
