//! Findings for machines: plain JSON, and SARIF 2.1.0.

use super::rule::{Rule, Severity};
use super::{Finding, Report, rules};
use serde_json::{Value, json};

/// The findings of one file, as the command line's `--json` gives them.
pub fn to_json(file: &str, report: &Report) -> Value {
    let findings: Vec<Value> = report.findings.iter().map(finding).collect();
    json!({"file": file, "kind": report.kind.map(|kind| kind.as_str()), "findings": findings})
}

fn finding(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "severity": finding.rule.severity.as_str(),
        "message": finding.message,
        "advice": finding.rule.advice,
        "pointer": finding.pointer,
        "line": finding.start.line,
        "column": finding.start.column,
        "endLine": finding.end.line,
        "endColumn": finding.end.column,
    })
}

/// The findings of all files as one SARIF log.
pub fn to_sarif<'r>(reports: impl IntoIterator<Item = (&'r str, &'r Report)>) -> Value {
    let results: Vec<Value> = reports
        .into_iter()
        .flat_map(|(file, report)| report.findings.iter().map(move |finding| result(file, finding)))
        .collect();
    let driver = json!({
        "name": "gatekey",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules().map(descriptor).collect::<Vec<_>>(),
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    })
}

fn descriptor(rule: &'static Rule) -> Value {
    json!({
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.name.replace('-', " ")},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.advice},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"tags": tags(rule.severity)},
    })
}

/// SARIF knows three levels. What gives too much is a warning that carries the tag `security`.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Security | Severity::Warning => "warning",
        Severity::Suggestion => "note",
    }
}

fn tags(severity: Severity) -> Vec<&'static str> {
    if severity == Severity::Security { vec!["security"] } else { Vec::new() }
}

fn result(file: &str, finding: &Finding) -> Value {
    let region = json!({
        "startLine": finding.start.line,
        "startColumn": finding.start.column,
        "endLine": finding.end.line,
        "endColumn": finding.end.column,
    });
    json!({
        "ruleId": finding.rule.id,
        "level": level(finding.rule.severity),
        "message": {"text": format!("{}. {}", finding.message, finding.rule.advice)},
        "locations": [{
            "physicalLocation": {"artifactLocation": {"uri": uri(file)}, "region": region},
            "logicalLocations": [{"fullyQualifiedName": finding.pointer}],
        }],
    })
}

/// A file's name as a relative reference: what has a meaning in a URI is escaped.
fn uri(file: &str) -> String {
    file.bytes().fold(String::new(), |uri, byte| match byte {
        b'/' | b'.' | b'-' | b'_' | b'~' => uri + &char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => uri + &char::from(byte).to_string(),
        _ => uri + &format!("%{byte:02X}"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Scope, lint};
    use super::*;

    const GROUP: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:group/devs"}, "Action": "kms:*", "Resource": "*"}]}"#;

    #[test]
    fn sarif_names_rule_file_and_region() {
        let report = lint(GROUP, &Scope::default());
        let log = to_sarif([("policies/a key.json", &report)]);
        let results = log.pointer("/runs/0/results").unwrap().as_array().unwrap();
        let group = results.iter().find(|result| result["ruleId"] == "GK2001").unwrap();
        let location = &group["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], "policies/a%20key.json");
        assert_eq!((&location["region"]["startLine"], &group["level"]), (&json!(2), &json!("error")));
        assert_eq!(
            log.pointer("/runs/0/tool/driver/rules").unwrap().as_array().unwrap().len(),
            rules().count()
        );
    }

    #[test]
    fn json_gives_the_place_and_what_to_do() {
        let json = to_json("-", &lint(GROUP, &Scope::default()));
        let finding =
            &json["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "GK2001").unwrap().clone();
        assert_eq!(finding["pointer"], "/Statement/0/Principal/AWS");
        assert!(finding["advice"].as_str().unwrap().contains("role"));
        assert_eq!(json["kind"], "key");
    }
}
