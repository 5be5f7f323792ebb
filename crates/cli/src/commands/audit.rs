//! `gatekey audit`.

use crate::{
    ambient::SystemClock,
    compose,
    configure::Flags,
    failure::{Failure, Kind},
    output,
    trail::{self, Export, Filter, Search, Tail},
};
use gatekey_types::Clock as _;
use std::path::PathBuf;

/// Look after the audit trail
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Show the newest events, and those to come as they are recorded
    Tail {
        /// How many that were recorded already
        #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 10)]
        lines: usize,
        /// Only those: do not wait for more
        #[arg(long)]
        no_follow: bool,
        /// Print each event as it was recorded, in CloudTrail's form, on one line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        flags: Flags,
    },
    /// Find events by key, principal, operation, outcome, account and time; the newest first
    ///
    /// The server may be running. An index makes it quick; it is brought up to date first.
    Search {
        /// How many at most
        #[arg(long, value_name = "NUMBER", default_value_t = 50)]
        limit: usize,
        /// Print each event as it was recorded, in CloudTrail's form, on one line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        flags: Flags,
    },
    /// Prove that nothing in the audit trail was cut, changed or reordered
    ///
    /// The server may be running. Exits with 6 if something was changed, and names the first event that was.
    Verify {
        /// Also that the trail still holds this event unchanged: NUMBER:HASH, as an earlier verification printed it
        #[arg(long, value_name = "NUMBER:HASH")]
        anchor: Option<String>,
        #[command(flatten)]
        flags: Flags,
    },
    /// Write events as the files that CloudTrail delivers, for tools that read those
    Export {
        /// The folder that gets the files
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
        /// Digest files too, signed, as CloudTrail's log file validation has them
        #[arg(long)]
        digests: bool,
        /// The bucket that the files will be put into: digests name it
        #[arg(long, value_name = "BUCKET", default_value = "gatekey-audit")]
        bucket: String,
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        flags: Flags,
    },
    /// Make the index for searches anew, from the trail itself
    Index {
        #[command(flatten)]
        flags: Flags,
    },
}

/// Does what was asked.
pub(super) fn run(command: &Command) -> Result<(), Failure> {
    let now = SystemClock::start().now();
    match command {
        Command::Tail { lines, no_follow, json, filter, flags } => {
            let tail = Tail { filter, lines: *lines, follow: !no_follow, json: *json };
            tail.run(&compose::trail_files(&flags.settings()?)?, now)
        }
        Command::Search { limit, json, filter, flags } => {
            let search = Search { filter, most: *limit, json: *json };
            search.run(&compose::trail_files(&flags.settings()?)?, now)
        }
        Command::Verify { anchor, flags } => verify(anchor.as_deref(), flags),
        Command::Export { to, digests, bucket, filter, flags } => {
            let settings = flags.settings()?;
            let home = settings.region.as_str();
            let export = Export { filter, to, bucket, digests: *digests, home };
            export.run(&compose::trail_files(&settings)?, now)
        }
        Command::Index { flags } => trail::reindex(&compose::trail_files(&flags.settings()?)?),
    }
}

fn verify(anchor: Option<&str>, flags: &Flags) -> Result<(), Failure> {
    let anchor = anchor.map(parse_anchor).transpose()?;
    let verified = compose::trail_files(&flags.settings()?)?.verify(anchor)?;
    output::result(&format!("{verified}\n"))
}

fn parse_anchor(text: &str) -> Result<(u64, [u8; 32]), Failure> {
    let parse = || {
        let (number, hash) = text.split_once(':')?;
        let mut chain = [0; 32];
        hex::decode_to_slice(hash, &mut chain).ok()?;
        Some((number.parse().ok()?, chain))
    };
    parse().ok_or_else(|| Failure::new(Kind::Input, "--anchor: is not of the form NUMBER:HASH"))
}
