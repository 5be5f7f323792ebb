//! The linter's own description of its rules, `docs/policy-lint.md`, which is never written by hand.

use super::rule::{Example, Kind, Rule};
use super::rules;

const HEAD: &str = "# The policy linter

<!-- Written by `gatekey policy lint --rules`. A test holds this file to the rules: change them, not it. -->

`gatekey policy lint FILE...` reads policy documents and reports what is wrong with them: with line and column, the JSON pointer, a
rule's id, and what to do. It needs no server and no account. `-` reads standard input.

| option | meaning |
|---|---|
| `--kind KIND` | what the policy is for: key, identity, scp, rcp, trust, endpoint or resource. Told from its contents if not given |
| `--account ID` | the account that the policy belongs to, so that others' can be told |
| `--key ARN` | the key that the policy is for; it tells the account and the Region too |
| `--json`, `--sarif` | machine-readable output; SARIF 2.1.0 is what code hosts show beside a change |
| `--deny SEVERITY` | from which severity on the command fails: error (the default), security, warning or suggestion |

The exit code is 0 if nothing of that severity is found, 1 if something is, and 2 if a file cannot be read.

There are four severities. **error**: AWS refuses the policy, or it does not do what it says. **security**: it gives more than its author is
likely to want. **warning**: it works, and a known trap is near. **suggestion**: it could be clearer. The examples are those by which
the linter itself is tested: each rule finds its bad one and leaves its good one alone.

";

/// The description of every rule, as Markdown.
pub fn documentation() -> String {
    let mut text = HEAD.to_owned();
    text += "| id | name | severity | policies |\n|---|---|---|---|\n";
    for rule in rules() {
        let row = format!(
            "| [{}](#{}) | {} | {} | {} |\n",
            rule.id,
            anchor(rule),
            rule.name,
            rule.severity,
            kinds(rule)
        );
        text += &row;
    }
    rules().fold(text, |text, rule| text + &section(rule))
}

/// The anchor of a rule's section.
fn anchor(rule: &Rule) -> String {
    format!("{}-{}", rule.id.to_ascii_lowercase(), rule.name)
}

fn kinds(rule: &Rule) -> String {
    if rule.kinds.len() == Kind::ALL.len() {
        return "all".to_owned();
    }
    rule.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}

fn section(rule: &Rule) -> String {
    let [bad, good] = [&rule.bad, &rule.good].map(shown);
    let (id, name, severity, why, advice) = (rule.id, rule.name, rule.severity, rule.why, rule.advice);
    format!("\n## {id} {name}\n\n*{severity}.* {why}\n\n{advice}\n\nBad: {bad}\n\nGood: {good}\n")
}

/// The part of an example that matters.
fn shown(example: &Example) -> String {
    let (what, text) = match example {
        Example::Sized(bytes) => return format!("a policy of {bytes} bytes."),
        Example::Document(text) => ("this document", text),
        Example::Statement(text) => ("this statement", text),
        Example::Statements(text) => ("a policy of these statements", text),
        Example::Condition(text) => ("this condition of a statement that allows `kms:Decrypt`", text),
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    format!("{what}\n```json\n{}\n```", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policy-lint.md");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, documentation()).unwrap();
        }
        let current = std::fs::read_to_string(path).is_ok_and(|page| page == documentation());
        assert!(current, "docs/policy-lint.md differs (UPDATE_GOLDEN=1 writes it anew)");
    }

    #[test]
    fn every_rule_says_why_and_what_to_do_in_whole_sentences() {
        for rule in rules() {
            assert!(rule.why.ends_with('.') && rule.advice.ends_with('.'), "{}", rule.id);
            assert!(documentation().contains(&format!("## {} {}", rule.id, rule.name)));
        }
    }
}
