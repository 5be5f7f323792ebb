//! From the command line, the environment and the file to checked settings.

use crate::failure::{Failure, Kind};
use gatekey_server::config::{Layers, Problems, Settings};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The configuration file's name in the data folder.
const FILE_NAME: &str = "gatekey.toml";

/// Flags that set something. Each stands for the setting of the same name; `--set` reaches the rest.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Flags {
    /// Configuration file [default: gatekey.toml in the data folder, if there is one]
    #[arg(long, value_name = "FILE", env = "GATEKEY_CONFIG")]
    config: Option<PathBuf>,
    /// Folder where everything is kept [default: ./gatekey-data]
    #[arg(long, value_name = "FOLDER")]
    data: Option<String>,
    #[command(flatten)]
    shared: Shared,
}

/// Flags that make sense for a throw-away server too.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Shared {
    /// Address to serve on; may be repeated [default: 127.0.0.1:4599]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Vec<String>,
    /// Accounts to create on first start, separated by commas [default: 111122223333]
    #[arg(long, value_name = "ACCOUNT,...")]
    accounts: Option<String>,
    /// Region to show as an example [default: us-east-1]
    #[arg(long)]
    region: Option<String>,
    /// Serve plain HTTP even beyond this machine
    #[arg(long)]
    allow_plain_http: bool,
    /// Serve /metrics, /healthz and /readyz to operators here
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics_listen: Option<String>,
    /// How to log: text or json
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// What to log: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// Set anything else, for instance limits.body=2MiB; may be repeated
    #[arg(long = "set", value_name = "SETTING=VALUE")]
    set: Vec<String>,
}

impl Flags {
    /// Lays all four sources over each other.
    pub(crate) fn layers(&self) -> Result<Layers, Failure> {
        let mut layers = Layers::default();
        let variables = || {
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        };
        if let Some((path, text)) = self.file(variables())? {
            layers.file(&path, &text)?;
        }
        layers.environment(variables());
        if let Some(data) = &self.data {
            put(&mut layers, "--data", "data", data)?;
        }
        self.shared.lay_over(&mut layers)?;
        Ok(layers)
    }

    /// The configuration file: the one that is named, or the data folder's own if there is one.
    fn file(
        &self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Option<(PathBuf, String)>, Failure> {
        if let Some(path) = &self.config {
            return Ok(Some((path.clone(), read(path)?)));
        }
        let mut without_file = Layers::default();
        without_file.environment(variables);
        let data = self.data.as_deref().or_else(|| Some(without_file.get("data")?.text.as_str()));
        let path = Path::new(data.unwrap_or_default()).join(FILE_NAME);
        if path.exists() { read(&path).map(|text| Some((path, text))) } else { Ok(None) }
    }

    /// The checked settings, and warnings for what was ignored.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        let layers = self.layers()?;
        for problem in layers.ignored() {
            crate::output::note(&format!("gatekey: warning: {problem}"));
        }
        Ok(Settings::check(&layers)?)
    }
}

impl Shared {
    /// Lays these flags over what is there.
    pub(crate) fn lay_over(&self, layers: &mut Layers) -> Result<(), Failure> {
        if !self.listen.is_empty() {
            put(layers, "--listen", "listen", &self.listen.join(","))?;
        }
        if self.allow_plain_http {
            put(layers, "--allow-plain-http", "allow_plain_http", "true")?;
            put(layers, "--allow-plain-http", "tls.mode", "never")?;
        }
        for (flag, key, value) in [
            ("--accounts", "accounts", &self.accounts),
            ("--region", "region", &self.region),
            ("--metrics-listen", "metrics.listen", &self.metrics_listen),
            ("--log-format", "log.format", &self.log_format),
            ("--log-level", "log.level", &self.log_level),
        ] {
            value.as_ref().map_or(Ok(()), |value| put(layers, flag, key, value))?;
        }
        self.set.iter().try_for_each(|pair| {
            let (key, value) = pair.split_once('=').ok_or_else(|| {
                Failure::new(Kind::Configuration, format!("--set {pair}: is not of the form SETTING=VALUE"))
            })?;
            put(layers, "--set", key, value)
        })
    }
}

fn put(layers: &mut Layers, flag: &str, key: &str, value: &str) -> Result<(), Failure> {
    layers.flag(flag, key, value).map_err(|problem| Problems(vec![problem]).into())
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| {
        let failure = Failure::new(Kind::Configuration, format!("cannot read {}: {error}", path.display()));
        match error.kind() {
            io::ErrorKind::NotFound => {
                failure.hint("leave --config and GATEKEY_CONFIG away to go without a file")
            }
            _ => failure,
        }
    })
}
