//! Services that act for a caller, as Parameter Store and Secrets Manager do: they ask KMS with the caller's own rights.

use crate::{Allowed, ErrorOf, Gone, InputOf, Operation, OutputOf, Passage, event::Told};
use gatekey_model::{ApiError, Call};
use gatekey_types::{Region, RequestId};

/// The caller's rights in the hands of a service whose own operation was allowed. What the service asks of KMS is decided as
/// if the caller had asked, with `kms:ViaService`, `aws:CalledVia` and `aws:ViaAWSService` set; the event names the service.
///
/// AWS calls this a forward access session.
pub struct ForwardedAccess<'p, 'g> {
    passage: &'p mut Passage<'g>,
    service: &'static str,
    elsewhere: Option<Region>,
}

/// What KMS did not do for the service.
#[derive(Debug)]
pub enum Unfulfilled<E> {
    /// KMS refused, in the request of this id: services repeat both.
    Refused {
        /// The error of KMS.
        error: E,
        /// The id of the request to KMS.
        id: RequestId,
    },
    /// The caller is gone, or what was done could not be recorded: nothing may be told.
    Unknown,
}

impl<'g> Passage<'g> {
    /// Lets the service of this operation, which is allowed, ask KMS for the caller.
    pub fn forward(&mut self, _proof: &Allowed) -> ForwardedAccess<'_, 'g> {
        // Of the services that do this, the principal is called as the service signs.
        let service = self.operation.service.signing_name;
        ForwardedAccess { passage: self, service, elsewhere: None }
    }

    /// Takes over what the decisions of a request to KMS rest on: what is changed because of them must find it unchanged.
    fn rest_on(&mut self, mut inner: Passage<'g>) {
        self.conflicted |= inner.conflicted;
        self.decided_on.extend(core::mem::take(&mut inner.decided_on));
        self.owners.extend(core::mem::take(&mut inner.owners));
        self.used_grants.extend(core::mem::take(&mut inner.used_grants));
        self.kin.push(inner.id);
        inner.keep();
    }
}

impl ForwardedAccess<'_, '_> {
    /// Asks KMS of another Region, as a service does for what it keeps in step there.
    #[must_use]
    pub fn in_region(self, region: &Region) -> Self {
        Self { elsewhere: Some(region.clone()), ..self }
    }

    /// Has KMS answer, as a request of its own: on the newest state, with an event of its own, which is recorded before
    /// anything is known of the answer.
    ///
    /// # Errors
    /// [`Unfulfilled`].
    pub async fn call<O: Operation>(
        &mut self,
        input: &InputOf<O>,
    ) -> Result<OutputOf<O>, Unfulfilled<ErrorOf<O>>> {
        let outer = &mut *self.passage;
        let id = RequestId::from_random(outer.gate.entropy.bytes());
        let entered = outer.gate.enter(outer.arrival, O::Call::INFO, O::READ_ONLY);
        let mut inner = entered.map_err(|Gone| Unfulfilled::Unknown)?;
        (inner.id, inner.via, inner.elsewhere) = (id, Some(self.service), self.elsewhere.clone());
        let outcome = O::handle(&mut inner, input).await;
        let tell =
            |error: &ErrorOf<O>| Told { code: error.code(), message: error.message().map(str::to_owned) };
        let released = inner.gate.release(&inner, outcome, tell).await;
        outer.rest_on(inner);
        let outcome = released.map_err(|_| Unfulfilled::Unknown)?.into_inner();
        outcome.map_err(|error| Unfulfilled::Refused { error, id })
    }
}
