//! A policy as the rules see it: read leniently from the tree, so that one mistake does not hide the next.

use super::glob;
use super::tree::{Member, Node, Place, Value};

/// A string and its place.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) at: Place,
}

/// `Allow` or `Deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// `Action`, `Resource`, or their negations.
#[derive(Debug, Clone)]
pub(crate) struct Clause {
    /// The place of the element's name.
    pub(crate) name_at: Place,
    /// Whether it is `NotAction` or `NotResource`.
    pub(crate) negated: bool,
    pub(crate) words: Vec<Word>,
}

/// One entry of `Principal` or `NotPrincipal`.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// `AWS`, `Service`, `Federated`, `CanonicalUser`; or empty for the bare `"*"`.
    pub(crate) kind: String,
    pub(crate) word: Word,
}

impl Named {
    /// Whether this is everybody: `"*"` or `{"AWS": "*"}`.
    pub(crate) fn is_everybody(&self) -> bool {
        self.word.text == "*" && matches!(self.kind.as_str(), "" | "AWS")
    }
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone)]
pub(crate) struct Principals {
    /// The place of the element's name.
    pub(crate) name_at: Place,
    /// Whether it is `NotPrincipal`.
    pub(crate) negated: bool,
    pub(crate) entries: Vec<Named>,
}

/// How a condition operator reads several values of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    All,
    Any,
}

/// A condition operator's name, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) quantifier: Option<Quantifier>,
    /// The name without quantifier and `IfExists`, as written.
    pub(crate) base: String,
    pub(crate) if_exists: bool,
}

impl Operator {
    fn read(text: &str) -> Self {
        let (quantifier, rest) = match text.split_once(':') {
            Some(("ForAllValues", rest)) => (Some(Quantifier::All), rest),
            Some(("ForAnyValue", rest)) => (Some(Quantifier::Any), rest),
            _ => (None, text),
        };
        let base = rest.strip_suffix("IfExists");
        Self { quantifier, base: base.unwrap_or(rest).to_owned(), if_exists: base.is_some() }
    }

    /// Whether it is one that holds where the listed values do not match (and also where the key is absent).
    pub(crate) fn is_negated(&self) -> bool {
        self.base.contains("Not")
    }

    /// Whether it compares text: `String...` or `Arn...`, case and wildcards aside.
    pub(crate) fn starts_with(&self, family: &str) -> bool {
        self.base.starts_with(family)
    }

    /// Whether `*` and `?` in its values are wildcards.
    pub(crate) fn has_wildcards(&self) -> bool {
        self.base.ends_with("Like") || self.starts_with("Arn")
    }
}

/// One line of a condition: an operator, one condition key, and the values.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) operator_at: Word,
    pub(crate) operator: Operator,
    pub(crate) key: Word,
    pub(crate) values: Vec<Word>,
}

impl Test {
    /// Whether the key is this one; condition keys are compared without case.
    pub(crate) fn is_on(&self, key: &str) -> bool {
        self.key.text.eq_ignore_ascii_case(key)
    }

    /// Whether the key is one of a family such as `kms:EncryptionContext:`.
    pub(crate) fn is_under(&self, prefix: &str) -> bool {
        self.key.text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    }

    /// Whether the test fails when the key is absent, and what it says is what must hold.
    pub(crate) fn is_positive(&self) -> bool {
        !self.operator.is_negated()
            && !self.operator.if_exists
            && self.operator.quantifier != Some(Quantifier::All)
            && self.operator.base != "Null"
    }
}

/// One statement, as far as it can be read.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// The whole statement.
    pub(crate) at: Place,
    pub(crate) sid: Option<Word>,
    pub(crate) effect: Option<Effect>,
    pub(crate) principal: Option<Principals>,
    pub(crate) action: Option<Clause>,
    pub(crate) resource: Option<Clause>,
    pub(crate) tests: Vec<Test>,
    /// Without places, to compare with others.
    pub(crate) canonical: serde_json::Value,
}

impl Statement {
    pub(crate) fn allows(&self) -> bool {
        self.effect == Some(Effect::Allow)
    }

    pub(crate) fn denies(&self) -> bool {
        self.effect == Some(Effect::Deny)
    }

    /// Entries of `Principal`; none if it is `NotPrincipal` or absent.
    pub(crate) fn principals(&self) -> &[Named] {
        self.principal.as_ref().filter(|p| !p.negated).map_or(&[], |p| &p.entries)
    }

    /// Entries of `NotPrincipal`.
    pub(crate) fn excepted_principals(&self) -> &[Named] {
        self.principal.as_ref().filter(|p| p.negated).map_or(&[], |p| &p.entries)
    }

    /// Whether the statement is about everybody: `"*"`, `{"AWS": "*"}`.
    pub(crate) fn names_everybody(&self) -> bool {
        self.principals().iter().any(Named::is_everybody)
    }

    /// The words of `Action` (not of `NotAction`).
    pub(crate) fn actions(&self) -> &[Word] {
        self.action.as_ref().filter(|clause| !clause.negated).map_or(&[], |clause| &clause.words)
    }

    /// The words of `Action` or `NotAction`.
    pub(crate) fn action_words(&self) -> &[Word] {
        self.action.as_ref().map_or(&[], |clause| &clause.words)
    }

    /// The words of `Resource` or `NotResource`.
    pub(crate) fn resource_words(&self) -> &[Word] {
        self.resource.as_ref().map_or(&[], |clause| &clause.words)
    }

    /// Whether the action element covers this action (`kms:Decrypt`).
    pub(crate) fn covers(&self, action: &str) -> bool {
        self.action.as_ref().is_some_and(|clause| {
            clause.negated != clause.words.iter().any(|word| glob::matches_folded(&word.text, action))
        })
    }

    /// Whether the conditions have a test on this key.
    pub(crate) fn tests_key(&self, key: &str) -> bool {
        self.tests.iter().any(|test| test.is_on(key))
    }
}

/// A policy document.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) root: Node,
    pub(crate) version: Option<Word>,
    pub(crate) statements: Vec<Statement>,
}

impl Document {
    pub(crate) fn read(root: Node) -> Self {
        let nodes = root.member("Statement").map_or(&[][..], |member| member.node.one_or_many());
        let objects = nodes.iter().filter(|node| matches!(node.value, Value::Members(_)));
        Self {
            version: root.member("Version").and_then(|member| word(&member.node)),
            statements: objects.map(statement).collect(),
            root,
        }
    }

    /// Whether policy variables are replaced in this document.
    pub(crate) fn has_variables(&self) -> bool {
        self.version.as_ref().is_some_and(|version| version.text == "2012-10-17")
    }
}

fn word(node: &Node) -> Option<Word> {
    node.text().map(|text| Word { text: text.to_owned(), at: node.at.clone() })
}

fn words(node: &Node) -> Vec<Word> {
    node.one_or_many().iter().filter_map(word).collect()
}

/// Condition values may be numbers and booleans too, and then mean the text that they are written as.
fn values(node: &Node) -> Vec<Word> {
    let as_word = |node: &Node| match &node.value {
        Value::Text(text) | Value::Scalar(text) => Some(Word { text: text.clone(), at: node.at.clone() }),
        Value::List(_) | Value::Members(_) => None,
    };
    node.one_or_many().iter().filter_map(as_word).collect()
}

fn statement(node: &Node) -> Statement {
    let text = |name| node.member(name).and_then(|member| word(&member.node));
    Statement {
        at: node.at.clone(),
        sid: text("Sid"),
        effect: text("Effect").and_then(|word| match word.text.as_str() {
            "Allow" => Some(Effect::Allow),
            "Deny" => Some(Effect::Deny),
            _ => None,
        }),
        principal: either(node, "Principal", "NotPrincipal", principals),
        action: either(node, "Action", "NotAction", clause),
        resource: either(node, "Resource", "NotResource", clause),
        tests: node.member("Condition").map(tests).unwrap_or_default(),
        canonical: node.canonical(),
    }
}

/// Reads an element or its negation; if a statement wrongly has both, the first name given counts.
fn either<T>(node: &Node, plain: &str, negated: &str, read: fn(&Member, bool) -> T) -> Option<T> {
    let found = node.member(plain).map(|member| read(member, false));
    found.or_else(|| node.member(negated).map(|member| read(member, true)))
}

fn clause(member: &Member, negated: bool) -> Clause {
    Clause { name_at: member.name_at.clone(), negated, words: words(&member.node) }
}

fn principals(member: &Member, negated: bool) -> Principals {
    let bare = words(&member.node).into_iter().map(|word| Named { kind: String::new(), word });
    let kinds =
        member.node.members().iter().flat_map(|kind| {
            words(&kind.node).into_iter().map(|word| Named { kind: kind.name.clone(), word })
        });
    Principals { name_at: member.name_at.clone(), negated, entries: bare.chain(kinds).collect() }
}

fn tests(member: &Member) -> Vec<Test> {
    member.node.members().iter().flat_map(tests_of_operator).collect()
}

fn tests_of_operator(operator: &Member) -> Vec<Test> {
    let of_key = |key: &Member| Test {
        operator_at: Word { text: operator.name.clone(), at: operator.name_at.clone() },
        operator: Operator::read(&operator.name),
        key: Word { text: key.name.clone(), at: key.name_at.clone() },
        values: values(&key.node),
    };
    operator.node.members().iter().map(of_key).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn first(text: &str) -> Statement {
        let document = Document::read(tree::read(text).unwrap());
        document.statements.into_iter().next().unwrap()
    }

    #[test]
    fn brackets_around_one_value_may_be_left_out() {
        let one =
            first(r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:Get*","Resource":"*"}}"#);
        assert!(one.names_everybody() && one.covers("kms:getkeypolicy") && !one.covers("kms:Decrypt"));
        let many = first(
            r#"{"Statement":[{"Principal":{"AWS":["a","b"],"Service":"c"},"NotAction":["kms:Get*"]}]}"#,
        );
        assert_eq!(many.principals().len(), 3);
        assert!(many.covers("kms:Decrypt") && !many.covers("kms:GetKeyPolicy"));
    }

    #[test]
    fn an_operator_is_taken_apart() {
        let operator = Operator::read("ForAnyValue:StringNotLikeIfExists");
        assert_eq!((operator.quantifier, operator.base.as_str()), (Some(Quantifier::Any), "StringNotLike"));
        assert!(operator.if_exists && operator.is_negated() && operator.has_wildcards());
        assert_eq!(Operator::read("Bool:x").base, "Bool:x");
    }

    #[test]
    fn what_is_no_statement_is_left_to_the_rules_of_form() {
        for text in ["1", "[]", "{}", r#"{"Statement":7}"#, r#"{"Statement":["x",null]}"#] {
            assert!(Document::read(tree::read(text).unwrap()).statements.is_empty(), "{text}");
        }
    }
}
