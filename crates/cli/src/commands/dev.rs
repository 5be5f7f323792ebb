//! `gatekey dev`.

use super::serve;
use crate::{
    accounts,
    compose::{self, Materials},
    configure::Shared,
    credentials,
    data_folder::DataFolder,
    failure::{Failure, Kind},
    output, running,
};
use gatekey_server::config::{Layers, Settings};
use gatekey_types::AccountId;
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
    /// Put the accounts into one organization, which this one of them manages
    ///
    /// It has all features, and service and resource control policies are enabled.
    #[arg(long, value_name = "ACCOUNT")]
    management_account: Option<AccountId>,
    /// How long a new grant counts only with its token, for instance 5m: AWS takes up to five minutes [default: off]
    #[arg(long, value_name = "DURATION")]
    grant_delay: Option<String>,
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
    if let Some(management) = args.management_account {
        accounts::organize(&materials, management)?;
    }
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
    if let Some(delay) = &args.grant_delay {
        let laid = layers.flag("--grant-delay", "simulation.grant_delay", delay);
        laid.map_err(|problem| Failure::new(Kind::Configuration, problem.to_string()))?;
    }
    args.shared.lay_over(&mut layers)?;
    let settings = Settings::check(&layers)?;
    match args.management_account {
        Some(account) if !settings.accounts.contains(&account) => {
            let message = format!("--management-account {account}: is not one of the accounts");
            Err(Failure::new(Kind::Configuration, message).hint("name it with --accounts too"))
        }
        _ => Ok(settings),
    }
}
