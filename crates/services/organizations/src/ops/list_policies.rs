//! ListPolicies: the policies of a type; of types that are not here there are none.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    page::Page,
    shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{ListPoliciesError, ListPoliciesRequest, ListPoliciesResponse, calls};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListPolicies;

impl Operation for ListPolicies {
    type Call = calls::ListPolicies;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListPoliciesRequest,
    ) -> Result<Answered<ListPoliciesResponse>, ListPoliciesError> {
        let mut context = Context::new();
        context.set("organizations:PolicyType", input.filter.as_str());
        event::note(passage, input);
        let asked = Asked { action: "organizations:ListPolicies", who: Who::Readers, about: &[], context };
        let Entry { allowed, org } = enter::<ListPoliciesError>(passage, &asked)?;
        let kind = shown::control_kind(input.filter);

        let all = org.all.policies(&org.id).filter(|(_, policy)| Some(policy.record.kind) == kind);
        let page = Page::take::<ListPoliciesError>(
            all,
            |(id, _)| (*id).to_owned(),
            input.next_token.as_ref(),
            input.max_results,
        )?;
        let policies =
            page.items.iter().map(|(id, policy)| shown::policy_summary(&org, id, &policy.record)).collect();
        let answer = ListPoliciesResponse { policies: Some(policies), next_token: page.next };
        Ok(passage.answer(&allowed, answer))
    }
}
