//! CreatePolicy: a new service or resource control policy, attached to nothing yet.
//!
//! Other types of AWS's do not bear on who may do what, and there are none of them here.

use crate::{
    document,
    entry::{Asked, Entry, Who, enter_with_tags},
    event,
    fault::constraint,
    shown, tag,
};
use gatekey_directory::{ControlKind, ControlPolicyRecord, ControlPolicyTable, short_id};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    ConstraintViolationExceptionReason, CreatePolicyError, CreatePolicyRequest, CreatePolicyResponse,
    DuplicatePolicyException, PolicyTypeNotAvailableForOrganizationException, calls,
};
use gatekey_policy::Context;
use gatekey_store::table::Edit;
use std::collections::BTreeSet;

/// The handler.
pub(crate) struct CreatePolicy;

impl Operation for CreatePolicy {
    type Call = calls::CreatePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreatePolicyRequest,
    ) -> Result<Answered<CreatePolicyResponse>, CreatePolicyError> {
        event::note(passage, input);
        let tags = tag::parse::<CreatePolicyError>(input.tags.as_ref())?;
        let mut context = Context::new();
        context.set("organizations:PolicyType", input.r#type.as_str());
        let asked = Asked { action: "organizations:CreatePolicy", who: Who::Delegates, about: &[], context };
        let Entry { allowed, org } = enter_with_tags::<CreatePolicyError>(passage, asked, &tags)?;
        let kind = shown::control_kind(input.r#type).filter(|_| org.record().all_features);
        let unavailable = || {
            let text = "You can't use the specified policy type with the feature set currently enabled for this \
                        organization.";
            PolicyTypeNotAvailableForOrganizationException::new(text)
        };
        let kind = kind.ok_or_else(unavailable)?;
        document::control::<CreatePolicyError>(passage, kind, &input.content)?;
        let of_kind = || org.all.policies(&org.id).filter(|(_, policy)| policy.record.kind == kind);
        if of_kind().any(|(_, policy)| policy.record.name == input.name) {
            let text = "A policy with the specified name and type already exists.";
            return Err(DuplicatePolicyException::new(text).into());
        }
        if of_kind().count() >= most(kind) {
            let text = "You have exceeded the number of policies that you can have in an organization.";
            return Err(constraint(ConstraintViolationExceptionReason::PolicyNumberLimitExceeded, text));
        }
        let record = ControlPolicyRecord {
            kind,
            name: input.name.clone(),
            description: input.description.clone(),
            document: input.content.clone(),
            aws_managed: false,
            targets: BTreeSet::new(),
            tags,
        };
        let id = format!("p-{}", short_id::<8>(passage.entropy()));
        // The organization's record is touched: of two policies of one name only one is made.
        let edits =
            vec![Edit::insert::<ControlPolicyTable>(&org.key(&id), &record), org.update(org.record())];
        let answer = CreatePolicyResponse { policy: Some(shown::policy(&org, &id, &record)) };
        event::commit(passage, &allowed, edits, answer).await
    }
}

/// Policies of a type in one organization, AWS's own included.
fn most(kind: ControlKind) -> usize {
    match kind {
        ControlKind::ServiceControl => 10_000,
        ControlKind::ResourceControl => 1_000,
    }
}
