//! The subcommands, one file each.

mod access;
mod account;
mod audit;
mod completions;
mod config;
mod dev;
mod explain;
pub(crate) mod foresight;
pub(crate) mod history;
mod init;
mod man;
pub(crate) mod orphans;
mod recover;
mod recovery;
pub(crate) mod replay;
mod serve;
mod shown;
mod simulate;
mod support_bundle;
mod version;

use crate::failure::Failure;

/// A self-hosted key-management service that speaks the AWS KMS API and enforces AWS's authorization model.
#[derive(Debug, clap::Parser)]
#[command(
    name = "gatekey",
    version,
    arg_required_else_help = true,
    propagate_version = true,
    after_help = "Try it:\n  gatekey dev                     a throw-away server for development and tests\n  gatekey serve                   a server that keeps what it is given, in ./gatekey-data\n\nExit codes: 1 failed, 2 wrong command line, 3 wrong configuration, 4 data folder unusable, 5 address unusable, 6 verification failed, 7 stopped."
)]
pub(crate) struct Gatekey {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Serve(serve::Args),
    Init(init::Args),
    Dev(dev::Args),
    #[command(subcommand)]
    Account(account::Command),
    #[command(subcommand)]
    Audit(audit::Command),
    #[command(subcommand)]
    Config(config::Command),
    Explain(explain::Args),
    WhoCan(access::WhoCan),
    WhatCan(access::WhatCan),
    AccessMatrix(access::Matrix),
    #[command(subcommand)]
    Forecast(foresight::ForecastOf),
    #[command(subcommand)]
    Health(foresight::Health),
    Prove(foresight::Prove),
    Simulate(simulate::Args),
    SupportBundle(support_bundle::Args),
    Recover(recover::Args),
    #[command(subcommand)]
    Recovery(recovery::Command),
    #[command(subcommand)]
    Policy(crate::policy::Command),
    Completions(completions::Args),
    Man(man::Args),
    Version(version::Args),
}

impl Gatekey {
    /// Does what the command line says.
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Serve(args) => serve::run(&args),
            Command::Init(args) => init::run(&args),
            Command::Dev(args) => dev::run(&args),
            Command::Account(command) => account::run(&command),
            Command::Audit(command) => audit::run(&command),
            Command::Config(command) => config::run(&command),
            Command::Explain(args) => explain::run(&args),
            Command::WhoCan(args) => access::who_can(&args),
            Command::WhatCan(args) => access::what_can(&args),
            Command::AccessMatrix(args) => access::matrix(&args),
            Command::Forecast(of) => foresight::forecast(&of),
            Command::Health(of) => foresight::health(&of),
            Command::Prove(args) => foresight::prove(&args),
            Command::Simulate(args) => simulate::run(&args),
            Command::SupportBundle(args) => support_bundle::run(&args),
            Command::Recover(args) => recover::run(&args),
            Command::Recovery(command) => recovery::run(&command),
            Command::Policy(command) => crate::policy::run(&command),
            Command::Completions(args) => completions::run(&args),
            Command::Man(args) => man::run(&args),
            Command::Version(args) => version::run(&args),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Gatekey::command().debug_assert();
    }

    #[test]
    fn every_subcommand_says_what_it_does() {
        for subcommand in Gatekey::command().get_subcommands() {
            assert!(subcommand.get_about().is_some(), "{}", subcommand.get_name());
        }
    }
}
