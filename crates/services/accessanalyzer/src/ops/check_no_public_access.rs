//! CheckNoPublicAccess: whether a resource policy opens the resource to everybody.
//!
//! AWS: fails where an Allow means everybody, or everybody but some, without a condition that says who. It is what the linter
//! calls public. Only the policies of keys and secrets are looked at here.

use crate::document::{self, invalid};
use gatekey_analysis::lint::{Finding, Kind, Scope, lint};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::accessanalyzer::{
    AccessCheckPolicyType, AccessCheckResourceType as Type, AccessDeniedException, CheckNoPublicAccessError,
    CheckNoPublicAccessRequest, CheckNoPublicAccessResponse, CheckNoPublicAccessResult, ReasonSummary, calls,
};
use gatekey_policy::{Context, Policy};

/// The handler.
pub(crate) struct CheckNoPublicAccess;

impl Operation for CheckNoPublicAccess {
    type Call = calls::CheckNoPublicAccess;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CheckNoPublicAccessRequest,
    ) -> Result<Answered<CheckNoPublicAccessResponse>, CheckNoPublicAccessError> {
        let allowed = passage
            .authorize_other("access-analyzer:CheckNoPublicAccess", On::default(), Context::new())
            .map_err(|denied| AccessDeniedException::new(denied.message))?;
        let kind = match &input.resource_type {
            Type::AwsKmsKey => Kind::Key,
            Type::AwsSecretsManagerSecret => Kind::Resource,
            Type::AwsIamAssumeRolePolicyDocument => Kind::Trust,
            other => {
                let text = format!("Policies of {} are not checked here.", other.as_str());
                return Err(invalid(text));
            }
        };
        let document = input.policy_document.expose();
        let policy: Policy =
            document::read::<CheckNoPublicAccessError>(document, &AccessCheckPolicyType::ResourcePolicy)?;
        let scope = Scope { kind: Some(kind), account: Some(passage.account()), ..Scope::default() };
        let reasons: Vec<ReasonSummary> = lint(document, &scope)
            .findings
            .iter()
            .filter(|finding| ["public", "allow-not-principal"].contains(&finding.rule.name))
            .map(|finding| reason(finding, &policy))
            .collect();
        let (result, message) = match reasons.is_empty() {
            true => (CheckNoPublicAccessResult::Pass, "The resource policy does not grant public access."),
            false => (CheckNoPublicAccessResult::Fail, "The resource policy grants public access."),
        };
        let answer = CheckNoPublicAccessResponse {
            result: Some(result),
            message: Some(message.to_owned()),
            reasons: Some(reasons),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

fn reason(finding: &Finding, policy: &Policy) -> ReasonSummary {
    let index: Option<usize> = finding.pointer.split('/').nth(2).and_then(|part| part.parse().ok());
    let index = index.unwrap_or_default();
    let statement = policy.statements().get(index);
    ReasonSummary {
        description: Some(finding.message.clone()),
        statement_index: i32::try_from(index).ok(),
        statement_id: statement.and_then(|one| one.sid.as_ref()).map(|sid| sid.text.to_string()),
    }
}
