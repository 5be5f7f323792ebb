//! GK1xxx: the document's form. What AWS refuses to store, and what it stores but reads in another way.

use crate::lint::document::Document;
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity};
use crate::lint::subject::Subject;
use crate::lint::tree::{Member, Node, Value};
use crate::nearest::suggestion;

/// The least that a sound policy is.
pub(super) const SOUND: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}]}"#;

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "GK1001",
        name: "not-json",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "A policy is strict JSON: no comments, no trailing commas, double quotes only, nothing after the last brace.",
        advice: "Correct the text at the place shown. What is wrong often stands just before it.",
        bad: Example::Document(r#"{"Version": "2012-10-17", "Statement": [],}"#),
        good: Example::Document(SOUND),
        check: Check::Elsewhere,
    },
    Rule {
        id: "GK1002",
        name: "typographic-quote",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "Word processors, chats and web pages turn straight quotes into typographic ones. JSON knows only the straight double quote, and a policy may hold no character above U+00FF.",
        advice: "Replace the typographic quotes with \" (U+0022).",
        bad: Example::Document("{\u{201c}Version\u{201d}: \"2012-10-17\"}"),
        good: Example::Document(SOUND),
        check: Check::Text(typographic_quotes),
    },
    Rule {
        id: "GK1003",
        name: "unlawful-character",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "A policy may hold tab, line feed, carriage return and the characters U+0020 to U+00FF; any other is refused. Invisible ones come along when text is copied from a web page.",
        advice: "Remove the character, or write it in ASCII.",
        bad: Example::Statement(
            "{\"Sid\": \"\u{9375}\", \"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::111122223333:role/app\"}, \"Action\": \"kms:Decrypt\", \"Resource\": \"*\"}",
        ),
        good: Example::Statement(
            r#"{"Sid": "Key", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        check: Check::Text(unlawful_characters),
    },
    Rule {
        id: "GK1004",
        name: "unknown-element",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "The elements of a policy are fixed, and their names are compared with case. AWS refuses any other.",
        advice: "Correct the name, or remove the element.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principals": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        check: Check::Document(unknown_elements),
    },
    Rule {
        id: "GK1005",
        name: "duplicate-element",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "An element may stand only once where it stands. Condition keys are compared without case, so two spellings of one key are duplicates too.",
        advice: "Join the values in one list, or make a second statement.",
        bad: Example::Condition(
            r#"{"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com", "kms:viaservice": "s3.us-east-1.amazonaws.com"}}"#,
        ),
        good: Example::Condition(
            r#"{"StringEquals": {"kms:ViaService": ["ssm.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"]}}"#,
        ),
        check: Check::Document(duplicate_elements),
    },
    Rule {
        id: "GK1006",
        name: "wrong-type",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "Each element takes values of one shape: a string, a list of strings, or an object. A Principal that is a plain string can only be \"*\".",
        advice: "Give the element a value of the shape named.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": "arn:aws:iam::111122223333:role/app", "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        check: Check::Document(wrong_types),
    },
    Rule {
        id: "GK1007",
        name: "missing-element",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "Every statement needs an Effect; a statement of a resource's policy needs a Principal, one of an identity's policy an Action and a Resource. AWS refuses the policy otherwise.",
        advice: "Add the element named.",
        bad: Example::Statement(r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}"#),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        check: Check::Document(missing_elements),
    },
    Rule {
        id: "GK1008",
        name: "unknown-effect",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "Effect is \"Allow\" or \"Deny\", in exactly this spelling.",
        advice: "Write \"Allow\" or \"Deny\".",
        bad: Example::Statement(
            r#"{"Effect": "allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        check: Check::Document(unknown_effects),
    },
    Rule {
        id: "GK1009",
        name: "unknown-version",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "Version names the policy language, not the policy: \"2012-10-17\" or \"2008-10-17\". Any other is refused.",
        advice: "Write \"Version\": \"2012-10-17\".",
        bad: Example::Document(r#"{"Version": "2024-01-01", "Statement": []}"#),
        good: Example::Document(SOUND),
        check: Check::Document(unknown_version),
    },
    Rule {
        id: "GK1010",
        name: "old-version",
        severity: Severity::Warning,
        kinds: &Kind::ALL,
        why: "Without Version a policy is read in the language of 2008, in which ${...} is plain text.",
        advice: "Write \"Version\": \"2012-10-17\".",
        bad: Example::Document(r#"{"Version": "2008-10-17", "Statement": []}"#),
        good: Example::Document(SOUND),
        check: Check::Document(old_version),
    },
    Rule {
        id: "GK1011",
        name: "element-and-its-negation",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "A statement has exactly one of Action and NotAction, of Resource and NotResource, of Principal and NotPrincipal. Both together are refused.",
        advice: "Keep one of the two.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:*", "NotAction": "kms:Put*", "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        check: Check::Document(both_element_and_negation),
    },
];

/// The quotes that word processors make.
const TYPOGRAPHIC: [char; 10] = [
    '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{2018}', '\u{2019}', '\u{201a}', '\u{2033}',
    '\u{ff02}', '\u{301d}',
];

fn typographic_quotes(text: &str, found: &mut Found<'_>) {
    for (at, quote) in text.char_indices().filter(|(_, c)| TYPOGRAPHIC.contains(c)) {
        let message = format!("typographic quote {quote} (U+{:04X}) instead of \"", u32::from(quote));
        found.bytes(at..at + quote.len_utf8(), "", message);
    }
}

fn unlawful_characters(text: &str, found: &mut Found<'_>) {
    let lawful = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}') || TYPOGRAPHIC.contains(&c);
    for (at, c) in text.char_indices().filter(|(_, c)| !lawful(*c)) {
        let message = format!("the character U+{:04X} may not stand in a policy", u32::from(c));
        found.bytes(at..at + c.len_utf8(), "", message);
    }
}

const OF_DOCUMENT: [&str; 3] = ["Version", "Id", "Statement"];

const OF_STATEMENT: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// Kinds of principals.
const OF_PRINCIPAL: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

/// The statements as nodes: also those that are no objects.
pub(super) fn statement_nodes(document: &Document) -> &[Node] {
    document.root.member("Statement").map_or(&[], |member| member.node.one_or_many())
}

/// Every object with a fixed set of members, and that set.
fn fixed_objects(document: &Document) -> Vec<(&Node, &'static [&'static str])> {
    let mut objects: Vec<(&Node, &'static [&'static str])> = vec![(&document.root, &OF_DOCUMENT)];
    for statement in statement_nodes(document) {
        objects.push((statement, &OF_STATEMENT));
        let principals = ["Principal", "NotPrincipal"].into_iter().filter_map(|name| statement.member(name));
        objects.extend(principals.map(|member| (&member.node, &OF_PRINCIPAL[..])));
    }
    objects
}

fn unknown_elements(subject: &Subject<'_>, found: &mut Found<'_>) {
    if subject.document.root.member("Policy").is_some_and(|member| member.node.text().is_some()) {
        let message = "this is the answer of GetKeyPolicy, which holds the policy as a string: save the policy itself with --query Policy --output text";
        return found.at(&subject.document.root.at, message);
    }
    for (node, known) in fixed_objects(subject.document) {
        for member in node.members().iter().filter(|member| !known.contains(&member.name.as_str())) {
            let hint = suggestion(&member.name, known.iter().copied());
            found.at(&member.name_at, format!("unknown element \"{}\"{hint}", member.name));
        }
    }
}

fn duplicate_elements(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (node, _) in fixed_objects(subject.document) {
        repeated(node.members(), |name| name.to_owned(), found);
    }
    for statement in statement_nodes(subject.document) {
        let Some(condition) = statement.member("Condition") else { continue };
        repeated(condition.node.members(), |name| name.to_owned(), found);
        for operator in condition.node.members() {
            repeated(operator.node.members(), str::to_ascii_lowercase, found);
        }
    }
}

/// Reports the members whose names, folded, have stood before.
fn repeated(members: &[Member], fold: impl Fn(&str) -> String, found: &mut Found<'_>) {
    let mut seen = std::collections::BTreeSet::new();
    for member in members {
        if !seen.insert(fold(&member.name)) {
            found.at(&member.name_at, format!("\"{}\" stands here a second time", member.name));
        }
    }
}

fn wrong_types(subject: &Subject<'_>, found: &mut Found<'_>) {
    let root = &subject.document.root;
    if !matches!(root.value, Value::Members(_)) {
        return found.at(&root.at, format!("a policy is an object, and this is {}", root.kind()));
    }
    for name in ["Version", "Id"] {
        expect(root.member(name), "a string", |node| node.text().is_some(), found);
    }
    let is_object = |node: &Node| matches!(node.value, Value::Members(_));
    for statement in statement_nodes(subject.document) {
        if is_object(statement) {
            wrong_types_of_statement(statement, found);
        } else {
            found.at(&statement.at, format!("a statement is an object, and this is {}", statement.kind()));
        }
    }
}

fn wrong_types_of_statement(statement: &Node, found: &mut Found<'_>) {
    for name in ["Sid", "Effect"] {
        expect(statement.member(name), "a string", |node| node.text().is_some(), found);
    }
    for name in ["Action", "NotAction", "Resource", "NotResource"] {
        expect(statement.member(name), "a string or a list of strings", are_strings, found);
    }
    for name in ["Principal", "NotPrincipal"] {
        expect(
            statement.member(name),
            "\"*\", or an object such as {\"AWS\": \"arn:...\"}",
            is_principal,
            found,
        );
    }
    expect(statement.member("Condition"), "an object of operators, of keys, of values", is_condition, found);
}

fn expect(member: Option<&Member>, shape: &str, fits: impl Fn(&Node) -> bool, found: &mut Found<'_>) {
    if let Some(member) = member.filter(|member| !fits(&member.node)) {
        let message = format!("{} must be {shape}, and is {}", member.name, described(&member.node));
        found.at(&member.node.at, message);
    }
}

fn described(node: &Node) -> String {
    node.text().map_or_else(|| node.kind().to_owned(), |text| format!("the string \"{text}\""))
}

fn are_strings(node: &Node) -> bool {
    node.one_or_many().iter().all(|value| value.text().is_some())
}

fn is_principal(node: &Node) -> bool {
    match &node.value {
        Value::Text(text) => text == "*",
        Value::Members(members) => members.iter().all(|member| are_strings(&member.node)),
        Value::List(_) | Value::Scalar(_) => false,
    }
}

fn is_condition(node: &Node) -> bool {
    let is_value = |node: &Node| match &node.value {
        Value::Text(_) => true,
        Value::Scalar(text) => text != "null",
        Value::List(_) | Value::Members(_) => false,
    };
    let of_objects = |node: &Node| matches!(node.value, Value::Members(_));
    let values_fit = |key: &Member| key.node.one_or_many().iter().all(is_value);
    of_objects(node)
        && node.members().iter().all(|op| of_objects(&op.node) && op.node.members().iter().all(values_fit))
}

fn missing_elements(subject: &Subject<'_>, found: &mut Found<'_>) {
    let root = &subject.document.root;
    if matches!(root.value, Value::Members(_)) && root.member("Statement").is_none() {
        found.at(&root.at, "the policy has no Statement");
    }
    let needed: &[&[&str]] = match subject.kind {
        Kind::Identity | Kind::Scp => &[&["Effect"], &["Action", "NotAction"], &["Resource", "NotResource"]],
        Kind::Trust => &[&["Effect"], &["Principal", "NotPrincipal"], &["Action", "NotAction"]],
        // A statement of a key policy without Action or Resource is stored; another rule says that it does nothing.
        Kind::Key => &[&["Effect"], &["Principal", "NotPrincipal"]],
        Kind::Rcp | Kind::Endpoint | Kind::Resource => {
            &[&["Effect"], &["Principal", "NotPrincipal"], &["Action", "NotAction"]]
        }
    };
    for statement in statement_nodes(subject.document) {
        for names in needed.iter().filter(|names| names.iter().all(|name| statement.member(name).is_none())) {
            let name = names.first().copied().unwrap_or_default();
            found.at(&statement.at, format!("the statement has no {name}"));
        }
    }
}

fn unknown_effects(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in statement_nodes(subject.document) {
        let Some(effect) = statement.member("Effect").map(|member| &member.node) else { continue };
        if let Some(text) = effect.text().filter(|text| !matches!(*text, "Allow" | "Deny")) {
            let hint = suggestion(text, ["Allow", "Deny"]);
            found.at(&effect.at, format!("Effect \"{text}\" is neither \"Allow\" nor \"Deny\"{hint}"));
        }
    }
}

const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];

fn unknown_version(subject: &Subject<'_>, found: &mut Found<'_>) {
    if let Some(version) = subject.document.version.as_ref().filter(|v| !VERSIONS.contains(&v.text.as_str()))
    {
        found.word(version, format!("\"{}\" is no version of the policy language", version.text));
    }
}

fn old_version(subject: &Subject<'_>, found: &mut Found<'_>) {
    let root = &subject.document.root;
    match &subject.document.version {
        Some(version) if version.text == "2008-10-17" => {
            found.word(version, "policy variables are plain text in version 2008-10-17");
        }
        None if root.member("Version").is_none() && root.member("Statement").is_some() => {
            found.at(&root.at, "the policy has no Version, so it is read as version 2008-10-17");
        }
        _ => {}
    }
}

fn both_element_and_negation(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in statement_nodes(subject.document) {
        for name in ["Action", "Resource", "Principal"] {
            let negation = format!("Not{name}");
            if let (Some(_), Some(second)) = (statement.member(name), statement.member(&negation)) {
                found.at(&second.name_at, format!("{name} and {negation} stand in one statement"));
            }
        }
    }
}
