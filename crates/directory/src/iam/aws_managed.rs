//! AWS's managed policies that matter to keys: those that people attach to administrators, auditors and services.

use gatekey_policy::{Attachment, Kind, Pins, Policy};
use gatekey_types::Arn;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::{Arc, OnceLock};

/// One of AWS's managed policies.
#[derive(Debug)]
pub struct AwsManagedPolicy {
    /// `arn:aws:iam::aws:policy/PATH/NAME`
    pub arn: Arn,
    /// Its id, `ANPA...`, the same on every server.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// `/`, `/job-function/`, `/aws-service-role/` ...
    pub path: &'static str,
    /// AWS's description.
    pub description: &'static str,
    /// The document.
    pub document: &'static str,
    compiled: OnceLock<Arc<Policy>>,
}

impl AwsManagedPolicy {
    /// As it is attached. It is compiled when it is first asked for.
    pub fn attachment(&self) -> Attachment {
        let compile = || Arc::new(Policy::read_stored(self.document, Kind::Identity, Pins::new()));
        Attachment::managed(&self.arn, Arc::clone(self.compiled.get_or_init(compile)))
    }
}

/// AWS's managed policies by ARN.
#[derive(Debug)]
pub struct AwsManaged(Vec<AwsManagedPolicy>);

/// A policy as `aws_managed.json` has it. Nothing is copied: the file is part of the program.
#[derive(Deserialize)]
struct Row {
    name: &'static str,
    path: &'static str,
    id: &'static str,
    description: &'static str,
    #[serde(borrow)]
    document: &'static RawValue,
}

/// The policies, each document in one line. Of policies that cover all of AWS there is the part that bears on keys,
/// identities, organizations, secrets, parameters and tags.
const POLICIES: &str = include_str!("aws_managed.json");

impl Default for AwsManaged {
    fn default() -> Self {
        let made = |row: Row| {
            let Row { name, path, id, description, document } = row;
            let arn = format!("arn:aws:iam::aws:policy{path}{name}").parse().ok()?;
            let compiled = OnceLock::new();
            Some(AwsManagedPolicy { arn, id, name, path, description, document: document.get(), compiled })
        };
        let rows: Vec<Row> = serde_json::from_str(POLICIES).unwrap_or_default();
        let mut policies: Vec<AwsManagedPolicy> = rows.into_iter().filter_map(made).collect();
        policies.sort_by(|left, right| left.arn.cmp(&right.arn));
        Self(policies)
    }
}

impl AwsManaged {
    /// The policy of this ARN.
    pub fn get(&self, arn: &str) -> Option<&AwsManagedPolicy> {
        let at = self.0.binary_search_by(|policy| policy.arn.as_str().cmp(arn)).ok()?;
        self.0.get(at)
    }

    /// All, by ARN.
    pub fn all(&self) -> &[AwsManagedPolicy] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_document_is_one_that_aws_would_take() {
        let managed = AwsManaged::default();
        assert_eq!(managed.all().len(), POLICIES.matches("\"document\":").count());
        for policy in managed.all() {
            assert!(Policy::parse(policy.document, Kind::Identity).is_ok(), "{}", policy.name);
            assert!(managed.get(policy.arn.as_str()).is_some_and(|found| found.name == policy.name));
        }
    }

    #[test]
    fn ids_have_the_shape_of_aws_ones_and_are_all_different() {
        let managed = AwsManaged::default();
        let ids: BTreeSet<&str> = managed.all().iter().map(|policy| policy.id).collect();
        assert_eq!(ids.len(), managed.all().len());
        let is_id = |id: &&str| {
            let rest = id.strip_prefix("ANPA").unwrap_or_default();
            rest.len() == 17 && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        assert!(ids.iter().all(is_id));
    }

    #[test]
    fn the_root_tasks_are_all_there() {
        let managed = AwsManaged::default();
        let tasks = managed.all().iter().filter(|policy| policy.path == "/root-task/");
        assert_eq!(tasks.count(), 6);
    }
}
