//! `gatekey config`.

use crate::{
    configure::Flags,
    failure::{Failure, Kind},
    output,
};
use gatekey_server::config::{Layers, Origin, Settings};
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
    for (setting, value) in layers.iter() {
        // Writing to a String cannot fail. A JSON string is a TOML string, too.
        let _ = write!(text, "{} = {}", setting.key, Value::from(value.text.as_str()));
        let _ = if origin { writeln!(text, "  # {}", value.origin) } else { writeln!(text) };
    }
    text
}

fn as_json(layers: &Layers, origin: bool) -> Result<String, Failure> {
    let shown = |text: &str, from: &Origin| match origin {
        true => json!({ "value": text, "origin": from.to_string() }),
        false => Value::from(text),
    };
    let all: Map<String, Value> = layers
        .iter()
        .map(|(setting, value)| (setting.key.to_owned(), shown(&value.text, &value.origin)))
        .collect();
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
