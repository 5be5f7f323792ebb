//! AWS's managed policies that matter to keys: those that people attach to administrators, auditors and services.

use super::root_tasks::ROOT_TASKS;
use gatekey_policy::{Attachment, Kind, Pins, Policy};
use gatekey_types::Arn;
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

/// Name, path, id, description, document.
pub(super) type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

impl Default for AwsManaged {
    fn default() -> Self {
        let made = |(name, path, id, description, document): &Row| {
            let arn = format!("arn:aws:iam::aws:policy{path}{name}").parse().ok()?;
            let compiled = OnceLock::new();
            Some(AwsManagedPolicy { arn, id, name, path, description, document, compiled })
        };
        let mut policies: Vec<AwsManagedPolicy> =
            POLICIES.iter().chain(ROOT_TASKS).filter_map(made).collect();
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

const POLICIES: &[Row] = &[
    (
        "AdministratorAccess",
        "/",
        "ANPAIWMBCKSKIEE64ZLYK",
        "Provides full access to AWS services and resources.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    ),
    (
        "AWSKeyManagementServicePowerUser",
        "/",
        "ANPAJNPP7PPPPMJRV2SA4",
        "Provides access to AWS Key Management Service (KMS).",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:CreateAlias","kms:CreateKey","kms:DeleteAlias","kms:Describe*","kms:GenerateRandom","kms:Get*","kms:List*","kms:TagResource","kms:UntagResource","iam:ListGroups","iam:ListRoles","iam:ListUsers"],"Resource":"*"}]}"#,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_one_that_aws_would_take() {
        let managed = AwsManaged::default();
        assert_eq!(managed.all().len(), POLICIES.len() + ROOT_TASKS.len());
        for policy in managed.all() {
            assert!(Policy::parse(policy.document, Kind::Identity).is_ok(), "{}", policy.name);
            assert!(managed.get(policy.arn.as_str()).is_some_and(|found| found.name == policy.name));
        }
    }
}
