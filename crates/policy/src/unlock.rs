//! Gatekey's own way back to a key that nobody can manage: a root session that AssumeRoot made for the task
//! `KMSUnlockKeyPolicy`. **AWS has no such task.**
//!
//! Such a session, and only it, may read and replace the policy of its account's own keys whatever that policy says, a Deny
//! included: the key policy is what is locked, so it is not asked. Every other layer is asked as of any root user. It may do
//! nothing else, whatever allows it.

use crate::action::KmsAction;
use crate::facts::Seen;
use crate::key::KeyName;
use crate::principal::RootTask;
use crate::request::{Mode, Resource};
use crate::scan::Question;
use crate::verdict::Layer;

/// What the task is: to see the key, its policy, and to put another.
const UNLOCKING: [KmsAction; 3] = [KmsAction::DescribeKey, KmsAction::GetKeyPolicy, KmsAction::PutKeyPolicy];

impl Question<'_> {
    /// Whether the caller is a session for unlocking key policies, which may do that and nothing else.
    pub(crate) fn is_by_unlocker(&self) -> bool {
        let principal = self.request.principal;
        principal.root_task == Some(RootTask::UnlockKeyPolicy) && principal.is_root()
    }

    /// Whether this is one of the requests that such a session is for, so that the key's policy is not asked.
    pub(crate) fn unlocks(&self) -> bool {
        self.is_by_unlocker()
            && self.request.mode == Mode::Kms
            && self.request.action.kms().is_some_and(|action| UNLOCKING.contains(&action))
            && !self.request.aws_managed_key
            && self.is_own_key_of_this_region()
    }

    /// A key of the caller's account, in the Region that the request is for.
    pub(crate) fn is_own_key_of_this_region(&self) -> bool {
        let Resource::Named(arn) = self.request.resource else { return false };
        let own = self.request.principal.account();
        let is_key = arn.service() == "kms" && arn.resource().starts_with("key/");
        let is_own = own.is_some() && arn.account() == own && self.request.resource_account == own;
        let region = self.facts(Layer::Resource).look(&KeyName::AwsRequestedRegion.into());
        is_key && is_own && matches!(region, Seen::One(region) if region.text() == arn.region())
    }

    /// That the key policy is left aside, and control policies are not, follows AWS's tasks for buckets and queues: of them AWS
    /// says that they remove a policy that denies everybody, and that control policies limit root sessions.
    pub(crate) fn inferred_unlocking_leaves_only_the_key_policy_aside(&self, layer: Layer) -> bool {
        layer == Layer::Resource && self.unlocks()
    }
}

#[cfg(test)]
mod tests;
