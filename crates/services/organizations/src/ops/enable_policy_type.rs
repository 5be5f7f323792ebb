//! EnablePolicyType: policies of the type bind from now on; AWS's own allows everything until others are attached.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event, shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    EnablePolicyTypeError, EnablePolicyTypeRequest, EnablePolicyTypeResponse,
    PolicyTypeAlreadyEnabledException, PolicyTypeNotAvailableForOrganizationException, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct EnablePolicyType;

impl Operation for EnablePolicyType {
    type Call = calls::EnablePolicyType;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &EnablePolicyTypeRequest,
    ) -> Result<Answered<EnablePolicyTypeResponse>, EnablePolicyTypeError> {
        event::note(passage, input);
        let mut context = Context::new();
        context.set("organizations:PolicyType", input.policy_type.as_str());
        let asked = Asked {
            action: "organizations:EnablePolicyType",
            who: Who::Delegates,
            about: &[&input.root_id],
            context,
        };
        let Entry { allowed, org } = enter::<EnablePolicyTypeError>(passage, &asked)?;
        org.named_root::<EnablePolicyTypeError>(&input.root_id)?;
        let unavailable = || {
            let text = "You can't use the specified policy type with the feature set currently enabled for this \
                        organization.";
            PolicyTypeNotAvailableForOrganizationException::new(text)
        };
        let kind = shown::control_kind(input.policy_type).filter(|_| org.record().all_features);
        let mut record = org.record().clone();
        if !record.policy_types.insert(kind.ok_or_else(unavailable)?) {
            let text = "The specified policy type is already enabled.";
            return Err(PolicyTypeAlreadyEnabledException::new(text).into());
        }
        let answer = EnablePolicyTypeResponse { root: Some(shown::root(&org, &record)) };
        event::commit(passage, &allowed, vec![org.update(&record)], answer).await
    }
}
