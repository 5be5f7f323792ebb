//! `gatekey account`.

use super::serve;
use crate::{
    accounts::{self, Listed, NewAccount},
    compose,
    configure::Flags,
    credentials,
    data_folder::DataFolder,
    failure::{Failure, Kind},
    output,
};
use gatekey_types::AccountId;
use serde_json::json;

/// Look after the accounts of a data folder that no server is using
///
/// An organization makes its accounts itself, with CreateAccount, while the server runs.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make an account, and an access key for its root user
    ///
    /// The access key is written to the file `credentials-NUMBER` in the data folder, once and for the owner's eyes only.
    Create {
        /// The account's number: 12 digits
        #[arg(value_name = "NUMBER")]
        number: AccountId,
        /// Its name
        #[arg(long, default_value = "")]
        name: String,
        /// Its owner's e-mail address
        #[arg(long)]
        email: Option<String>,
        #[command(flatten)]
        flags: Flags,
    },
    /// Show every account
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        flags: Flags,
    },
}

/// Does what was asked.
pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Create { number, name, email, flags } => {
            create(&NewAccount { number: *number, name, email: email.as_deref() }, flags)
        }
        Command::List { json, flags } => list(*json, flags),
    }
}

fn create(account: &NewAccount<'_>, flags: &Flags) -> Result<(), Failure> {
    account.check()?;
    let (folder, settings) = open(flags)?;
    let path = folder.path().join(format!("credentials-{}", account.number));
    let materials = serve::materials(settings, folder.path());
    // A command that was broken off may have left credentials that never worked.
    accounts::create(&materials, account, &|all| credentials::replace(&path, all))?;
    output::note(&format!(
        "gatekey: made account {}; its root user's access key is in {} and is not shown again",
        account.number,
        path.display()
    ));
    Ok(())
}

fn list(json: bool, flags: &Flags) -> Result<(), Failure> {
    let (folder, settings) = open(flags)?;
    let all = accounts::list(&serve::materials(settings, folder.path()))?;
    output::result(&if json { as_json(&all) } else { as_table(&all) })
}

/// The data folder, which must be initialised and in nobody's use.
pub(super) fn open(flags: &Flags) -> Result<(DataFolder, gatekey_server::config::Settings), Failure> {
    let settings = flags.settings()?;
    serve::start_logs(&settings)?;
    if !compose::is_initialised(&settings.data) {
        let message = format!("the data folder {} is not initialised", settings.data.display());
        return Err(Failure::new(Kind::Data, message).hint("name another with --data, or run: gatekey init"));
    }
    Ok((DataFolder::open(&settings.data)?, settings))
}

fn as_json(all: &[Listed]) -> String {
    let shown = |account: &Listed| {
        json!({
            "id": account.number,
            "name": account.name,
            "email": account.email,
            "created": account.created.to_string(),
            "organization": account.organization,
            "management": account.management,
            "closed": account.closed,
        })
    };
    format!("{}\n", json!(all.iter().map(shown).collect::<Vec<_>>()))
}

fn as_table(all: &[Listed]) -> String {
    let row = |account: &Listed| {
        let role = match (&account.organization, account.management) {
            (Some(id), true) => format!("manages {id}"),
            (Some(id), false) => format!("in {id}"),
            (None, _) => "-".to_owned(),
        };
        let closed = if account.closed { "  closed" } else { "" };
        let or_none = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        let (name, email) = (or_none(&account.name), or_none(account.email.as_deref().unwrap_or_default()));
        format!("{}  {}  {role}  {name}  {email}{closed}\n", account.number, account.created)
    };
    all.iter().map(row).collect()
}
