//! What is left over, in words that people use: "only through ssm", "only with MFA".

use gatekey_policy::{Open, OpenCondition, Residue};

/// The residue as people say it. Each way is one text; the exceptions are told after `unless`.
pub fn residue_in_words(residue: &Residue) -> String {
    let mut text = String::new();
    let is_always = residue.ways.iter().any(Vec::is_empty);
    if !is_always {
        let ways: Vec<String> = residue.ways.iter().map(|way| way_in_words(way)).collect();
        text.push_str(&ways.join(", or "));
    }
    if !residue.is_complete {
        text.push_str(" (and in further ways that are not listed)");
    }
    if !residue.unless.is_empty() {
        let unless: Vec<String> = residue.unless.iter().map(exception_in_words).collect();
        let space = if text.is_empty() { "" } else { ", " };
        text.push_str(&format!("{space}unless {}", unless.join(" or ")));
    }
    text
}

/// Each thing that the ways need, once, for a narrow column: `["only with MFA", "only through ssm"]`.
pub fn needs_in_words(residue: &Residue) -> Vec<String> {
    let mut needs: Vec<String> = Vec::new();
    let conditions = residue.ways.iter().flatten().flat_map(|open| &open.conditions);
    let wanted = conditions.map(|condition| format!("only {}", condition_in_words(condition)));
    let denied = residue.unless.iter().map(|open| format!("not {}", exception_in_words(open)));
    for need in wanted.chain(denied) {
        if !needs.contains(&need) {
            needs.push(need);
        }
    }
    needs
}

fn way_in_words(way: &[Open]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in way.iter().flat_map(|open| &open.conditions).map(condition_in_words) {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    match parts.is_empty() {
        true => "always".to_owned(),
        false => format!("only {}", parts.join(" and ")),
    }
}

fn exception_in_words(open: &Open) -> String {
    match open.conditions.is_empty() {
        true => "a Deny applies".to_owned(),
        false => open.conditions.iter().map(condition_in_words).collect::<Vec<_>>().join(" and "),
    }
}

/// One condition: in words where there are plain ones, else as policies write it.
fn condition_in_words(condition: &OpenCondition) -> String {
    let key = condition.key.to_ascii_lowercase();
    let values = || condition.values.join(" or ");
    let operator = condition.operator.trim_end_matches("IfExists");
    let is_positive = matches!(
        operator,
        "StringEquals" | "StringLike" | "StringEqualsIgnoreCase" | "ArnLike" | "ArnEquals"
    );
    match (key.as_str(), operator) {
        ("kms:viaservice", _) if is_positive => format!("through {}", services(&condition.values)),
        ("aws:multifactorauthpresent", "Bool") => match condition.values.as_slice() {
            [only] if only.eq_ignore_ascii_case("true") => "with MFA".to_owned(),
            [only] if only.eq_ignore_ascii_case("false") => "without MFA".to_owned(),
            _ => condition.to_string(),
        },
        ("aws:multifactorauthage", "NumericLessThan" | "NumericLessThanEquals") => {
            format!("with MFA of the last {} seconds", values())
        }
        ("aws:sourceip" | "aws:vpcsourceip", "IpAddress") => format!("from {}", values()),
        ("aws:sourceip" | "aws:vpcsourceip", "NotIpAddress") => format!("from outside {}", values()),
        ("aws:sourcevpc" | "aws:sourcevpce", _) if is_positive => format!("from {}", values()),
        ("aws:currenttime" | "aws:epochtime", "DateLessThan" | "DateLessThanEquals" | "NumericLessThan") => {
            format!("before {}", values())
        }
        (
            "aws:currenttime" | "aws:epochtime",
            "DateGreaterThan" | "DateGreaterThanEquals" | "NumericGreaterThan",
        ) => {
            format!("after {}", values())
        }
        ("aws:securetransport", "Bool") if values() == "true" => "over TLS".to_owned(),
        ("kms:grantisforawsresource", "Bool") if values() == "true" => {
            "for a service that makes the grant for the caller".to_owned()
        }
        (of_context, "EncryptionContextEquals" | "EncryptionContextSubset" | "StringEquals")
            if of_context.starts_with("kms:encryptioncontext:") =>
        {
            let name = condition.key.get("kms:EncryptionContext:".len()..).unwrap_or_default();
            let whole = if operator == "EncryptionContextEquals" { "nothing but " } else { "" };
            format!("with {whole}the encryption context {name}={}", values())
        }
        (of_tag, _) if is_positive && of_tag.starts_with("aws:principaltag/") => {
            let name = condition.key.get("aws:PrincipalTag/".len()..).unwrap_or_default();
            format!("in a session tagged {name}={}", values())
        }
        ("aws:userid", _) if is_positive => format!("in a session with the id {}", values()),
        _ => format!("if {condition}"),
    }
}

/// `ssm in us-east-1` of `ssm.us-east-1.amazonaws.com`.
fn services(values: &[String]) -> String {
    let one =
        |value: &String| match value.strip_suffix(".amazonaws.com").and_then(|rest| rest.split_once('.')) {
            Some((service, "*")) => service.to_owned(),
            Some((service, region)) => format!("{service} in {region}"),
            None => value.clone(),
        };
    values.iter().map(one).collect::<Vec<_>>().join(" or ")
}
