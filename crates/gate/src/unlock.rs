//! Gatekey's own way back to a key that nobody can manage: what a root session for unlocking key policies must leave behind.

use crate::{
    Passage,
    authorize::{Inquiry, inferred_next_put_without_bypass},
    workshop::beside,
};
use gatekey_directory::{Bearer, Caller};
use gatekey_keyring::Key;
use gatekey_policy::{Action, KmsAction, Policy, RootTask, decide};

/// The name of the session of a role that is supposed.
const SUPPOSED: &str = "gatekey";

impl Passage<'_> {
    /// Whether the caller is a root session of AssumeRoot for unlocking key policies.
    pub fn is_unlocking(&self) -> bool {
        self.caller().principal.root_task == Some(RootTask::UnlockKeyPolicy)
    }

    /// Who of the key's account could put the key's policy under the *new* one, coming with long-term keys, or as a session
    /// of a role, and otherwise just like this request: the root user, its users, its roles but those of services.
    ///
    /// The first that can is given. Each is asked of the decision that would be asked of it.
    pub fn keeper_of(&self, key: &Key, policy: &Policy) -> Option<String> {
        let action = Action::from(KmsAction::PutKeyPolicy);
        let mut inquiry = Inquiry::of_key(&action, key);
        (inquiry.policy, inquiry.by_policy) = (Some(policy), true);
        let (directory, account) = (&self.snapshot().directory, key.arn.account);
        let root = directory.caller(&Bearer::Root(account)).into_iter();
        let users = directory.users.of(account).filter_map(|user| directory.as_user(user));
        let roles = directory.roles.of(account);
        let roles = roles.filter_map(|role| directory.as_role(role, SUPPOSED, self.now()));
        let people = root.chain(users).chain(roles).filter(|caller| !caller.principal.is_service_linked());
        let named = |caller: Caller| caller.principal.condition_arn().map(ToString::to_string);
        beside(|| people.filter(|caller| self.could_put(caller, &inquiry)).find_map(named))
    }

    fn could_put(&self, caller: &Caller, inquiry: &Inquiry<'_>) -> bool {
        self.ask_for(caller, inquiry, &mut inferred_next_put_without_bypass(), |request, policies| {
            decide(request, policies).is_allowed()
        })
    }
}
