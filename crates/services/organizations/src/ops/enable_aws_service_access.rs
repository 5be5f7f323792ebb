//! EnableAWSServiceAccess: a service of AWS is trusted with the organization.

use crate::{
    delegation,
    entry::{Asked, Entry, Who, enter},
    event,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    organizations::{EnableAWSServiceAccessError, EnableAWSServiceAccessRequest, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct EnableAWSServiceAccess;

impl Operation for EnableAWSServiceAccess {
    type Call = calls::EnableAWSServiceAccess;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &EnableAWSServiceAccessRequest,
    ) -> Result<Answered<NoOutput>, EnableAWSServiceAccessError> {
        event::note(passage, input);
        let mut context = Context::new();
        context.set("organizations:ServicePrincipal", input.service_principal.as_str());
        let asked = Asked {
            action: "organizations:EnableAWSServiceAccess",
            who: Who::Management,
            about: &[],
            context,
        };
        let Entry { allowed, org } = enter::<EnableAWSServiceAccessError>(passage, &asked)?;
        delegation::all_features::<EnableAWSServiceAccessError>(&org)?;
        delegation::service::<EnableAWSServiceAccessError>(&input.service_principal)?;
        let mut record = org.record().clone();
        record.service_access.entry(input.service_principal.clone()).or_insert(passage.now());
        event::commit(passage, &allowed, vec![org.update(&record)], NoOutput {}).await
    }
}
