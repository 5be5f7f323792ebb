//! Who may depend on whom.

use crate::{Failure, Outcome, workspace};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each crate, and Gatekey's crates that it may depend on. An arrow that is not here is refused.
const ARROWS: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("sigv4", &["types"]),
    ("policy", &["types"]),
    ("analysis", &["types", "policy"]),
    ("model", &[]),
    ("wire", &["types", "model"]),
    ("crypto", &["types"]),
    ("seal", &["types", "crypto"]),
    ("store", &["types"]),
    ("store-sqlite", &["types", "store"]),
    ("store-etcd", &["types", "store"]),
    ("directory", &["types", "sigv4", "policy", "store"]),
    ("keyring", &["types", "policy", "store"]),
    ("parameters", &["types", "policy", "store"]),
    ("secrets", &["types", "policy", "store"]),
    ("recovery", &["types", "store"]),
    ("audit", &["types"]),
    ("audit-index", &["types", "audit"]),
    ("audit-sinks", &["types", "audit"]),
    ("attestation", &["types"]),
    (
        "gate",
        &[
            "types",
            "sigv4",
            "policy",
            "model",
            "crypto",
            "seal",
            "store",
            "directory",
            "keyring",
            "parameters",
            "secrets",
            "recovery",
            "audit",
            "attestation",
        ],
    ),
    ("federation", &["types", "gate"]),
    ("server", &["types", "sigv4", "model", "wire", "policy", "gate", "audit", "audit-sinks", SERVICES]),
    ("endpoint", &["types", "sigv4", "model", "wire", "directory", "gate", "audit", "server", SERVICES]),
    ("workload", &["types", "gate", "server"]),
    ("testkit", &["types", "policy", "analysis", "store"]),
];

/// Stands for every crate under `crates/services`.
const SERVICES: &str = "services/*";

/// What a service may use: the gate, and what it serves.
const OF_A_SERVICE: &[&str] = &[
    "types",
    "policy",
    "analysis",
    "model",
    "wire",
    "crypto",
    "store",
    "directory",
    "keyring",
    "parameters",
    "secrets",
    "recovery",
    "audit",
    "attestation",
    "gate",
];

/// The services that ask KMS for their callers, through what the gate forwards.
const ASK_KMS: [&str; 2] = ["services/secretsmanager", "services/ssm"];

/// Libraries with a meaning, and the only crates that may name them.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("aws-lc-rs", &["crypto", "sigv4", "audit", "attestation", "recovery", "federation", "server", "cli"]),
    ("aws-lc-sys", &["crypto"]),
    ("k256", &["crypto"]),
    ("rusqlite", &["store-sqlite", "audit-index"]),
    ("etcd-client", &["store-etcd"]),
    // The store and the gate use its channels and locks only; sockets and files are the edges' own.
    (
        "tokio",
        &[
            "store",
            "store-sqlite",
            "store-etcd",
            "gate",
            "audit-sinks",
            "federation",
            "endpoint",
            "server",
            "cli",
        ],
    ),
    ("hyper", &["audit-sinks", "federation", "endpoint", "server", "cli"]),
    ("rustls", &["audit-sinks", "federation", "server", "cli"]),
    ("rand", &[]),
    ("rand_core", &["recovery"]),
    ("blahaj", &["recovery"]),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `dev`, `build`, or nothing for one that is always needed.
    kind: Option<String>,
    /// Where it is, when it is one of the workspace's own.
    path: Option<PathBuf>,
}

/// Every arrow that is not in the table, and every crate without the workspace's lints.
pub(super) fn broken() -> Outcome<Vec<String>> {
    let root = workspace::root();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let output =
        cargo.args(["metadata", "--format-version", "1", "--no-deps"]).current_dir(&root).output()?;
    if !output.status.success() {
        return Err(Failure(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    let mut broken = Vec::new();
    for package in &metadata.packages {
        let name = short_name(&root, package.manifest_path.parent().unwrap_or(&root));
        broken.extend(package.dependencies.iter().filter_map(|dependency| refused(&root, &name, dependency)));
        if !has_lints(&std::fs::read_to_string(&package.manifest_path)?) {
            broken.push(format!("{name} does not inherit the workspace's lints"));
        }
    }
    Ok(broken)
}

/// A crate's folder without `crates/`.
fn short_name(root: &Path, folder: &Path) -> String {
    let path = folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().replace('\\', "/");
    path.strip_prefix("crates/").unwrap_or(&path).to_owned()
}

fn has_lints(manifest: &str) -> bool {
    manifest
        .split("\n[lints]")
        .nth(1)
        .is_some_and(|section| section.trim_start().starts_with("workspace = true"))
}

/// Why a dependency may not be, when it may not.
fn refused(root: &Path, name: &str, dependency: &Dependency) -> Option<String> {
    if dependency.kind.as_deref() == Some("dev") {
        return None;
    }
    let Some(path) = &dependency.path else { return refused_library(name, &dependency.name) };
    let target = short_name(root, path);
    if may_depend(name, &target) {
        return None;
    }
    Some(format!("{name} depends on {target}, which the table of arrows does not have"))
}

/// Whether the table has this arrow. The binary and the chores may use anything but what is for tests.
fn may_depend(name: &str, target: &str) -> bool {
    let allowed = match name {
        "cli" => return target != "testkit",
        // Chores sign requests and throw dice, with the tests' own tools.
        "xtask" => return true,
        _ if target == "services/kms" && ASK_KMS.contains(&name) => return true,
        _ if name.starts_with("services/") => OF_A_SERVICE,
        _ => ARROWS.iter().find(|(from, _)| *from == name).map(|(_, to)| *to).unwrap_or_default(),
    };
    allowed.iter().any(|to| *to == target || (*to == SERVICES && target.starts_with("services/")))
}

fn refused_library(name: &str, library: &str) -> Option<String> {
    let (_, allowed) = LIBRARIES.iter().find(|(named, _)| *named == library)?;
    let refused = !allowed.contains(&name) && name != "testkit" && name != "xtask";
    refused.then(|| format!("{name} depends on {library}, which only {} may", allowed.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_that_the_table_lacks_are_refused() {
        assert!(may_depend("wire", "model"));
        assert!(!may_depend("policy", "store"));
        assert!(!may_depend("types", "policy"));
        assert!(may_depend("server", "services/kms"));
        assert!(!may_depend("services/kms", "server"));
        assert!(!may_depend("services/kms", "services/iam"));
        assert!(may_depend("services/ssm", "services/kms"));
        assert!(!may_depend("services/kms", "services/ssm"));
        assert!(!may_depend("a-crate-that-nobody-listed", "types"));
        assert!(!may_depend("cli", "testkit"));
    }

    #[test]
    fn the_cipher_library_is_named_by_few() {
        assert_eq!(refused_library("crypto", "aws-lc-rs"), None);
        assert!(refused_library("keyring", "aws-lc-rs").is_some());
        assert_eq!(refused_library("keyring", "serde"), None);
    }

    #[test]
    fn lints_count_as_inherited_only_when_said_so() {
        assert!(has_lints("[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"));
        assert!(!has_lints("[package]\nname = \"a\"\n"));
        assert!(!has_lints("[package]\n\n[lints]\nrust = {}\n"));
    }
}
