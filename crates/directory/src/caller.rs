use crate::Owner;
use gatekey_policy::{Credentials, Principal};
use gatekey_types::{AccountId, Arn, Partition, PrincipalArn};
use std::sync::Arc;

/// Whom an access key stands for: what the decision and the audit event need to know of the caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The principal as policies see it.
    pub principal: Arc<Principal>,
    /// The account that the caller belongs to.
    pub account: AccountId,
}

impl Caller {
    /// The caller that the owner of a long-term key is.
    pub(crate) fn of(owner: Owner) -> Self {
        let account = owner.account();
        let mut principal = match owner {
            Owner::Root(account) => Principal::root(PrincipalArn::root(Partition::Aws, account)),
        };
        principal.credentials = Credentials::LongTerm;
        Self { principal: Arc::new(principal), account }
    }

    /// The ARN by which messages and events name the caller.
    pub fn arn(&self) -> Option<&Arn> {
        self.principal.arn().map(PrincipalArn::arn)
    }
}
