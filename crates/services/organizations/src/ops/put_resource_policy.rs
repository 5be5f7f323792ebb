//! PutResourcePolicy: what other accounts than the management account may do in the organization.

use crate::{
    delegation, document,
    entry::{Asked, Entry, Who, enter_with_tags},
    event, shown, tag,
};
use gatekey_directory::{DelegationPolicy, short_id};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    PutResourcePolicyError, PutResourcePolicyRequest, PutResourcePolicyResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct PutResourcePolicy;

impl Operation for PutResourcePolicy {
    type Call = calls::PutResourcePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &PutResourcePolicyRequest,
    ) -> Result<Answered<PutResourcePolicyResponse>, PutResourcePolicyError> {
        event::note(passage, input);
        let tags = tag::parse::<PutResourcePolicyError>(input.tags.as_ref())?;
        let asked = Asked {
            action: "organizations:PutResourcePolicy",
            who: Who::Management,
            about: &[],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter_with_tags::<PutResourcePolicyError>(passage, asked, &tags)?;
        delegation::all_features::<PutResourcePolicyError>(&org)?;
        let document = document::delegation::<PutResourcePolicyError>(passage, &input.content)?;
        let before = org.record().resource_policy.clone();
        let fresh = || format!("rp-{}", short_id::<8>(passage.entropy()));
        let id = before.as_ref().map_or_else(fresh, |policy| policy.id.clone());
        let tags = before.filter(|_| tags.is_empty()).map_or(tags, |policy| policy.tags);
        let policy = DelegationPolicy { id, document, tags };
        let shown = shown::resource_policy(&org, &policy, input.content.clone());
        let mut record = org.record().clone();
        record.resource_policy = Some(policy);
        let answer = PutResourcePolicyResponse { resource_policy: Some(shown) };
        event::commit(passage, &allowed, vec![org.update(&record)], answer).await
    }
}
