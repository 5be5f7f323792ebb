//! Questions about everyone on one key, in an account of a hundred thousand principals: the analyses alone, and as a client of a
//! server sees them.

use crate::{
    Failure, Outcome, fail,
    live::{Client, Server, build},
};
use serde_json::{Value, json};
use std::{path::Path, process::Command, time::Instant};

/// Users and roles, each with a policy of its own.
const PRINCIPALS: &str = "100000";
/// How often each question is put; the median is told.
const ROUNDS: usize = 7;
/// Entries of a page.
const PAGE: usize = 1000;

/// Measures, and prints what it measured.
pub(crate) fn run() -> Outcome {
    let figures = build(&["--package", "gatekey-analysis", "--example", "who_can"], "examples/who_can")?;
    if !Command::new(figures).status()?.success() {
        return fail("the benchmark of who-can failed");
    }
    let gatekey = build(&["--package", "gatekey"], "gatekey")?;
    let fill = build(&["--package", "gatekey-endpoint", "--example", "principals"], "examples/principals")?;
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    drop(Server::start(&gatekey, &data)?);
    if !Command::new(&fill).arg(&data).arg(PRINCIPALS).output()?.status.success() {
        return fail("the data folder could not be filled");
    }
    let server = Server::start(&gatekey, &data)?;
    println!(
        "The same of a server with {PRINCIPALS} principals with a policy each, median of {ROUNDS}, and the first:"
    );
    asked_of(&server, &data)
}

fn asked_of(server: &Server, data: &Path) -> Outcome {
    let mut kms = Client::connect(server, data)?;
    let mut gatekey = Client::connect_to(server, data, ("gatekey", "Gatekey"))?;
    let made = answer(&mut kms, "CreateKey", &json!({}))?;
    let key = made.pointer("/KeyMetadata/Arn").cloned().unwrap_or_default();
    let account = key.as_str().and_then(|arn| arn.split(':').nth(4)).unwrap_or_default().to_owned();
    let question = json!({"KeyId": key, "Action": "kms:Decrypt", "Limit": PAGE});
    tell("who can, left to the account", "1 s", &mut || whole(&mut gatekey, &question).map(drop))?;
    let forecast = json!({"KeyId": key, "Policy": policy(&account)});
    tell("forecast of one PutKeyPolicy", "200 ms", &mut || {
        answer(&mut gatekey, "ForecastChange", &forecast).map(drop)
    })?;
    let put = json!({"KeyId": key, "PolicyName": "default", "Policy": policy(&account)});
    answer(&mut kms, "PutKeyPolicy", &put)?;
    answer(&mut kms, "DescribeKey", &json!({"KeyId": key}))?;
    let decision = json!({"DecisionId": kms.answered});
    tell("explanation of one decision", "5 ms", &mut || {
        answer(&mut gatekey, "ExplainDecision", &decision).map(drop)
    })?;
    let holders = whole(&mut gatekey, &question)?;
    println!("  {holders} hold it in the following, told in pages of {PAGE}:");
    tell("who can, every user named", "1 s", &mut || whole(&mut gatekey, &question).map(drop))
}

/// Nine of ten principals hold the key, on a condition.
fn policy(account: &str) -> String {
    let root = format!("arn:aws:iam::{account}:root");
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {
            "StringLike": {"aws:PrincipalArn": format!("arn:aws:iam::{account}:user/*")},
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
        }},
    ]})
    .to_string()
}

/// Every page of WhoCan; gives how many holders there are.
fn whole(client: &mut Client, question: &Value) -> Outcome<usize> {
    let (mut question, mut holders) = (question.clone(), 0);
    loop {
        let page = answer(client, "WhoCan", &question)?;
        holders += page.get("Holders").and_then(Value::as_array).map_or(0, Vec::len);
        let Some(marker) = page.get("NextMarker").filter(|marker| !marker.is_null()) else {
            return Ok(holders);
        };
        if let Some(question) = question.as_object_mut() {
            question.insert("Marker".to_owned(), marker.clone());
        }
    }
}

fn answer(client: &mut Client, operation: &str, input: &Value) -> Outcome<Value> {
    match client.call(operation, input)? {
        (200, answer) => Ok(answer),
        (status, answer) => Err(Failure(format!("{operation} failed with {status}: {answer}"))),
    }
}

/// One line of the table.
fn tell(what: &str, target: &str, question: &mut dyn FnMut() -> Outcome) -> Outcome {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        question()?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    let first = times.first().copied().unwrap_or_default();
    times.sort_by(f64::total_cmp);
    let median = times.get(ROUNDS / 2).copied().unwrap_or_default();
    println!("  {what:<38} {median:>10.1} ms {first:>10.1} ms   (less than {target})");
    Ok(())
}
