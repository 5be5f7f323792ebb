//! What would be decided if somebody made a request: IAM's policy simulator.
//!
//! The question is put by the same code that puts real ones, so that a simulation and the request that follows it come
//! out the same.

use crate::{About, Explained, On, Passage, authorize::Inquiry, derived::set_tags};
use gatekey_directory::{Caller, ControlKind};
use gatekey_keyring::Key;
use gatekey_policy::{
    Action, ConditionKey, Context, Policies, Request, Simulated, Truth, decide, open_keys, outlook, simulate,
};
use gatekey_types::Timestamp;

/// A request that nobody made.
pub struct Supposed<'a> {
    /// Who would make it, with the policies that would go with that.
    pub caller: &'a Caller,
    /// To do what.
    pub action: &'a Action,
    /// On what.
    pub on: On<'a>,
    /// The key that it is about, where it is about one of this server: KMS's rules decide then, and the key's own policy
    /// counts unless `on` brings another.
    pub key: Option<&'a Key>,
    /// The grant that it would be about.
    pub about: About<'a>,
    /// The condition keys that it would have. They win over those that follow from the key.
    pub context: Context<'a>,
    /// Control policies that are left out.
    pub without: &'a [ControlKind],
}

impl Passage<'_> {
    /// What would be decided. It proves nothing and allows nothing; whoever asks must have been allowed to.
    pub fn suppose<'a>(&'a self, supposed: &Supposed<'a>) -> Simulated {
        self.put(supposed, simulate)
    }

    /// What would be decided, and why. It proves nothing and allows nothing; whoever asks must have been allowed to.
    pub fn suppose_explained<'a>(&'a self, supposed: &Supposed<'a>) -> Explained {
        self.put(supposed, Explained::of)
    }

    /// Whether it would be allowed. It proves nothing and allows nothing; whoever asks must have been allowed to.
    pub fn suppose_allowed<'a>(&'a self, supposed: &Supposed<'a>) -> bool {
        self.put(supposed, |request, policies| decide(request, policies).is_allowed())
    }

    /// Whether it would have been allowed at another moment, where the context leaves open what is not known of the request: the
    /// truth, and the unknown keys that it may depend on if it cannot be told. It proves nothing and allows nothing; whoever asks
    /// must have been allowed to.
    pub fn suppose_at<'a>(
        &'a self,
        moment: Timestamp,
        supposed: &Supposed<'a>,
    ) -> (Truth, Vec<ConditionKey<'static>>) {
        self.put(supposed, |request, policies| {
            let request = Request { now: Some(moment), ..*request };
            let truth = outlook(&request, policies);
            let open = (truth == Truth::Unknown).then(|| open_keys(&request, policies));
            (truth, open.unwrap_or_default())
        })
    }

    fn put<'a, T>(
        &'a self,
        supposed: &Supposed<'a>,
        answer: impl FnOnce(&Request<'_>, &Policies<'_>) -> T,
    ) -> T {
        let Supposed { caller, action, on, key, about, .. } = *supposed;
        let mut context = Context::new();
        let inquiry = match key {
            None => Inquiry::generic(action, on),
            Some(key) => {
                set_tags(key, &mut context);
                let mut inquiry = Inquiry::of_key(action, key);
                inquiry.policy = on.policy.or(inquiry.policy);
                inquiry.about = about;
                inquiry
            }
        };
        context.add(&supposed.context);
        // What binds other accounts is not for whoever asks to read.
        let owner = on.owner.or(on.arn.and_then(gatekey_types::Arn::account)).unwrap_or(caller.account);
        let whose = |kind| if kind == ControlKind::ServiceControl { caller.account } else { owner };
        let has = |kind| !supposed.without.contains(&kind) && whose(kind) == self.account();
        self.ask(caller, &inquiry, &mut context, None, |request, policies| {
            let policies = Policies {
                service_control: policies.service_control.filter(|_| has(ControlKind::ServiceControl)),
                resource_control: policies.resource_control.filter(|_| has(ControlKind::ResourceControl)),
                ..*policies
            };
            answer(request, &policies)
        })
    }
}
