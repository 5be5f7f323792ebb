//! `gatekey init`.

use super::serve;
use crate::{
    compose,
    configure::Flags,
    data_folder::DataFolder,
    failure::{Failure, Kind},
    output,
};
use gatekey_server::tls::LocalAuthority;

/// Initialise a data folder: root key, accounts, root credentials and the local certificate authority
///
/// `gatekey serve` does the same on its first start. Initialise separately where starting and setting up are different
/// people's work, or where an empty data folder would mean that a volume was not mounted.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    flags: Flags,
}

/// Initialises, or refuses if that was done before.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let settings = args.flags.settings()?;
    serve::start_logs(&settings)?;
    let folder = DataFolder::open(&settings.data)?;
    if compose::is_initialised(folder.path()) {
        let message = format!("the data folder {} is initialised already", folder.path().display());
        return Err(Failure::new(Kind::Data, message)
            .hint("nothing was changed; serve it, or name another with --data"));
    }
    let materials = serve::materials(settings, folder.path());
    LocalAuthority::open_or_create(folder.path(), materials.clock.now())?;
    serve::initialise(&materials)?;
    output::note(&format!("gatekey: TLS clients are to trust {}", folder.path().join("ca.pem").display()));
    Ok(())
}
