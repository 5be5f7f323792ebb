//! A key with fifty thousand grants beside one with ten: how long a page of them takes, and finding one by its id. (What a
//! decision costs among them, the benchmark of decisions says.)

use crate::{
    Failure, Outcome, fail,
    live::{Client, Server, build},
};
use serde_json::{Value, json};
use std::{path::Path, time::Instant};

/// Grants of the one key and of the other.
const COUNTS: [usize; 2] = [10, 50_000];
/// Requests of each kind that are measured, one after the other.
const ASKED: usize = 300;
/// Grants on a page.
const PAGE: usize = 100;

/// Measures, and prints what it measured.
pub(crate) fn run() -> Outcome {
    let gatekey = build(&["--package", "gatekey"], "gatekey")?;
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let server = Server::start(&gatekey, &data)?;
    println!(
        "Grants of one key, {ASKED} requests one after the other (the target for a page is less than 5 ms):"
    );
    println!("   grants    made in s    a page of {PAGE}, ms (99th)    one by its id, ms (99th)");
    for count in COUNTS {
        measure(&server, &data, count)?;
    }
    Ok(())
}

/// One row.
fn measure(server: &Server, data: &Path, count: usize) -> Outcome {
    let mut client = Client::connect(server, data)?;
    let made = asked(&mut client, "CreateKey", &json!({}))?;
    let key = text(&made, "/KeyMetadata/KeyId")?;
    let arn = text(&made, "/KeyMetadata/Arn")?;
    let begun = Instant::now();
    make(&mut client, &key, &root_of(&arn)?, count)?;
    let made_in = begun.elapsed().as_secs_f64();
    // Pages from all over the listing, and the first grant of each.
    let (mut pages, mut ids) = (Vec::new(), Vec::new());
    let mut input = json!({"KeyId": key, "Limit": PAGE});
    while pages.len() < ASKED {
        let begun = Instant::now();
        let page = asked(&mut client, "ListGrants", &input)?;
        pages.push(begun.elapsed().as_secs_f64() * 1000.0);
        ids.push(text(&page, "/Grants/0/GrantId")?);
        match page.get("NextMarker") {
            Some(marker) => set(&mut input, "Marker", marker.clone()),
            None => input = json!({"KeyId": key, "Limit": PAGE}),
        }
    }
    let mut finds = Vec::new();
    for id in &ids {
        let begun = Instant::now();
        let found = asked(&mut client, "ListGrants", &json!({"KeyId": key, "GrantId": id}))?;
        finds.push(begun.elapsed().as_secs_f64() * 1000.0);
        if text(&found, "/Grants/0/GrantId")? != *id {
            return fail(format!("another grant than {id} was found"));
        }
    }
    let ((page, page_99), (find, find_99)) = (middle_and_99th(pages), middle_and_99th(finds));
    println!("  {count:>7} {made_in:>12.1} {page:>16.2} ({page_99:.2}) {find:>20.3} ({find_99:.3})");
    Ok(())
}

/// Makes so many grants of a key, each with a name of its own. One after the other: changes of one key wait for each other.
fn make(client: &mut Client, key: &str, grantee: &str, count: usize) -> Outcome {
    for number in 0..count {
        let input = json!({"KeyId": key, "GranteePrincipal": grantee, "Operations": ["Decrypt"],
            "Name": format!("grant-{number}")});
        asked(client, "CreateGrant", &input)?;
    }
    Ok(())
}

/// The answer, which must be one.
fn asked(client: &mut Client, operation: &str, input: &Value) -> Outcome<Value> {
    match client.call(operation, input)? {
        (200, answer) => Ok(answer),
        (_, answer) => fail(format!("{operation} failed: {answer}")),
    }
}

fn text(answer: &Value, place: &str) -> Outcome<String> {
    let text = answer.pointer(place).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| Failure(format!("no {place} in {answer}")))
}

fn set(input: &mut Value, name: &str, value: Value) {
    if let Some(members) = input.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// The root user of the account that a key's ARN names.
fn root_of(arn: &str) -> Outcome<String> {
    let account = arn.split(':').nth(4).ok_or_else(|| Failure(format!("{arn} is no ARN")))?;
    Ok(format!("arn:aws:iam::{account}:root"))
}

/// The median, and what all but one in a hundred are under.
fn middle_and_99th(mut figures: Vec<f64>) -> (f64, f64) {
    figures.sort_by(f64::total_cmp);
    let at = |part: usize| figures.get(figures.len() * part / 100).copied().unwrap_or_default();
    (at(50), at(99))
}
