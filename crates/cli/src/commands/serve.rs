//! `gatekey serve`.

use crate::{
    ambient::{SystemClock, SystemEntropy},
    compose::{self, Materials},
    configure::Flags,
    credentials,
    data_folder::DataFolder,
    failure::{Failure, Kind},
    output, running,
};
use gatekey_server::{config::Settings, logs};
use std::{path::Path, sync::Arc};

/// The first root credentials' file in the data folder.
const CREDENTIALS: &str = "credentials";

/// Serve, keeping everything in the data folder
///
/// On first start the data folder is initialised: a root key is made, the accounts are created, and their root users'
/// access keys are written to the file `credentials` in it, once and for the owner's eyes only.
///
/// Stops in order on SIGTERM and SIGINT: requests in flight are finished. A second signal stops at once.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    flags: Flags,
}

/// Serves until a signal says stop.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let settings = args.flags.settings()?;
    start_logs(&settings)?;
    let folder = DataFolder::open(&settings.data)?;
    let materials = materials(settings, folder.path());
    if !compose::is_initialised(folder.path()) {
        first_start(&materials)?;
    }
    running::run(&materials, |endpoints| {
        running::show_banner(endpoints, &materials, &folder.path().join(CREDENTIALS));
        Ok(())
    })
}

/// Logs as the settings say; colours as the terminal and `NO_COLOR` say.
pub(super) fn start_logs(settings: &Settings) -> Result<(), Failure> {
    let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    logs::start(settings.log.format, &settings.log.filter, colour)
        .map_err(|error| Failure::new(Kind::Configuration, error.to_string()))
}

/// The real clock and entropy, with these settings and this folder.
pub(super) fn materials(settings: Settings, folder: &Path) -> Materials {
    Materials {
        folder: folder.to_owned(),
        settings,
        clock: Arc::new(SystemClock::start()),
        entropy: Arc::new(SystemEntropy::default()),
        fleeting: false,
    }
}

fn first_start(materials: &Materials) -> Result<(), Failure> {
    if !materials.settings.init_on_first_start {
        let message = format!("the data folder {} is not initialised", materials.folder.display());
        return Err(
            Failure::new(Kind::Data, message).hint("mount the volume that was meant, or run: gatekey init")
        );
    }
    initialise(materials)
}

/// Initialises the data folder and says where the credentials are.
pub(super) fn initialise(materials: &Materials) -> Result<(), Failure> {
    let path = materials.folder.join(CREDENTIALS);
    // An initialisation that was broken off may have left credentials that never worked.
    compose::initialise(materials, &materials.settings.accounts, &|all| credentials::replace(&path, all))?;
    output::note(&format!(
        "gatekey: initialised {}; the root users' access keys are in {} and are not shown again",
        materials.folder.display(),
        path.display()
    ));
    Ok(())
}
