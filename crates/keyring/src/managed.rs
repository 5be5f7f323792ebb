//! AWS managed keys: one a service, made on first use, not editable by the account that has them.

use gatekey_types::{AccountId, AliasName, Region};

/// One of AWS's predefined aliases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManagedAlias {
    /// The name after `alias/aws/`.
    pub name: &'static str,
    /// The first label of the service's `kms:ViaService` value.
    pub service: &'static str,
    /// What DescribeKey says of the key.
    pub description: &'static str,
}

/// The predefined aliases that ListAliases shows in every account, in name order.
const ALIASES: &[ManagedAlias] = &[
    ManagedAlias {
        name: "dynamodb",
        service: "dynamodb",
        description: "Default key that protects my DynamoDB data when no other key is defined",
    },
    ManagedAlias {
        name: "ebs",
        service: "ec2",
        description: "Default key that protects my EBS volumes when no other key is defined",
    },
    ManagedAlias {
        name: "rds",
        service: "rds",
        description: "Default key that protects my RDS database volumes when no other key is defined",
    },
    ManagedAlias {
        name: "s3",
        service: "s3",
        description: "Default key that protects my S3 objects when no other key is defined",
    },
    ManagedAlias {
        name: "secretsmanager",
        service: "secretsmanager",
        description: "Default key that protects my Secrets Manager data when no other key is defined",
    },
    ManagedAlias {
        name: "ssm",
        service: "ssm",
        description: "Default key that protects my SSM parameters when no other key is defined",
    },
];

/// Every predefined alias.
pub fn managed_aliases() -> &'static [ManagedAlias] {
    ALIASES
}

/// The predefined alias of this name, if it is one.
pub fn managed_alias(alias: &AliasName) -> Option<&'static ManagedAlias> {
    let name = alias.as_str().strip_prefix("alias/aws/")?;
    ALIASES.iter().find(|a| a.name == name)
}

impl ManagedAlias {
    /// The alias with its prefix.
    pub fn alias_text(&self) -> String {
        format!("alias/aws/{}", self.name)
    }

    /// The policy that AWS gives such a key: everybody of the account through the one service, and the account may
    /// look at it. IAM cannot delegate its use.
    pub fn policy(&self, account: AccountId, region: &Region) -> String {
        let partition = region.partition();
        let via = format!("{}.{region}.amazonaws.com", self.service);
        let sid = self.name;
        format!(
            r#"{{"Version":"2012-10-17","Id":"auto-{sid}-1","Statement":[{{"Sid":"Allow access through the service for all principals in the account that are authorized to use it","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:CreateGrant","kms:DescribeKey"],"Resource":"*","Condition":{{"StringEquals":{{"kms:CallerAccount":"{account}","kms:ViaService":"{via}"}}}}}},{{"Sid":"Allow direct access to key metadata to the account","Effect":"Allow","Principal":{{"AWS":"arn:{partition}:iam::{account}:root"}},"Action":["kms:Describe*","kms:Get*","kms:List*","kms:RevokeGrant"],"Resource":"*"}}]}}"#
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_predefined_names_are_managed_aliases() {
        assert_eq!(managed_alias(&"alias/aws/ssm".parse().unwrap()).unwrap().service, "ssm");
        assert!(managed_alias(&"alias/aws/mine".parse().unwrap()).is_none());
        assert!(managed_alias(&"alias/ssm".parse().unwrap()).is_none());
    }
}
