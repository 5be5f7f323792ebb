//! How long decisions and parsing take: the figures that `cargo xtask bench` quotes. Run in a release build.
//!
//! Each figure is the shortest of many rounds, in nanoseconds of one operation on one core.
#![expect(clippy::print_stdout, reason = "a program that prints its figures")]

use gatekey_policy::{
    Action, Attachment, Constraints, Context, Grant, GrantIndex, GrantTerms, KeyName, Kind, KmsAction, Mode,
    Party, Pins, Policies, Policy, Principal, Request, Resource, decide,
};
use gatekey_types::{AccountId, Arn, GrantId, PrincipalArn};
use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001";

/// The console's key policy: account, administrators, users, and grants for AWS resources.
const CONSOLE: &str = r#"{"Version":"2012-10-17","Id":"key-consolepolicy-3","Statement":[
 {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
 {"Sid":"Allow access for Key Administrators","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/KMSAdmin"},
  "Action":["kms:Create*","kms:Describe*","kms:Enable*","kms:List*","kms:Put*","kms:Update*","kms:Revoke*","kms:Disable*","kms:Get*","kms:Delete*","kms:TagResource","kms:UntagResource","kms:ScheduleKeyDeletion","kms:CancelKeyDeletion","kms:RotateKeyOnDemand"],"Resource":"*"},
 {"Sid":"Allow use of the key","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:user/ExampleUser","arn:aws:iam::111122223333:role/ExampleRole"]},
  "Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*"},
 {"Sid":"Allow attachment of persistent resources","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:user/ExampleUser","arn:aws:iam::111122223333:role/ExampleRole"]},
  "Action":["kms:CreateGrant","kms:ListGrants","kms:RevokeGrant"],"Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":true}}}]}"#;

/// Five identity policies such as a role has: the last one allows, by ARN pattern and condition.
const IDENTITY: [&str; 5] = [
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":["arn:aws:s3:::data/*","arn:aws:s3:::data"]}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"},{"Effect":"Deny","Action":"logs:Delete*","Resource":"*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["kms:ScheduleKeyDeletion","kms:DisableKey"],"Resource":"*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":"iam:*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]},"Bool":{"aws:ViaAWSService":"false"}}}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"arn:aws:kms:*:111122223333:key/*","Condition":{"StringEquals":{"kms:EncryptionContext:Department":"IT"},"ForAnyValue:StringLike":{"kms:ResourceAliases":"alias/app-*"}}}]}"#,
];

fn main() -> Result<(), Box<dyn Error>> {
    console_and_five_identity_policies()?;
    large_policy()?;
    many_grants()?;
    parsing()?;
    Ok(())
}

/// The shortest of many rounds, each short enough to fall between two interruptions by other work.
fn measure<R>(name: &str, times: u32, mut operation: impl FnMut() -> R) -> f64 {
    let round = |operation: &mut dyn FnMut() -> R| {
        let start = Instant::now();
        for _ in 0..times {
            black_box(operation());
        }
        start.elapsed().as_nanos() as f64 / f64::from(times)
    };
    let shortest = (0..400).map(|_| round(&mut operation)).fold(f64::INFINITY, f64::min);
    println!("{name}\t{shortest:.0} ns");
    shortest
}

fn session() -> Result<Principal, Box<dyn Error>> {
    let session: PrincipalArn = "arn:aws:sts::111122223333:assumed-role/App/i-0123456789abcdef0".parse()?;
    let role: PrincipalArn = "arn:aws:iam::111122223333:role/App".parse()?;
    Ok(Principal::role_session(session, role, Some("AROA1111111111111111".parse()?)))
}

/// The keys that a Decrypt carries.
fn context() -> Context<'static> {
    let mut context = Context::new();
    context
        .set_encryption_context([("Department", "IT"), ("Purpose", "test")])
        .set(KeyName::KmsEncryptionAlgorithm, "SYMMETRIC_DEFAULT")
        .set(KeyName::KmsKeySpec, "SYMMETRIC_DEFAULT")
        .set(KeyName::KmsKeyUsage, "ENCRYPT_DECRYPT")
        .set(KeyName::KmsKeyOrigin, "AWS_KMS")
        .set(KeyName::KmsMultiRegion, false)
        .set_many(KeyName::KmsResourceAliases, ["alias/other", "alias/app-1"])
        .set(KeyName::AwsSourceIp, "10.1.2.3")
        .set(KeyName::AwsSecureTransport, true);
    context
}

fn identity() -> Vec<Attachment> {
    let compiled = IDENTITY.iter().map(|text| Policy::read_stored(text, Kind::Identity, Pins::new()));
    compiled.map(|policy| Attachment::inline("p", Arc::new(policy))).collect()
}

fn console_and_five_identity_policies() -> Result<(), Box<dyn Error>> {
    let (key, caller): (Arn, _) = (KEY.parse()?, session()?);
    let policy = Policy::parse(CONSOLE, Kind::Key)?;
    let identity = identity();
    let action = Action::Kms(KmsAction::Decrypt);
    let context_once = context();
    let policies = Policies { resource: Some(&policy), identity: &identity, ..Policies::default() };
    let request = Request::new(Mode::Kms, &caller, &action, Resource::Named(&key), &context_once);
    assert!(decide(&request, &policies).is_allowed());
    measure("decide: console key policy, five identity policies", 500, || decide(&request, &policies));
    measure("the same, context built each time", 500, || {
        let context = context();
        decide(&Request { context: &context, ..request }, &policies).is_allowed()
    });
    Ok(())
}

/// Nearly 32,768 bytes of statements that name other roles, each with a condition; the last one allows.
fn large_key_policy() -> String {
    let mut text = r#"{"Version":"2012-10-17","Statement":["#.to_owned();
    let mut n = 0;
    while text.len() < 32_200 {
        text.push_str(&format!(
            r#"{{"Sid":"S{n}","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":["kms:Decrypt","kms:Encrypt"],"Resource":"*","Condition":{{"StringLike":{{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/team-{n}/*"}},"StringEquals":{{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}}}}},"#
        ));
        n += 1;
    }
    text.push_str(r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/App"},"Action":"kms:Decrypt","Resource":"*"}]}"#);
    text
}

fn large_policy() -> Result<(), Box<dyn Error>> {
    let (key, caller): (Arn, _) = (KEY.parse()?, session()?);
    let text = large_key_policy();
    let policy = Policy::parse(&text, Kind::Key)?;
    let (action, context) = (Action::Kms(KmsAction::Decrypt), context());
    let policies = Policies { resource: Some(&policy), ..Policies::default() };
    let request = Request::new(Mode::Kms, &caller, &action, Resource::Named(&key), &context);
    assert!(decide(&request, &policies).is_allowed());
    let name =
        format!("decide: key policy of {} bytes, {} statements", text.len(), policy.statements().len());
    measure(&name, 30, || decide(&request, &policies));
    Ok(())
}

/// `count` grants of one role, each for one volume; the request is for one in the middle.
fn grants(count: u32) -> Result<GrantIndex, Box<dyn Error>> {
    let mut index = GrantIndex::new();
    let account: AccountId = "111122223333".parse()?;
    let arn: PrincipalArn = "arn:aws:iam::111122223333:role/App".parse()?;
    for n in 0..count {
        let mut id = [0; 32];
        id.iter_mut().zip(n.to_be_bytes()).for_each(|(slot, byte)| *slot = byte);
        let pairs = BTreeMap::from([("aws:ebs:id".to_owned(), format!("vol-{n:017x}"))]);
        index.insert(Arc::new(Grant {
            id: GrantId::from_bytes(id),
            grantee: Party::Principal { arn: arn.clone(), id: Some("AROA1111111111111111".parse()?) },
            retiring: None,
            issuing_account: account,
            terms: GrantTerms {
                operations: [KmsAction::Decrypt, KmsAction::GenerateDataKey].into_iter().collect(),
                constraints: Constraints { encryption_context_subset: Some(pairs), ..Constraints::default() },
            },
        }));
    }
    Ok(index)
}

fn many_grants() -> Result<(), Box<dyn Error>> {
    let (key, caller): (Arn, _) = (KEY.parse()?, session()?);
    let policy = Policy::parse(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/Admin"},"Action":"kms:*","Resource":"*"}}"#,
        Kind::Key,
    )?;
    let action = Action::Kms(KmsAction::Decrypt);
    let mut figures = Vec::new();
    for count in [10, 50_000] {
        let index = grants(count)?;
        let volume = format!("vol-{:017x}", count / 2);
        let mut context = Context::new();
        context.set_encryption_context([("aws:ebs:id", volume.as_str())]);
        let policies = Policies { resource: Some(&policy), grants: Some(&index), ..Policies::default() };
        let request = Request::new(Mode::Kms, &caller, &action, Resource::Named(&key), &context);
        assert!(decide(&request, &policies).is_allowed());
        figures
            .push(measure(&format!("decide: by one of {count} grants"), 500, || decide(&request, &policies)));
    }
    if let [few, many] = figures.as_slice() {
        println!("50,000 grants against ten\t{:.2}", many / few);
    }
    Ok(())
}

fn parsing() -> Result<(), Box<dyn Error>> {
    let large = large_key_policy();
    Policy::parse(&large, Kind::Key)?;
    measure("parse: key policy of 32 KB", 1, || Policy::parse(&large, Kind::Key).is_ok());
    let actions = vec!["\"kms:*\""; 4_500].join(",");
    let wide = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Principal":"*","Action":[{actions}],"Resource":"*"}}]}}"#
    );
    measure("parse: 4,500 wildcard actions", 1, || Policy::parse(&wide, Kind::Key).is_ok());
    let members = (0..2_500).map(|n| format!("\"x:{n}\":1")).collect::<Vec<_>>().join(",");
    let keys = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{{"StringEquals":{{{members}}}}}}}]}}"#
    );
    measure("parse: 2,500 condition keys", 1, || Policy::parse(&keys, Kind::Key).is_ok());
    let nested = "[".repeat(32_000);
    measure("parse: 32,000 opening brackets", 1, || Policy::parse(&nested, Kind::Key).is_err());
    let stars = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"{}"}}]}}"#,
        "*a".repeat(15_000)
    );
    measure("parse: a resource of 15,000 stars", 1, || Policy::parse(&stars, Kind::Key).is_ok());
    Ok(())
}
