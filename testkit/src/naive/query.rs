use serde_json::Value;
use std::collections::BTreeMap;

/// The value of a condition key in the request.
#[derive(Clone, Debug)]
pub(super) enum Held {
    One(String),
    Many(Vec<String>),
}

/// What kind of principal calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Root,
    User,
    Session,
    Federated,
    Service,
    Anonymous,
}

/// One request of a case, with all that follows from who calls and what for.
pub(super) struct Query<'a> {
    pub(super) case: &'a Value,
    pub(super) mode: &'a str,
    pub(super) kind: Kind,
    /// The caller as messages name it.
    pub(super) caller: &'a str,
    /// The caller's account; services and anonymous callers have none.
    pub(super) account: Option<String>,
    /// The role of a session, the user behind a federated user.
    pub(super) base: Option<String>,
    /// The unique id of the user or role.
    pub(super) unique_id: Option<&'a str>,
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
    pub(super) resource_account: Option<String>,
    /// Condition keys in lower case; a key that is absent is not here.
    pub(super) context: BTreeMap<String, Held>,
}

/// The n-th of an ARN's six parts, the last one with its colons.
fn arn_part(arn: &str, n: usize) -> Option<&str> {
    arn.starts_with("arn:").then(|| arn.splitn(6, ':').nth(n)).flatten().filter(|part| !part.is_empty())
}

/// The text of a JSON scalar, as condition values may be written.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// A name in lower case, letter by letter: what stands around a letter makes no difference.
pub(super) fn folded(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).collect()
}

/// A JSON value that may be one thing or a list of things.
pub(super) fn each(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

impl<'a> Query<'a> {
    /// Reads the request of a case.
    pub(super) fn of(case: &'a Value) -> Self {
        let text = |name: &str| case.pointer(&format!("/request/{name}")).and_then(Value::as_str);
        let caller = text("principal").unwrap_or("anonymous");
        let resource = text("resource").unwrap_or("*");
        let kind = kind_of(caller);
        let account = arn_part(caller, 4).map(str::to_owned);
        let resource_account = arn_part(resource, 4).or(text("resourceAccount")).map(str::to_owned);
        let mut query = Self {
            case,
            mode: case.get("mode").and_then(Value::as_str).unwrap_or("kms"),
            kind,
            caller,
            base: base_of(kind, caller, text("principalParent")),
            unique_id: text("principalId"),
            action: text("action").unwrap_or_default(),
            resource,
            resource_account: resource_account.or_else(|| account.clone()),
            account,
            context: BTreeMap::new(),
        };
        query.derive_from_principal();
        query.derive_from_resource();
        query.derive_from_service();
        query.take_given_context();
        query
    }

    /// An optional text member of the request.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.case.get("request")?.get(name)?.as_str()
    }

    /// Whether an optional member of the request is `true`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.case.get("request").and_then(|request| request.get(name)) == Some(&Value::Bool(true))
    }

    /// The last part of the action, `Decrypt`.
    pub(super) fn operation(&self) -> &'a str {
        self.action.split_once(':').map_or(self.action, |(_, name)| name)
    }

    fn set(&mut self, key: &str, value: impl Into<String>) {
        self.context.insert(folded(key), Held::One(value.into()));
    }

    fn derive_from_principal(&mut self) {
        self.set("aws:PrincipalIsAWSService", (self.kind == Kind::Service).to_string());
        self.set("aws:SecureTransport", "true");
        if let Some(account) = self.account.clone() {
            self.set("aws:PrincipalAccount", account);
        }
        let name = self.caller.rsplit('/').next().unwrap_or_default();
        let account = self.account.clone().unwrap_or_default();
        let (of_type, arn, user_id) = match self.kind {
            Kind::Root => ("Account", Some(self.caller.to_owned()), Some(account)),
            Kind::User => ("User", Some(self.caller.to_owned()), self.unique_id.map(str::to_owned)),
            Kind::Session => ("AssumedRole", self.base.clone(), self.session_user_id(name)),
            Kind::Federated => {
                ("FederatedUser", Some(self.caller.to_owned()), Some(format!("{account}:{name}")))
            }
            Kind::Anonymous => ("Anonymous", None, Some("anonymous".to_owned())),
            Kind::Service => {
                self.set("aws:PrincipalServiceName", self.caller);
                let names = Held::Many(vec![self.caller.to_owned()]);
                self.context.insert("aws:principalservicenameslist".to_owned(), names);
                return;
            }
        };
        self.set("aws:PrincipalType", of_type);
        if self.kind == Kind::Root && self.text("rootTask").is_some() {
            self.set("aws:AssumedRoot", "true");
        }
        if self.kind == Kind::User {
            self.set("aws:username", name);
        }
        for (key, value) in [("aws:PrincipalArn", arn), ("aws:userid", user_id)] {
            value.into_iter().for_each(|value| self.set(key, value));
        }
    }

    /// `AROA...:SESSION`; a role that is named without a session has none.
    fn session_user_id(&self, session: &str) -> Option<String> {
        let is_named = self.base.as_deref() != Some(self.caller);
        self.unique_id.filter(|_| is_named).map(|id| format!("{id}:{session}"))
    }

    fn derive_from_resource(&mut self) {
        if let Some(region) = arn_part(self.resource, 3) {
            self.set("aws:RequestedRegion", region);
        }
        if let Some(account) = self.resource_account.clone()
            && (self.resource != "*" || self.text("resourceAccount").is_some())
        {
            self.set("aws:ResourceAccount", account);
        }
        let without = ["ListKeys", "ListAliases", "ListRetirableGrants", "GenerateRandom"];
        if let Some(account) = self.account.clone()
            && self.mode == "kms"
            && !without.contains(&self.operation())
        {
            self.set("kms:CallerAccount", account);
        }
    }

    fn derive_from_service(&mut self) {
        let Some(via) = self.text("viaService") else {
            return self.set("aws:ViaAWSService", "false");
        };
        let service = format!("{}.amazonaws.com", via.split('.').next().unwrap_or_default());
        if self.mode == "kms" {
            self.set("kms:ViaService", via);
        }
        self.set("aws:ViaAWSService", "true");
        self.set("aws:CalledViaFirst", service.as_str());
        self.set("aws:CalledViaLast", service.as_str());
        self.context.insert("aws:calledvia".to_owned(), Held::Many(vec![service]));
    }

    /// The case's own entries replace what was derived; `null` and an empty list remove it.
    fn take_given_context(&mut self) {
        let given = self.case.pointer("/request/context").and_then(Value::as_object);
        for (key, value) in given.into_iter().flatten() {
            let key = folded(key);
            let held = match value {
                Value::Array(items) if items.is_empty() => None,
                Value::Array(items) => Some(Held::Many(items.iter().filter_map(scalar).collect())),
                one => scalar(one).map(Held::One),
            };
            match held {
                Some(held) => self.context.insert(key, held),
                None => self.context.remove(&key),
            };
        }
    }
}

fn kind_of(caller: &str) -> Kind {
    let named = |part: &str| arn_part(caller, 5).is_some_and(|resource| resource.starts_with(part));
    match caller {
        "anonymous" => Kind::Anonymous,
        _ if named("user/") => Kind::User,
        _ if named("assumed-role/") || named("role/") => Kind::Session,
        _ if named("federated-user/") => Kind::Federated,
        _ if arn_part(caller, 5) == Some("root") => Kind::Root,
        _ => Kind::Service,
    }
}

/// The role of a session (without a path, unless the case names the role) and the user behind a federated user (if the case names it).
fn base_of(kind: Kind, caller: &str, parent: Option<&str>) -> Option<String> {
    match (kind, parent) {
        (Kind::Session | Kind::Federated, Some(parent)) => Some(parent.to_owned()),
        (Kind::Session, None) if arn_part(caller, 5)?.starts_with("role/") => Some(caller.to_owned()),
        (Kind::Session, None) => {
            let role = arn_part(caller, 5)?.split('/').nth(1)?;
            Some(format!("arn:{}:iam::{}:role/{role}", arn_part(caller, 1)?, arn_part(caller, 4)?))
        }
        _ => None,
    }
}
