//! `gatekey recovery`: the ceremony by which custodians let the owners of a key back in.

use super::{account, serve, shown::Shown};
use crate::{
    compose,
    configure::Flags,
    failure::{Failure, Kind},
    output,
    policy::style::{Style, harmless},
};
use gatekey_model::gatekey::{
    ApproveRecoveryCaseRequest, CompleteRecoveryCaseRequest, DealtShare, DescribeRecoveryCaseRequest,
    DescribeRecoveryRequest, DescribeRecoveryResponse, InitRecoveryRequest, InitRecoveryResponse,
    ListRecoveryCasesRequest, OpenRecoveryCaseRequest, RecoveryCase, RecoveryGoal, VetoRecoveryCaseRequest,
    calls,
};
use gatekey_server::private_file;
use gatekey_types::{AccountId, Timestamp};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Let the owners of a key back in with custodians who hold shares
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    Init(Init),
    /// Show who holds shares, and what the operator decided about ways back
    Status {
        #[command(flatten)]
        shown: Shown,
    },
    Open(Open),
    Approve(Approve),
    /// End a case: whoever can change the key's policy, or whoever asked
    Veto(OfCase),
    /// Let a case have its effect, once enough have approved and the cool-down is over
    Complete(OfCase),
    /// Show a case
    Show(OfCase),
    /// Show every case of the account, and those for which you hold a share
    List {
        #[command(flatten)]
        shown: Shown,
    },
    /// Forget who holds shares, in a data folder that no server is using: where too many are lost to deal anew
    Forget {
        /// The account
        #[arg(value_name = "ACCOUNT")]
        account: AccountId,
        #[command(flatten)]
        flags: Flags,
    },
}

/// Deal recovery shares for the account's keys to custodians, as its root user
///
/// Each custodian gets one share, which is not shown again: print it, and keep it away from this machine. To deal anew, the shares
/// of as many custodians as must approve are needed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  gatekey recovery init --custodian arn:aws:iam::111122223333:user/ann --custodian arn:aws:iam::111122223333:user/bob --threshold 2 --shares ./shares"
)]
pub(super) struct Init {
    /// A custodian: the ARN of a user or a role of any account of the server
    #[arg(long = "custodian", value_name = "ARN", required = true)]
    custodians: Vec<String>,
    /// How many must approve: at least 2
    #[arg(long, value_name = "NUMBER")]
    threshold: i32,
    /// Write each share to a file of its own in this folder, for its custodian's eyes only [default: print them]
    #[arg(long, value_name = "FOLDER")]
    shares: Option<PathBuf>,
    /// A file with a share of the present deal, to deal anew
    #[arg(long = "present-share", value_name = "FILE")]
    present: Vec<PathBuf>,
    #[command(flatten)]
    shown: Shown,
}

/// Ask to be let back into a key
///
/// The code in the answer is for the custodians: tell them by another way, so that they know that it was you who asked.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  gatekey recovery open alias/payments --reason 'the deployment removed every administrator'"
)]
pub(super) struct Open {
    /// The key: an id, an ARN, or an alias
    #[arg(value_name = "KEY")]
    key: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Ask for the newest earlier policy under which you could change it, which takes one custodian: where it is proved that
    /// nobody can change the present one
    #[arg(long)]
    rollback: bool,
    /// The same, for this version of the policy
    #[arg(long, value_name = "NUMBER")]
    to_version: Option<i32>,
    #[command(flatten)]
    shown: Shown,
}

/// Approve a case, as a custodian: with your share and the requester's code
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  gatekey recovery approve 0a1b2c3d-0000-4000-8000-000000000001 --code 12345678 --share share.txt"
)]
pub(super) struct Approve {
    /// The case
    #[arg(value_name = "CASE")]
    case: String,
    /// The code that whoever asks told you
    #[arg(long, value_name = "CODE")]
    code: String,
    /// A file with your share [default: ask on the terminal]
    #[arg(long, value_name = "FILE")]
    share: Option<PathBuf>,
    #[command(flatten)]
    shown: Shown,
}

/// A case.
#[derive(Debug, clap::Args)]
pub(super) struct OfCase {
    /// The case
    #[arg(value_name = "CASE")]
    case: String,
    #[command(flatten)]
    shown: Shown,
}

/// Does what was asked.
pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Init(args) => init(args),
        Command::Status { shown } => status(shown),
        Command::Open(args) => open(args),
        Command::Approve(args) => approve(args),
        Command::Veto(of) => {
            let question = VetoRecoveryCaseRequest { case_id: of.case.clone() };
            show(&of.shown, of.shown.client()?.call::<calls::VetoRecoveryCase>(&question)?.case)
        }
        Command::Complete(of) => {
            let question = CompleteRecoveryCaseRequest { case_id: of.case.clone() };
            show(&of.shown, of.shown.client()?.call::<calls::CompleteRecoveryCase>(&question)?.case)
        }
        Command::Show(of) => {
            let question = DescribeRecoveryCaseRequest { case_id: of.case.clone() };
            show(&of.shown, of.shown.client()?.call::<calls::DescribeRecoveryCase>(&question)?.case)
        }
        Command::List { shown } => list(shown),
        Command::Forget { account, flags } => forget(*account, flags),
    }
}

fn init(args: &Init) -> Result<(), Failure> {
    let present = args.present.iter().map(|path| share_of(path)).collect::<Result<Vec<_>, _>>()?;
    let question = InitRecoveryRequest {
        custodians: args.custodians.clone(),
        threshold: args.threshold,
        present_shares: (!present.is_empty())
            .then(|| present.iter().map(|share| share.to_string().into()).collect()),
    };
    if let Some(folder) = &args.shares {
        std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
    }
    let answer = args.shown.client()?.call::<calls::InitRecovery>(&question)?;
    match &args.shares {
        None => args.shown.show(&answer, |answer, _| dealt(answer)),
        Some(folder) => write_shares(folder, answer.shares.as_deref().unwrap_or_default()),
    }
}

fn dealt(answer: &InitRecoveryResponse) -> String {
    let mut text = String::new();
    for share in answer.shares.as_deref().unwrap_or_default() {
        text += &printed(share);
        text.push('\n');
    }
    text + "These shares are not shown again, and the server does not have them.\n"
}

/// A share as its custodian gets it.
fn printed(share: &DealtShare) -> String {
    format!("{}\n{}\n", harmless(&share.custodian), harmless(share.share.expose()))
}

fn write_shares(folder: &Path, shares: &[DealtShare]) -> Result<(), Failure> {
    for share in shares {
        let path = folder.join(format!("share-{}.txt", share.number));
        // What was dealt cannot be dealt again: where a file cannot be written, its share is shown.
        match private_file::create(&path, printed(share).as_bytes()) {
            Ok(()) => output::note(&format!(
                "gatekey: wrote the share of {} to {}",
                harmless(&share.custodian),
                path.display()
            )),
            Err(error) => {
                output::note(&format!("gatekey: cannot write {}: {error}; the share is:", path.display()));
                output::result(&printed(share))?;
            }
        }
    }
    output::note(
        "gatekey: hand each file to its custodian, and remove it here; the server does not have the shares",
    );
    Ok(())
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Kind::Other, format!("cannot make the folder {}: {error}", path.display()))
}

/// The share in a file: the last line that is not empty.
fn share_of(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let fail =
        |why: &str| Failure::new(Kind::Other, format!("cannot read a share from {}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| fail(&error.to_string()))?;
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
    line.map(|line| Zeroizing::new(line.to_owned())).ok_or_else(|| fail("it is empty"))
}

fn asked_share() -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password("Your share: ").map(Zeroizing::new).map_err(|error| {
        Failure::new(Kind::Other, format!("cannot ask for the share: {error}"))
            .hint("without a terminal, name a file with --share FILE")
    })
}

fn status(shown: &Shown) -> Result<(), Failure> {
    let answer = shown.client()?.call::<calls::DescribeRecovery>(&DescribeRecoveryRequest {})?;
    shown.show(&answer, |answer, _| of_status(answer))
}

fn of_status(answer: &DescribeRecoveryResponse) -> String {
    let custodians = answer.custodians.as_deref().unwrap_or_default();
    let (threshold, of) = (answer.threshold.unwrap_or_default(), custodians.len());
    let mut text = format!("{threshold} of {of} custodians must approve:\n");
    text.extend(custodians.iter().map(|one| format!("  {}\n", harmless(one))));
    text += &format!("cool-down: {} s\n", answer.cool_down_seconds.unwrap_or_default());
    text += &format!(
        "wrong shares and codes since the last recovery: {}\n",
        answer.failed_approvals.unwrap_or_default()
    );
    if answer.root_rescue == Some(true) {
        text += "root users are let in where nothing denies it (recovery.root_rescue): not AWS behaviour\n";
    }
    text
}

fn open(args: &Open) -> Result<(), Failure> {
    let question = OpenRecoveryCaseRequest {
        key_id: args.key.clone(),
        reason: args.reason.clone(),
        goal: match args.rollback || args.to_version.is_some() {
            true => RecoveryGoal::EarlierPolicy,
            false => RecoveryGoal::DefaultPolicy,
        },
        policy_version: args.to_version,
    };
    let answer = args.shown.client()?.call::<calls::OpenRecoveryCase>(&question)?;
    args.shown.show(&answer, |answer, _| {
        let code = answer.code.as_ref().map(|code| harmless(code.expose())).unwrap_or_default();
        let case = answer.case.as_ref().map(of_case).unwrap_or_default();
        format!(
            "{case}\nYour code is {code}: tell it to the custodians by another way. It is not shown again.\n"
        )
    })
}

fn approve(args: &Approve) -> Result<(), Failure> {
    let share = args.share.as_deref().map_or_else(asked_share, share_of)?;
    let question = ApproveRecoveryCaseRequest {
        case_id: args.case.clone(),
        code: args.code.clone().into(),
        share: share.to_string().into(),
    };
    show(&args.shown, args.shown.client()?.call::<calls::ApproveRecoveryCase>(&question)?.case)
}

fn show(shown: &Shown, case: Option<RecoveryCase>) -> Result<(), Failure> {
    shown.show(&case, |case, _| case.as_ref().map(of_case).unwrap_or_default())
}

fn of_case(case: &RecoveryCase) -> String {
    let moment = |date: gatekey_model::EpochSeconds| Timestamp::from_millis(date.millis());
    let wanted = match case.policy_version {
        Some(number) => format!("version {number} of the policy"),
        None => "the default policy".to_owned(),
    };
    let mut text = format!(
        "case {}: {}\n  key        {}\n  asked by   {} at {}\n  reason     {}\n  for        {wanted}\n",
        harmless(&case.case_id),
        case.stage.as_str(),
        harmless(&case.key_arn),
        harmless(&case.requester),
        moment(case.open_date),
        harmless(&case.reason),
    );
    for approval in &case.approvals {
        text += &format!("  approved   {} at {}\n", harmless(&approval.custodian), moment(approval.date));
    }
    if let Some(lacking) = case.approvals_lacking {
        text += &format!("  lacking    {lacking} approval{}\n", if lacking == 1 { "" } else { "s" });
    }
    if let Some(seconds) = case.cool_down_remaining_seconds {
        text +=
            &format!("  cool-down  {seconds} s more; until then whoever can change the policy may veto\n");
    }
    match (&case.ended_by, case.end_date) {
        (Some(by), Some(at)) => text += &format!("  ended      by {} at {}\n", harmless(by), moment(at)),
        (None, Some(at)) => text += &format!("  ended      at {}\n", moment(at)),
        (_, None) => {}
    }
    text
}

fn list(shown: &Shown) -> Result<(), Failure> {
    let client = shown.client()?;
    let all = super::shown::every(|marker| {
        let question = ListRecoveryCasesRequest { limit: Some(super::shown::PAGE), marker };
        let answer = client.call::<calls::ListRecoveryCases>(&question)?;
        Ok((answer.cases, answer.next_marker))
    })?;
    shown.show(&*all, in_a_table)
}

fn in_a_table(cases: &[RecoveryCase], _: Style) -> String {
    let row = |case: &RecoveryCase| {
        let opened = Timestamp::from_millis(case.open_date.millis()).to_string();
        [
            harmless(&case.case_id),
            case.stage.as_str().to_owned(),
            opened,
            harmless(&case.requester),
            harmless(&case.key_arn),
        ]
    };
    output::table(["CASE", "STAGE", "OPENED", "BY", "KEY"], cases.iter().map(row))
}

fn forget(account: AccountId, flags: &Flags) -> Result<(), Failure> {
    let (folder, settings) = account::open(flags)?;
    let region = settings.region.clone();
    let materials = serve::materials(settings, folder.path());
    let forgotten = compose::with_gate(&materials, async |gate| {
        let forgotten = gate.forget_custody(account, &region).await;
        forgotten.map_err(|fault| Failure::new(Kind::Data, fault.to_string()))
    })?;
    output::note(&match forgotten {
        true => format!(
            "gatekey: nobody holds shares for account {account} any more; deal anew with: gatekey recovery init"
        ),
        false => format!("gatekey: nobody holds shares for account {account}"),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_the_last_line_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("share");
        std::fs::write(&path, "arn:aws:iam::111122223333:user/ann\nGKRS1-AB\n\n").unwrap();
        assert_eq!(share_of(&path).unwrap().as_str(), "GKRS1-AB");
        std::fs::write(&path, "\n \n").unwrap();
        assert!(share_of(&path).is_err());
    }

    #[test]
    fn shares_that_are_written_are_for_their_custodians_eyes_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let share = DealtShare { custodian: "arn".into(), number: 3, share: "GKRS1-AB".to_owned().into() };
        write_shares(folder.path(), &[share]).unwrap();
        let path = folder.path().join("share-3.txt");
        assert_eq!(share_of(&path).unwrap().as_str(), "GKRS1-AB");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
