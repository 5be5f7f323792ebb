//! `gatekey config`.

use crate::{
    configure::Flags,
    failure::{Failure, Kind},
    output,
};
use gatekey_server::config::{FunctionCall, Layers, Origin, Settings, Valued, WorkloadTable};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Look at the configuration
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print every setting and its value
    Show(Show),
    /// Say whether the configuration is right, and if not, everything that is wrong
    Check {
        #[command(flatten)]
        flags: Flags,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// Print where each value came from, too
    #[arg(long)]
    origin: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags,
}

/// Does what was asked. Values are shown even if they are wrong: that is when people look.
pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Show(show) if show.json => output::result(&as_json(&show.flags.layers()?, show.origin)?),
        Command::Show(show) => output::result(&as_toml(&show.flags.layers()?, show.origin)),
        Command::Check { flags } => {
            let layers = flags.layers()?;
            layers.ignored().iter().for_each(|problem| output::note(&format!("gatekey: warning: {problem}")));
            Settings::check(&layers)?;
            output::result("the configuration is right\n")
        }
    }
}

/// As a configuration file could have it.
fn as_toml(layers: &Layers, origin: bool) -> String {
    let mut text = String::new();
    let mut line = |shown: String, from: &Origin| {
        // Writing to a String cannot fail.
        let _ = if origin { writeln!(text, "{shown}  # {from}") } else { writeln!(text, "{shown}") };
    };
    // A JSON string is a TOML string, too.
    let entry = |key: &str, value: &Valued| format!("{key} = {}", Value::from(value.text.as_str()));
    layers.iter().for_each(|(setting, value)| line(entry(setting.key, value), &value.origin));
    for table in layers.workloads() {
        line("[[workload]]".to_owned(), table.origin());
        table.iter().for_each(|(key, value)| line(entry(key, value), &value.origin));
    }
    for (from, function) in layers.functions() {
        line(format!("[rotation.functions.{}]", Value::from(function.arn.as_str())), from);
        // So are lists of JSON strings, and booleans.
        members(&function.call).into_iter().for_each(|(key, value)| line(format!("{key} = {value}"), from));
    }
    text
}

/// What a function's table has.
fn members(call: &FunctionCall) -> Vec<(&'static str, Value)> {
    match call {
        FunctionCall::Url { url, private } => {
            vec![("url", url.as_str().into()), ("private", (*private).into())]
        }
        FunctionCall::Command { program, arguments } => {
            vec![("command", core::iter::once(program).chain(arguments).map(String::as_str).collect())]
        }
    }
}

fn as_json(layers: &Layers, origin: bool) -> Result<String, Failure> {
    let shown = |value: &Valued| match origin {
        true => json!({ "value": value.text, "origin": value.origin.to_string() }),
        false => Value::from(value.text.as_str()),
    };
    let mut all: Map<String, Value> =
        layers.iter().map(|(setting, value)| (setting.key.to_owned(), shown(value))).collect();
    let workload = |table: &WorkloadTable| -> Value {
        table.iter().map(|(key, value)| (key.to_owned(), shown(value))).collect::<Map<_, _>>().into()
    };
    if !layers.workloads().is_empty() {
        all.insert("workload".to_owned(), layers.workloads().iter().map(workload).collect());
    }
    if !layers.functions().is_empty() {
        let table = |from: &Origin, call: &FunctionCall| -> Value {
            let shown =
                |value| if origin { json!({ "value": value, "origin": from.to_string() }) } else { value };
            members(call)
                .into_iter()
                .map(|(key, value)| (key.to_owned(), shown(value)))
                .collect::<Map<_, _>>()
                .into()
        };
        let functions = layers.functions().iter();
        let functions = functions.map(|(from, function)| (function.arn.clone(), table(from, &function.call)));
        all.insert("rotation.functions".to_owned(), functions.collect::<Map<_, _>>().into());
    }
    serde_json::to_string_pretty(&all)
        .map(|text| text + "\n")
        .map_err(|error| Failure::new(Kind::Other, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn what_is_shown_can_be_read_back() {
        let shown = as_toml(&Layers::default(), true);
        let mut read = Layers::default();
        read.file(Path::new("shown"), &shown).unwrap();
        assert_eq!(as_toml(&read, false), as_toml(&Layers::default(), false));
    }

    #[test]
    fn workloads_are_shown_and_can_be_read_back() {
        let file = "[[workload]]\nrole = \"app\"\nuid = 1000\n[[workload]]\nrole = \"web\"\n";
        let mut layers = Layers::default();
        layers.file(Path::new("f"), file).unwrap();
        let shown = as_toml(&layers, true);
        assert!(shown.ends_with(
            "[[workload]]  # f:1\nrole = \"app\"  # f:2\nuid = \"1000\"  # f:3\n[[workload]]  # f:4\nrole = \"web\"  # f:5\n"
        ));
        let mut read = Layers::default();
        read.file(Path::new("shown"), &shown).unwrap();
        assert_eq!(as_toml(&read, false), as_toml(&layers, false));
        let shown: Value = serde_json::from_str(&as_json(&layers, false).unwrap()).unwrap();
        assert_eq!(shown["workload"], json!([{ "role": "app", "uid": "1000" }, { "role": "web" }]));
    }

    #[test]
    fn functions_that_rotate_are_shown_and_can_be_read_back() {
        const URL: &str = "arn:aws:lambda:us-east-1:111122223333:function:a";
        const COMMAND: &str = "arn:aws:lambda:us-east-1:111122223333:function:b";
        let file = format!(
            "[rotation.functions.\"{URL}\"]\nurl = \"https://f.example.com/a\"\nprivate = true\n\
             [rotation.functions.\"{COMMAND}\"]\ncommand = [\"/bin/rotate\", \"-q\"]\n"
        );
        let mut layers = Layers::default();
        layers.file(Path::new("f"), &file).unwrap();
        let shown = as_toml(&layers, true);
        assert!(
            shown.contains(&format!(
                "[rotation.functions.\"{COMMAND}\"]  # f:4\ncommand = [\"/bin/rotate\",\"-q\"]  # f:4\n"
            )),
            "{shown}"
        );
        let mut read = Layers::default();
        read.file(Path::new("shown"), &shown).unwrap();
        assert_eq!(as_toml(&read, false), as_toml(&layers, false));
        let functions =
            |layers: &Layers| layers.functions().iter().map(|(_, read)| read.clone()).collect::<Vec<_>>();
        assert_eq!(functions(&read), functions(&layers));
        let shown: Value = serde_json::from_str(&as_json(&layers, false).unwrap()).unwrap();
        let expected = json!({
            URL: { "url": "https://f.example.com/a", "private": true },
            COMMAND: { "command": ["/bin/rotate", "-q"] },
        });
        assert_eq!(shown["rotation.functions"], expected);
        let shown: Value = serde_json::from_str(&as_json(&layers, true).unwrap()).unwrap();
        assert_eq!(shown["rotation.functions"][URL]["url"]["origin"], "f:1");
    }

    #[test]
    fn an_origin_is_shown_for_every_setting() {
        let mut layers = Layers::default();
        layers.flag("--region", "region", "eu-west-1").unwrap();
        let shown = as_toml(&layers, true);
        assert!(shown.contains("region = \"eu-west-1\"  # flag --region\n"));
        assert!(shown.lines().all(|line| line.contains("  # ")));
        let shown: Value = serde_json::from_str(&as_json(&layers, true).unwrap()).unwrap();
        assert_eq!(shown["region"], json!({ "value": "eu-west-1", "origin": "flag --region" }));
    }
}
