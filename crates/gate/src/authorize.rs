//! The one place where a request, the caller and every applicable policy meet the decision.

use crate::{
    Found, Message, Passage,
    derived::{Derived, set_tags},
    explain,
    question::Question,
};
use gatekey_directory::{Caller, ControlKind, Controls, Role};
use gatekey_keyring::Key;
use gatekey_policy::{
    Action, Context, ControlPolicies, Decider, Grant, GrantTerms, Grants, KeyName, KmsAction, Layer, Mode,
    Organization, Outcome, Permit, Policies, Policy, Principal, Request, Resource, Verdict, decide,
    decide_open,
};
use gatekey_types::{AccountId, AliasArn, Arn, Region};
use std::{fmt, sync::Arc};

/// The proof that a request was allowed. Only [`Passage`]'s `authorize` methods make one, and without one no operation can
/// answer.
#[derive(Debug, Clone)]
pub struct Allowed {
    permit: Permit,
}

impl Allowed {
    /// The decision's own proof: which action on which resource.
    pub fn permit(&self) -> &Permit {
        self.inferred_state_after_permission()
    }

    /// Whether AWS tells the state of a key before or after permission is not documented. Here it is after: keys ask for the
    /// permit before they say that they are disabled.
    fn inferred_state_after_permission(&self) -> &Permit {
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

/// What an action of a service other than KMS is about to be done to.
#[derive(Clone, Copy, Default)]
pub struct On<'a> {
    /// The resource; without one, `*`.
    pub arn: Option<&'a Arn>,
    /// Its owner, where the ARN does not tell.
    pub owner: Option<AccountId>,
    /// Its own policy, where it has one.
    pub policy: Option<&'a Policy>,
    /// How the request names it, where not by its ARN.
    pub named: Option<Named<'a>>,
}

/// A resource as a request names it: `role app`. A denial repeats that, and not the ARN, whose path and case are known only
/// of what exists.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// What it is, as AWS's denials call it; nothing, where the name says it all.
    pub noun: &'static str,
    /// The request's own word.
    pub name: &'a str,
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.noun {
            "" => f.write_str(self.name),
            noun => write!(f, "{noun} {}", self.name),
        }
    }
}

impl<'a> On<'a> {
    /// A resource without a policy of its own.
    pub fn resource(arn: &'a Arn) -> Self {
        Self { arn: Some(arn), owner: None, policy: None, named: None }
    }
}

/// One question to the decision, but for its condition keys.
#[derive(Clone, Copy)]
pub(crate) struct Inquiry<'a> {
    pub(crate) mode: Mode,
    pub(crate) action: &'a Action,
    pub(crate) resource: Option<&'a Arn>,
    pub(crate) owner: Option<AccountId>,
    pub(crate) policy: Option<&'a Policy>,
    pub(crate) key: Option<&'a Key>,
    pub(crate) about: About<'a>,
    pub(crate) named: Option<Named<'a>>,
    /// Where, if not in the Region of the request.
    pub(crate) region: Option<&'a Region>,
    /// Whether it is about who would be in control of a key by its policy: the rescue of root users, which is not AWS
    /// behaviour, must not make a policy seem safe.
    pub(crate) by_policy: bool,
    pub(crate) wording: Wording,
}

/// The grant that a request is about.
#[derive(Clone, Copy, Default)]
pub enum About<'a> {
    /// None.
    #[default]
    Nothing,
    /// One to be made: a caller whose right comes from a grant can give no more than that has.
    New(&'a GrantTerms),
    /// One to be retired: it says itself who may, and the key policy has no say.
    Retiring(&'a Grant),
}

/// A verdict, and what is told of one that denies.
struct Judged {
    verdict: Verdict,
    told: Option<Told>,
    /// Whether the caller's temporary credentials are kept from it, whatever policies say.
    barred: bool,
}

impl Judged {
    fn is_allowed(&self) -> bool {
        !self.barred && self.verdict.is_allowed()
    }
}

/// What the client may read of a denial, and what those may who have the right to decode it.
#[derive(Default)]
struct Told {
    message: String,
    detail: String,
}

impl Told {
    fn of(
        verdict: &Verdict,
        request: &Request<'_>,
        policies: &Policies<'_>,
        wording: impl FnOnce(&Verdict, &Request<'_>, &Policies<'_>) -> String,
    ) -> Option<Self> {
        (!verdict.is_allowed()).then(|| Self {
            message: wording(verdict, request, policies),
            // Of what may not exist there is nothing to decode.
            detail: match verdict.is_veiled(request, policies) {
                true => String::new(),
                false => explain::explain(verdict, request, policies),
            },
        })
    }
}

/// A denied assumption: neither the role's existence nor what its trust policy says is told.
fn about_assumption(verdict: &Verdict, request: &Request<'_>, policies: &Policies<'_>) -> String {
    let own_side = !matches!(verdict.layer, Layer::Resource | Layer::ResourceControl);
    if request.principal.account().is_none() {
        return format!("Not authorized to perform {}", request.action);
    }
    let is_told = own_side && !verdict.is_veiled(request, policies);
    if is_told && verdict.outcome == Outcome::ExplicitDeny {
        return verdict.message(request, policies);
    }
    let (caller, action) = (request.principal.display_name(), request.action);
    format!("User: {caller} is not authorized to perform: {action} on resource: {}", request.resource.text())
}

impl<'a> Inquiry<'a> {
    fn assumption(action: &'a Action, on: On<'a>) -> Self {
        Self { mode: Mode::Trust, wording: about_assumption, ..Self::generic(action, on) }
    }

    pub(crate) fn of_kms(action: &'a Action, resource: Option<&'a Arn>) -> Self {
        let wording = Verdict::guarded_message;
        Self {
            mode: Mode::Kms,
            action,
            resource,
            owner: None,
            policy: None,
            key: None,
            about: About::Nothing,
            named: None,
            region: None,
            by_policy: false,
            wording,
        }
    }

    /// Keys are decided on in their own Region: another one's is asked for as if the request had come there.
    pub(crate) fn of_key(action: &'a Action, key: &'a Key) -> Self {
        let policy = key.policy.as_ref().map(|policy| &*policy.compiled);
        let region = Some(&key.arn.region);
        Self { policy, key: Some(key), region, ..Self::of_kms(action, Some(&key.name)) }
    }

    pub(crate) fn generic(action: &'a Action, on: On<'a>) -> Self {
        let On { arn, owner, policy, named } = on;
        Self { mode: Mode::Generic, owner, policy, named, ..Self::of_kms(action, arn) }
    }
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
        self.authorize_about(action, found, About::Nothing, context)
    }

    /// The same, for what is about a grant on the key.
    ///
    /// # Errors
    /// Access is denied; the text is AWS's.
    pub fn authorize_about(
        &mut self,
        action: KmsAction,
        found: &Found,
        about: About<'_>,
        context: Context<'_>,
    ) -> Result<Allowed, Denied> {
        self.meter(Some(found), &context)?;
        if found.key.arn.region == *self.region() {
            self.draft.touch(&found.key);
        }
        self.decided_on.push(Arc::clone(&found.key));
        let mut context: Context<'_> = context;
        if let Some(alias) = &found.alias {
            context.set(KeyName::KmsRequestAlias, alias.as_str());
        }
        let action = Action::from(action);
        let wording = if found.by_ciphertext {
            Verdict::guarded_message_about_ciphertext
        } else {
            Verdict::guarded_message
        };
        let inquiry = Inquiry { wording, about, ..Inquiry::of_key(&action, &found.key) };
        let judged = self.put_question(&inquiry, context, Some(&found.key));
        if let Decider::Grant(id) = judged.verdict.by {
            self.used_grants.extend(self.guard_of(&found.key, id));
        }
        self.conclude(&action, Some(found.key.arn.account), judged)
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
        self.meter(None, &context)?;
        let action = Action::from(action);
        let judged = self.put_question(&Inquiry::of_kms(&action, None), context, None);
        self.conclude(&action, None, judged)
    }

    /// The same in another Region, into which a request reaches (`CreateKey` where a replica is to be): what is allowed
    /// there is asked, `aws:RequestedRegion` included.
    ///
    /// # Errors
    /// Access is denied; the text is AWS's.
    pub fn authorize_elsewhere(
        &mut self,
        action: KmsAction,
        region: &Region,
        context: Context<'_>,
    ) -> Result<Allowed, Denied> {
        let action = Action::from(action);
        let inquiry = Inquiry { region: Some(region), ..Inquiry::of_kms(&action, None) };
        let judged = self.put_question(&inquiry, context, None);
        self.conclude(&action, None, judged)
    }

    /// May the caller do this to the alias? Identity policies alone decide; the key is a check of its own.
    ///
    /// # Errors
    /// Access is denied; the text is AWS's.
    pub fn authorize_alias(&mut self, action: KmsAction, alias: &AliasArn) -> Result<Allowed, Denied> {
        self.meter(None, &Context::new())?;
        let (action, arn) = (Action::from(action), alias.to_arn());
        let judged = self.put_question(&Inquiry::of_kms(&action, Some(&arn)), Context::new(), None);
        self.conclude(&action, None, judged)
    }

    /// May the caller do this, an action such as `iam:CreateUser` of a service other than KMS? Within one account either
    /// an identity policy or the resource's own suffices. `context` holds what the operation alone knows, the resource's
    /// tags included.
    ///
    /// # Errors
    /// Access is denied; the text is AWS's.
    pub fn authorize_other(
        &mut self,
        action: &str,
        on: On<'_>,
        context: Context<'_>,
    ) -> Result<Allowed, Denied> {
        let action = named(action)?;
        self.meter(None, &context)?;
        let judged = self.put_question(&Inquiry::generic(&action, on), context, None);
        self.conclude(&action, on.owner.or(on.arn.and_then(Arn::account)), judged)
    }

    /// May the caller do this (`sts:AssumeRole`, `sts:TagSession` ...) to the role? The role's trust policy must allow it,
    /// by name or, within one account, by leaving it to identity policies; across accounts both sides must.
    ///
    /// # Errors
    /// Access is denied; the text is AWS's.
    pub fn authorize_assumption<'a>(
        &mut self,
        action: &str,
        role: &'a Role,
        mut context: Context<'a>,
    ) -> Result<Allowed, Denied> {
        let (action, arn) = (named(action)?, role.arn());
        self.draft.touch_resource("AWS::IAM::Role", role.account, &arn);
        let tags = role.header().tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        context.set_family(KeyName::AwsResourceTag, tags);
        let on =
            On { arn: Some(&arn), owner: Some(role.account), policy: role.trust.as_deref(), named: None };
        let judged = self.put_question(&Inquiry::assumption(&action, on), context, None);
        self.conclude(&action, Some(role.account), judged)
    }

    /// What whoever asks to assume a role that does not exist is told: the same as of one that does not trust the caller.
    pub fn refuse_assumption(&mut self, action: &str, role: &Arn, owner: AccountId) -> Denied {
        let action = match named(action) {
            Ok(action) => action,
            Err(denied) => return denied,
        };
        self.draft.touch_resource("AWS::IAM::Role", owner, role);
        let on = On { owner: Some(owner), ..On::resource(role) };
        let judged = self.put_question(&Inquiry::assumption(&action, on), Context::new(), None);
        let told = judged.told.as_ref().map(|told| told.message.clone()).unwrap_or_default();
        match self.conclude(&action, Some(owner), judged) {
            Err(denied) => denied,
            // Without a trust policy nothing is allowed.
            Ok(_) => Denied { message: told },
        }
    }

    /// Allows one of the few operations that need no permission, whatever any policy says: AWS's list of them is the
    /// decision's.
    ///
    /// # Errors
    /// The action is not one of them.
    pub fn authorize_anyone(&mut self, action: &str) -> Result<Allowed, Denied> {
        let (action, context) = (named(action)?, Context::new());
        let request =
            self.request(&self.caller.principal, &Inquiry::generic(&action, On::default()), &context);
        let verdict = decide_open(&request);
        let told = Told::of(&verdict, &request, &Policies::default(), Verdict::message);
        let barred = self.is_kept_from(&action);
        self.conclude(&action, None, Judged { verdict, told, barred })
    }

    /// Whether the caller, in this very request, may do this too. It allows nothing: it is for telling less to whoever may
    /// see less.
    pub fn may(&self, action: &str, on: On<'_>) -> bool {
        let Ok(action) = action.parse::<Action>() else { return false };
        self.judge(&Inquiry::generic(&action, on), &mut Context::new()).is_allowed()
    }

    /// Whether the caller, in this very request, may do this with the key too. It allows nothing either.
    pub fn may_with_key(&self, action: KmsAction, key: &Key) -> bool {
        let action = Action::from(action);
        self.judge(&Inquiry::of_key(&action, key), &mut Context::new()).is_allowed()
    }

    /// Would the caller, coming again just like this, be allowed PutKeyPolicy under the *new* policy? AWS's lockout
    /// safety check (authorization.md 4): same caller, same conditions, `kms:PolicyName` the default one, and the
    /// bypass parameter not sent.
    pub fn keeps_control(&self, key: &Key, policy: &Policy) -> bool {
        let action = Action::from(KmsAction::PutKeyPolicy);
        let inquiry = Inquiry { policy: Some(policy), by_policy: true, ..Inquiry::of_key(&action, key) };
        self.inferred_lockout_check_asks_every_layer(&inquiry, inferred_next_put_without_bypass())
    }

    /// Whether permissions boundary, session policy and control policies count in the lockout check is not documented: it
    /// is the decision that the next request would get, so they do.
    fn inferred_lockout_check_asks_every_layer<'a>(
        &'a self,
        inquiry: &Inquiry<'a>,
        mut context: Context<'a>,
    ) -> bool {
        self.judge(inquiry, &mut context).verdict.is_allowed()
    }

    /// Judges a question, about a key or something else, and keeps it if it is one to be kept.
    fn put_question(
        &mut self,
        inquiry: &Inquiry<'_>,
        context: Context<'_>,
        key: Option<&Arc<Key>>,
    ) -> Judged {
        // What is added lives as long as this.
        let mut context: Context<'_> = context;
        let said = context.entries().count();
        let judged = self.judge(inquiry, &mut context);
        let is_denied = !judged.is_allowed();
        if is_denied || self.remembers {
            let mut question = Question::of(inquiry, context.entries().take(said), key.cloned());
            if is_denied {
                question.note_denied(judged.barred);
            }
            self.questions.push(question);
        }
        judged
    }

    /// The verdict, and what the client reads if it denies.
    fn judge<'a>(&'a self, inquiry: &Inquiry<'a>, context: &mut Context<'a>) -> Judged {
        let barred = self.is_kept_from(inquiry.action);
        self.ask_for(&self.caller, inquiry, context, |request, policies| {
            let verdict = decide(request, policies);
            let told =
                Told::of(&verdict, request, policies, |verdict, request, policies| match &inquiry.named {
                    Some(named) => verdict.guarded_message_naming(request, policies, named),
                    None => (inquiry.wording)(verdict, request, policies),
                });
            Judged { verdict, told, barred }
        })
    }

    /// Puts the question for this caller, with the keys that follow from how the request came.
    pub(crate) fn ask_for<'a, T>(
        &'a self,
        caller: &'a Caller,
        inquiry: &Inquiry<'a>,
        context: &mut Context<'a>,
        answer: impl FnOnce(&Request<'_>, &Policies<'_>) -> T,
    ) -> T {
        if let Some(key) = inquiry.key {
            set_tags(key, context);
        }
        let region = inquiry.region.unwrap_or(self.region());
        self.ask(caller, inquiry, context, Some(region), answer)
    }

    /// Puts the question for this caller. Every policy that has a say is put together here and nowhere else, so that no
    /// layer can be forgotten, and what is supposed is decided as what is real. With a Region the request is one to that Region
    /// that comes as this one came; without one nothing follows from how it came.
    pub(crate) fn ask<'a, T>(
        &'a self,
        caller: &'a Caller,
        inquiry: &Inquiry<'a>,
        context: &mut Context<'a>,
        region: Option<&'a Region>,
        answer: impl FnOnce(&Request<'_>, &Policies<'_>) -> T,
    ) -> T {
        let owner = inquiry.owner.or(inquiry.resource.and_then(Arn::account)).unwrap_or(caller.account);
        let organizations = &self.snapshot.directory.organizations;
        let service_control = organizations.controls(caller.account, ControlKind::ServiceControl);
        let resource_control = organizations.controls(owner, ControlKind::ResourceControl);
        if let Some(organization) = self.snapshot.directory.organization_of(owner) {
            context_of_owner(context, organization);
        }
        if let Some((service, region)) = self.via.zip(region) {
            context.set_via_service(service, region.as_str());
        }
        let derived = Derived {
            coming: region.map(|region| (self, region)),
            key: inquiry.key.map(|key| (key, &self.snapshot.keyring)),
        };
        let request =
            Request { derived: Some(&derived), ..self.request(&caller.principal, inquiry, context) };
        let grants = inquiry.key.map(|key| self.grants_of(key));
        let policies = Policies {
            resource: inquiry.policy,
            identity: &caller.identity,
            boundary: caller.boundary.as_ref(),
            session: &caller.session,
            service_control: service_control.as_ref().map(binding),
            resource_control: resource_control.as_ref().map(binding),
            endpoint: None,
            grants: grants.as_ref().map(|grants| -> &dyn Grants { grants }),
            grant_tokens: &self.presented.ids,
        };
        answer(&request, &policies)
    }

    fn conclude(
        &mut self,
        action: &Action,
        owner: Option<AccountId>,
        Judged { verdict, told, barred }: Judged,
    ) -> Result<Allowed, Denied> {
        self.owners.extend(owner);
        if barred {
            let who = self.caller.principal.display_name();
            let message = format!(
                "User: {who} is not authorized to perform: {action} with these temporary credentials"
            );
            return Err(Denied { message });
        }
        self.draft.decided(action.clone(), &verdict);
        if let Some(permit) = verdict.into_permit() {
            return Ok(Allowed { permit });
        }
        let Told { message, detail } = told.unwrap_or_default();
        self.hint_at(&detail);
        Err(Denied { message })
    }

    /// Whether the caller's temporary credentials are kept from this operation, or from the service of the action.
    fn is_kept_from(&self, action: &Action) -> bool {
        let operation = self.operation;
        self.caller.is_kept_from(operation.service.signing_name, operation.name)
            || (action.service() == "iam" && self.caller.is_kept_from("iam", operation.name))
    }

    /// Seals why a request was denied into a header, for those whom DecodeAuthorizationMessage lets read it.
    fn hint_at(&mut self, detail: &str) {
        if detail.is_empty() || self.account() == AccountId::NOBODY {
            return;
        }
        let text = explain::addressed(self.account(), detail);
        if let Ok(sealed) = self.gate.seal_message(Message::Authorization, &text) {
            self.draft.hint(explain::HEADER, sealed);
        }
    }

    /// Why a request was denied, from the header that said so; nothing for any other text, or for another account's.
    pub fn decode_denial(&self, sealed: &str) -> Option<String> {
        let text = self.gate.open_message(Message::Authorization, sealed)?;
        explain::for_account(self.account(), &text).map(str::to_owned)
    }

    fn request<'a>(
        &self,
        principal: &'a Principal,
        inquiry: &Inquiry<'a>,
        context: &'a Context<'a>,
    ) -> Request<'a> {
        let resource = inquiry.resource.map_or(Resource::Any, Resource::Named);
        let mut request = Request::new(inquiry.mode, principal, inquiry.action, resource, context);
        request.now = Some(self.now());
        request.resource_account = inquiry.owner.or(request.resource_account);
        match inquiry.about {
            About::Nothing => {}
            About::New(terms) => request.new_grant = Some(terms),
            About::Retiring(grant) => request.retiring = Some(grant),
        }
        request.root_rescue = self.gate.recovering.root_rescue && !inquiry.by_policy;
        request.aws_managed_key = inquiry.key.is_some_and(|key| key.customer_managed().is_err());
        request
    }
}

/// What the PutKeyPolicy that the lockout check supposes would say of itself. That it would not ask for the bypass is not
/// documented; it would not need to.
pub(crate) fn inferred_next_put_without_bypass() -> Context<'static> {
    let mut context = Context::new();
    context.set(KeyName::KmsPolicyName, "default");
    context
}

/// An action by its name. Names are literals of the operations; one that is none allows nothing.
fn named(action: &str) -> Result<Action, Denied> {
    action.parse().map_err(|_| Denied { message: format!("{action} is not the name of an action") })
}

fn binding(controls: &Controls) -> ControlPolicies<'_> {
    ControlPolicies { management_account: Some(controls.management), levels: &controls.levels }
}

/// `aws:ResourceOrgID` and `aws:ResourceOrgPaths`.
fn context_of_owner(context: &mut Context<'_>, organization: Organization) {
    context
        .set(KeyName::AwsResourceOrgId, organization.id)
        .set_many(KeyName::AwsResourceOrgPaths, organization.paths);
}
