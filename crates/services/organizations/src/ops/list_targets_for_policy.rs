//! ListTargetsForPolicy: the roots, units and accounts that a policy is attached to.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    page::Page,
    shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    ListTargetsForPolicyError, ListTargetsForPolicyRequest, ListTargetsForPolicyResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListTargetsForPolicy;

impl Operation for ListTargetsForPolicy {
    type Call = calls::ListTargetsForPolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListTargetsForPolicyRequest,
    ) -> Result<Answered<ListTargetsForPolicyResponse>, ListTargetsForPolicyError> {
        let id = input.policy_id.as_str();
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:ListTargetsForPolicy",
            who: Who::Readers,
            about: &[id],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<ListTargetsForPolicyError>(passage, &asked)?;
        let policy = org.policy::<ListTargetsForPolicyError>(id)?;

        let all = policy.record.targets.iter();
        let page = Page::take::<ListTargetsForPolicyError>(
            all,
            |id| (*id).clone(),
            input.next_token.as_ref(),
            input.max_results,
        )?;
        let targets = page.items.iter().map(|id| shown::target(&org, id)).collect();
        let answer = ListTargetsForPolicyResponse { targets: Some(targets), next_token: page.next };
        Ok(passage.answer(&allowed, answer))
    }
}
