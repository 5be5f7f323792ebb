//! The questions that both are asked: every combination of caller, action and what may be in the context.

use crate::policies::{KEY, on_a_key};
use cedar_policy::{Context as CedarContext, EntityUid, Request as CedarRequest};
use gatekey_policy::{Action, Context, KeyName, KmsAction, Principal};
use gatekey_types::PrincipalArn;
use serde_json::{Map, Value, json};
use std::error::Error;

const ACCOUNT: &str = "arn:aws:iam::111122223333";
const SESSION: &str = "i-0123456789abcdef0";

/// Who may ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Caller {
    /// A session of this role.
    Session(&'static str),
    /// This user.
    User(&'static str),
    /// The root user.
    Root,
}

pub const CALLERS: [Caller; 6] = [
    Caller::Session("App"),
    Caller::Session("ExampleRole"),
    Caller::Session("KMSAdmin"),
    Caller::User("ExampleUser"),
    Caller::User("Stranger"),
    Caller::Root,
];

/// One question.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    pub caller: Caller,
    pub action: KmsAction,
    pub department: Option<&'static str>,
    pub alias: Option<&'static str>,
    pub address: Option<&'static str>,
    pub via_service: bool,
    pub for_aws_resource: Option<bool>,
}

impl Question {
    /// What the role asks most often.
    pub fn usual(caller: Caller, action: KmsAction) -> Self {
        Self {
            caller,
            action,
            department: Some("IT"),
            alias: Some("alias/app-1"),
            address: Some("10.1.2.3"),
            via_service: false,
            for_aws_resource: None,
        }
    }

    /// Every combination.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> =
            CALLERS.iter().flat_map(|c| on_a_key().map(|action| Self::usual(*c, action))).collect();
        vary(&mut all, &[Some("IT"), Some("HR"), None], |q, department| q.department = department);
        vary(&mut all, &[Some("alias/app-1"), Some("alias/x"), None], |q, alias| q.alias = alias);
        vary(&mut all, &[Some("10.1.2.3"), Some("203.0.113.9"), None], |q, address| q.address = address);
        vary(&mut all, &[false, true], |q, via_service| q.via_service = via_service);
        vary(&mut all, &[None, Some(true), Some(false)], |q, is_for| q.for_aws_resource = is_for);
        all
    }

    /// For Cedar.
    pub fn cedar(&self) -> Result<CedarRequest, Box<dyn Error>> {
        let principal: EntityUid = match self.caller {
            Caller::Session(role) => format!(r#"Session::"{role}/{SESSION}""#),
            Caller::User(user) => format!(r#"User::"{user}""#),
            Caller::Root => r#"Root::"111122223333""#.to_owned(),
        }
        .parse()?;
        let action = format!(r#"Action::"{}""#, self.action.name()).parse()?;
        let key = format!(r#"Key::"{}""#, KEY.rsplit('/').next().unwrap_or_default()).parse()?;
        let context = CedarContext::from_json_value(self.cedar_context(), None)?;
        Ok(CedarRequest::new(principal, action, key, context, None)?)
    }

    fn cedar_context(&self) -> Value {
        let mut encryption = Map::from_iter([("Purpose".to_owned(), json!("test"))]);
        encryption.extend(self.department.map(|department| ("Department".to_owned(), json!(department))));
        let aliases: Vec<_> = ["alias/other"].into_iter().chain(self.alias).collect();
        let mut context = json!({
            "encryptionContext": encryption, "resourceAliases": aliases, "viaAWSService": self.via_service,
            "encryptionAlgorithm": "SYMMETRIC_DEFAULT", "keySpec": "SYMMETRIC_DEFAULT",
        });
        if let Some(address) = self.address {
            context["sourceIp"] = json!({"__extn": {"fn": "ip", "arg": address}});
        }
        if let Some(is_for) = self.for_aws_resource {
            context["grantIsForAWSResource"] = json!(is_for);
        }
        context
    }

    /// For Gatekey.
    pub fn gatekey(&self) -> Result<(Principal, Action, Context<'static>), Box<dyn Error>> {
        let mut context = Context::new();
        let pairs = [("Department", self.department), ("Purpose", Some("test"))];
        context
            .set_encryption_context(pairs.into_iter().filter_map(|(name, value)| Some((name, value?))))
            .set_many(KeyName::KmsResourceAliases, ["alias/other"].into_iter().chain(self.alias))
            .set(KeyName::AwsViaAwsService, self.via_service)
            .set(KeyName::KmsEncryptionAlgorithm, "SYMMETRIC_DEFAULT")
            .set(KeyName::KmsKeySpec, "SYMMETRIC_DEFAULT");
        if let Some(address) = self.address {
            context.set(KeyName::AwsSourceIp, address);
        }
        if let Some(is_for) = self.for_aws_resource {
            context.set(KeyName::KmsGrantIsForAwsResource, is_for);
        }
        Ok((self.principal()?, Action::Kms(self.action), context))
    }

    fn principal(&self) -> Result<Principal, Box<dyn Error>> {
        let arn = |text: String| text.parse::<PrincipalArn>();
        Ok(match self.caller {
            Caller::Session(role) => Principal::role_session(
                arn(format!("arn:aws:sts::111122223333:assumed-role/{role}/{SESSION}"))?,
                arn(format!("{ACCOUNT}:role/{role}"))?,
                Some("AROA1111111111111111".parse()?),
            ),
            Caller::User(user) => Principal::user(arn(format!("{ACCOUNT}:user/{user}"))?, None),
            Caller::Root => Principal::root(arn(format!("{ACCOUNT}:root"))?),
        })
    }
}

/// Puts every value in every question.
fn vary<V: Copy>(all: &mut Vec<Question>, values: &[V], set: impl Fn(&mut Question, V)) {
    let varied = all.iter().flat_map(|question| {
        values.iter().map(|value| {
            let mut varied = *question;
            set(&mut varied, *value);
            varied
        })
    });
    *all = varied.collect();
}
