//! The part of `docs/operations.md` on the services beside KMS: made here from the models and the handlers.

use gatekey_model::{
    OperationInfo, accessanalyzer, cloudtrail, gatekey, iam, organizations, secretsmanager, ssm, sts, tagging,
};
use std::fmt::Write as _;

/// Set to anything, it writes the page instead of comparing it. The part on KMS is written by a test of that service.
const UPDATE: &str = "GATEKEY_UPDATE_DOCS";
const BEGIN: &str = "\n## IAM";

/// One service: what its model has, and which of that is served.
fn section(title: &str, all: &[(&'static OperationInfo, bool)]) -> String {
    let served = all.iter().filter(|(_, served)| *served).count();
    let mut text = format!("\n## {title}: {served} of {}\n\n| operation | served |\n|---|---|\n", all.len());
    for (info, served) in all {
        writeln!(text, "| {} | {} |", info.name, if *served { "yes" } else { "no" }).unwrap();
    }
    text
}

/// The operations of a model with the handlers that there are.
macro_rules! of {
    ($model:ident, $handlers:ident) => {{
        let served = $handlers::served();
        $model::Operation::ALL.iter().map(|one| (one.info(), served.contains(one))).collect::<Vec<_>>()
    }};
}

fn page() -> String {
    let services = [
        ("IAM", of!(iam, gatekey_iam)),
        ("STS", of!(sts, gatekey_sts)),
        ("Organizations", of!(organizations, gatekey_organizations)),
        ("Tagging", of!(tagging, gatekey_tagging)),
        ("Parameter Store", of!(ssm, gatekey_ssm)),
        ("Secrets Manager", of!(secretsmanager, gatekey_secretsmanager)),
        ("CloudTrail", of!(cloudtrail, gatekey_cloudtrail)),
        ("IAM Access Analyzer", of!(accessanalyzer, gatekey_accessanalyzer)),
        ("Gatekey's own service", of!(gatekey, gatekey_gatekey)),
    ];
    let sections: String = services.iter().map(|(title, all)| section(title, all)).collect();
    let unknown = "Of these services the operations that bear on keys and on who may use them are known; any other is answered \
                   like one that AWS does not have: `InvalidAction` by IAM and STS, `UnknownOperationException` by the others.";
    format!("{sections}\n{unknown}\n")
}

#[test]
fn the_page_of_operations_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md");
    let written = std::fs::read_to_string(path).unwrap();
    let (kms, own) = written.split_at(written.find(BEGIN).unwrap_or(written.len()));
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(path, kms.to_owned() + &page()).unwrap();
    } else {
        assert!(own == page(), "docs/operations.md is out of date: set {UPDATE}=1 and run this test once");
    }
}
