//! `gatekey policy explain`.

use super::style::{Style, Tone, harmless};
use super::test;
use super::tree::Branch;
use crate::{
    failure::{Failure, Kind},
    output,
};
use gatekey_analysis::cases::{Case, Explanation, Reading};
use gatekey_policy::{
    ConditionTrace, Decider, Effect, GrantTrace, LayerTrace, PolicyTrace, SeenValues, StatementTrace, Truth,
};
use std::path::PathBuf;

/// Show why a policy test case decides as it does
///
/// Layer by layer and statement by statement: what matched, which value each condition saw, what was nearly enough, and
/// the smallest changes that would turn a denial.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A file of cases, as for gatekey policy test
    file: PathBuf,
    /// Only the case of this name or number, from 1
    #[arg(long, value_name = "NAME")]
    case: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Read policies as if they were stored already: a statement that AWS would refuse never allows and always denies
    #[arg(long)]
    stored: bool,
}

/// Explains the cases.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let reading = if args.stored { Reading::AsStored } else { Reading::AsWritten };
    let cases = test::load(&args.file, reading).map_err(|message| Failure::new(Kind::Input, message))?;
    let chosen = chosen(&cases, args.case.as_deref())?;
    if args.json {
        let all: Vec<_> = chosen.iter().map(|case| as_json(case)).collect();
        return output::result(&format!("{:#}\n", serde_json::Value::from(all)));
    }
    let style = Style::of_standard_output();
    let trees: Vec<String> = chosen.iter().map(|case| tree(case, style).render()).collect();
    output::result(&trees.join("\n"))
}

fn chosen<'c>(cases: &'c [Case], wanted: Option<&str>) -> Result<Vec<&'c Case>, Failure> {
    let Some(wanted) = wanted else { return Ok(cases.iter().collect()) };
    let by_number = || wanted.parse::<usize>().ok()?.checked_sub(1).and_then(|index| cases.get(index));
    let found = cases.iter().find(|case| case.name == wanted).or_else(by_number);
    found.map(|case| vec![case]).ok_or_else(|| {
        let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).take(10).collect();
        Failure::new(Kind::Input, format!("there is no case \"{wanted}\""))
            .hint(format!("there are: {}", names.join("; ")))
    })
}

/// Everything that a tree is drawn from.
struct Drawing<'e> {
    explanation: &'e Explanation,
    style: Style,
}

fn as_json(case: &Case) -> serde_json::Value {
    case.explain().map_or_else(|| written_as_json(case), |explanation| explanation.to_json(&case.name))
}

/// A case that only writes policies: there is no trace, and the error says all.
fn written_as_json(case: &Case) -> serde_json::Value {
    let result = case.run();
    let (decision, error, message) = (result.decision.as_str(), result.error, result.message);
    serde_json::json!({ "name": case.name, "decision": decision, "error": error, "message": message })
}

fn written(case: &Case, style: Style) -> Branch {
    let result = case.run();
    let tone = if result.error.is_none() { Tone::Good } else { Tone::Bad };
    let decision = style.paint(tone, result.decision.as_str());
    let decision = result.error.map_or_else(|| decision.clone(), |error| format!("{decision}, by {error}"));
    let message = result.message.map(|text| Branch::leaf(harmless(&text)));
    let lines: Vec<Branch> = std::iter::once(Branch::leaf(decision)).chain(message).collect();
    Branch::new(style.paint(Tone::Strong, &harmless(&case.name)), lines)
}

fn tree(case: &Case, style: Style) -> Branch {
    let Some(explanation) = case.explain() else { return written(case, style) };
    let drawing = Drawing { explanation: &explanation, style };
    let trace = &explanation.trace;
    let mut below = drawing.outcome();
    below.extend(trace.layers.iter().map(|layer| drawing.layer(layer)));
    below.extend(drawing.grants(&trace.grants));
    below.extend(drawing.changes());
    Branch::new(style.paint(Tone::Strong, &harmless(&case.name)), below)
}

impl Drawing<'_> {
    fn mark(&self, truth: Truth) -> String {
        match truth {
            Truth::True => self.style.paint(Tone::Good, "✓"),
            Truth::False => self.style.paint(Tone::Bad, "✗"),
            Truth::Unknown => self.style.paint(Tone::Careful, "?"),
        }
    }

    fn outcome(&self) -> Vec<Branch> {
        let (asked, result) = (&self.explanation.question, &self.explanation.result);
        let tone = if result.message.is_none() { Tone::Good } else { Tone::Bad };
        let decision = self.style.paint(tone, result.decision.as_str());
        let mut lines = vec![
            Branch::leaf(harmless(&format!(
                "{} asks for {} on {}",
                asked.principal, asked.action, asked.resource
            ))),
            Branch::leaf(format!("{decision}, decided by {}", result.layer.unwrap_or_default())),
        ];
        lines.extend(
            result
                .message
                .iter()
                .map(|message| Branch::leaf(self.style.paint(Tone::Faint, &harmless(message)))),
        );
        lines
    }

    fn layer(&self, layer: &LayerTrace) -> Branch {
        match layer.not_asked {
            Some(why) => Branch::leaf(
                self.style.paint(Tone::Faint, &format!("{}: not asked, {why}", layer.layer.name())),
            ),
            None => Branch::new(layer.layer.name(), layer.policies.iter().map(|policy| self.policy(policy))),
        }
    }

    fn policy(&self, policy: &PolicyTrace) -> Branch {
        Branch::new(
            harmless(&policy.name),
            policy.statements.iter().map(|statement| self.statement(statement)),
        )
    }

    /// A statement that applies is one line, with its conditions; of one that does not, all parts are shown.
    fn statement(&self, statement: &StatementTrace) -> Branch {
        let effect = if statement.effect == Effect::Allow { "Allow" } else { "Deny" };
        let sid = statement.sid.as_ref().map(|sid| format!(" \"{}\"", harmless(sid))).unwrap_or_default();
        let class =
            statement.class.map(|class| format!(", by {}", class_in_words(class))).unwrap_or_default();
        let decides = if self.explanation.by == Decider::Statement(statement.at) {
            self.style.paint(Tone::Strong, "  ← decides")
        } else {
            String::new()
        };
        let applies = match statement.applies {
            Truth::True => format!("applies{class}"),
            Truth::Unknown => "may apply".to_owned(),
            Truth::False => near_miss(statement),
        };
        let number = statement.at.statement + 1;
        let line = format!("{} {effect} {number}{sid}: {applies}{decides}", self.mark(statement.applies));
        Branch::new(line, self.parts(statement))
    }

    fn parts(&self, statement: &StatementTrace) -> Vec<Branch> {
        let elements = [
            ("Principal", Truth::from(statement.principal)),
            ("Action", Truth::from(statement.action)),
            ("Resource", statement.resource),
        ];
        let fitting = |(name, truth): &(&str, Truth)| format!("{} {name}", self.mark(*truth));
        let line: Vec<String> = elements.iter().map(fitting).collect();
        let conditions = statement.conditions.iter().map(|condition| self.condition(condition));
        core::iter::once(Branch::leaf(line.join("  "))).chain(conditions).collect()
    }

    fn condition(&self, condition: &ConditionTrace) -> Branch {
        let saw = match &condition.seen {
            SeenValues::Absent => "it is absent".to_owned(),
            SeenValues::Unknown => "it is not known".to_owned(),
            SeenValues::Values(values) => format!("saw {}", listed(values)),
        };
        let (operator, key, wanted) = (&condition.operator, &condition.key, listed(&condition.wanted));
        Branch::leaf(format!(
            "{} {}",
            self.mark(condition.holds),
            harmless(&format!("{operator} {key}: wants {wanted}, {saw}"))
        ))
    }

    fn grants(&self, grants: &[GrantTrace]) -> Option<Branch> {
        let below: Vec<Branch> = grants.iter().map(|grant| self.grant(grant)).collect();
        (!below.is_empty()).then(|| Branch::new("grants", below))
    }

    fn grant(&self, grant: &GrantTrace) -> Branch {
        let id = grant.id.to_string();
        let name = self.explanation.grant_names.get(&id).map_or(id.as_str(), String::as_str);
        let decides = if self.explanation.by == Decider::Grant(grant.id) { "  ← decides" } else { "" };
        let parts = [
            ("grantee", Truth::from(grant.class.is_some())),
            ("operation", Truth::from(grant.operation)),
            ("in effect", Truth::from(grant.in_effect)),
            ("constraints", grant.constraints),
        ];
        let parts = parts.map(|(name, truth)| format!("{} {name}", self.mark(truth))).join("  ");
        Branch::new(
            format!("{}{}", harmless(name), self.style.paint(Tone::Strong, decides)),
            [Branch::leaf(parts)],
        )
    }

    fn changes(&self) -> Option<Branch> {
        let change = |change: &gatekey_policy::Change| {
            let document = change.document.as_deref().map(pretty).unwrap_or_default();
            Branch::leaf(format!("{}{document}", harmless(&change.what)))
        };
        let changes: Vec<Branch> = self.explanation.trace.changes.iter().map(change).collect();
        (!changes.is_empty()).then(|| Branch::new("what would allow it", changes))
    }
}

/// A document on lines of its own, its members in their own order.
pub(crate) fn pretty(document: &str) -> String {
    let mut text = "\n".to_owned();
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for c in document.chars() {
        let in_text = in_string;
        in_string ^= c == '"' && !escaped;
        escaped = in_text && c == '\\' && !escaped;
        match c {
            '{' | '[' if !in_text => depth += 1,
            '}' | ']' if !in_text => depth = depth.saturating_sub(1),
            ' ' | '\n' if !in_text => continue,
            _ => {}
        }
        let indent = || format!("\n{}", "  ".repeat(depth));
        text += &match c {
            '{' | '[' | ',' if !in_text => format!("{c}{}", indent()),
            '}' | ']' if !in_text => format!("{}{c}", indent()),
            ':' if !in_text => ": ".to_owned(),
            c if c.is_control() => '\u{fffd}'.to_string(),
            c => c.to_string(),
        };
    }
    text
}

fn near_miss(statement: &StatementTrace) -> String {
    match &statement.near_miss {
        Some(obstacle) => format!("does not apply, only because of {}", harmless(obstacle)),
        None => "does not apply".to_owned(),
    }
}

/// Values as a sentence has them.
pub(crate) fn listed(values: &[String]) -> String {
    match values {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        many => many.join(" or "),
    }
}

fn class_in_words(class: gatekey_policy::MatchClass) -> &'static str {
    use gatekey_policy::MatchClass as Class;
    match class {
        Class::Session => "the session's name",
        Class::User => "the user's name",
        Class::Role => "the role's name",
        Class::FederatedParent => "the name of the user behind it",
        Class::Wildcard => "meaning everyone",
        Class::RootUser => "the account, as its root user",
        Class::Account => "delegating to the account",
        Class::Service => "the service's name",
        Class::Federated => "the identity provider",
        Class::NotPrincipal => "not being excepted",
        Class::UnlockTask => "the task of unlocking key policies",
        Class::RootRescue => "the setting that lets root users in, which is not AWS behaviour",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_laid_out_in_its_own_order_and_its_texts_are_left_alone() {
        let text = r#"{"b":"x, {y}\"[","a":["1",2]}"#;
        assert_eq!(pretty(text), "\n{\n  \"b\": \"x, {y}\\\"[\",\n  \"a\": [\n    \"1\",\n    2\n  ]\n}");
    }
}
