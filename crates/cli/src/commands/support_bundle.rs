//! `gatekey support-bundle`.

mod requests;

use super::{
    access, explain, foresight, history,
    shown::{PAGE, every},
};
use crate::{
    ambient::SystemClock,
    bundle::{
        self,
        redact::{Redactor, Source},
    },
    client::{Client, Connection},
    failure::{Failure, Kind},
    output,
    policy::style::Style,
};
use gatekey_model::{
    gatekey::{
        self, AccessMatrixRequest, ExplainDecisionRequest, ExplainDecisionResponse, Holder, KeyHealthRequest,
        ListKeyPolicyVersionsRequest, Standing,
    },
    kms,
};
use gatekey_server::private_file;
use gatekey_types::Clock as _;
use requests::{Failed, Found};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Gather what whoever helps you with a key needs to know, without names, account ids, values or secrets
///
/// Key, failed commands, their results and full error texts, and the policy that was being put, as support asks for them; and what
/// decided: the explanation of each refusal, who can use the key, how it stands, and the history of its policy. Nothing is sent
/// anywhere. What you may not see, the bundle says.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  gatekey support-bundle --key alias/payments --policy new.json --output bundle.tar.gz"
)]
pub(super) struct Args {
    /// The key: an id, an ARN, or an alias
    #[arg(long, value_name = "KEY")]
    key: String,
    /// The file to write, which must not exist yet [default: gatekey-support-KEY.tar.gz, with the key's id]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// For how many days back failed requests of your access key are looked for
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(i64).range(1..=90))]
    days: i64,
    /// The file with the policy that you were putting [default: that of the last PutKeyPolicy that failed]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A failed request to tell of too, by the id that its answer's header x-gatekey-decision has; may be repeated
    #[arg(long = "request", value_name = "ID")]
    requests: Vec<String>,
    #[command(flatten)]
    connection: Connection,
}

/// The key that the bundle is about.
#[derive(Debug)]
struct Key {
    given: String,
    /// Its id, or what was given, if that cannot be told.
    id: String,
    described: Result<Value, String>,
}

/// The file with the policy that was being put.
const POLICY: &str = "4-policy.json";

/// How a file is written: redacted by this redactor.
type Written = Box<dyn Fn(&mut Redactor) -> String>;

/// How the paragraph of a request with this place is written.
type Paragraph = dyn Fn(&mut Redactor, usize, &Failed) -> String;

/// A file of the bundle.
struct Part {
    name: String,
    what: &'static str,
    text: Result<Written, String>,
}

/// Gathers, redacts and writes.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let policy = args.policy.as_deref().map(foresight::read).transpose()?;
    let client = args.connection.client()?;
    let key = Key::find(&client, &args.key)?;
    let path = args.output.clone().unwrap_or_else(|| key.file());
    is_free(&path)?;
    let now = SystemClock::start().now();
    let found = requests::find(&client, &key, now.plus_days(-args.days), &args.requests);
    let count = found.requests.len();
    let parts = parts(&client, key, found, policy);
    let files = files(&parts, &now.to_string());
    let seconds = u64::try_from(now.millis() / 1000).unwrap_or_default();
    let packed = bundle::pack(&files, seconds);
    let packed =
        packed.map_err(|error| Failure::new(Kind::Other, format!("cannot pack the bundle: {error}")))?;
    private_file::create(&path, &packed)?;
    let text = format!(
        "{} tells of {count} failed requests in {} files. Read them before you send it: tar -xzf {0}\n",
        path.display(),
        files.len()
    );
    output::result(&text)
}

fn is_free(path: &Path) -> Result<(), Failure> {
    match path.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(_) => {
            Err(Failure::new(Kind::Input, format!("{} is there already, and stays as it is", path.display()))
                .hint("name another file with --output, or move this one away"))
        }
    }
}

impl Key {
    /// Finds the key. Who may not describe it has the id that was given.
    fn find(client: &Client, given: &str) -> Result<Self, Failure> {
        let question = kms::DescribeKeyRequest { key_id: given.to_owned(), grant_tokens: None };
        let id_of = |name: &str| name.rsplit_once(":key/").map_or(name, |(_, id)| id).to_owned();
        match client.call::<kms::calls::DescribeKey>(&question) {
            Ok(answer) => {
                let metadata = answer
                    .key_metadata
                    .ok_or_else(|| Failure::new(Kind::Other, "the server described no key"))?;
                let described = Ok(serde_json::to_value(&metadata).unwrap_or_default());
                Ok(Self { given: given.to_owned(), id: metadata.key_id, described })
            }
            Err(failure) if failure.message().starts_with("AccessDenied") => {
                let described = Err(failure.message().to_owned());
                Ok(Self { given: given.to_owned(), id: id_of(given), described })
            }
            Err(failure) if failure.message().starts_with("NotFoundException") => Err(failure.hint(
                "`aws kms list-keys` lists the keys of your account in this Region; --region names another",
            )),
            Err(failure) => Err(failure),
        }
    }

    /// Whether this is its id, its ARN, or how it was given.
    fn is(&self, name: &str) -> bool {
        name == self.given
            || name == self.id
            || name.rsplit_once(":key/").is_some_and(|(_, id)| id == self.id)
    }

    /// Where the bundle is written, if nothing else is said.
    fn file(&self) -> PathBuf {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        match self.id.chars().all(is_plain) {
            true => format!("gatekey-support-{}.tar.gz", self.id).into(),
            false => "gatekey-support.tar.gz".into(),
        }
    }

    fn written(&self, redactor: &mut Redactor) -> String {
        let id = redactor.alias(&self.id);
        let metadata = match &self.described {
            Ok(metadata) => redactor.json(metadata, Source::Answer),
            Err(why) => serde_json::json!({ "NotShown": redactor.text(why) }),
        };
        format!("{:#}\n", serde_json::json!({ "KeyId": id, "KeyMetadata": metadata }))
    }
}

/// Asks why a request was answered as it was.
fn explained(client: &Client, id: &str) -> Result<ExplainDecisionResponse, Failure> {
    client.call::<gatekey::calls::ExplainDecision>(&ExplainDecisionRequest { decision_id: id.to_owned() })
}

/// The files, in the order of their names.
fn parts(client: &Client, key: Key, found: Found, policy: Option<String>) -> Vec<Part> {
    let mut parts = Vec::from(of_key(client, &key.id));
    let files = policies(&found, policy);
    parts.extend(of_requests(found, &files));
    let what = "the key: its id, and what DescribeKey says of it";
    parts.push(part("1-key.json", what, Ok(Box::new(move |redactor| key.written(redactor)))));
    if files.is_empty() {
        let why =
            "no PutKeyPolicy of the days that were looked at failed; name the policy's file with --policy";
        parts.push(part(POLICY, "the policy that was being put", Err(why.to_owned())));
    }
    for (name, text) in files {
        let is_first = name == POLICY;
        let what =
            if is_first { "the policy that was being put" } else { "another policy that could not be put" };
        parts.push(part(&name, what, Ok(in_policy(text))));
    }
    parts.sort_by(|one, other| one.name.cmp(&other.name));
    parts
}

fn part(name: &str, what: &'static str, text: Result<Written, String>) -> Part {
    Part { name: name.to_owned(), what, text }
}

fn in_policy(text: String) -> Written {
    Box::new(move |redactor| redactor.policy(&text) + "\n")
}

/// The policies that were being put, each once, with the names of their files; the one that it is about comes first.
fn policies(found: &Found, policy: Option<String>) -> Vec<(String, String)> {
    let put = found.requests.iter().rev().filter_map(Failed::policy).map(str::to_owned);
    let mut files: Vec<(String, String)> = Vec::new();
    for text in policy.into_iter().chain(put) {
        if file_of(&files, &text).is_none() {
            let name = match files.len() {
                0 => POLICY.to_owned(),
                count => format!("4-policy-{}.json", count.saturating_add(1)),
            };
            files.push((name, text));
        }
    }
    files
}

/// The file that holds this policy, however that is spaced.
fn file_of(files: &[(String, String)], text: &str) -> Option<String> {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let wanted = read(text);
    let is = |known: &str| known == text || (wanted.is_some() && read(known) == wanted);
    files.iter().find(|(_, known)| is(known)).map(|(name, _)| name.clone())
}

/// What is told of the failed requests: four files with a paragraph for each.
fn of_requests(found: Found, files: &[(String, String)]) -> [Part; 4] {
    let file = |one: &Failed| one.policy().and_then(|text| file_of(files, text));
    let names: Vec<Option<String>> = found.requests.iter().map(file).collect();
    let found = std::rc::Rc::new(found);
    let each = |write: Box<Paragraph>| -> Result<Written, String> {
        let found = std::rc::Rc::clone(&found);
        Ok(Box::new(move |redactor| paragraphs(redactor, &found, &*write)))
    };
    let command = move |redactor: &mut Redactor, at: usize, one: &Failed| {
        one.command(redactor, names.get(at).and_then(Option::as_deref))
    };
    [
        part(
            "2-commands.txt",
            "the commands that failed, as the audit trail has their parameters",
            each(Box::new(command)),
        ),
        part(
            "3-results.txt",
            "the result of each: the error's code, when, for whom",
            each(Box::new(|redactor, _, one| one.result(redactor))),
        ),
        part(
            "5-errors.txt",
            "the full text of each error",
            each(Box::new(|redactor, _, one| one.error(redactor))),
        ),
        part(
            "explained.txt",
            "why Gatekey answered each so, policy by policy",
            each(Box::new(|redactor, _, one| of_decisions(redactor, one))),
        ),
    ]
}

fn paragraphs(redactor: &mut Redactor, found: &Found, write: &Paragraph) -> String {
    let mut text = String::new();
    if found.requests.is_empty() {
        text += "No failed request was found.\n";
    }
    for (at, one) in found.requests.iter().enumerate() {
        text += &format!("[{}]\n{}\n", at.saturating_add(1), write(redactor, at, one));
    }
    let notes = found.notes.iter().map(|note| format!("Note: {}\n", redactor.text(note)));
    text + &notes.collect::<String>()
}

fn of_decisions(redactor: &mut Redactor, one: &Failed) -> String {
    match &one.explanation {
        Ok(answer) => in_words(redactor, answer, explain::explained),
        Err(why) => format!("not explained: {}\n", redactor.text(why)),
    }
}

/// An answer, redacted and then told in words as its command tells it.
fn in_words<T: DeserializeOwned>(
    redactor: &mut Redactor,
    answer: &Value,
    words: impl Fn(&T, Style) -> String,
) -> String {
    let redacted = redactor.json(answer, Source::Answer);
    match T::deserialize(&redacted) {
        Ok(answer) => words(&answer, Style::plain()),
        Err(_) => format!("{redacted:#}\n"),
    }
}

/// What Gatekey knows of the key.
fn of_key(client: &Client, id: &str) -> [Part; 4] {
    let present = kms::GetKeyPolicyRequest { key_id: id.to_owned(), policy_name: None };
    let present = client.call::<kms::calls::GetKeyPolicy>(&present);
    let present = present.map(|answer| in_policy(answer.policy.unwrap_or_default()));
    let versions = ListKeyPolicyVersionsRequest { key_id: id.to_owned() };
    let versions = client.call::<gatekey::calls::ListKeyPolicyVersions>(&versions);
    let versions = versions.map(|answer| answer.versions.unwrap_or_default());
    let versions = as_told(versions, |all: &Vec<_>, style| history::in_a_table(all, style));
    let holders = as_told(holders(client, id), |all: &Vec<_>, style| access::of_holders(all, style));
    let standing = as_told(standing(client, id), foresight::of_standing);
    let what = "who can change the key's policy, and how few deletions it takes until nobody can";
    [
        part("present-policy.json", "the key's present policy", present.map_err(told)),
        part("who-can.txt", "everyone who can do anything with the key", holders),
        part("health.txt", what, standing),
        part("history.txt", "the versions of the key's policy: when, by whom, how", versions),
    ]
}

fn holders(client: &Client, id: &str) -> Result<Vec<Holder>, Failure> {
    every(|marker| {
        let question = AccessMatrixRequest { key_id: id.to_owned(), limit: Some(PAGE), marker };
        let answer = client.call::<gatekey::calls::AccessMatrix>(&question)?;
        Ok((answer.holders, answer.next_marker))
    })
}

fn standing(client: &Client, id: &str) -> Result<Standing, Failure> {
    let all = every(|marker| {
        let question = KeyHealthRequest { limit: Some(PAGE), marker };
        let answer = client.call::<gatekey::calls::KeyHealth>(&question)?;
        Ok((answer.keys, answer.next_marker))
    })?;
    let mine = all.into_iter().find(|one| one.key_arn.ends_with(&format!(":key/{id}")));
    mine.ok_or_else(|| Failure::new(Kind::Other, "the key is not among those whose health is told"))
}

fn told(failure: Failure) -> String {
    failure.message().to_owned()
}

/// A file that tells an answer in words.
fn as_told<T: Serialize + DeserializeOwned>(
    answer: Result<T, Failure>,
    words: impl Fn(&T, Style) -> String + 'static,
) -> Result<Written, String> {
    let answer = answer.map_err(told)?;
    let value = serde_json::to_value(&answer).unwrap_or_default();
    Ok(Box::new(move |redactor| in_words(redactor, &value, &words)))
}

/// Every file with its text. All is written twice: names are known everywhere once they have been seen anywhere.
fn files(parts: &[Part], now: &str) -> Vec<(String, String)> {
    let mut redactor = Redactor::default();
    parts.iter().for_each(|part| drop(part.written(&mut redactor)));
    let mut files: Vec<(String, String)> =
        parts.iter().map(|part| (part.name.clone(), part.written(&mut redactor))).collect();
    files.insert(0, ("README.md".to_owned(), readme(parts, &mut redactor, now)));
    let listing = listing(&redactor, &files);
    files.push(("redacted.txt".to_owned(), listing));
    files
}

impl Part {
    fn written(&self, redactor: &mut Redactor) -> String {
        match &self.text {
            Ok(write) => write(redactor),
            Err(why) if self.name.ends_with(".json") => {
                format!("{:#}\n", serde_json::json!({ "NotShown": redactor.text(why) }))
            }
            Err(why) => format!("Not shown: {}\n", redactor.text(why)),
        }
    }
}

/// The marks that the files have, and how often.
fn listing(redactor: &Redactor, files: &[(String, String)]) -> String {
    let is_whole = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_digit());
    let of_file = |text: &str, mark: &str| text.split(mark).skip(1).filter(|rest| is_whole(rest)).count();
    let mut text = "What was taken out of these files: the mark in its place, how often, and what it is. The same mark is the same \
                    thing everywhere.\n\n"
        .to_owned();
    for (mark, what) in redactor.listing() {
        match files.iter().map(|(_, text)| of_file(text, mark)).sum::<usize>() {
            0 => {}
            count => text += &format!("{mark:<16} {count:>5}  {what}\n"),
        }
    }
    text
}

fn readme(parts: &[Part], redactor: &mut Redactor, now: &str) -> String {
    let line = |part: &Part| match &part.text {
        Ok(_) => format!("| `{}` | {} | |\n", part.name, part.what),
        Err(why) => format!("| `{}` | {} | not shown: {} |\n", part.name, part.what, redactor.text(why)),
    };
    let lines: String = parts.iter().map(line).collect();
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "# Support bundle of a key

Made by gatekey {version} at {now}, of what the caller may see. Nothing was sent anywhere. Read all of it before you send it.

Account ids, names, unique ids, access keys, addresses, values of conditions and of encryption contexts, tokens and secrets are taken
out; in their place are marks such as `account-1` and `user-2`, the same for the same in all files. The key's id, requests' ids,
times, Regions, actions and statements' Sids stay. `redacted.txt` lists the marks.

Requests have the same number in all files. Members of policies are in the order of their names.

| file | what it is | |
|---|---|---|
{lines}| `redacted.txt` | what was taken out, and how often | |
"
    )
}
