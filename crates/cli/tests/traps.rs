//! The traps into which people fall (users and stories of the field), each as a policy that `gatekey policy lint` must
//! report: by its rule, at its place, as failed where such findings are denied, and in SARIF.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail as tests do")]

use serde_json::Value;
use std::process::{Command, Output};

/// One trap: what people did, the statements, the rule that must report it, its severity, and the text that is pointed at.
struct Trap(&'static str, &'static [&'static str], &'static str, &'static str, &'static str);

const ACCOUNT: &str = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#;

#[rustfmt::skip]
const TRAPS: &[Trap] = &[
    Trap("quotes of a word processor", &[ACCOUNT, r#"{"Effect": “Allow”, "Principal": "*", "Action": "kms:*", "Resource": "*"}"#],
        "GK1002", "error", "“"),
    Trap("a hole of a template", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::${SOME_ACCOUNT_ID}:role/shib-admin"}}}"#],
        "GK1501", "error", r#""arn:aws:iam::${SOME"#),
    Trap("the account number of the example", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}"#],
        "GK2005", "warning", r#""arn:aws:iam::123456789012"#),
    Trap("an alias as Resource", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:alias/app"}"#],
        "GK3010", "warning", r#""arn:aws:kms"#),
    Trap("a group as Principal", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:group/devs"}, "Action": "kms:Decrypt", "Resource": "*"}"#],
        "GK2001", "error", r#""arn:aws:iam::111122223333:group"#),
    Trap("part of an ARN in Principal", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}, "Action": "kms:Decrypt", "Resource": "*"}"#],
        "GK2002", "error", r#""arn:aws:iam::111122223333:role/*"#),
    Trap("the same Sid twice", &[r#"{"Sid": "First", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}"#, r#"{"Sid" : "First", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#],
        "GK1014", "warning", r#""First", "Effect": "Allow", "Principal": {"AWS": "arn"#),
    Trap("a statement without Action", &[ACCOUNT, r#"{ "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Resource": "*"}"#],
        "GK3005", "error", r#"{ "Effect""#),
    Trap("a statement without Resource", &[ACCOUNT, r#"{ "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt"}"#],
        "GK3005", "error", r#"{ "Effect""#),
    Trap("ForAllValues on a single value", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"kms:EncryptionContext:app": "shop"}}}"#],
        "GK4007", "error", r#""ForAllValues:"#),
    Trap("a Deny without second factor, and long-term keys", &[ACCOUNT, r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}"#],
        "GK4506", "security", r#""Bool""#),
    Trap("an Allow that takes no second factor for one", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ann"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}}"#],
        "GK4506", "security", r#""BoolIfExists""#),
    Trap("an administrator who can become a user", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action" : ["kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:DescribeKey"], "Resource": "*"}"#],
        "GK5006", "suggestion", r#""Action" :"#),
    Trap("administrators and users apart, and a delegation of everything", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": ["kms:GetKeyPolicy", "kms:PutKeyPolicy"], "Resource": "*"}"#, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}"#],
        "GK5007", "warning", r#""Statement""#),
    Trap("kms:Create* and the grants in it", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action" : ["kms:Create*", "kms:Describe*"], "Resource": "*"}"#],
        "GK5012", "security", r#""Action" :"#),
    Trap("PutKeyPolicy for the name of a session", &[r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/admin/ann"}, "Action": ["kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:DescribeKey"], "Resource": "*"}"#],
        "GK5002", "error", r#""Statement""#),
    Trap("a policy that nobody can change", &[r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}"#],
        "GK5001", "error", r#""Statement""#),
    Trap("a policy that only another account could change", &[r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "kms:*", "Resource": "*"}"#],
        "GK5004", "error", r#""Statement""#),
    Trap("a Deny that hits everybody", &[ACCOUNT, r#"{ "Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"}"#],
        "GK5005", "error", r#"{ "Effect""#),
    Trap("a policy that can be changed from one address only", &[r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#],
        "GK5003", "warning", r#""Statement""#),
    Trap("one administrator, who may leave", &[r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": ["kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:DescribeKey"], "Resource": "*"}"#],
        "GK5008", "warning", r#""Statement""#),
    Trap("a root user that is thought to have every right", &[r#"{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/admin", "arn:aws:iam::111122223333:role/deploy"]}, "Action": ["kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:DescribeKey"], "Resource": "*"}"#],
        "GK5009", "warning", r#""Statement""#),
    Trap("the id of a role that is gone", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLE1234567890"}, "Action": "kms:Decrypt", "Resource": "*"}"#],
        "GK2004", "error", r#""AROAEXAMPLE"#),
    Trap("everyone", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}"#],
        "GK2006", "security", r#""*"}, "Action": "kms:Decrypt""#),
    Trap("everyone, bounded by a condition", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringLike": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/shib-admin", "arn:aws:iam::111122223333:root"]}}}"#],
        "GK2007", "suggestion", r#""*"}, "Action": "kms:Decrypt""#),
    Trap("the ARN of a session in a condition", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:sts::111122223333:assumed-role/app/i-1"}}}"#],
        "GK4501", "error", r#""arn:aws:sts"#),
    Trap("a service that anybody can send", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"}"#],
        "GK2013", "security", r#""sns.amazonaws.com""#),
    Trap("a role that Identity Center makes anew", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"}, "Action": "kms:Decrypt", "Resource": "*"}"#],
        "GK2017", "warning", r#""arn:aws:iam::111122223333:role/aws-reserved"#),
    Trap("kms:ListKeys in a key policy", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:DescribeKey", "kms:ListKeys"], "Resource": "*"}"#],
        "GK3003", "warning", r#""kms:ListKeys""#),
    Trap("PutKeyPolicy for another account", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/admin"}, "Action": ["kms:Decrypt", "kms:PutKeyPolicy"], "Resource": "*"}"#],
        "GK3009", "warning", r#""kms:PutKeyPolicy""#),
    Trap("deletion without a way to cancel it", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/DevOpsAdminRole"}, "Action" : ["kms:Describe*", "kms:ScheduleKeyDeletion"], "Resource": "*"}"#],
        "GK3019", "suggestion", r#""Action" :"#),
    Trap("PutKeyPolicy without GetKeyPolicy", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action" : "kms:PutKeyPolicy", "Resource": "*"}"#],
        "GK5010", "suggestion", r#""Action" :"#),
    Trap("tags that open the key, and somebody who sets them", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/open": "yes"}}}"#, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/ops"}, "Action" : "kms:TagResource", "Resource": "*"}"#],
        "GK5011", "security", r#""Action" :"#),
    Trap("addresses that services have not", &[ACCOUNT, r#"{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#],
        "GK4507", "warning", r#""aws:SourceIp""#),
    Trap("private addresses", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}"#],
        "GK4508", "error", r#""10.0.0.0/8""#),
    Trap("the objects of a bucket with a bucket key", &[ACCOUNT, r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::orders/*"}}}"#],
        "GK4514", "warning", r#""arn:aws:s3:::orders/*""#),
];

fn lint(files: &[String], more: &[&str], folder: &std::path::Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatekey"));
    command.args(["policy", "lint", "--account", "111122223333"]).args(more).args(files).current_dir(folder);
    command.output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Line and column of a text, both from 1, the column in characters.
fn place(document: &str, mark: &str) -> (u64, u64) {
    let before = &document[..document.find(mark).unwrap()];
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (before.matches('\n').count() as u64 + 1, column as u64)
}

#[test]
fn every_trap_is_reported_at_its_place_with_its_exit_code_and_in_sarif() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (number, Trap(_, statements, ..)) in TRAPS.iter().enumerate() {
        let document =
            format!("{{\"Version\": \"2012-10-17\",\n \"Statement\": [\n{}\n]}}\n", statements.join(",\n"));
        let name = format!("trap-{number}.json");
        std::fs::write(folder.path().join(&name), &document).unwrap();
        files.push((name, document));
    }
    let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let (found, sarif) =
        (json(&lint(&names, &["--json"], folder.path())), json(&lint(&names, &["--sarif"], folder.path())));
    for (number, (Trap(trap, _, rule, severity, mark), (name, document))) in
        TRAPS.iter().zip(&files).enumerate()
    {
        let (line, column) = place(document, mark);
        let findings = found[number]["findings"].as_array().unwrap();
        let is_it = |f: &&Value| f["rule"] == *rule && f["line"] == line && f["column"] == column;
        let finding = findings.iter().find(is_it);
        let finding =
            finding.unwrap_or_else(|| panic!("{trap}: no {rule} at {line}:{column} in {findings:#?}"));
        assert_eq!(finding["severity"], *severity, "{trap}");
        let is_result = |result: &&Value| {
            let place = &result["locations"][0]["physicalLocation"];
            let region = &place["region"];
            result["ruleId"] == *rule
                && place["artifactLocation"]["uri"] == *name
                && (&region["startLine"], &region["startColumn"]) == (&line.into(), &column.into())
        };
        assert!(sarif["runs"][0]["results"].as_array().unwrap().iter().any(|r| is_result(&r)), "{trap}");
        let denied = lint(std::slice::from_ref(name), &["--deny", severity], folder.path());
        assert_eq!(denied.status.code(), Some(1), "{trap}");
    }
}
