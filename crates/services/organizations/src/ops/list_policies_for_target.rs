//! ListPoliciesForTarget: the policies of a type that are attached to a root, a unit or an account itself.
//!
//! AWS leaves out what is inherited, and what is attached but of a type that is not enabled.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    page::Page,
    shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    ListPoliciesForTargetError, ListPoliciesForTargetRequest, ListPoliciesForTargetResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListPoliciesForTarget;

impl Operation for ListPoliciesForTarget {
    type Call = calls::ListPoliciesForTarget;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListPoliciesForTargetRequest,
    ) -> Result<Answered<ListPoliciesForTargetResponse>, ListPoliciesForTargetError> {
        let target = input.target_id.as_str();
        let mut context = Context::new();
        context.set("organizations:PolicyType", input.filter.as_str());
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:ListPoliciesForTarget",
            who: Who::Readers,
            about: &[target],
            context,
        };
        let Entry { allowed, org } = enter::<ListPoliciesForTargetError>(passage, &asked)?;
        org.target::<ListPoliciesForTargetError>(target)?;
        let kind = shown::control_kind(input.filter);
        let kind = kind.filter(|kind| org.record().policy_types.contains(kind));

        let all = kind.into_iter().flat_map(|kind| org.attached(kind, target));
        let page = Page::take::<ListPoliciesForTargetError>(
            all,
            |(id, _)| (*id).to_owned(),
            input.next_token.as_ref(),
            input.max_results,
        )?;
        let policies =
            page.items.iter().map(|(id, policy)| shown::policy_summary(&org, id, &policy.record)).collect();
        let answer = ListPoliciesForTargetResponse { policies: Some(policies), next_token: page.next };
        Ok(passage.answer(&allowed, answer))
    }
}
