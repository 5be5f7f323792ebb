//! Custodians below the threshold who lie, collude and replay; a crash at every step; clocks that jump.

use super::*;
use crate::custody::{CustodyFault, Dealt};
use gatekey_types::Entropy;
use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers that look random and are the same in every run.
struct Seeded(AtomicU64);

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (x ^ (x >> 31)).to_le_bytes()[3];
        }
    }
}

const START: i64 = 1_800_000_000;
const DAY: u64 = 24 * 3600;

/// Two clocks: the one that anybody sets, and the steady one.
#[derive(Clone, Copy)]
struct Clocks {
    wall: i64,
    run: u64,
    steady: u64,
}

impl Clocks {
    fn new() -> Self {
        Self { wall: START, run: 7, steady: 50 }
    }
    fn pass(&mut self, seconds: u64) {
        self.wall += i64::try_from(seconds).unwrap();
        self.steady += seconds;
    }
    fn restart(&mut self) {
        (self.run, self.steady) = (self.run + 1, 0);
    }
    fn read(self) -> (Timestamp, Reading) {
        let reading = Reading { run: self.run, steady: Duration::from_secs(self.steady) };
        (Timestamp::from_seconds(self.wall), reading)
    }
}

/// A story with five custodians, three of whom must approve.
struct Story {
    custody: Custody,
    shares: Vec<String>,
    case: Case,
    code: String,
    clocks: Clocks,
    /// Whether the server loses everything but its records after every step.
    crashes: bool,
}

fn party(name: &str) -> Participant {
    Participant { id: format!("AIDA{name}"), arn: format!("arn:aws:iam::111122223333:user/{name}") }
}

fn names() -> Vec<Participant> {
    (1..=5).map(|n| party(&format!("c{n}"))).collect()
}

fn plea(goal: Goal) -> Plea {
    Plea { key: "key".into(), requester: party("requester"), reason: "locked out".into(), goal }
}

fn deal(seed: u64) -> Dealt {
    Custody::deal(&names(), 3, &Seeded(AtomicU64::new(seed))).unwrap()
}

impl Story {
    fn begin() -> Self {
        Self::of(Goal::DefaultPolicy)
    }

    fn of(goal: Goal) -> Self {
        let Dealt { custody, shares } = deal(1);
        let shares = shares.iter().map(|share| share.print().to_string()).collect();
        let clocks = Clocks::new();
        let chance = Seeded(AtomicU64::new(9));
        let terms = Terms::of(goal, Duration::from_secs(DAY));
        let Opened { case, code } = Case::open(plea(goal), terms, clocks.read(), &chance);
        Self { custody, shares, case, code, clocks, crashes: false }
    }

    /// What a restart leaves: the records as they were written down, and a steady clock that begins again.
    fn settle(&mut self) {
        let texts = (serde_json::to_vec(&self.case).unwrap(), serde_json::to_vec(&self.custody).unwrap());
        let read: (Case, Custody) =
            (serde_json::from_slice(&texts.0).unwrap(), serde_json::from_slice(&texts.1).unwrap());
        assert_eq!(read, (self.case.clone(), self.custody.clone()));
        if self.crashes {
            (self.case, self.custody) = read;
            self.clocks.restart();
        }
    }

    fn approve_as(&mut self, who: &Participant, code: &str, share: &str) -> Result<Progress, Refusal> {
        let said = self.case.approve(&mut self.custody, who, (code, share), self.clocks.read());
        self.settle();
        said
    }

    fn approve(&mut self, number: usize) -> Result<Progress, Refusal> {
        let (who, share, code) =
            (names()[number - 1].clone(), self.shares[number - 1].clone(), self.code.clone());
        self.approve_as(&who, &code, &share)
    }

    fn approved() -> Self {
        let mut story = Self::begin();
        assert_eq!(story.approve(1), Ok(Progress::Lacking(2)));
        assert_eq!(story.approve(2), Ok(Progress::Lacking(1)));
        assert_eq!(story.approve(5), Ok(Progress::Approved));
        story
    }

    fn fulfil(&mut self) -> Result<(), Refusal> {
        let (now, reading) = self.clocks.read();
        let said = self.case.fulfil(now, reading);
        self.settle();
        said
    }

    fn tick(&mut self) {
        let (now, reading) = self.clocks.read();
        self.case.tick(now, reading);
        self.settle();
    }

    fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds / 60 {
            self.clocks.pass(60);
            self.tick();
        }
    }
}

#[test]
fn enough_custodians_and_a_day_let_the_owner_back_in_once() {
    let mut story = Story::approved();
    assert_eq!(story.fulfil(), Err(Refusal::TooSoon(Duration::from_secs(DAY))));
    story.wait(DAY - 60);
    assert_eq!(story.fulfil(), Err(Refusal::TooSoon(Duration::from_secs(60))));
    story.wait(60);
    assert_eq!(story.fulfil(), Ok(()));
    assert!(matches!(story.case.stage, Stage::Done { .. }));
    assert_eq!(story.fulfil(), Err(Refusal::Closed));
    assert_eq!(story.approve(3), Err(Refusal::Closed));
}

#[test]
fn any_three_of_five_suffice_and_no_two_do() {
    for first in 1..=5 {
        for second in (1..=5).filter(|n| *n != first) {
            let mut story = Story::begin();
            story.approve(first).unwrap();
            assert_eq!(story.approve(second), Ok(Progress::Lacking(1)));
            assert_eq!(story.fulfil(), Err(Refusal::NotApproved));
            for third in (1..=5).filter(|n| ![first, second].contains(n)) {
                let mut more =
                    Story { case: story.case.clone(), custody: story.custody.clone(), ..Story::begin() };
                assert_eq!(more.approve(third), Ok(Progress::Approved));
            }
        }
    }
}

#[test]
fn two_who_collude_with_every_share_they_can_make_up_get_nowhere() {
    let mut story = Story::begin();
    story.approve(1).unwrap();
    story.approve(2).unwrap();
    let (code, names) = (story.code.clone(), names());
    // Their own shares under a third name, another deal's share of the third, one that is made up, and words.
    let foreign = deal(2).shares[2].print().to_string();
    let made_up = RecoveryShare { value: [7; 32], ..story.shares[2].parse().unwrap() }.print().to_string();
    let attempts = [story.shares[0].clone(), story.shares[1].clone(), foreign, made_up, "please".to_owned()];
    let mut told = Vec::new();
    for share in attempts {
        told.push(story.approve_as(&names[2], &code, &share));
        story.clocks.pass(2 * DAY / 10);
    }
    assert!(told.iter().all(|said| *said == Err(Refusal::NotAccepted)), "{told:?}");
    // Nor as somebody else, nor again as themselves.
    assert_eq!(story.approve_as(&party("x"), &code, &story.shares[2].clone()), Err(Refusal::NotAccepted));
    // Nor as who was made anew under a custodian's name.
    let namesake = Participant { id: "AIDAnew".into(), ..names[2].clone() };
    let share = story.shares[2].clone();
    assert_eq!(story.approve_as(&namesake, &code, &share), Err(Refusal::NotAccepted));
    assert_eq!(story.approve(1), Err(Refusal::Twice));
    assert_eq!(story.case.approvals.len(), 2);
    assert_eq!(story.case.stage, Stage::Open);
    assert_eq!(story.custody.failures(), 5, "whoever is no custodian makes no custodian wait");
}

#[test]
fn what_was_wrong_is_not_told_and_a_right_share_needs_the_code() {
    let mut story = Story::begin();
    let (name, share) = (names()[0].clone(), story.shares[0].clone());
    let wrong = if story.code.starts_with('0') { "10000000" } else { "00000000" };
    for code in [wrong, "", "1"] {
        assert_eq!(story.approve_as(&name, code, &share), Err(Refusal::NotAccepted));
    }
    assert!(matches!(story.approve(1), Err(Refusal::Throttled(_))));
    story.clocks.pass(60);
    assert_eq!(story.approve(1), Ok(Progress::Lacking(2)));
}

#[test]
fn failures_make_a_custodian_wait_longer_and_longer_and_no_clock_or_restart_helps() {
    let mut story = Story::begin();
    let name = names()[0].clone();
    let guess = |story: &mut Story| story.approve_as(&name, "", "");
    for _ in 0..3 {
        assert_eq!(guess(&mut story), Err(Refusal::NotAccepted));
    }
    let mut wait = 60;
    for _ in 0..20 {
        assert_eq!(guess(&mut story), Err(Refusal::Throttled(Duration::from_secs(wait))));
        story.clocks.wall += 100 * i64::try_from(DAY).unwrap() / 1000;
        assert_eq!(
            guess(&mut story),
            Err(Refusal::Throttled(Duration::from_secs(wait))),
            "a clock set forward"
        );
        story.clocks.restart();
        assert_eq!(guess(&mut story), Err(Refusal::Throttled(Duration::from_secs(wait))), "a restart");
        story.case.opened = Timestamp::from_seconds(story.clocks.wall);
        story.case.age = Elapsed::from(story.clocks.read().1);
        story.clocks.pass(wait);
        assert_eq!(guess(&mut story), Err(Refusal::NotAccepted));
        wait = (wait * 2).min(DAY);
        story.case.opened = Timestamp::from_seconds(story.clocks.wall);
        story.case.age = Elapsed::from(story.clocks.read().1);
    }
    assert_eq!(wait, DAY);
    assert_eq!(story.approve(2), Ok(Progress::Lacking(2)), "a liar keeps nobody else waiting");
}

#[test]
fn nobody_approves_an_own_request() {
    let mut story = Story::begin();
    story.case.requester = names()[0].clone();
    assert_eq!(story.approve(1), Err(Refusal::OwnRequest));
    for number in [2, 3, 4] {
        story.approve(number).unwrap();
    }
    assert!(matches!(story.case.stage, Stage::Approved { .. }));
}

#[test]
fn a_veto_ends_a_case_at_every_stage_and_nothing_revives_it() {
    for mut story in [Story::begin(), Story::approved()] {
        let (now, reading) = story.clocks.read();
        story.case.veto(&party("admin"), now, reading).unwrap();
        assert_eq!(story.case.stage, Stage::Vetoed { by: party("admin"), at: now });
        story.wait(2 * DAY);
        assert_eq!(story.fulfil(), Err(Refusal::Closed));
        assert_eq!(story.approve(3), Err(Refusal::Closed));
        let (now, reading) = story.clocks.read();
        assert_eq!(story.case.veto(&party("another"), now, reading), Err(Refusal::Closed));
    }
    let mut done = Story::approved();
    done.wait(DAY);
    done.fulfil().unwrap();
    let (now, reading) = done.clocks.read();
    assert_eq!(done.case.veto(&party("admin"), now, reading), Err(Refusal::Closed));
}

#[test]
fn a_case_expires_approved_or_not_by_either_clock() {
    let fortnight = 15 * DAY;
    for mut story in [Story::begin(), Story::approved()] {
        story.wait(fortnight);
        assert!(matches!(story.case.stage, Stage::Expired { .. }));
        assert_eq!(story.fulfil(), Err(Refusal::Closed));
    }
    let mut forward = Story::begin();
    forward.clocks.wall += i64::try_from(fortnight).unwrap();
    assert_eq!(forward.approve(1), Err(Refusal::Closed));
    let mut backward = Story::begin();
    backward.clocks.wall -= 1_000_000_000;
    backward.wait(fortnight);
    assert!(matches!(backward.case.stage, Stage::Expired { .. }));
}

#[test]
fn no_clock_that_is_set_shortens_a_cool_down() {
    let mut story = Story::approved();
    for jump in [3600, i64::try_from(DAY).unwrap(), -5_000_000, 5_000_000] {
        story.clocks.wall += jump;
        assert!(
            matches!(story.fulfil(), Err(Refusal::TooSoon(rest)) if rest == Duration::from_secs(DAY)),
            "{jump}"
        );
    }
    // Nor does a restart, whatever its steady clock shows.
    story.clocks.run += 1;
    story.clocks.steady = 1_000_000_000;
    assert!(matches!(story.fulfil(), Err(Refusal::TooSoon(rest)) if rest == Duration::from_secs(DAY)));
    story.wait(DAY);
    assert_eq!(story.fulfil(), Ok(()));
}

#[test]
fn time_that_was_noted_survives_restarts_and_the_rest_is_waited_for_again() {
    let mut story = Story::approved();
    story.wait(DAY / 2);
    story.clocks.restart();
    story.tick();
    story.wait(DAY / 2 - 60);
    assert_eq!(story.fulfil(), Err(Refusal::TooSoon(Duration::from_secs(60))));
    story.wait(60);
    assert_eq!(story.fulfil(), Ok(()));
}

#[test]
fn a_crash_after_every_step_changes_nothing_and_a_step_that_is_repeated_is_refused() {
    let mut story = Story::begin();
    story.crashes = true;
    for (number, said) in [(1, Progress::Lacking(2)), (4, Progress::Lacking(1))] {
        assert_eq!(story.approve(number), Ok(said));
        assert_eq!(story.approve(number), Err(Refusal::Twice));
    }
    assert_eq!(story.approve(2), Ok(Progress::Approved));
    assert_eq!(story.approve(2), Err(Refusal::Closed));
    story.crashes = false;
    // A run counts from its first note.
    story.tick();
    story.wait(DAY);
    story.crashes = true;
    assert_eq!(story.fulfil(), Ok(()));
    assert_eq!(story.fulfil(), Err(Refusal::Closed));
}

#[test]
fn a_step_whose_records_were_lost_can_be_made_again() {
    let mut story = Story::begin();
    story.approve(1).unwrap();
    let before = (story.case.clone(), story.custody.clone());
    story.approve(2).unwrap();
    (story.case, story.custody) = before;
    assert_eq!(story.approve(2), Ok(Progress::Lacking(1)));
}

#[test]
fn shares_stay_in_no_record_once_they_are_not_needed_and_are_never_shown() {
    let mut story = Story::begin();
    story.approve(1).unwrap();
    let share = story.shares[0].clone();
    assert!(serde_json::to_string(&story.case).unwrap().contains(&share));
    assert!(!format!("{:?}", story.case).contains(&share));
    story.approve(2).unwrap();
    story.approve(3).unwrap();
    let text = serde_json::to_string(&story.case).unwrap();
    assert!(story.shares.iter().all(|share| !text.contains(share)));
    let kept = serde_json::to_string(&story.custody).unwrap();
    let secrets = story.shares.iter().map(|share| hex::encode(share.parse::<RecoveryShare>().unwrap().value));
    assert!(secrets.into_iter().all(|value| !kept.contains(&value)));
    let mut vetoed = Story::begin();
    vetoed.approve(1).unwrap();
    let (now, reading) = vetoed.clocks.read();
    vetoed.case.veto(&party("admin"), now, reading).unwrap();
    assert!(!serde_json::to_string(&vetoed.case).unwrap().contains("GKRS1"));
}

#[test]
fn a_new_deal_voids_the_shares_of_the_old_one_even_in_a_case_that_has_some() {
    let mut story = Story::begin();
    story.approve(1).unwrap();
    story.approve(2).unwrap();
    let Dealt { custody, shares } = deal(3);
    story.custody = custody;
    assert_eq!(story.approve(3), Err(Refusal::NotAccepted), "the old share");
    story.shares = shares.iter().map(|share| share.print().to_string()).collect();
    assert_eq!(story.approve(3), Err(Refusal::NotAccepted), "two old shares and a new one");
    assert!(story.case.approvals.is_empty());
    for number in [1, 2, 3] {
        story.approve(number).unwrap();
    }
    assert!(matches!(story.case.stage, Stage::Approved { .. }));
}

#[test]
fn a_deal_needs_two_who_agree() {
    let chance = Seeded(AtomicU64::new(4));
    let fault = |names: &[Participant], threshold| Custody::deal(names, threshold, &chance).unwrap_err();
    assert_eq!(fault(&names()[..1], 1), CustodyFault::Custodians);
    assert_eq!(fault(&[names(), names()].concat(), 2), CustodyFault::Custodians);
    assert_eq!(
        fault(&(0..33).map(|n| party(&n.to_string())).collect::<Vec<_>>(), 2),
        CustodyFault::Custodians
    );
    for threshold in [0, 1, 6, 255] {
        assert_eq!(fault(&names(), threshold), CustodyFault::Threshold);
    }
    let two = Custody::deal(&names()[..2], 2, &chance).unwrap();
    assert_eq!(two.shares.len(), 2);
    assert!(two.custody.is_custodian(&names()[0]) && !two.custody.is_custodian(&party("x")));
}

#[test]
fn codes_are_eight_digits_and_differ() {
    let chance = Seeded(AtomicU64::new(5));
    let codes: std::collections::BTreeSet<String> = (0..100).map(|_| code(&chance)).collect();
    assert_eq!(codes.len(), 100);
    assert!(codes.iter().all(|code| code.len() == 8 && code.bytes().all(|digit| digit.is_ascii_digit())));
}

#[test]
fn a_rollback_needs_one_custodian_and_no_cool_down_and_no_custodian_approves_an_own_one() {
    let goal = Goal::EarlierPolicy { version: 3 };
    let mut story = Story::of(goal);
    assert_eq!(story.fulfil(), Err(Refusal::NotApproved));
    story.case.requester = names()[0].clone();
    assert_eq!(story.approve(1), Err(Refusal::OwnRequest));
    assert_eq!(
        story.approve_as(&names()[1], "", &story.shares[1].clone()),
        Err(Refusal::NotAccepted),
        "a right share needs the code"
    );
    assert_eq!(story.approve(2), Ok(Progress::Approved));
    assert_eq!(story.fulfil(), Ok(()));
    assert_eq!(story.fulfil(), Err(Refusal::Closed));
}

#[test]
fn a_deal_gives_way_to_the_shares_of_so_many_as_must_agree_and_no_fewer() {
    let Story { custody, shares, clocks, .. } = Story::begin();
    let (_, reading) = clocks.read();
    let of = |numbers: &[usize]| numbers.iter().map(|n| shares[n - 1].as_str()).collect::<Vec<&str>>();
    let gives_way = |shares: &[&str]| custody.clone().give_way(shares, reading);
    assert_eq!((gives_way(&of(&[1, 2, 3])), gives_way(&of(&[5, 2, 4, 1]))), (Ok(()), Ok(())));
    let foreign = deal(2).shares[2].print().to_string();
    let others = [
        of(&[]),
        of(&[1, 2]),
        of(&[1, 1, 2]),
        of(&[1, 2, 2, 1]),
        vec![&shares[0], &shares[1], &foreign],
        vec![&shares[0], &shares[1], &shares[2], "please"],
    ];
    for wrong in others {
        assert_eq!(gives_way(&wrong), Err(Refusal::NotAccepted), "{wrong:?}");
    }
    let mut guessed = custody.clone();
    for _ in 0..3 {
        assert_eq!(guessed.give_way(&[], reading), Err(Refusal::NotAccepted));
    }
    assert_eq!(guessed.give_way(&of(&[1, 2, 3]), reading), Err(Refusal::Throttled(Duration::from_secs(60))));
}

#[test]
fn neither_code_nor_share_is_in_what_is_printed_of_a_case() {
    let mut story = Story::begin();
    story.approve(1).unwrap();
    let shown = format!("{:?}", story.case);
    assert!(!shown.contains(&story.code) && !shown.contains("GKRS1"), "{shown}");
}
