//! The request of a case, with the context that follows from the rest of it.

use super::grants::{self, CaseGrants};
use super::principal;
use super::reader::{At, Fault, Reading};
use gatekey_policy::{
    Action, ConditionKey, Context, Grant, GrantTerms, KeyName, KmsAction, Mode, Principal, Value, Values,
};
use gatekey_types::{AccountId, Arn};

/// What a case asks.
#[derive(Debug)]
pub(super) struct CaseRequest {
    pub(super) principal: Principal,
    pub(super) action: Action,
    /// `None` is `*`.
    pub(super) resource: Option<Arn>,
    pub(super) resource_account: Option<AccountId>,
    pub(super) context: Context<'static>,
    pub(super) management_account: Option<AccountId>,
    pub(super) aws_managed_key: bool,
    pub(super) retiring: Option<Grant>,
    pub(super) new_grant: Option<GrantTerms>,
}

const MEMBERS: [&str; 15] = [
    "principal",
    "action",
    "resource",
    "resourceAccount",
    "context",
    "principalId",
    "principalParent",
    "viaService",
    "managementAccount",
    "rootTask",
    "serviceLinkedRole",
    "awsManagedKey",
    "federatedProvider",
    "grantId",
    "newGrant",
];

pub(super) fn read(request: &At<'_>, mode: Mode, grants: &CaseGrants) -> Result<CaseRequest, Fault> {
    request.only(&MEMBERS)?;
    let at = request.required("resource")?;
    let resource: Option<Arn> = if at.text()? == "*" { None } else { Some(at.parse("an ARN, or \"*\"")?) };
    let account = "an account of twelve digits";
    let said_account = request.parse_of("resourceAccount", account)?;
    let mut read = CaseRequest {
        principal: principal::read(request)?,
        action: action(&request.required("action")?)?,
        resource_account: said_account.or(resource.as_ref().and_then(Arn::account)),
        resource,
        context: Context::new(),
        management_account: request.parse_of("managementAccount", account)?,
        aws_managed_key: request.flag("awsManagedKey", false)?,
        retiring: None,
        new_grant: request.member("newGrant").map(|at| new_grant(&at)).transpose()?,
    };
    if read.action == Action::Kms(KmsAction::RetireGrant) {
        read.retiring = grants.named_or_first(request.text_of("grantId")?).cloned();
    }
    derive(&mut read, request, mode)?;
    if let Some(context) = request.member("context") {
        set(&mut read.context, &context)?;
    }
    Ok(read)
}

fn action(at: &At<'_>) -> Result<Action, Fault> {
    let action: Action = at.parse("an action such as kms:Decrypt")?;
    let unknown = action.kms().is_none() && action.service().eq_ignore_ascii_case("kms");
    if unknown && at.reading == Reading::AsWritten {
        let name = at.text()?.split_once(':').map_or("", |(_, name)| name);
        let hint = crate::nearest::suggestion(name, KmsAction::all().map(|facts| facts.name));
        return Err(at.fault(format!("KMS has no action \"{name}\"{hint}")));
    }
    Ok(action)
}

fn new_grant(at: &At<'_>) -> Result<GrantTerms, Fault> {
    at.only(&["operations", "constraints"])?;
    grants::terms(at)
}

/// Actions whose requests lack `kms:CallerAccount`.
const WITHOUT_CALLER_ACCOUNT: [KmsAction; 4] =
    [KmsAction::ListKeys, KmsAction::ListAliases, KmsAction::ListRetirableGrants, KmsAction::GenerateRandom];

/// Sets what follows from the rest of the request. What follows from the principal, the evaluator derives itself.
fn derive(read: &mut CaseRequest, request: &At<'_>, mode: Mode) -> Result<(), Fault> {
    read.context.set(KeyName::AwsSecureTransport, true);
    if let Some(region) = read.resource.as_ref().map(Arn::region).filter(|region| !region.is_empty()) {
        read.context.set(KeyName::AwsRequestedRegion, region.to_owned());
    }
    let lacks = read.action.kms().is_some_and(|action| WITHOUT_CALLER_ACCOUNT.contains(&action));
    if let Some(account) = read.principal.account().filter(|_| mode == Mode::Kms && !lacks) {
        read.context.set(KeyName::KmsCallerAccount, account.to_string());
    }
    match request.member("viaService") {
        Some(at) => via_service(&mut read.context, &at, mode),
        None => {
            read.context.set(KeyName::AwsViaAwsService, false);
            Ok(())
        }
    }
}

/// `ec2.us-east-1.amazonaws.com`: the service calls for the principal.
fn via_service(context: &mut Context<'static>, at: &At<'_>, mode: Mode) -> Result<(), Fault> {
    let text = at.text()?;
    let parts = text.strip_suffix(".amazonaws.com").and_then(|head| head.split_once('.'));
    let (service, region) =
        parts.ok_or_else(|| at.fault(format!("\"{text}\" is not SERVICE.REGION.amazonaws.com")))?;
    context.set_via_service(service, region);
    if mode != Mode::Kms {
        context.set_absent(KeyName::KmsViaService);
    }
    Ok(())
}

/// The context that the case gives: a list is a multivalued key, `null` takes a derived key away.
fn set(context: &mut Context<'static>, at: &At<'_>) -> Result<(), Fault> {
    for (name, at) in at.members()? {
        context.put(ConditionKey::parse(name.to_owned()), values(&at)?);
    }
    Ok(())
}

fn values(at: &At<'_>) -> Result<Values<'static>, Fault> {
    match at.value {
        serde_json::Value::Null => Ok(Values::Absent),
        serde_json::Value::Array(_) => {
            let values: Result<Vec<_>, _> = at.elements()?.iter().map(value).collect();
            values.map(Values::Many)
        }
        _ => value(at).map(Values::One),
    }
}

fn value(at: &At<'_>) -> Result<Value<'static>, Fault> {
    match at.value {
        serde_json::Value::Bool(truth) => Ok((*truth).into()),
        serde_json::Value::Number(number) => {
            Ok(number.as_i64().map_or_else(|| number.to_string().into(), Value::from))
        }
        serde_json::Value::String(text) => Ok(text.clone().into()),
        _ => Err(at.fault("a value of the context is a text, a number, a boolean or a list of them")),
    }
}
