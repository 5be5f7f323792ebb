use super::*;
use crate::{Goal, Participant, Plea, Reading, Rung, Terms};
use gatekey_store::table::Fate;
use gatekey_types::Entropy;

struct Zero;

impl Entropy for Zero {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

const DAY: i64 = 86_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}

fn account(number: u64) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

fn apply(recoveries: &mut Recoveries, edit: &Edit, revision: Revision) {
    let record = match &edit.fate {
        Fate::Put(bytes) => Some(bytes.as_slice()),
        _ => None,
    };
    recoveries.apply(&Row { table: edit.table, key: &edit.key, record, revision }).unwrap();
}

fn case() -> Case {
    let requester = Participant { id: "AIDA".into(), arn: "arn".into() };
    let plea = Plea { key: "key".into(), requester, reason: String::new(), goal: Goal::DefaultPolicy };
    let reading = Reading { run: 1, steady: Duration::ZERO };
    Case::open(plea, Terms::of(Goal::DefaultPolicy, Duration::ZERO), (at(0), reading), &Zero).case
}

fn taken(key: &str, when: i64) -> WayBack {
    WayBack { key: key.into(), rung: Rung::Ceremony, by: "arn".into(), at: at(when), version: 2, case: None }
}

#[test]
fn cases_are_found_by_account_and_those_that_ended_long_ago_are_deleted() {
    let mut recoveries = Recoveries::default();
    let mut vetoed = case();
    let reading = Reading { run: 1, steady: Duration::ZERO };
    vetoed.veto(&vetoed.requester.clone(), at(10), reading).unwrap();
    for (owner, id, case) in [(1, "a", case()), (1, "b", vetoed), (2, "c", case())] {
        let edit = Edit::insert::<CaseTable>(&(account(owner), id.to_owned()), &case);
        apply(&mut recoveries, &edit, Revision::ZERO);
    }
    let ids: Vec<&str> = recoveries.cases_of(account(1)).map(|(id, _)| id).collect();
    assert_eq!(ids, ["a", "b"]);
    assert!(recoveries.case(account(2), "a").is_none());
    assert_eq!(recoveries.pending().count(), 2);
    assert!(recoveries.outlived(at(30 * DAY + 9), 9).is_empty());
    let edits = recoveries.outlived(at(30 * DAY + 10), 9);
    assert_eq!(edits.iter().map(|edit| edit.key.as_str()).collect::<Vec<_>>(), ["000000000001/b"]);
    apply(&mut recoveries, &edits[0], Revision::ZERO);
    assert_eq!(recoveries.cases_of(account(1)).count(), 1);
}

#[test]
fn a_way_back_is_shown_on_its_key_for_thirty_days_newest_first() {
    let mut recoveries = Recoveries::default();
    for (id, way) in [("a", taken("k", 0)), ("b", taken("k", 100)), ("c", taken("other", 50))] {
        let edit = Edit::insert::<WayBackTable>(&(account(1), id.to_owned()), &way);
        apply(&mut recoveries, &edit, Revision::ZERO);
    }
    let shown = |now| recoveries.taken(account(1), "k", now).iter().map(|t| t.at).collect::<Vec<_>>();
    assert_eq!(shown(at(200)), [at(100), at(0)]);
    assert_eq!(shown(at(30 * DAY)), [at(100)]);
    assert!(recoveries.taken(account(2), "k", at(200)).is_empty());
    assert_eq!(recoveries.outlived(at(30 * DAY), 9).len(), 1);
}

#[test]
fn keys_of_records_are_read_as_they_are_written() {
    let key = (account(7), "0a-b".to_owned());
    assert_eq!(CaseTable::decode_key(&CaseTable::encode_key(&key)), Some(key));
    assert_eq!(CaseTable::decode_key("x"), None);
    assert_eq!(CustodyTable::decode_key(&CustodyTable::encode_key(&account(7))), Some(account(7)));
}
