//! Gatekey's own rescue of root users, off unless the operator turns it on. **This is not AWS behaviour**: there a root user
//! has no right on a key that its policy does not give.
//!
//! With it, the root user of an account may read and replace the policies of the account's own keys where nothing denies it:
//! what a key policy does not say is not asked, what any policy denies stays denied, and control policies must allow as ever.

use crate::action::KmsAction;
use crate::request::Mode;
use crate::scan::Question;

/// What the root user may do then.
const RESCUING: [KmsAction; 3] = [KmsAction::DescribeKey, KmsAction::GetKeyPolicy, KmsAction::PutKeyPolicy];

impl Question<'_> {
    /// Whether the root user may do this although nothing allows it.
    pub(crate) fn rescues(&self) -> bool {
        let principal = self.request.principal;
        self.request.root_rescue
            && self.request.mode == Mode::Kms
            && principal.is_root()
            && principal.root_task.is_none()
            && self.request.action.kms().is_some_and(|action| RESCUING.contains(&action))
            && !self.request.aws_managed_key
            && self.is_own_key_of_this_region()
    }
}

#[cfg(test)]
mod tests;
