//! ValidatePolicy: what the linter finds in a policy.
//!
//! AWS: findings have one of four types, a code, and the places that they are about, with lines from 1 and columns and offsets
//! from 0. The codes are the linter's, which are more than AWS's and about keys.

use crate::page;
use gatekey_analysis::{
    Position as At,
    lint::{Finding, Kind, Scope, Severity, lint},
};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::accessanalyzer::{
    AccessDeniedException, Location, PathElement, PolicyType, Position, Span, ValidatePolicyError,
    ValidatePolicyFinding, ValidatePolicyFindingType, ValidatePolicyRequest, ValidatePolicyResourceType,
    ValidatePolicyResponse, ValidationException, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ValidatePolicy;

impl Operation for ValidatePolicy {
    type Call = calls::ValidatePolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ValidatePolicyRequest,
    ) -> Result<Answered<ValidatePolicyResponse>, ValidatePolicyError> {
        let allowed = passage
            .authorize_other("access-analyzer:ValidatePolicy", On::default(), Context::new())
            .map_err(|denied| AccessDeniedException::new(denied.message))?;
        let scope = Scope { kind: kind(input), account: Some(passage.account()), ..Scope::default() };
        let findings = lint(&input.policy_document, &scope).findings;
        let text = "The token is not one of this operation's.";
        let page = page::of(findings, input.max_results, input.next_token.as_deref());
        let (page, next_token) = page.ok_or_else(|| ValidationException::new(text))?;
        let findings = page.iter().map(|one| finding(one, &input.policy_document)).collect();
        Ok(passage.answer(&allowed, ValidatePolicyResponse { findings, next_token }))
    }
}

/// What the policy is for; of a resource policy its contents tell, where the request does not.
fn kind(input: &ValidatePolicyRequest) -> Option<Kind> {
    match (&input.policy_type, &input.validate_policy_resource_type) {
        (PolicyType::IdentityPolicy, _) => Some(Kind::Identity),
        (PolicyType::ServiceControlPolicy, _) => Some(Kind::Scp),
        (PolicyType::ResourceControlPolicy, _) => Some(Kind::Rcp),
        (_, Some(ValidatePolicyResourceType::AwsIamAssumeRolePolicyDocument)) => Some(Kind::Trust),
        (_, Some(_)) => Some(Kind::Resource),
        (_, None) => None,
    }
}

fn finding(finding: &Finding, text: &str) -> ValidatePolicyFinding {
    ValidatePolicyFinding {
        finding_details: finding.message.clone(),
        finding_type: match finding.rule.severity {
            Severity::Error => ValidatePolicyFindingType::Error,
            Severity::Security => ValidatePolicyFindingType::SecurityWarning,
            Severity::Warning => ValidatePolicyFindingType::Warning,
            Severity::Suggestion => ValidatePolicyFindingType::Suggestion,
        },
        issue_code: finding.rule.name.replace('-', "_").to_ascii_uppercase(),
        learn_more_link: format!("docs/policy-lint.md#{}", finding.rule.id.to_ascii_lowercase()),
        locations: vec![Location {
            path: path(&finding.pointer),
            span: Span { start: position(finding.start, text), end: position(finding.end, text) },
        }],
    }
}

/// A JSON pointer as AWS writes paths: keys, and numbers of elements.
fn path(pointer: &str) -> Vec<PathElement> {
    let element = |part: &str| {
        let part = part.replace("~1", "/").replace("~0", "~");
        let none = PathElement { index: None, key: None, substring: None, value: None };
        match part.parse() {
            Ok(index) => PathElement { index: Some(index), ..none },
            Err(_) => PathElement { key: Some(part), ..none },
        }
    };
    pointer.split('/').skip(1).map(element).collect()
}

/// Columns and offsets are from 0, in characters.
fn position(at: At, text: &str) -> Position {
    let (line, column) = (at.line.saturating_sub(1), at.column.saturating_sub(1));
    let before: usize = text.split_inclusive('\n').take(line).map(|line| line.chars().count()).sum();
    let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let offset = number(before.saturating_add(column));
    Position { line: number(at.line), column: number(column), offset }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_told_by_keys_and_numbers() {
        let path = path("/Statement/0/a~1b");
        let texts: Vec<_> = path.iter().map(|one| (one.key.as_deref(), one.index)).collect();
        assert_eq!(texts, [(Some("Statement"), None), (None, Some(0)), (Some("a/b"), None)]);
    }
}
