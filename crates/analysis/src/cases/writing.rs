//! Cases about writing policies: which AWS refuses, by which error, and where the fault is.

use super::case;
use super::reader::{At, Fault};
use super::run::Mismatch;
use crate::text::Position;
use gatekey_policy::{ErrorClass, Existence, Kind, Mode, Policy, PolicyError};
use serde_json::Value;
use std::borrow::Cow;

/// How AWS refuses a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The name of the error.
    pub(super) error: &'static str,
    message: String,
    /// What exactly is wrong, and what to do.
    detail: String,
    /// From the case.
    pointer: String,
    /// In the policy, if the case gives it as a text.
    position: Option<Position>,
}

impl Refusal {
    fn of(case: &At<'_>, at: &At<'_>, kind: Kind, problem: &PolicyError) -> Self {
        let within = at.pointer.strip_prefix(&case.pointer).unwrap_or(&at.pointer);
        Self {
            error: error_of(kind, problem.class),
            message: problem.message.clone(),
            detail: detail(problem),
            pointer: format!("{within}{}", problem.at.pointer),
            position: position(at, problem),
        }
    }

    /// The message of the error, and what is wrong.
    pub(super) fn told(&self) -> String {
        match self.position {
            Some(at) => format!(
                "{} ({}, line {}, column {}: {})",
                self.message, self.pointer, at.line, at.column, self.detail
            ),
            None => format!("{} ({}: {})", self.message, self.pointer, self.detail),
        }
    }
}

fn detail(problem: &PolicyError) -> String {
    match &problem.hint {
        Some(hint) => format!("{}; {hint}", problem.detail),
        None => problem.detail.clone(),
    }
}

/// Line and column mean something only in a policy that stands in the case as it would be sent.
fn position(at: &At<'_>, problem: &PolicyError) -> Option<Position> {
    let wide = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    at.value.is_string().then(|| Position { line: wide(problem.at.line), column: wide(problem.at.column) })
}

/// The errors of AWS, and the word for none.
const ERRORS: [&str; 8] = [
    ACCEPTED,
    "MalformedPolicyDocumentException",
    "LimitExceededException",
    "ValidationException",
    "MalformedPolicyDocument",
    "LimitExceeded",
    "PackedPolicyTooLarge",
    "ConstraintViolationException",
];

/// What `error` says where every policy is accepted.
const ACCEPTED: &str = "none";

/// The error by which the service that keeps this kind of policy refuses one.
fn error_of(kind: Kind, class: ErrorClass) -> &'static str {
    use ErrorClass::{Malformed, TooLarge, Validation};
    match (kind, class) {
        (Kind::Key | Kind::Resource, TooLarge) => "LimitExceededException",
        (Kind::Key | Kind::Resource, Validation) => "ValidationException",
        (Kind::ServiceControl | Kind::ResourceControl, TooLarge) => "ConstraintViolationException",
        (Kind::Key | Kind::Resource | Kind::ServiceControl | Kind::ResourceControl, _) => {
            "MalformedPolicyDocumentException"
        }
        (Kind::Session, TooLarge) => "PackedPolicyTooLarge",
        (Kind::Identity | Kind::Trust | Kind::Endpoint, TooLarge) => "LimitExceeded",
        (Kind::Identity | Kind::Trust | Kind::Endpoint | Kind::Session, Malformed | Validation) => {
            "MalformedPolicyDocument"
        }
    }
}

/// How writing the policies of a case must be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedAnswer {
    error: &'static str,
    because: Option<String>,
    pointer: Option<String>,
    line: Option<u64>,
    column: Option<u64>,
}

/// Reads an `expect` that has an `error`.
pub(super) fn expected(at: &At<'_>) -> Result<ExpectedAnswer, Fault> {
    at.only(&["error", "because", "pointer", "line", "column"])?;
    let number = |name| at.member(name).map(|at| at.number()).transpose();
    let expected = ExpectedAnswer {
        error: at.required("error")?.one_of("error", &ERRORS.map(|error| (error, error)))?,
        because: at.text_of("because")?.map(str::to_owned),
        pointer: at.text_of("pointer")?.map(str::to_owned),
        line: number("line")?,
        column: number("column")?,
    };
    let says_where = expected.because.is_some()
        || expected.pointer.is_some()
        || expected.line.is_some()
        || expected.column.is_some();
    if expected.error == ACCEPTED && says_where {
        return Err(at.fault("the error \"none\" has neither a text nor a place"));
    }
    Ok(expected)
}

impl ExpectedAnswer {
    /// Where the answer differs from the one expected. What AWS says and where it is counts only if there is an error.
    pub(super) fn mismatches(&self, refusal: Option<&Refusal>) -> Vec<Mismatch> {
        let error = refusal.map_or(ACCEPTED, |refusal| refusal.error);
        let mut mismatches = Vec::new();
        let mut compare = |what, expected: String, actual: String, is_same: bool| {
            if !is_same {
                mismatches.push(Mismatch { what, expected, actual });
            }
        };
        compare("error", self.error.to_owned(), error.to_owned(), self.error == error);
        let Some(refusal) = refusal else { return mismatches };
        if let Some(wanted) = &self.because {
            compare(
                "because",
                wanted.clone(),
                refusal.message.clone(),
                refusal.message.contains(wanted.as_str()),
            );
        }
        if let Some(wanted) = &self.pointer {
            compare("pointer", wanted.clone(), refusal.pointer.clone(), *wanted == refusal.pointer);
        }
        let seen = |part: fn(Position) -> usize| {
            let known = refusal.position.map(|at| part(at).to_string());
            known.unwrap_or_else(|| "unknown, since the policy is no text".to_owned())
        };
        for (what, wanted, part) in [
            ("line", self.line, (|at| at.line) as fn(Position) -> usize),
            ("column", self.column, |at| at.column),
        ] {
            if let Some(wanted) = wanted {
                let (wanted, seen) = (wanted.to_string(), seen(part));
                let is_same = wanted == seen;
                compare(what, wanted, seen, is_same);
            }
        }
        mismatches
    }
}

/// A policy as it is sent: a text stands for itself.
pub(super) fn document<'v>(at: &At<'v>) -> Result<Cow<'v, str>, Fault> {
    match at.value {
        Value::String(text) => Ok(Cow::Borrowed(text)),
        _ => at.members().map(|_| Cow::Owned(at.value.to_string())),
    }
}

/// `missingPrincipals`: whom AWS does not find.
pub(super) fn missing_principals(case: &At<'_>) -> Result<Vec<String>, Fault> {
    case.list_of("missingPrincipals")?.iter().map(|at| at.text().map(str::to_owned)).collect()
}

/// Reads a policy as AWS does when it is written; who is not said to be missing exists.
pub(super) fn write(text: &str, kind: Kind, missing: &[String]) -> Result<Policy, PolicyError> {
    Policy::parse(text, kind)?.pin(&mut |element| {
        let is_missing = missing.iter().any(|name| **name == *element.written.text);
        if is_missing { Existence::Missing } else { Existence::Exists }
    })
}

/// A policy that must be lawful and is not: placed within the file.
pub(super) fn fault(at: &At<'_>, problem: &PolicyError) -> Fault {
    let place = position(at, problem)
        .map_or_else(String::new, |at| format!("line {}, column {}: ", at.line, at.column));
    Fault {
        pointer: format!("{}{}", at.pointer, problem.at.pointer),
        message: format!("{} ({place}{})", problem.message, detail(problem)),
    }
}

/// Writes every policy of a case; how the first is refused that is.
pub(super) fn first_refusal(case: &At<'_>, mode: Mode) -> Result<Option<Refusal>, Fault> {
    if case.flag("stored", false)? {
        return Err(case.fault(
            "what is stored is not written: \"stored\" and an expected \"error\" exclude each other",
        ));
    }
    let missing = missing_principals(case)?;
    let all = documents(case, mode)?;
    if all.is_empty() {
        return Err(case.fault("the case expects an \"error\" and has no policy"));
    }
    for (at, kind) in all {
        if let Err(problem) = write(&document(&at)?, kind, &missing) {
            return Ok(Some(Refusal::of(case, &at, kind, &problem)));
        }
    }
    Ok(None)
}

/// Every policy of a case and what it is, in the order in which the documentation lists them.
fn documents<'v>(case: &At<'v>, mode: Mode) -> Result<Vec<(At<'v>, Kind)>, Fault> {
    let one = |name: &str, kind| case.member(name).map(|at| (at, kind));
    let mut all: Vec<_> = one("resourcePolicy", case::resource_kind(mode)).into_iter().collect();
    for at in case.list_of("identityPolicies")? {
        all.push((at.required("policy")?, Kind::Identity));
    }
    all.extend(one("permissionsBoundary", Kind::Identity));
    all.extend(case.list_of("sessionPolicies")?.into_iter().map(|at| (at, Kind::Session)));
    for (name, kind) in
        [("serviceControlPolicies", Kind::ServiceControl), ("resourceControlPolicies", Kind::ResourceControl)]
    {
        for level in case.list_of(name)? {
            all.extend(level.elements()?.into_iter().map(|at| (at, kind)));
        }
    }
    all.extend(one("endpointPolicy", Kind::Endpoint));
    Ok(all)
}
