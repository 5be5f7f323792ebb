//! Accounts beside the API.

use crate::support::{Serving, mode, run, told};
use std::{fs, path::Path};

const ANY: [&str; 2] = ["--listen", "127.0.0.1:0"];

fn account<'a>(data: &'a Path, arguments: &[&'a str]) -> (i32, String, String) {
    told(&run(&[&["account"], arguments, &["--data", data.to_str().unwrap()]].concat()))
}

#[test]
fn an_account_is_made_once_and_its_key_is_for_its_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let create = ["create", "444455556666", "--name", "Payroll", "--email", "payroll@example.org"];
    let (code, _, said) = account(&data, &create);
    assert_eq!(code, 4);
    assert!(said.contains("gatekey init") && !data.exists(), "{said}");
    assert_eq!(told(&run(&["init", "--data", data.to_str().unwrap()])).0, 0);
    let (code, output, said) = account(&data, &create);
    assert_eq!((code, output.as_str()), (0, ""), "{said}");
    assert!(said.contains("credentials-444455556666"), "{said}");
    let credentials = data.join("credentials-444455556666");
    assert_eq!(mode(&credentials), 0o600);
    let written = fs::read_to_string(&credentials).unwrap();
    assert!(written.contains("[root-444455556666]"));
    let (code, _, said) = account(&data, &create);
    assert_eq!(code, 4);
    assert!(said.contains("account 444455556666 exists already"), "{said}");
    assert_eq!(fs::read_to_string(&credentials).unwrap(), written);
}

#[test]
fn accounts_are_listed_for_people_and_for_programs() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    assert_eq!(told(&run(&["init", "--data", data.to_str().unwrap()])).0, 0);
    assert_eq!(account(&data, &["create", "444455556666", "--name", "Payroll"]).0, 0);
    let (code, lines, _) = account(&data, &["list"]);
    let numbers: Vec<&str> = lines.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!((code, numbers), (0, vec!["111122223333", "444455556666"]));
    let (code, json, _) = account(&data, &["list", "--json"]);
    let all: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(code, 0);
    assert_eq!(all[1]["id"], "444455556666");
    assert_eq!(all[1]["name"], "Payroll");
    assert_eq!(all[1]["organization"], serde_json::Value::Null);
}

#[test]
fn accounts_are_not_made_under_a_running_server() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let server = Serving::start(&[&["serve", "--data", data.to_str().unwrap()][..], &ANY].concat());
    for arguments in [&["create", "444455556666"][..], &["list"]] {
        let (code, _, said) = account(&data, arguments);
        assert_eq!(code, 4);
        assert!(said.contains("another gatekey has it (process "), "{said}");
    }
    assert_eq!(server.end("TERM").0, 0);
}

#[test]
fn what_is_no_account_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    for arguments in [
        &["create", "1234"][..],
        &["create", "000000000000"],
        &["create", "444455556666", "--email", "nobody"],
        &["create", "444455556666", "--name", "a\nb"],
    ] {
        assert_eq!(account(parent.path(), arguments).0, 2, "{arguments:?}");
    }
}

#[test]
fn a_throw_away_server_has_an_organization_on_demand_and_only_of_its_accounts() {
    let accounts = ["dev", "--accounts", "111122223333,444455556666"];
    let with = |account| [&accounts[..], &ANY, &["--management-account", account]].concat();
    assert_eq!(Serving::start(&with("444455556666")).end("TERM"), (0, "ready\n".to_owned()));
    let (code, _, said) = told(&run(&with("999999999999")));
    assert_eq!(code, 3);
    assert!(said.contains("--accounts"), "{said}");
}
