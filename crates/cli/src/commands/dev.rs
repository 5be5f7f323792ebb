//! `gatekey dev`.

use super::serve;
use crate::{
    compose::{self, Materials},
    configure::Shared,
    credentials,
    data_folder::DataFolder,
    failure::{Failure, Kind},
    output, running,
};
use gatekey_server::config::{Layers, Settings};
use std::path::PathBuf;

/// Serve a throw-away server for development and tests
///
/// Data is kept in a temporary folder that is removed at the end. HTTP is plain and on loopback. Neither a configuration
/// file nor the environment is read, so that it behaves the same everywhere.
///
/// When it answers, it prints one line on standard output: ready. Everything else goes to standard error.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to write the AWS shared-credentials file [default: in the temporary folder]
    ///
    /// The profile `default` is the first account's root user, `root-ACCOUNT` each account's.
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    #[command(flatten)]
    shared: Shared,
}

/// Serves until a signal says stop, and leaves nothing behind but the credentials file that was asked for.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let settings = settings(args)?;
    serve::start_logs(&settings)?;
    let failed = |error| Failure::new(Kind::Data, format!("cannot make a temporary folder: {error}"));
    let temporary = tempfile::Builder::new().prefix("gatekey-dev-").tempdir().map_err(failed)?;
    let folder = DataFolder::open(temporary.path())?;
    let path = args.credentials.clone().unwrap_or_else(|| folder.path().join("credentials"));
    let materials = Materials { fleeting: true, ..serve::materials(settings, folder.path()) };
    compose::initialise(&materials, &materials.settings.accounts, &|all| credentials::replace(&path, all))?;
    running::run(&materials, |endpoints| {
        output::note(
            "This is a throw-away server: its keys are gone when it stops. Never keep anything real in it.",
        );
        running::show_banner(endpoints, &materials, &path);
        output::result("ready\n")
    })
}

fn settings(args: &Args) -> Result<Settings, Failure> {
    let mut layers = Layers::default();
    for (key, value) in [("tls.mode", "never"), ("log.level", "warn"), ("timeouts.drain", "2s")] {
        layers.flag("dev", key, value).map_err(|problem| Failure::new(Kind::Other, problem.to_string()))?;
    }
    args.shared.lay_over(&mut layers)?;
    Ok(Settings::check(&layers)?)
}
