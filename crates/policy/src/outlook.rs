//! What a decision depends on, for the analyses that look for a request which is allowed, or show that there is none.

use crate::action::Action;
use crate::condition::{Comparison, Condition};
use crate::facts::{Facts, Seen};
use crate::glob::{Glob, Piece};
use crate::grant::Constraints;
use crate::key::{ConditionKey, KeyName};
use crate::policy::{Effect, ResourcePattern, Statement};
use crate::request::{Policies, Request};
use crate::scan::{Assume, Question};
use crate::template::{Filled, Template, as_pieces, as_text};
use crate::truth::Truth;
use crate::verdict::{Layer, Verdict};

/// Whether a request is allowed: [`Truth::True`] and [`Truth::False`] whatever the unknown keys turn out to be.
///
/// It is [`decide_partially`](crate::decide_partially) without what is left over, at the price of two decisions.
pub fn outlook(request: &Request<'_>, policies: &Policies<'_>) -> Truth {
    let allowed = |assume| Question { request, policies, assume }.answer().is_allowed();
    match (allowed(Assume::Against), || allowed(Assume::InFavour)) {
        (true, _) => Truth::True,
        (false, best) if best() => Truth::Unknown,
        (false, _) => Truth::False,
    }
}

/// The decision in the best case for the caller: each Allow that is open applies, and no Deny that is open does.
pub fn decide_at_best(request: &Request<'_>, policies: &Policies<'_>) -> Verdict {
    Question { request, policies, assume: Assume::InFavour }.answer()
}

/// The unknown keys on which statements and grants that could have a say depend; each once, in the order in which they are
/// met. A key of [`KeyName::KmsEncryptionContext`] without a name stands for whatever else the encryption context has.
pub fn open_keys(request: &Request<'_>, policies: &Policies<'_>) -> Vec<ConditionKey<'static>> {
    let question = Question { request, policies, assume: Assume::Against };
    let mut open = OpenKeys::default();
    let asked = question.having_a_say();
    asked.each_policy(&mut |at, policy| {
        if let Action::Kms(action) = request.action
            && policy.kms_bits() & action.bit() == 0
        {
            return;
        }
        let facts = question.facts(at.layer);
        for statement in policy.statements() {
            let is_open = !question.whom(statement).is_empty()
                && statement.is_about(request, policy, &facts) == Truth::Unknown;
            if is_open {
                open.add_statement(statement, &facts);
            }
        }
    });
    question.add_open_grants(&mut open);
    open.keys
}

#[derive(Default)]
struct OpenKeys {
    keys: Vec<ConditionKey<'static>>,
}

impl OpenKeys {
    fn add(&mut self, key: &ConditionKey<'_>) {
        if !self.keys.iter().any(|known| known.is(key)) {
            self.keys.push(key.clone().into_owned());
        }
    }

    fn add_unknown<'k>(&mut self, keys: impl Iterator<Item = &'k ConditionKey<'static>>, facts: &Facts<'_>) {
        keys.filter(|key| facts.look(key) == Seen::Unknown).for_each(|key| self.add(key));
    }

    fn add_statement(&mut self, statement: &Statement, facts: &Facts<'_>) {
        let patterns = statement.resource.iter().flat_map(|block| block.compiled());
        for pattern in patterns {
            if let ResourcePattern::Template(template) = pattern {
                self.add_unknown(template.variables(), facts);
            }
        }
        for condition in &statement.conditions {
            if condition.holds(statement.effect, facts) == Truth::Unknown {
                // What a variable stands for comes first: it decides what the key is compared with.
                self.add_unknown(condition.variables(), facts);
                self.add_unknown(std::iter::once(&condition.key), facts);
            }
        }
    }

    fn add_constraints(&mut self, constraints: &Constraints, facts: &Facts<'_>) {
        let context =
            constraints.encryption_context_equals.iter().chain(&constraints.encryption_context_subset);
        let names = context.flat_map(|pairs| pairs.keys().map(String::as_str));
        let others = constraints.encryption_context_equals.iter().map(|_| "");
        let of_context =
            names.chain(others).map(|name| ConditionKey::of(KeyName::KmsEncryptionContext, name.to_owned()));
        let source = constraints.source_arn.iter().map(|_| ConditionKey::from(KeyName::AwsSourceArn));
        of_context
            .chain(source)
            .filter(|key| facts.look(key) == Seen::Unknown)
            .for_each(|key| self.add(&key));
    }
}

impl Question<'_> {
    fn add_open_grants(&self, open: &mut OpenKeys) {
        let Some((grants, query)) = self.grant_query() else { return };
        let facts = self.facts(Layer::Grant);
        grants.visit_candidates(&query, &mut |view| {
            let is_meant = self.class_of(view, query.operation).is_some();
            if is_meant && self.meets_constraints(view.grant, query.operation) == Truth::Unknown {
                open.add_constraints(&view.grant.terms.constraints, &facts);
            }
            open.keys.len() > MOST_KEYS
        });
    }
}

/// More keys of grants than this are not collected.
const MOST_KEYS: usize = 64;

/// One value of a condition, as texts are compared with it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Wanted {
    /// A text that matches these tokens, one after the other.
    Text(Vec<Token>),
    /// The same, whatever the case of the letters.
    TextInAnyCase(Vec<Token>),
    /// No text matches.
    Nothing,
    /// A number, a moment, a network, a truth or bytes, as it is written.
    Written(String),
}

/// A part of a text to be matched.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Token {
    /// This character.
    Is(char),
    /// Any one character.
    One,
    /// Any characters.
    Run,
    /// Any one character but a colon.
    OneInPart,
    /// Any characters but colons.
    RunInPart,
}

impl Condition {
    /// Whether it holds for the request, in a statement of this effect and layer.
    pub fn truth(&self, request: &Request<'_>, layer: Layer, effect: Effect) -> Truth {
        self.holds(effect, &Facts::of_layer(request, layer))
    }

    /// What each of its values is compared with in the request, policy variables filled in. `None` if a variable stands for
    /// what is not known.
    pub fn wanted(&self, request: &Request<'_>, layer: Layer) -> Option<Vec<Wanted>> {
        let facts = Facts::of_layer(request, layer);
        self.readings().map(|(text, template)| self.wanted_value(text, template, &facts)).collect()
    }

    fn wanted_value(&self, text: &str, template: Option<&Template>, facts: &Facts<'_>) -> Option<Wanted> {
        let fixed = Template::Fixed(text.into());
        let parts = match template.unwrap_or(&fixed).fill(&|key| facts.variable(key)) {
            Filled::Parts(parts) => parts,
            Filled::Nothing => return Some(Wanted::Nothing),
            Filled::Unknown => return None,
        };
        let literal = || as_text(&parts).chars().map(Token::Is).collect();
        Some(match self.operator.comparison {
            Comparison::StringLike => Wanted::Text(as_pieces(&parts).flat_map(tokens).collect()),
            Comparison::ArnEquals | Comparison::ArnLike => {
                arn_tokens(as_pieces(&parts)).map_or(Wanted::Nothing, Wanted::Text)
            }
            Comparison::StringEquals => Wanted::Text(literal()),
            Comparison::StringEqualsIgnoreCase => Wanted::TextInAnyCase(literal()),
            _ => Wanted::Written(text.to_owned()),
        })
    }
}

fn tokens(piece: Piece<'_>) -> Vec<Token> {
    match piece {
        Piece::Text(text) => text.chars().map(Token::Is).collect(),
        Piece::Star => vec![Token::Run],
        Piece::Question => vec![Token::One],
    }
}

/// The first five parts keep to themselves, and the first must be `arn`.
fn arn_tokens<'a>(pieces: impl IntoIterator<Item = Piece<'a>>) -> Option<Vec<Token>> {
    let (mut first, mut rest, mut colons) = (Vec::new(), Vec::new(), 0);
    for token in pieces.into_iter().flat_map(tokens) {
        match (token, colons) {
            (Token::Is(':'), 0) => colons = 1,
            (token, 0) => first.push(token),
            (Token::Is(':'), 1..5) => {
                colons += 1;
                rest.push(token);
            }
            (Token::Run, 1..5) => rest.push(Token::RunInPart),
            (Token::One, 1..5) => rest.push(Token::OneInPart),
            (token, _) => rest.push(token),
        }
    }
    (colons == 5 && is_arn(&first)).then(|| "arn:".chars().map(Token::Is).chain(rest).collect())
}

fn is_arn(first: &[Token]) -> bool {
    let pattern = first.iter().map(|token| match token {
        Token::Is(character @ ('*' | '?')) => Err(*character),
        Token::Is(character) => Ok(*character),
        Token::One | Token::OneInPart => Ok('?'),
        Token::Run | Token::RunInPart => Ok('*'),
    });
    pattern.collect::<Result<String, char>>().is_ok_and(|pattern| Glob::of_text(&pattern).matches("arn"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;
    use crate::{UnknownKeys, decide_partially};

    fn open(rest: &str) -> Case {
        Case::new("A:user/u", "kms:Decrypt").key_allows(&["A:user/u"], &["kms:*"], rest).with(|case| {
            case.context.set_unknown(UnknownKeys::Everything);
        })
    }

    fn names(case: &Case) -> Vec<String> {
        case.ask(open_keys).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_outlook_is_that_of_partial_evaluation() {
        let address = r#""Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#;
        let root = r#""Condition":{"StringEquals":{"aws:PrincipalType":"Account"}}"#;
        for (rest, truth) in [("", Truth::True), (address, Truth::Unknown), (root, Truth::False)] {
            let case = open(rest);
            assert_eq!(case.ask(outlook), truth, "{rest} {:?}", case.ask(decide_partially));
        }
    }

    #[test]
    fn open_keys_are_those_on_which_something_depends() {
        let both = r#""Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},
            "StringEquals":{"aws:PrincipalType":"User","aws:SourceVpc":"${aws:SourceVpce}"}}"#;
        assert_eq!(names(&open(both)), ["aws:SourceIp", "aws:SourceVpce", "aws:SourceVpc"]);
        let settled = r#""Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"StringEquals":{"aws:PrincipalType":"x"}}"#;
        assert!(names(&open(settled)).is_empty());
    }

    #[test]
    fn the_constraints_of_grants_are_open_keys_and_a_closed_family_has_no_others() {
        let case = Case::new("A:user/u", "kms:Decrypt")
            .key_allows(&["A:user/v"], &["kms:*"], "")
            .grant("A:user/u", &[crate::KmsAction::Decrypt], equals(&[("a", "1")]))
            .with(|case| {
                case.context.set_unknown(UnknownKeys::Everything);
            });
        assert_eq!(names(&case), ["kms:EncryptionContext:a", "kms:EncryptionContext:"]);
        let closed = case.with(|case| {
            case.context.set_encryption_context([("a", "1")]).close(KeyName::KmsEncryptionContext);
        });
        assert_eq!((names(&closed), closed.ask(outlook)), (vec![], Truth::True));
    }

    #[test]
    fn what_a_condition_wants_has_its_variables_filled_in() {
        let wants = |operator: &str, value: &str| {
            let rest = format!(r#""Condition":{{"{operator}":{{"aws:SourceVpc":"{value}"}}}}"#);
            let case = open(&rest);
            let policy = case.key_policy.clone().unwrap();
            let condition = policy.statements()[0].conditions[0].clone();
            case.ask(|request, _| condition.wanted(request, Layer::Resource))
        };
        let text = |wanted: Option<Vec<Wanted>>| -> String {
            let Some([Wanted::Text(tokens)]) = wanted.as_deref() else { return format!("{wanted:?}") };
            tokens
                .iter()
                .map(|token| match token {
                    Token::Is(c) => *c,
                    Token::Run => '*',
                    Token::RunInPart => '+',
                    Token::One | Token::OneInPart => '?',
                })
                .collect()
        };
        assert_eq!(text(wants("StringLike", "${aws:username}*")), "u*");
        assert_eq!(text(wants("StringEquals", "${aws:username}*")), "u*");
        assert_eq!(text(wants("ArnLike", "a*n:aws:iam::*:role/*:x")), "arn:aws:iam::+:role/*:x");
        assert_eq!(wants("ArnLike", "x:aws:iam::*:role"), Some(vec![Wanted::Nothing]));
        assert_eq!(wants("StringEquals", "${aws:SourceVpce}"), None);
    }
}
