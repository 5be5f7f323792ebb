//! AWS's managed policies that matter to keys: those that people attach to administrators, auditors and services.

use gatekey_policy::{Attachment, Kind, Pins, Policy};
use gatekey_types::{Arn, Timestamp};
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
    /// The number of the default version, the only one that there is here: `2` of `v2`.
    pub version: u32,
    /// When AWS made the policy.
    pub created: Timestamp,
    /// When AWS made the default version.
    pub updated: Timestamp,
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
    version: u32,
    /// In seconds since 1970, like the next.
    created: i64,
    updated: i64,
    #[serde(borrow)]
    document: &'static RawValue,
}

/// Where the policies are that AssumeRoot takes.
const ROOT_TASKS: &str = "/root-task/";

/// The policies, each document in one line. Of policies that cover all of AWS there is the part that bears on keys,
/// identities, organizations, secrets, parameters and tags.
const POLICIES: &str = include_str!("aws_managed.json");

impl Default for AwsManaged {
    fn default() -> Self {
        let made = |row: Row| {
            let Row { name, path, id, description, version, .. } = row;
            Some(AwsManagedPolicy {
                arn: format!("arn:aws:iam::aws:policy{path}{name}").parse().ok()?,
                id,
                name,
                path,
                description,
                version,
                created: Timestamp::from_seconds(row.created),
                updated: Timestamp::from_seconds(row.updated),
                document: row.document.get(),
                compiled: OnceLock::new(),
            })
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

    /// One of the policies that AssumeRoot takes. They only deny: the root user may do the rest.
    pub fn root_task(&self, arn: &str) -> Option<&AwsManagedPolicy> {
        self.get(arn).filter(|policy| policy.path == ROOT_TASKS)
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
    fn the_root_tasks_are_all_there_and_only_deny() {
        let managed = AwsManaged::default();
        let tasks = managed.all().iter().filter(|policy| managed.root_task(policy.arn.as_str()).is_some());
        let allowing = |policy: &&AwsManagedPolicy| policy.document.contains("\"Allow\"");
        assert_eq!((tasks.clone().count(), tasks.filter(allowing).count()), (6, 0));
        assert!(managed.root_task("arn:aws:iam::aws:policy/AdministratorAccess").is_none());
    }

    #[test]
    fn versions_and_moments_are_those_of_aws() {
        let managed = AwsManaged::default();
        let power = managed.get("arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser").unwrap();
        assert_eq!(power.version, 2);
        assert_eq!(power.created.to_string(), "2015-02-06T18:40:40Z");
        assert_eq!(power.updated.to_string(), "2017-03-07T00:55:11Z");
        assert!(managed.all().iter().all(|policy| policy.version > 0 && policy.updated >= policy.created));
    }
}
