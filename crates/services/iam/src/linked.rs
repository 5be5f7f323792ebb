//! Roles linked to services: AWS's names for them, and the orders to delete them.

use crate::holder::SERVICE_LINKED;
use gatekey_directory::{Role, RoleDeletionRecord, RoleRecord, arn_of};
use gatekey_gate::Passage;
use gatekey_types::{AccountId, Arn};
use std::collections::BTreeMap;

/// A service that has roles of its own in accounts.
pub(crate) struct Linked {
    /// Its principal.
    pub(crate) service: &'static str,
    /// What follows `AWSServiceRoleFor` in the role's name.
    name: &'static str,
    /// AWS's managed policy for the role, under `/aws-service-role/`.
    pub(crate) policy: &'static str,
    /// Whether an account may have several, told apart by a suffix.
    pub(crate) takes_suffix: bool,
}

const fn once(service: &'static str, name: &'static str, policy: &'static str) -> Linked {
    Linked { service, name, policy, takes_suffix: false }
}

const fn often(service: &'static str, name: &'static str, policy: &'static str) -> Linked {
    Linked { service, name, policy, takes_suffix: true }
}

/// The service whose role synchronizes multi-Region keys.
const MULTI_REGION: &str = "mrk.kms.amazonaws.com";

/// The services that use keys, or that people set up beside keys, by their principals.
const SERVICES: &[Linked] = &[
    once("access-analyzer.amazonaws.com", "AccessAnalyzer", "AccessAnalyzerServiceRolePolicy"),
    often("autoscaling.amazonaws.com", "AutoScaling", "AutoScalingServiceRolePolicy"),
    once("backup.amazonaws.com", "Backup", "AWSBackupServiceLinkedRolePolicyForBackup"),
    once("batch.amazonaws.com", "Batch", "BatchServiceRolePolicy"),
    once(
        "cks.kms.amazonaws.com",
        "KeyManagementServiceCustomKeyStores",
        "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
    ),
    once("cloudhsm.amazonaws.com", "CloudHSM", "CloudHSMServiceRolePolicy"),
    once("cloudtrail.amazonaws.com", "CloudTrail", "CloudTrailServiceRolePolicy"),
    once("config.amazonaws.com", "Config", "AWSConfigServiceRolePolicy"),
    once("dax.amazonaws.com", "DAX", "DAXServiceRolePolicy"),
    once(
        "dynamodb.application-autoscaling.amazonaws.com",
        "ApplicationAutoScaling_DynamoDBTable",
        "AWSApplicationAutoscalingDynamoDBTablePolicy",
    ),
    once(
        "ec2.application-autoscaling.amazonaws.com",
        "ApplicationAutoScaling_EC2SpotFleetRequest",
        "AWSApplicationAutoscalingEC2SpotFleetRequestPolicy",
    ),
    once("ec2fleet.amazonaws.com", "EC2Fleet", "AWSEC2FleetServiceRolePolicy"),
    once("ec2scheduled.amazonaws.com", "EC2ScheduledInstances", "AWSEC2ScheduledInstancesServiceRolePolicy"),
    once("ecs.amazonaws.com", "ECS", "AmazonECSServiceRolePolicy"),
    once(
        "ecs.application-autoscaling.amazonaws.com",
        "ApplicationAutoScaling_ECSService",
        "AWSApplicationAutoscalingECSServicePolicy",
    ),
    once("eks-nodegroup.amazonaws.com", "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"),
    once("eks.amazonaws.com", "AmazonEKS", "AmazonEKSServiceRolePolicy"),
    once("elasticache.amazonaws.com", "ElastiCache", "ElastiCacheServiceRolePolicy"),
    once("elasticbeanstalk.amazonaws.com", "ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy"),
    once(
        "elasticfilesystem.amazonaws.com",
        "AmazonElasticFileSystem",
        "AmazonElasticFileSystemServiceRolePolicy",
    ),
    once(
        "elasticloadbalancing.amazonaws.com",
        "ElasticLoadBalancing",
        "AWSElasticLoadBalancingServiceRolePolicy",
    ),
    once("elasticmapreduce.amazonaws.com", "EMRCleanup", "AmazonEMRCleanupPolicy"),
    once("es.amazonaws.com", "AmazonElasticsearchService", "AmazonElasticsearchServiceRolePolicy"),
    once("fsx.amazonaws.com", "AmazonFSx", "AmazonFSxServiceRolePolicy"),
    once("guardduty.amazonaws.com", "AmazonGuardDuty", "AmazonGuardDutyServiceRolePolicy"),
    once("imagebuilder.amazonaws.com", "ImageBuilder", "AWSServiceRoleForImageBuilder"),
    once("inspector2.amazonaws.com", "AmazonInspector2", "AmazonInspector2ServiceRolePolicy"),
    once("kafka.amazonaws.com", "Kafka", "KafkaServiceRolePolicy"),
    once("lex.amazonaws.com", "LexBots", "AmazonLexBotPolicy"),
    once("macie.amazonaws.com", "AmazonMacie", "AmazonMacieServiceRolePolicy"),
    once("memorydb.amazonaws.com", "MemoryDB", "MemoryDBServiceRolePolicy"),
    once("mq.amazonaws.com", "AmazonMQ", "AmazonMQServiceRolePolicy"),
    once(
        MULTI_REGION,
        "KeyManagementServiceMultiRegionKeys",
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
    ),
    once("opensearchservice.amazonaws.com", "AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy"),
    once("organizations.amazonaws.com", "Organizations", "AWSOrganizationsServiceTrustPolicy"),
    once("ram.amazonaws.com", "ResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy"),
    once("rds.amazonaws.com", "RDS", "AmazonRDSServiceRolePolicy"),
    once(
        "rds.application-autoscaling.amazonaws.com",
        "ApplicationAutoScaling_RDSCluster",
        "AWSApplicationAutoscalingRDSClusterPolicy",
    ),
    once("redshift.amazonaws.com", "Redshift", "AmazonRedshiftServiceLinkedRolePolicy"),
    once("replication.dynamodb.amazonaws.com", "DynamoDBReplication", "DynamoDBReplicationServiceRolePolicy"),
    once("replicator.lambda.amazonaws.com", "LambdaReplicator", "AWSLambdaReplicator"),
    once("securityhub.amazonaws.com", "SecurityHub", "AWSSecurityHubServiceRolePolicy"),
    once("spot.amazonaws.com", "EC2Spot", "AWSEC2SpotServiceRolePolicy"),
    once("spotfleet.amazonaws.com", "EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy"),
    once("ssm.amazonaws.com", "AmazonSSM", "AmazonSSMServiceRolePolicy"),
    once("sso.amazonaws.com", "SSO", "AWSSSOServiceRolePolicy"),
    once("support.amazonaws.com", "Support", "AWSSupportServiceRolePolicy"),
    once("trustedadvisor.amazonaws.com", "TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"),
];

impl Linked {
    /// The service of this principal.
    pub(crate) fn of(service: &str) -> Option<&'static Self> {
        SERVICES.iter().find(|linked| linked.service == service)
    }

    /// The role's name.
    pub(crate) fn role_name(&self, suffix: Option<&str>) -> String {
        let suffix = suffix.map(|suffix| format!("_{suffix}")).unwrap_or_default();
        format!("AWSServiceRoleFor{}{suffix}", self.name)
    }

    /// The role's trust policy: the service alone may assume it.
    pub(crate) fn trust(&self) -> String {
        let service = self.service;
        let allow =
            format!(r#""Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole""#);
        format!(r#"{{"Version":"2012-10-17","Statement":[{{{allow}}}]}}"#)
    }
}

/// The path of the roles linked to a service.
pub(crate) fn path_of(service: &str) -> String {
    format!("{SERVICE_LINKED}{service}/")
}

/// The service that a role is linked to.
pub(crate) fn service_of(role: &Role) -> Option<&str> {
    role.header().path.strip_prefix(SERVICE_LINKED)?.strip_suffix('/')
}

/// The resources that still use a service-linked role, by Region: AWS deletes no role in use. What this server has of
/// them are multi-Region keys.
pub(crate) fn used_by(passage: &Passage<'_>, role: &Role) -> Option<BTreeMap<String, Vec<Arn>>> {
    if service_of(role) != Some(MULTI_REGION) {
        return None;
    }
    let keyring = &passage.snapshot().keyring;
    let mut used = BTreeMap::new();
    for region in keyring.regions_of(role.account) {
        let keys = keyring.keys_of(role.account, region, None, passage.now());
        let related = keys.filter(|key| key.record.multi_region.is_some());
        let names: Vec<Arn> = related.take(MOST_TOLD).map(|key| key.name.clone()).collect();
        if !names.is_empty() {
            used.insert(region.to_string(), names);
        }
    }
    (!used.is_empty()).then_some(used)
}

/// The most resources of one Region that a failed order tells of.
const MOST_TOLD: usize = 20;

/// The id of an order to delete a role, as clients have it.
pub(crate) fn task_id(record: &RoleDeletionRecord) -> String {
    format!("task{}{}", record.header.path, record.header.name)
}

/// What an order's id tells.
pub(crate) struct Task<'t> {
    /// `/aws-service-role/SERVICE/ROLE/`
    pub(crate) path: String,
    /// The service.
    pub(crate) service: &'t str,
    /// The role's name.
    pub(crate) role: &'t str,
    /// The order's own name.
    pub(crate) name: &'t str,
}

impl<'t> Task<'t> {
    /// Reads an id.
    pub(crate) fn parse(id: &'t str) -> Option<Self> {
        let mut parts = id.strip_prefix("task")?.strip_prefix(SERVICE_LINKED)?.split('/');
        let (service, role, name) = (parts.next()?, parts.next()?, parts.next()?);
        let is_whole = parts.next().is_none() && ![service, role, name].contains(&"");
        is_whole.then(|| Self { path: format!("{SERVICE_LINKED}{service}/{role}/"), service, role, name })
    }

    /// The role's ARN.
    pub(crate) fn role_arn(&self, account: AccountId) -> Arn {
        arn_of::<RoleRecord>(account, &path_of(self.service), self.role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_policy::{Kind, Policy};

    #[test]
    fn every_service_has_a_lawful_role() {
        for linked in SERVICES {
            assert!(Policy::parse(&linked.trust(), Kind::Trust).is_ok(), "{}", linked.service);
            assert!(linked.role_name(None).len() <= 64);
        }
        assert!(SERVICES.is_sorted_by(|left, right| left.service < right.service));
        let scaling = Linked::of("autoscaling.amazonaws.com").unwrap();
        assert_eq!(scaling.role_name(Some("x")), "AWSServiceRoleForAutoScaling_x");
    }

    #[test]
    fn the_id_of_an_order_tells_service_and_role() {
        let id = "task/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS/0-1";
        let task = Task::parse(id).unwrap();
        assert_eq!(
            (task.service, task.role, task.name),
            ("rds.amazonaws.com", "AWSServiceRoleForRDS", "0-1")
        );
        for wrong in
            ["", "task/", "task/aws-service-role/a/b", "task/aws-service-role/a//c", &format!("{id}/x")]
        {
            assert!(Task::parse(wrong).is_none(), "{wrong}");
        }
    }
}
