//! Roles that requests name: of any account of this server, by ARN.

use crate::{fault::invalid, session};
use gatekey_directory::{Role, Subject};
use gatekey_gate::{Denied, Passage};
use gatekey_model::CommonError;
use gatekey_types::{AccountId, Arn, PrincipalArn};
use std::sync::Arc;

/// A role's ARN as a request has it.
pub(crate) struct Named {
    pub(crate) arn: Arn,
    pub(crate) account: AccountId,
    name: String,
}

impl Named {
    /// Reads the ARN.
    ///
    /// # Errors
    /// ValidationError with AWS's text.
    pub(crate) fn parse(text: &str) -> Result<Self, CommonError> {
        match text.parse() {
            Ok(principal @ PrincipalArn::Role(..)) => Ok(Self {
                arn: principal.arn().clone(),
                account: principal.account(),
                name: principal.name().to_owned(),
            }),
            _ => Err(invalid("Request ARN is invalid")),
        }
    }

    /// The role of exactly this ARN.
    ///
    /// # Errors
    /// Without one, what a caller whom it did not trust would be told.
    pub(crate) fn find(&self, passage: &mut Passage<'_>, action: &str) -> Result<Arc<Role>, Denied> {
        let directory = &passage.snapshot().directory;
        let role = directory.roles.get(self.account, &self.name).filter(|role| role.is_called(&self.arn));
        let role = role.filter(|role| directory.has_account(role.account)).cloned();
        role.ok_or_else(|| passage.refuse_assumption(action, &self.arn, self.account))
    }
}

/// Who may not assume roles at all: federated users and the root user of a member account on a task.
pub(crate) fn may_assume(passage: &Passage<'_>) -> bool {
    !session::of_caller(passage).is_some_and(|session| {
        matches!(session.claims.subject, Subject::Federated { .. } | Subject::AssumedRoot { .. })
    })
}
