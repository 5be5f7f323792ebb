//! Which requests resource control policies reach: those of the services that AWS lists.

use crate::action::Action;
use crate::request::{Mode, Request, Resource};

/// The prefixes of the services whose actions resource control policies apply to, as AWS lists them ("List of AWS services
/// that support RCPs", read in September 2026), sorted. IAM, Organizations and Parameter Store are not among them.
const SERVICES: [&str; 62] = [
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// Whether a resource control policy can have a say in the request at all: its action is of a service that supports them, it
/// is authorized on a resource, and that is neither a key that AWS manages nor the trust policy of a service-linked role.
pub(crate) fn is_within_reach(request: &Request<'_>) -> bool {
    let Resource::Named(arn) = request.resource else { return inferred_reach_without_a_resource() };
    let is_service_linked =
        request.mode == Mode::Trust && arn.resource().starts_with("role/aws-service-role/");
    supports(request.action) && !request.aws_managed_key && !is_service_linked
}

/// Resource control policies are about resources. That they have no say in what is asked on none, such as CreateKey, is not
/// documented.
fn inferred_reach_without_a_resource() -> bool {
    false
}

fn supports(action: &Action) -> bool {
    match action {
        Action::Kms(_) => true,
        Action::Other(other) => {
            let service = other.folded().split_once(':').map_or("", |(service, _)| service);
            SERVICES.binary_search(&service).is_ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_are_sorted() {
        assert!(SERVICES.is_sorted());
    }

    #[test]
    fn services_are_told_by_their_prefix_in_any_case() {
        let supports = |action: &str| supports(&action.parse().unwrap());
        for action in ["kms:Decrypt", "kms:Anything", "STS:AssumeRole", "secretsmanager:GetSecretValue"] {
            assert!(supports(action), "{action}");
        }
        for action in ["iam:GetRole", "ssm:GetParameter", "organizations:ListAccounts", "es:ESHttpGet"] {
            assert!(!supports(action), "{action}");
        }
    }
}
