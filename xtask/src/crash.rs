//! `cargo xtask crash`: kills a server at random moments and looks whether anything that it acknowledged is lost.

use crate::{
    Outcome, fail,
    live::{Client, Server, build},
};
use gatekey_testkit::Dice;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Connections that write at once.
const WRITERS: usize = 8;

/// What was acknowledged.
#[derive(Default)]
struct Acknowledgements {
    /// Each key's id, and the tag that it has.
    keys: BTreeMap<String, String>,
    /// The ids of requests that changed nothing: each has its event.
    answered: Vec<String>,
}

type Acknowledged = Arc<Mutex<Acknowledgements>>;

/// Runs the loop.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let cycles = match arguments {
        [] => 20,
        [flag, number] if flag == "--cycles" => number.parse()?,
        _ => return fail("usage: cargo xtask crash [--cycles N]"),
    };
    let binary = build(&["--package", "gatekey"], "gatekey")?;
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let mut dice = Dice::new(std::process::id().into());
    let acknowledged = Acknowledged::default();
    for cycle in 1..=cycles {
        let server = Server::start(&binary, &data)?;
        check(&server, &data, &acknowledged)?;
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (client, acknowledged) = (Client::connect(&server, &data), acknowledged.clone());
                std::thread::spawn(move || write(client, writer, &acknowledged))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(20 + u64::try_from(dice.below(400))?));
        server.kill()?;
        for writer in writers {
            drop(writer.join());
        }
        let [keys, answered] =
            acknowledged.lock().map(|all| [all.keys.len(), all.answered.len()]).unwrap_or_default();
        println!(
            "cycle {cycle}/{cycles}: killed; {keys} keys and {answered} other answers acknowledged so far"
        );
    }
    let server = Server::start(&binary, &data)?;
    check(&server, &data, &acknowledged)?;
    drop(server);
    let verified = Command::new(&binary).args(["audit", "verify", "--data"]).arg(&data).output()?;
    if !verified.status.success() {
        return fail(format!(
            "the audit trail does not verify: {}",
            String::from_utf8_lossy(&verified.stderr)
        ));
    }
    recorded(&data.join("audit"), &acknowledged)?;
    println!("nothing acknowledged was lost, nothing was torn, and the audit trail verifies");
    Ok(())
}

/// Nothing was answered without its event, though the server was killed a moment later.
fn recorded(audit: &Path, acknowledged: &Acknowledged) -> Outcome {
    let mut events = BTreeSet::new();
    for entry in std::fs::read_dir(audit)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
            let ids = text.split("\"requestID\":\"").skip(1).filter_map(|rest| rest.get(..36));
            events.extend(ids.map(str::to_owned));
        }
    }
    let answered = acknowledged.lock().map(|all| all.answered.clone()).unwrap_or_default();
    match answered.iter().find(|id| !events.contains(*id)) {
        Some(id) => fail(format!("request {id} was answered, and the audit trail does not have it")),
        None => Ok(()),
    }
}

/// Makes keys, tags them and encrypts with them until the server is gone. Each step is acknowledged by itself.
fn write(client: Outcome<Client>, writer: usize, acknowledged: &Acknowledged) {
    let Ok(mut client) = client else { return };
    for number in 0.. {
        let Ok((200, made)) = client.call("CreateKey", &json!({"Description": format!("{writer}.{number}")}))
        else {
            return;
        };
        let Some(key) = made.pointer("/KeyMetadata/KeyId").and_then(Value::as_str) else { return };
        note(acknowledged, key, "");
        let tag = format!("{writer}-{number}");
        let input = json!({"KeyId": key, "Tags": [{"TagKey": "t", "TagValue": tag}]});
        let Ok((200, _)) = client.call("TagResource", &input) else { return };
        note(acknowledged, key, &tag);
        let Ok((200, _)) = client.call("Encrypt", &json!({"KeyId": key, "Plaintext": "eA=="})) else {
            return;
        };
        if let Ok(mut all) = acknowledged.lock() {
            all.answered.push(client.answered.clone());
        }
    }
}

fn note(acknowledged: &Acknowledged, key: &str, tag: &str) {
    if let Ok(mut all) = acknowledged.lock() {
        all.keys.insert(key.to_owned(), tag.to_owned());
    }
}

/// Every acknowledged key is there, whole: it encrypts, and has the tag that was acknowledged (or a later one, whose
/// acknowledgement the crash cut off).
fn check(server: &Server, data: &Path, acknowledged: &Acknowledged) -> Outcome {
    let mut client = Client::connect(server, data)?;
    let keys = acknowledged.lock().map(|all| all.keys.clone()).unwrap_or_default();
    for (key, tag) in keys {
        let (status, answer) = client.call("Encrypt", &json!({"KeyId": key, "Plaintext": "eA=="}))?;
        if status != 200 {
            return fail(format!("key {key} was acknowledged and does not work: {answer}"));
        }
        let (_, tags) = client.call("ListResourceTags", &json!({"KeyId": key}))?;
        let found = tags.pointer("/Tags/0/TagValue").and_then(Value::as_str).unwrap_or_default();
        if !tag.is_empty() && found != tag {
            return fail(format!("key {key}: tag {tag} was acknowledged, found '{found}'"));
        }
    }
    Ok(())
}
