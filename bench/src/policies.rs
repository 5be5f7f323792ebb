//! The policy set of both: the console's key policy and the identity policies of the role `App`.

use gatekey_policy::{KmsAction, action::ActionTarget};

/// The key that every question is about.
pub const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001";

/// What the console lets administrators of a key do.
const ADMINISTRATION: &[&str] = &[
    "Create*",
    "Describe*",
    "Enable*",
    "List*",
    "Put*",
    "Update*",
    "Revoke*",
    "Disable*",
    "Get*",
    "Delete*",
    "TagResource",
    "UntagResource",
    "ScheduleKeyDeletion",
    "CancelKeyDeletion",
];
/// What it lets users of a key do.
const USE: &[&str] = &["Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "DescribeKey"];
/// What it lets users do on behalf of AWS's services.
const GRANTS: &[&str] = &["CreateGrant", "ListGrants", "RevokeGrant"];
/// What the role's own policies deny and allow.
const FORBIDDEN: &[&str] = &["ScheduleKeyDeletion", "DisableKey"];
const OWN: &[&str] = &["Decrypt", "GenerateDataKey"];

/// The console's key policy.
pub fn key_policy() -> String {
    let (admin, using, grants) = (as_written(ADMINISTRATION), as_written(USE), as_written(GRANTS));
    let account = "arn:aws:iam::111122223333";
    let users = format!(r#"{{"AWS":["{account}:user/ExampleUser","{account}:role/ExampleRole"]}}"#);
    format!(
        r#"{{"Version":"2012-10-17","Id":"key-consolepolicy-3","Statement":[
 {{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"{account}:root"}},"Action":"kms:*","Resource":"*"}},
 {{"Sid":"Allow access for Key Administrators","Effect":"Allow","Principal":{{"AWS":"{account}:role/KMSAdmin"}},"Action":[{admin}],"Resource":"*"}},
 {{"Sid":"Allow use of the key","Effect":"Allow","Principal":{users},"Action":[{using}],"Resource":"*"}},
 {{"Sid":"Allow attachment of persistent resources","Effect":"Allow","Principal":{users},"Action":[{grants}],"Resource":"*",
  "Condition":{{"Bool":{{"kms:GrantIsForAWSResource":true}}}}}}]}}"#
    )
}

/// Five identity policies such as a role has: the last one allows, by ARN pattern and condition.
pub fn identity_policies() -> [String; 5] {
    let (forbidden, own) = (as_written(FORBIDDEN), as_written(OWN));
    [
        r#"{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::data/*","arn:aws:s3:::data"]}"#.to_owned(),
        r#"{"Effect":"Allow","Action":"logs:PutLogEvents","Resource":"*"},{"Effect":"Deny","Action":"logs:DeleteLogGroup","Resource":"*"}"#.to_owned(),
        format!(r#"{{"Effect":"Deny","Action":[{forbidden}],"Resource":"*"}}"#),
        r#"{"Effect":"Deny","NotAction":"iam:GetUser","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]},"Bool":{"aws:ViaAWSService":"false"}}}"#.to_owned(),
        format!(
            r#"{{"Effect":"Allow","Action":[{own}],"Resource":"arn:aws:kms:*:111122223333:key/*","Condition":{{
             "StringEquals":{{"kms:EncryptionContext:Department":"IT"}},"ForAnyValue:StringEquals":{{"kms:ResourceAliases":"alias/app-1"}}}}}}"#
        ),
    ]
    .map(|statements| format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#))
}

/// The same rules as Cedar writes them. It has no delegation to an account and no wildcards in the names of actions: the
/// root user is permitted by name, actions are listed, roles are parents of their sessions, and a key that may be absent is
/// asked for with `has`.
pub fn cedar() -> String {
    let (admin, using, grants) = (as_cedar(ADMINISTRATION), as_cedar(USE), as_cedar(GRANTS));
    let (forbidden, own) = (as_cedar(FORBIDDEN), as_cedar(OWN));
    let users = r#"principal in Role::"ExampleRole" || principal == User::"ExampleUser""#;
    let here = r#"resource in Account::"111122223333""#;
    format!(
        r#"
permit(principal == Root::"111122223333", action in Action::"kms", {here});
permit(principal in Role::"KMSAdmin", action in [{admin}], {here});
permit(principal, action in [{using}], {here}) when {{ {users} }};
permit(principal, action in [{grants}], {here}) when {{ ({users}) && context has grantIsForAWSResource && context.grantIsForAWSResource }};
permit(principal in Role::"App", action in [Action::"s3:GetObject", Action::"s3:ListBucket"], resource in Bucket::"data");
permit(principal in Role::"App", action == Action::"logs:PutLogEvents", resource);
forbid(principal in Role::"App", action == Action::"logs:DeleteLogGroup", resource);
forbid(principal in Role::"App", action in [{forbidden}], resource);
forbid(principal in Role::"App", action, resource) when {{
  action != Action::"iam:GetUser" && !context.viaAWSService &&
  !(context has sourceIp && (context.sourceIp.isInRange(ip("10.0.0.0/8")) || context.sourceIp.isInRange(ip("192.0.2.0/24")))) }};
permit(principal in Role::"App", action in [{own}], {here}) when {{
  context.encryptionContext has Department && context.encryptionContext.Department == "IT" && context.resourceAliases.contains("alias/app-1") }};
"#
    )
}

/// Cedar's entities: the callers, their roles, the key and its account, and the actions of KMS in their group.
pub fn entities() -> String {
    let entity = |kind: &str, id: &str, parents: &str| {
        format!(r#"{{"uid":{{"type":"{kind}","id":"{id}"}},"attrs":{{}},"parents":[{parents}]}}"#)
    };
    let parent = |kind: &str, id: &str| format!(r#"{{"type":"{kind}","id":"{id}"}}"#);
    let mut all: Vec<String> =
        on_a_key().map(|action| entity("Action", action.name(), &parent("Action", "kms"))).collect();
    for role in ["App", "ExampleRole", "KMSAdmin"] {
        all.push(entity("Session", &format!("{role}/i-0123456789abcdef0"), &parent("Role", role)));
        all.push(entity("Role", role, &parent("Account", "111122223333")));
    }
    for user in ["ExampleUser", "Stranger"] {
        all.push(entity("User", user, &parent("Account", "111122223333")));
    }
    all.push(entity("Root", "111122223333", &parent("Account", "111122223333")));
    all.push(entity("Account", "111122223333", ""));
    all.push(entity("Key", "0a1b2c3d-0000-4000-8000-000000000001", &parent("Account", "111122223333")));
    format!("[{}]", all.join(","))
}

/// The actions that a key policy decides. `RetireGrant` is not among them: it has a rule of its own.
pub fn on_a_key() -> impl Iterator<Item = KmsAction> {
    let on_a_key = KmsAction::all().filter(|facts| facts.target != ActionTarget::Nothing);
    on_a_key.map(|facts| facts.action).filter(|action| *action != KmsAction::RetireGrant)
}

fn as_written(patterns: &[&str]) -> String {
    patterns.iter().map(|pattern| format!(r#""kms:{pattern}""#)).collect::<Vec<_>>().join(",")
}

fn as_cedar(patterns: &[&str]) -> String {
    let is_meant = |action: &KmsAction| {
        patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => action.name().starts_with(start),
            None => action.name() == *pattern,
        })
    };
    let named = on_a_key().filter(is_meant).map(|action| format!(r#"Action::"{}""#, action.name()));
    named.collect::<Vec<_>>().join(", ")
}
