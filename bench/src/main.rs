//! Gatekey's decision beside cedar-policy's: the same question about an equivalent policy set, in one process, in turns.
//!
//! The set is the console's key policy of four statements and five identity policies. Cedar has no key policies,
//! delegation or wildcards in action names, so each statement is written as Cedar writes it: action groups listed, the
//! caller's role and account as parents, conditions in `when` clauses. Both engines get their request ready-made.

use cedar_policy::{Authorizer, Context as CedarContext, Decision, Entities, PolicySet, Request as CedarRequest};
use gatekey_policy::{
    Action, Attachment, Context, KeyName, Kind, KmsAction, Mode, Pins, Policies, Policy, Principal, Request,
    Resource, decide,
};
use gatekey_types::{Arn, PrincipalArn};
use std::{error::Error, hint::black_box, sync::Arc, time::Instant};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001";

const CONSOLE: &str = r#"{"Version":"2012-10-17","Id":"key-consolepolicy-3","Statement":[
 {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
 {"Sid":"Allow access for Key Administrators","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/KMSAdmin"},
  "Action":["kms:Create*","kms:Describe*","kms:Enable*","kms:List*","kms:Put*","kms:Update*","kms:Revoke*","kms:Disable*","kms:Get*","kms:Delete*","kms:TagResource","kms:UntagResource","kms:ScheduleKeyDeletion","kms:CancelKeyDeletion"],"Resource":"*"},
 {"Sid":"Allow use of the key","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:user/ExampleUser","arn:aws:iam::111122223333:role/ExampleRole"]},
  "Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*"},
 {"Sid":"Allow attachment of persistent resources","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:user/ExampleUser","arn:aws:iam::111122223333:role/ExampleRole"]},
  "Action":["kms:CreateGrant","kms:ListGrants","kms:RevokeGrant"],"Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":true}}}]}"#;

const IDENTITY: [&str; 5] = [
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::data/*","arn:aws:s3:::data"]}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:PutLogEvents","Resource":"*"},{"Effect":"Deny","Action":"logs:DeleteLogGroup","Resource":"*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["kms:ScheduleKeyDeletion","kms:DisableKey"],"Resource":"*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":"iam:GetUser","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]},"Bool":{"aws:ViaAWSService":"false"}}}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"arn:aws:kms:*:111122223333:key/*","Condition":{"StringEquals":{"kms:EncryptionContext:Department":"IT"},"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/app-1"}}}]}"#,
];

const CEDAR: &str = r#"
permit(principal in Role::"KMSAdmin", action in [Action::"CreateAlias", Action::"CreateGrant", Action::"DescribeKey", Action::"EnableKey", Action::"ListGrants", Action::"PutKeyPolicy", Action::"UpdateAlias", Action::"RevokeGrant", Action::"DisableKey", Action::"GetKeyPolicy", Action::"DeleteAlias", Action::"TagResource", Action::"UntagResource", Action::"ScheduleKeyDeletion", Action::"CancelKeyDeletion"], resource in Account::"111122223333");
permit(principal, action in [Action::"Encrypt", Action::"Decrypt", Action::"ReEncryptFrom", Action::"ReEncryptTo", Action::"GenerateDataKey", Action::"DescribeKey"], resource in Account::"111122223333") when { principal in Role::"ExampleRole" || principal == User::"ExampleUser" };
permit(principal, action in [Action::"CreateGrant", Action::"ListGrants", Action::"RevokeGrant"], resource in Account::"111122223333") when { (principal in Role::"ExampleRole" || principal == User::"ExampleUser") && context.grantIsForAWSResource };
permit(principal in Role::"App", action in [Action::"GetObject", Action::"ListBucket"], resource == Bucket::"data");
permit(principal in Role::"App", action == Action::"PutLogEvents", resource);
forbid(principal in Role::"App", action == Action::"DeleteLogGroup", resource);
forbid(principal in Role::"App", action in [Action::"ScheduleKeyDeletion", Action::"DisableKey"], resource);
forbid(principal in Role::"App", action, resource) when { action != Action::"GetUser" && !(context.sourceIp.isInRange(ip("10.0.0.0/8")) || context.sourceIp.isInRange(ip("192.0.2.0/24"))) && !context.viaAWSService };
permit(principal in Role::"App", action in [Action::"Decrypt", Action::"GenerateDataKey"], resource in Account::"111122223333") when { context.encryptionContext has Department && context.encryptionContext.Department == "IT" && context.resourceAliases.contains("alias/app-1") };
"#;

const ENTITIES: &str = r#"[
 {"uid":{"type":"Session","id":"App/i-0123456789abcdef0"},"attrs":{},"parents":[{"type":"Role","id":"App"}]},
 {"uid":{"type":"Role","id":"App"},"attrs":{},"parents":[{"type":"Account","id":"111122223333"}]},
 {"uid":{"type":"Account","id":"111122223333"},"attrs":{},"parents":[]},
 {"uid":{"type":"Key","id":"0a1b2c3d-0000-4000-8000-000000000001"},"attrs":{},"parents":[{"type":"Account","id":"111122223333"}]}
]"#;

const CONTEXT: &str = r#"{"encryptionContext":{"Department":"IT","Purpose":"test"},"resourceAliases":["alias/other","alias/app-1"],
 "sourceIp":{"__extn":{"fn":"ip","arg":"10.1.2.3"}},"viaAWSService":false,"grantIsForAWSResource":false,
 "encryptionAlgorithm":"SYMMETRIC_DEFAULT","keySpec":"SYMMETRIC_DEFAULT"}"#;

const TIMES: u32 = 20_000;
const ROUNDS: usize = 11;

fn main() -> Result<(), Box<dyn Error>> {
    let policies: PolicySet = CEDAR.parse()?;
    let entities = Entities::from_json_str(ENTITIES, None)?;
    let context = CedarContext::from_json_str(CONTEXT, None)?;
    let key = r#"Key::"0a1b2c3d-0000-4000-8000-000000000001""#;
    let session = r#"Session::"App/i-0123456789abcdef0""#;
    let asked = CedarRequest::new(session.parse()?, r#"Action::"Decrypt""#.parse()?, key.parse()?, context, None)?;
    let authorizer = Authorizer::new();
    assert_eq!(authorizer.is_authorized(&asked, &policies, &entities).decision(), Decision::Allow);

    let policy = Policy::parse(CONSOLE, Kind::Key)?;
    let compiled = IDENTITY.iter().map(|text| Policy::read_stored(text, Kind::Identity, Pins::new()));
    let identity: Vec<_> = compiled.map(|policy| Attachment::inline("p", Arc::new(policy))).collect();
    let (key, action, caller, context): (Arn, _, _, _) =
        (KEY.parse()?, Action::Kms(KmsAction::Decrypt), session_of_the_role()?, context_of_the_request());
    let layers = Policies { resource: Some(&policy), identity: &identity, ..Policies::default() };
    let request = Request::new(Mode::Kms, &caller, &action, Resource::Named(&key), &context);
    assert!(decide(&request, &layers).is_allowed());

    let mut ratios = Vec::new();
    let (mut ours, mut theirs) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        let cedar = nanoseconds(|| authorizer.is_authorized(&asked, &policies, &entities).decision());
        let gatekey = nanoseconds(|| decide(&request, &layers).is_allowed());
        ratios.push(cedar / gatekey);
        ours = ours.min(gatekey);
        theirs = theirs.min(cedar);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    println!("decision beside cedar-policy: cedar takes {median:.1} times as long ({theirs:.0} against {ours:.0} ns; {ROUNDS} rounds in turns, median)");
    Ok(())
}

fn nanoseconds<R>(mut operation: impl FnMut() -> R) -> f64 {
    let start = Instant::now();
    for _ in 0..TIMES {
        black_box(operation());
    }
    start.elapsed().as_nanos() as f64 / f64::from(TIMES)
}

fn session_of_the_role() -> Result<Principal, Box<dyn Error>> {
    let session: PrincipalArn = "arn:aws:sts::111122223333:assumed-role/App/i-0123456789abcdef0".parse()?;
    let role: PrincipalArn = "arn:aws:iam::111122223333:role/App".parse()?;
    Ok(Principal::role_session(session, role, Some("AROA1111111111111111".parse()?)))
}

fn context_of_the_request() -> Context<'static> {
    let mut context = Context::new();
    context
        .set_encryption_context([("Department", "IT"), ("Purpose", "test")])
        .set(KeyName::KmsEncryptionAlgorithm, "SYMMETRIC_DEFAULT")
        .set(KeyName::KmsKeySpec, "SYMMETRIC_DEFAULT")
        .set_many(KeyName::KmsResourceAliases, ["alias/other", "alias/app-1"])
        .set(KeyName::AwsSourceIp, "10.1.2.3");
    context
}
