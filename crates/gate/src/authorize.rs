//! The one place where a request, the caller and every applicable policy meet the decision.

use crate::{Found, Passage};
use gatekey_keyring::Key;
use gatekey_policy::{
    Action, Context, KeyName, KmsAction, Mode, Permit, Policies, Policy, Request, Resource, Verdict, decide,
};
use gatekey_types::{AliasArn, Arn};
use std::sync::Arc;

/// The proof that a request was allowed. Only [`Passage`]'s `authorize` methods make one, and without one no operation can
/// answer.
#[derive(Debug, Clone)]
pub struct Allowed {
    permit: Permit,
}

impl Allowed {
    /// The decision's own proof: which action on which resource.
    pub fn permit(&self) -> &Permit {
        &self.permit
    }
}

/// A refusal, in AWS's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// What the client may read.
    pub message: String,
}

/// How a denial is put into words.
type Wording = fn(&Verdict, &Request<'_>, &Policies<'_>) -> String;

/// What an action is about to be done to.
#[derive(Clone, Copy)]
enum Target<'a> {
    Nothing,
    Key(&'a Key),
    Alias(&'a Arn),
}

impl Passage<'_> {
    /// May the caller do this to the key? `context` holds what the operation alone knows: its parameters.
    ///
    /// # Errors
    /// Access is denied; the text is AWS's.
    pub fn authorize(
        &mut self,
        action: KmsAction,
        found: &Found,
        context: Context<'_>,
    ) -> Result<Allowed, Denied> {
        self.draft.touch(&found.key);
        self.decided_on.push(Arc::clone(&found.key));
        let mut context: Context<'_> = context;
        if let Some(alias) = &found.alias {
            context.set(KeyName::KmsRequestAlias, alias.as_str());
        }
        let policy = found.key.policy.as_ref().map(|policy| &*policy.compiled);
        let wording = if found.by_ciphertext { Verdict::message_about_ciphertext } else { Verdict::message };
        let judged = self.judge(action, Target::Key(&found.key), policy, context, wording);
        self.conclude(action, judged)
    }

    /// May the caller do this, which acts on no key (`CreateKey`, `ListKeys`, `GenerateRandom` ...)?
    ///
    /// # Errors
    /// Access is denied; the text is AWS's.
    pub fn authorize_without_key(
        &mut self,
        action: KmsAction,
        context: Context<'_>,
    ) -> Result<Allowed, Denied> {
        let judged = self.judge(action, Target::Nothing, None, context, Verdict::message);
        self.conclude(action, judged)
    }

    /// May the caller do this to the alias? Identity policies alone decide; the key is a check of its own.
    ///
    /// # Errors
    /// Access is denied; the text is AWS's.
    pub fn authorize_alias(&mut self, action: KmsAction, alias: &AliasArn) -> Result<Allowed, Denied> {
        let arn = alias.to_arn();
        let judged = self.judge(action, Target::Alias(&arn), None, Context::new(), Verdict::message);
        self.conclude(action, judged)
    }

    /// Would the caller, coming again just like this, be allowed PutKeyPolicy under the *new* policy? AWS's lockout
    /// safety check (authorization.md 4): same caller, same conditions, `kms:PolicyName` the default one, and the
    /// bypass parameter not sent.
    pub fn keeps_control(&self, key: &Key, policy: &Policy) -> bool {
        let mut context = Context::new();
        context.set(KeyName::KmsPolicyName, "default");
        self.verdict(KmsAction::PutKeyPolicy, Target::Key(key), Some(policy), &mut context).is_allowed()
    }

    /// The verdict, and what the client reads if it denies.
    fn judge<'a>(
        &'a self,
        action: KmsAction,
        target: Target<'a>,
        policy: Option<&'a Policy>,
        mut context: Context<'a>,
        wording: Wording,
    ) -> (Verdict, Option<String>) {
        let verdict = self.verdict(action, target, policy, &mut context);
        let message = (!verdict.is_allowed()).then(|| {
            let action = Action::from(action);
            wording(&verdict, &self.request(&action, target, &context), &self.policies(policy))
        });
        (verdict, message)
    }

    fn conclude(
        &mut self,
        action: KmsAction,
        (verdict, message): (Verdict, Option<String>),
    ) -> Result<Allowed, Denied> {
        self.draft.decided(action, &verdict);
        match verdict.into_permit() {
            Some(permit) => Ok(Allowed { permit }),
            None => Err(Denied { message: message.unwrap_or_default() }),
        }
    }

    fn verdict<'a>(
        &'a self,
        action: KmsAction,
        target: Target<'a>,
        policy: Option<&'a Policy>,
        context: &mut Context<'a>,
    ) -> Verdict {
        self.set_request_keys(context);
        if let Target::Key(key) = target {
            self.set_key_keys(key, context);
        }
        let action = Action::from(action);
        decide(&self.request(&action, target, context), &self.policies(policy))
    }

    fn request<'a>(
        &'a self,
        action: &'a Action,
        target: Target<'a>,
        context: &'a Context<'a>,
    ) -> Request<'a> {
        let resource = match target {
            Target::Nothing => Resource::Any,
            Target::Key(key) => Resource::Named(&key.name),
            Target::Alias(arn) => Resource::Named(arn),
        };
        let mut request = Request::new(Mode::Kms, &self.caller().principal, action, resource, context);
        request.now = Some(self.now());
        request.aws_managed_key = matches!(target, Target::Key(key) if key.customer_managed().is_err());
        request
    }

    /// Every policy that has a say. This is the only constructor of [`Policies`] in the server, so no layer can be
    /// forgotten: what is `None` here does not exist yet in any account.
    fn policies<'a>(&'a self, resource: Option<&'a Policy>) -> Policies<'a> {
        Policies {
            resource,
            identity: &[],
            boundary: None,
            session: &[],
            service_control: None,
            resource_control: None,
            endpoint: None,
            grants: None,
            grant_tokens: &[],
        }
    }

    /// The global keys that follow from how the request came.
    fn set_request_keys<'a>(&'a self, context: &mut Context<'a>) {
        context
            .set(KeyName::AwsSecureTransport, self.arrival.tls.is_some())
            .set(KeyName::AwsSourceIp, self.arrival.source.as_str())
            .set(KeyName::AwsRequestedRegion, self.region().as_str());
        if let Some(agent) = &self.arrival.user_agent {
            context.set(KeyName::AwsUserAgent, agent.as_str());
        }
    }

    /// The keys that describe the key acted on.
    fn set_key_keys<'a>(&'a self, key: &'a Key, context: &mut Context<'a>) {
        let record = &key.record;
        context
            .set(KeyName::KmsKeyOrigin, record.origin.as_str())
            .set(KeyName::KmsKeySpec, record.spec.as_str())
            .set(KeyName::KmsCustomerMasterKeySpec, record.spec.as_str())
            .set(KeyName::KmsKeyUsage, record.usage.as_str())
            .set(KeyName::KmsCustomerMasterKeyUsage, record.usage.as_str())
            .set(KeyName::KmsMultiRegion, record.multi_region.is_some());
        if let Some(kind) = key.multi_region_type() {
            context.set(KeyName::KmsMultiRegionKeyType, kind);
        }
        let aliases = self.snapshot.keyring.aliases_of(&key.arn).map(|alias| alias.as_str());
        context.set_many(KeyName::KmsResourceAliases, aliases);
        let tags = record.tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        context.set_family(KeyName::AwsResourceTag, tags);
    }
}
