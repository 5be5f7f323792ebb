//! DisableAWSServiceAccess: a service of AWS is trusted with the organization no longer.
//!
//! AWS: not while an account administers it.

use crate::{
    delegation,
    entry::{Asked, Entry, Who, enter},
    event,
    fault::constraint,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    organizations::{
        ConstraintViolationExceptionReason, DisableAWSServiceAccessError, DisableAWSServiceAccessRequest,
        calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DisableAWSServiceAccess;

impl Operation for DisableAWSServiceAccess {
    type Call = calls::DisableAWSServiceAccess;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DisableAWSServiceAccessRequest,
    ) -> Result<Answered<NoOutput>, DisableAWSServiceAccessError> {
        event::note(passage, input);
        let service = input.service_principal.as_str();
        let mut context = Context::new();
        context.set("organizations:ServicePrincipal", service);
        let asked = Asked {
            action: "organizations:DisableAWSServiceAccess",
            who: Who::Management,
            about: &[],
            context,
        };
        let Entry { allowed, org } = enter::<DisableAWSServiceAccessError>(passage, &asked)?;
        delegation::service::<DisableAWSServiceAccessError>(service)?;
        if org.record().delegated.values().any(|services| services.contains_key(service)) {
            let text =
                "You can't disable service access while there is a delegated administrator for the service.";
            let reason = ConstraintViolationExceptionReason::DelegatedAdministratorExistsForThisService;
            return Err(constraint(reason, text));
        }
        let mut record = org.record().clone();
        record.service_access.remove(service);
        event::commit(passage, &allowed, vec![org.update(&record)], NoOutput {}).await
    }
}
