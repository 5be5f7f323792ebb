//! GK1xxx: the document's form. What AWS refuses to store, and what it stores but reads in another way.

use crate::lint::document::{Document, Statement};
use crate::lint::glob;
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity, WITH_PRINCIPALS};
use crate::lint::subject::Subject;
use crate::lint::tree::{Member, Node, Value};
use crate::nearest::suggestion;

/// The least that a sound policy is.
const SOUND: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}]}"#;

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
    Rule {
        id: "GK1012",
        name: "too-large",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "A key policy holds at most 32,768 bytes. IAM counts without white space: 10,240 characters for the policies of a role, 6,144 for a managed policy.",
        advice: "Join statements that differ in one element only; give many principals their access through IAM, tags or grants.",
        bad: Example::Sized(40_000),
        good: Example::Document(SOUND),
        check: Check::Document(too_large),
    },
    Rule {
        id: "GK1013",
        name: "nearly-too-large",
        severity: Severity::Warning,
        kinds: &Kind::ALL,
        why: "The policy takes more than four fifths of what may be stored. The next addition may be refused, perhaps in a deployment at night.",
        advice: "Join statements that differ in one element only; give many principals their access through IAM, tags or grants.",
        bad: Example::Sized(30_000),
        good: Example::Document(SOUND),
        check: Check::Document(nearly_too_large),
    },
    Rule {
        id: "GK1014",
        name: "sid-clash",
        severity: Severity::Warning,
        kinds: WITH_PRINCIPALS,
        why: "Two statements have the same Sid. Tools that edit a policy by Sid, the AWS console's among them, then change or drop the wrong one.",
        advice: "Give every statement a Sid of its own.",
        bad: Example::Statements(
            r#"{"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
               {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        good: Example::Statements(
            r#"{"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
               {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        check: Check::Document(sid_clash),
    },
    Rule {
        id: "GK1015",
        name: "sid-refused",
        severity: Severity::Error,
        kinds: &[Kind::Identity],
        why: "In an IAM policy a Sid holds only letters and digits, and no two statements share one. Key policies are more lenient.",
        advice: "Use letters and digits only, and another Sid for each statement.",
        bad: Example::Statements(
            r#"{"Sid": "Use of the key", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/*"}"#,
        ),
        good: Example::Statements(
            r#"{"Sid": "UseOfTheKey", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/*"}"#,
        ),
        check: Check::Document(sid_refused),
    },
    Rule {
        id: "GK1016",
        name: "duplicate-statement",
        severity: Severity::Suggestion,
        kinds: &Kind::ALL,
        why: "Two statements say the same. Whoever removes one of them will believe that the permission is gone.",
        advice: "Remove one of them.",
        bad: Example::Statements(
            r#"{"Sid": "A", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
               {"Sid": "B", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}"#,
        ),
        good: Example::Statements(
            r#"{"Sid": "A", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}"#,
        ),
        check: Check::Document(duplicate_statements),
    },
    Rule {
        id: "GK1017",
        name: "redundant-value",
        severity: Severity::Suggestion,
        kinds: &Kind::ALL,
        why: "A value is listed twice, or a pattern beside it covers it already.",
        advice: "Remove the value; it changes nothing.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:ReEncrypt*", "kms:ReEncryptFrom"], "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:ReEncrypt*", "kms:Decrypt"], "Resource": "*"}"#,
        ),
        check: Check::Document(redundant_values),
    },
    Rule {
        id: "GK1018",
        name: "empty-element",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "AWS refuses a policy without a statement, and an empty list or string: it matches nothing.",
        advice: "Fill in the value, or remove the element or the statement.",
        bad: Example::Statement(
            r#"{"Effect": "Deny", "Principal": {"AWS": []}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        check: Check::Document(empty_elements),
    },
    Rule {
        id: "GK1019",
        name: "stray-space",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "White space at the ends of a name, or a no-break space within, is part of the name: it matches nothing.",
        advice: "Remove the space.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt ", "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        check: Check::Document(stray_spaces),
    },
    Rule {
        id: "GK1020",
        name: "refused",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "AWS refuses a policy with this fault when it is written. No other rule of the linter speaks of it, so the words are those of the evaluator that reads the policy.",
        advice: "Correct what is named.",
        bad: Example::Statements(
            r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1"}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/*"}"#,
        ),
        check: Check::Elsewhere,
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
fn statement_nodes(document: &Document) -> &[Node] {
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

/// How large a policy of this kind is, as its limit counts, and the limit: in bytes for KMS and organizations, in
/// characters without white space for IAM.
fn size_and_limit(subject: &Subject<'_>) -> (usize, usize) {
    let node = &subject.document.root;
    let bytes = node.at.span.len();
    match subject.kind {
        Kind::Key => (bytes, 32_768),
        Kind::Identity => (compact_size(node), 10_240),
        Kind::Trust => (compact_size(node), 4_096),
        Kind::Scp | Kind::Rcp => (bytes, 5_120),
        Kind::Endpoint | Kind::Resource => (bytes, 20_480),
    }
}

/// The characters of a policy without white space between its tokens.
fn compact_size(node: &Node) -> usize {
    node.canonical().to_string().chars().count()
}

fn too_large(subject: &Subject<'_>, found: &mut Found<'_>) {
    let (size, limit) = size_and_limit(subject);
    if size > limit {
        found.whole(subject.document, format!("the policy has {size} characters, and {limit} is the most"));
    }
}

fn nearly_too_large(subject: &Subject<'_>, found: &mut Found<'_>) {
    let (size, limit) = size_and_limit(subject);
    if size * 5 > limit * 4 && size <= limit {
        found.whole(subject.document, format!("the policy has {size} of at most {limit} characters"));
    }
}

fn sid_clash(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (sid, first) in sids_given_before(subject.statements()) {
        found.word(sid, format!("the Sid \"{}\" is also that of {first}", sid.text));
    }
}

/// Every Sid that an earlier statement has, with the pointer of that statement.
fn sids_given_before(statements: &[Statement]) -> impl Iterator<Item = (&crate::lint::document::Word, &str)> {
    let mut seen = std::collections::BTreeMap::new();
    statements.iter().filter_map(move |statement| {
        let sid = statement.sid.as_ref()?;
        let first: &str = seen.entry(sid.text.as_str()).or_insert(statement.at.pointer.as_str());
        (first != statement.at.pointer).then_some((sid, first))
    })
}

fn sid_refused(subject: &Subject<'_>, found: &mut Found<'_>) {
    for sid in subject.statements().iter().filter_map(|statement| statement.sid.as_ref()) {
        if !sid.text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            found.word(sid, format!("the Sid \"{}\" holds more than letters and digits", sid.text));
        }
    }
    for (sid, first) in sids_given_before(subject.statements()) {
        found.word(sid, format!("the Sid \"{}\" is also that of {first}", sid.text));
    }
}

fn duplicate_statements(subject: &Subject<'_>, found: &mut Found<'_>) {
    let mut seen = std::collections::BTreeMap::new();
    for statement in subject.statements() {
        let mut meaning = statement.canonical.clone();
        meaning.as_object_mut().map(|members| members.remove("Sid"));
        let first = seen.entry(meaning.to_string()).or_insert(&statement.at);
        if *first != &statement.at {
            found.at(&statement.at, format!("the statement says the same as {}", first.pointer));
        }
    }
}

/// Longest list that is searched for redundant values: the search compares all pairs.
const LONGEST_LIST: usize = 300;

fn redundant_values(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.statements() {
        let (actions, resources) = (statement.action_words(), statement.resource_words());
        for (words, fold) in [(actions, true), (resources, false)] {
            for (index, word) in words.iter().enumerate().take(LONGEST_LIST) {
                if let Some(other) = covering(words, index, fold) {
                    found.word(word, format!("\"{}\" is covered by \"{other}\"", word.text));
                }
            }
        }
    }
}

/// Another of the words that matches all that this one does; of two equal ones, the second is covered.
fn covering(words: &[crate::lint::document::Word], index: usize, fold: bool) -> Option<&str> {
    let word = &words.get(index)?.text;
    let covers = |(at, other): &(usize, &crate::lint::document::Word)| {
        let matches = if fold { glob::matches_folded } else { glob::matches };
        let same = if fold { other.text.eq_ignore_ascii_case(word) } else { other.text == *word };
        *at != index && matches(&other.text, word) && (!same || *at < index)
    };
    words.iter().enumerate().take(LONGEST_LIST).find(covers).map(|(_, other)| other.text.as_str())
}

fn empty_elements(subject: &Subject<'_>, found: &mut Found<'_>) {
    let member = subject.document.root.member("Statement");
    if let Some(member) = member.filter(|member| member.node.one_or_many().is_empty()) {
        found.at(&member.node.at, "the policy has no statement");
    }
    for statement in statement_nodes(subject.document) {
        for member in statement.members().iter().filter(|member| member.name != "Sid") {
            empty_within(member, found);
        }
    }
}

/// Reports empty values at any depth of an element.
fn empty_within(member: &Member, found: &mut Found<'_>) {
    match &member.node.value {
        Value::List(nodes) if nodes.is_empty() => {
            found.at(&member.node.at, format!("the list of {} is empty", member.name));
        }
        Value::Members(members) if members.is_empty() && member.name != "Condition" => {
            found.at(&member.node.at, format!("{} is empty", member.name));
        }
        Value::Members(members) => members.iter().for_each(|inner| empty_within(inner, found)),
        Value::Text(text) if text.is_empty() && !is_condition_value(member) => {
            found.at(&member.node.at, format!("{} is empty", member.name));
        }
        Value::List(_) | Value::Text(_) | Value::Scalar(_) => {}
    }
}

/// A condition may compare with the empty string.
fn is_condition_value(member: &Member) -> bool {
    member.name_at.pointer.contains("/Condition/")
}

fn stray_spaces(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.statements() {
        let principals = statement.principal.iter().flat_map(|p| p.entries.iter().map(|named| &named.word));
        let tests = statement.tests.iter().flat_map(|test| [&test.operator_at, &test.key]);
        let names = statement.action_words().iter().chain(statement.resource_words());
        for word in names.chain(principals).chain(tests) {
            if word.text.trim() != word.text || word.text.contains('\u{a0}') {
                found.word(word, format!("\"{}\" holds a stray space", word.text));
            }
        }
    }
}
