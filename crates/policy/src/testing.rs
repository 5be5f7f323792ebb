//! Cases for this crate's own tests: one request and its policies, written shortly.

use crate::*;
use gatekey_types::{AccountId, Arn, GrantId, PrincipalArn, UniqueId};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const A: &str = "111122223333";
pub(crate) const B: &str = "444455556666";
pub(crate) const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001";

/// `A:user/u` and the like to an ARN: `A` and `B` are the two accounts, `assumed-role` and `federated-user` are STS's.
pub(crate) fn arn(short: &str) -> String {
    let Some((account, rest)) = short.split_once(':').filter(|(a, _)| matches!(*a, "A" | "B")) else {
        return short.to_owned();
    };
    let account = if account == "A" { A } else { B };
    let service =
        if rest.starts_with("assumed-role") || rest.starts_with("federated-user") { "sts" } else { "iam" };
    format!("arn:aws:{service}::{account}:{rest}")
}

/// The principal of a short name. Ids follow from the name, so that pins can be told in advance.
pub(crate) fn principal(short: &str) -> Principal {
    let text = arn(short);
    if text == "anonymous" {
        return Principal::anonymous();
    }
    let Ok(named) = text.parse::<PrincipalArn>() else { return Principal::service(text.parse().unwrap()) };
    match &named {
        PrincipalArn::Root(..) => Principal::root(named),
        PrincipalArn::User(..) => Principal::user(named, Some(user_id())),
        PrincipalArn::AssumedRole(..) => {
            let role = format!("arn:aws:iam::{}:role/{}", named.account(), named.name()).parse().unwrap();
            Principal::role_session(named, role, Some(role_id()))
        }
        PrincipalArn::FederatedUser(..) => {
            let parent = format!("arn:aws:iam::{}:user/u", named.account()).parse().unwrap();
            Principal::federated_user(named, Some(parent), Some(user_id()))
        }
        PrincipalArn::Role(..) => panic!("a role makes no request"),
    }
}

pub(crate) fn user_id() -> UniqueId {
    "AIDA1111111111111111".parse().unwrap()
}

pub(crate) fn role_id() -> UniqueId {
    "AROA1111111111111111".parse().unwrap()
}

pub(crate) fn grant_id(n: u8) -> GrantId {
    GrantId::from_bytes([n; 32])
}

/// A statement: effect, principals (short names; none for identity policies), actions, and the rest as JSON members.
pub(crate) fn statement(effect: &str, principals: &[&str], actions: &[&str], rest: &str) -> String {
    let list = |items: Vec<String>| {
        format!("[{}]", items.iter().map(|i| format!("\"{i}\"")).collect::<Vec<_>>().join(","))
    };
    let whom = match principals {
        [] => String::new(),
        ["*"] => r#""Principal":"*","#.to_owned(),
        [service] if service.ends_with(".amazonaws.com") => {
            format!(r#""Principal":{{"Service":"{service}"}},"#)
        }
        names => format!(r#""Principal":{{"AWS":{}}},"#, list(names.iter().map(|n| arn(n)).collect())),
    };
    let actions = list(actions.iter().map(|a| (*a).to_owned()).collect());
    let resource =
        if rest.contains("\"Resource\"") || rest.contains("NotResource") { "" } else { r#","Resource":"*""# };
    let rest = if rest.is_empty() { String::new() } else { format!(",{rest}") };
    format!(r#"{{"Effect":"{effect}",{whom}"Action":{actions}{resource}{rest}}}"#)
}

pub(crate) fn document(statements: &[String]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

pub(crate) fn policy(kind: Kind, statements: &[String]) -> Arc<Policy> {
    Arc::new(Policy::parse(&document(statements), kind).unwrap_or_else(|e| panic!("{e} {}", e.detail)))
}

/// An identity policy that allows the actions on everything.
pub(crate) fn allows(actions: &[&str]) -> Vec<String> {
    vec![statement("Allow", &[], actions, "")]
}

pub(crate) fn denies(actions: &[&str]) -> Vec<String> {
    vec![statement("Deny", &[], actions, "")]
}

/// One request with its policies.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) mode: Mode,
    pub(crate) principal: Principal,
    pub(crate) action: Action,
    pub(crate) resource: Option<Arn>,
    pub(crate) account: Option<AccountId>,
    pub(crate) context: Context<'static>,
    pub(crate) key_policy: Option<Arc<Policy>>,
    pub(crate) identity: Vec<Attachment>,
    pub(crate) boundary: Option<Attachment>,
    pub(crate) session: Vec<Attachment>,
    pub(crate) scp: Option<Vec<Level>>,
    pub(crate) rcp: Option<Vec<Level>>,
    pub(crate) endpoint: Option<Attachment>,
    pub(crate) grants: Vec<(Grant, bool)>,
    pub(crate) tokens: Vec<GrantId>,
    pub(crate) retiring: Option<Grant>,
    pub(crate) new_grant: Option<GrantTerms>,
    pub(crate) management: Option<AccountId>,
    pub(crate) aws_managed: bool,
    pub(crate) root_rescue: bool,
}

/// Grants in a list, all of them candidates.
struct All<'a>(&'a [(Grant, bool)]);

impl Grants for All<'_> {
    fn visit_candidates(&self, _: &GrantQuery<'_>, visit: &mut dyn FnMut(GrantView<'_>) -> bool) -> bool {
        self.0.iter().any(|(grant, settled)| visit(GrantView { grant, settled: *settled }))
    }
}

fn attach(policies: Vec<Vec<String>>, kind: Kind) -> Vec<Attachment> {
    policies.iter().map(|statements| Attachment::inline("p", policy(kind, statements))).collect()
}

fn levels(levels: Vec<Vec<Vec<String>>>, kind: Kind) -> Vec<Level> {
    levels.into_iter().map(|level| attach(level, kind).into()).collect()
}

impl Case {
    pub(crate) fn new(caller: &str, action: &str) -> Self {
        let resource: Arn = KEY.parse().unwrap();
        Self {
            mode: Mode::Kms,
            principal: principal(caller),
            action: action.parse().unwrap(),
            account: resource.account(),
            resource: Some(resource),
            context: Context::new(),
            key_policy: None,
            identity: Vec::new(),
            boundary: None,
            session: Vec::new(),
            scp: None,
            rcp: None,
            endpoint: None,
            grants: Vec::new(),
            tokens: Vec::new(),
            retiring: None,
            new_grant: None,
            management: None,
            aws_managed: false,
            root_rescue: false,
        }
    }
    pub(crate) fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }
    pub(crate) fn on(mut self, resource: &str) -> Self {
        self.resource = (resource != "*").then(|| resource.parse().unwrap());
        self.account = self.resource.as_ref().and_then(Arn::account);
        self
    }
    /// A key policy with one Allow for these principals.
    pub(crate) fn key_allows(self, principals: &[&str], actions: &[&str], rest: &str) -> Self {
        self.key(&[statement("Allow", principals, actions, rest)])
    }
    pub(crate) fn key(mut self, statements: &[String]) -> Self {
        let kind = match self.mode {
            Mode::Kms => Kind::Key,
            Mode::Generic => Kind::Resource,
            Mode::Trust => Kind::Trust,
        };
        self.key_policy = Some(policy(kind, statements));
        self
    }
    pub(crate) fn identity(mut self, policies: Vec<Vec<String>>) -> Self {
        self.identity = attach(policies, Kind::Identity);
        self
    }
    pub(crate) fn boundary(mut self, statements: Vec<String>) -> Self {
        self.boundary = attach(vec![statements], Kind::Identity).pop();
        self
    }
    pub(crate) fn session(mut self, policies: Vec<Vec<String>>) -> Self {
        self.session = attach(policies, Kind::Session);
        self
    }
    pub(crate) fn scp(mut self, policies: Vec<Vec<Vec<String>>>) -> Self {
        self.scp = Some(levels(policies, Kind::ServiceControl));
        self
    }
    pub(crate) fn rcp(mut self, policies: Vec<Vec<Vec<String>>>) -> Self {
        self.rcp = Some(levels(policies, Kind::ResourceControl));
        self
    }
    pub(crate) fn endpoint(mut self, statements: Vec<String>) -> Self {
        self.endpoint = attach(vec![statements], Kind::Endpoint).pop();
        self
    }
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
    pub(crate) fn context(mut self, key: &'static str, value: impl Into<Value<'static>>) -> Self {
        self.context.set(key, value);
        self
    }
    pub(crate) fn grant(mut self, grantee: &str, operations: &[KmsAction], constraints: Constraints) -> Self {
        let n = u8::try_from(self.grants.len()).unwrap();
        self.grants.push((grant(n, grantee, operations, constraints), true));
        self
    }

    pub(crate) fn ask<R>(&self, f: impl FnOnce(&Request<'_>, &Policies<'_>) -> R) -> R {
        let resource = self.resource.as_ref().map_or(Resource::Any, Resource::Named);
        let mut request = Request::new(self.mode, &self.principal, &self.action, resource, &self.context);
        request.resource_account = self.account;
        request.retiring = self.retiring.as_ref();
        request.new_grant = self.new_grant.as_ref();
        request.aws_managed_key = self.aws_managed;
        request.root_rescue = self.root_rescue;
        let control = |levels| ControlPolicies { management_account: self.management, levels };
        let grants = All(&self.grants);
        let policies = Policies {
            resource: self.key_policy.as_deref(),
            identity: &self.identity,
            boundary: self.boundary.as_ref(),
            session: &self.session,
            service_control: self.scp.as_deref().map(control),
            resource_control: self.rcp.as_deref().map(control),
            endpoint: self.endpoint.as_ref(),
            grants: Some(&grants),
            grant_tokens: &self.tokens,
        };
        f(&request, &policies)
    }

    pub(crate) fn decide(&self) -> Verdict {
        self.ask(decide)
    }

    pub(crate) fn message(&self) -> String {
        self.ask(|request, policies| decide(request, policies).message(request, policies))
    }

    #[track_caller]
    pub(crate) fn allowed(&self, layer: Layer) {
        let verdict = self.decide();
        assert_eq!((verdict.outcome, verdict.layer), (Outcome::Allow, layer), "{verdict:?}");
        assert!(verdict.permit().is_some());
    }

    #[track_caller]
    pub(crate) fn denied(&self, layer: Layer) {
        let verdict = self.decide();
        assert_eq!((verdict.outcome, verdict.layer), (Outcome::ImplicitDeny, layer), "{verdict:?}");
        assert!(verdict.permit().is_none());
    }

    #[track_caller]
    pub(crate) fn explicitly_denied(&self, layer: Layer) {
        let verdict = self.decide();
        assert_eq!((verdict.outcome, verdict.layer), (Outcome::ExplicitDeny, layer), "{verdict:?}");
        assert!(verdict.permit().is_none());
    }
}

pub(crate) fn party(short: &str) -> Party {
    match arn(short).parse::<PrincipalArn>() {
        Ok(arn) => Party::Principal { arn, id: None },
        Err(_) => Party::Service(short.parse().unwrap()),
    }
}

pub(crate) fn grant(n: u8, grantee: &str, operations: &[KmsAction], constraints: Constraints) -> Grant {
    Grant {
        id: grant_id(n),
        grantee: party(grantee),
        retiring: None,
        issuing_account: A.parse().unwrap(),
        terms: GrantTerms { operations: operations.iter().copied().collect(), constraints },
    }
}

pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Option<BTreeMap<String, String>> {
    Some(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

pub(crate) fn equals(wanted: &[(&str, &str)]) -> Constraints {
    Constraints { encryption_context_equals: pairs(wanted), ..Constraints::default() }
}

pub(crate) fn subset(wanted: &[(&str, &str)]) -> Constraints {
    Constraints { encryption_context_subset: pairs(wanted), ..Constraints::default() }
}

/// The texts of the policies: what a failing property shows.
impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let texts =
            |list: &[Attachment]| list.iter().map(|a| a.policy.text().to_string()).collect::<Vec<_>>();
        f.debug_struct("Case")
            .field("caller", &self.principal.display_name())
            .field("action", &self.action.to_string())
            .field("context", &self.context)
            .field("key_policy", &self.key_policy.as_ref().map(|p| p.text().to_string()))
            .field("identity", &texts(&self.identity))
            .field("boundary", &texts(self.boundary.as_slice()))
            .field("session", &texts(&self.session))
            .field("scp", &self.scp.iter().flatten().map(|level| texts(level)).collect::<Vec<_>>())
            .field("grants", &self.grants)
            .finish()
    }
}
