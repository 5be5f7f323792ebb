//! SimulateService: what would be decided if an AWS service used a key as services do: with the caller's rights, as itself, or by
//! a grant that it makes for one of its resources, uses, and retires.
//!
//! Nothing is done. The grant is supposed for the steps that follow it, whether or not it would have been made, so that each
//! denial shows; each step is put to the decision as a real request would be.

use crate::{
    context,
    key::Asked,
    principal,
    scenario::{self, By, HOST, Scenario, Step},
    shown,
    view::View,
};
use gatekey_directory::Caller;
use gatekey_gate::{About, Answered, On, Operation, Passage, Supposed};
use gatekey_keyring::{Key, KeyFault};
use gatekey_model::{
    CommonError,
    gatekey::{
        InvalidQuestionException, NotFoundException, Outcome, SimulateServiceError, SimulateServiceRequest,
        SimulateServiceResponse, SimulatedStep, calls,
    },
};
use gatekey_policy::{
    Action, Constraints, Context, Grant, GrantTerms, Identity, KeyName, KmsAction, Party, Principal,
};
use gatekey_types::{Arn, GrantId, PrincipalArn, ServicePrincipal};
use serde::Serialize;
use std::sync::Arc;

type Fault = SimulateServiceError;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    scenario: &'a str,
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
}

/// The handler.
pub(crate) struct SimulateService;

impl Operation for SimulateService {
    type Call = calls::SimulateService;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &SimulateServiceRequest,
    ) -> Result<Answered<SimulateServiceResponse>, Fault> {
        let (principal, resource) = (input.principal.as_deref(), input.resource.as_deref());
        passage.draft().set_parameters(&Parameters {
            scenario: &input.scenario,
            key_id: &input.key_id,
            principal,
            resource,
        });
        let asked = Asked::find(passage, &input.key_id);
        let allowed = passage
            .authorize_other("gatekey:SimulateService", asked.on(), Context::new())
            .map_err(CommonError::from)?;
        let key = asked.key::<Fault>()?;
        let scenario = scenario::named(&input.scenario).ok_or_else(|| unknown(&input.scenario))?;
        key.in_use_state(passage.now()).map_err(|fault| unusable(&fault))?;
        let user = match principal {
            Some(text) => principal::named::<Fault>(passage, text)?,
            None => passage.caller().clone(),
        };
        let resource = resource.map_or_else(|| filled(scenario.resource, &key), str::to_owned);
        let play = Play { passage, scenario, user, resource };
        let steps = passage.study(|| play.steps(&key)).await?;
        let answer = SimulateServiceResponse {
            allowed: Some(steps.iter().all(|step| step.decision.outcome == Outcome::Allowed)),
            resource: Some(play.resource),
            steps: Some(steps),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// A scenario that is played.
struct Play<'p> {
    passage: &'p Passage<'p>,
    scenario: &'static Scenario,
    /// On whose behalf services ask.
    user: Caller,
    resource: String,
}

impl Play<'_> {
    fn steps(&self, key: &Arc<Key>) -> Result<Vec<SimulatedStep>, Fault> {
        let grant = Arc::new(self.grant(key)?);
        let granted = Key { grants: Arc::new(key.grants.supposing(Arc::clone(&grant))), ..Key::clone(key) };
        let granted = Arc::new(granted);
        let mut present = key;
        let mut steps = Vec::new();
        for step in self.scenario.steps {
            steps.push(self.decided(step, present, &grant)?);
            match step.action {
                KmsAction::CreateGrant => present = &granted,
                KmsAction::RetireGrant => present = key,
                _ => {}
            }
        }
        Ok(steps)
    }

    fn decided(&self, step: &Step, key: &Arc<Key>, grant: &Grant) -> Result<SimulatedStep, Fault> {
        let caller = self.caller(step.by, key)?;
        let action = Action::from(step.action);
        let about = match step.action {
            KmsAction::CreateGrant => About::New(&grant.terms),
            KmsAction::RetireGrant => About::Retiring(grant),
            _ => About::Nothing,
        };
        let explained = self.passage.suppose_explained(&Supposed {
            caller: &caller,
            action: &action,
            on: On::default(),
            key: Some(key),
            about,
            context: self.context(step, key, grant),
            without: &[],
        });
        let view = View::whole(self.passage, &explained);
        let about = (&*caller.principal, Some(&**key));
        let decision = shown::decision(self.passage, &explained, about, view);
        Ok(SimulatedStep { what: step.what.to_owned(), decision })
    }

    fn caller(&self, by: By, key: &Key) -> Result<Caller, Fault> {
        let account = key.arn.account;
        match by {
            By::User(_) => Ok(self.user.clone()),
            By::Service(name) => {
                let name = service(&filled(name, key))?;
                let names = vec![name.clone()];
                Ok(Caller::supposed(Principal::new(Identity::Service { name, names })))
            }
            By::LinkedRole(name, _) => {
                let directory = &self.passage.snapshot().directory;
                let path = format!("/aws-service-role/{name}/");
                let mut roles = directory.roles.of(account);
                let role = roles.find(|role| role.header().path == path);
                let role = role.and_then(|role| directory.as_role(role, "supposed", self.passage.now()));
                role.ok_or_else(|| no_linked_role(name))
            }
            By::Host => {
                let (role, session) = HOST;
                Ok(Caller::supposed(Principal::new(Identity::RoleSession {
                    session: PrincipalArn::assumed_role(account, role, session),
                    role: PrincipalArn::role(account, "/", role),
                    role_id: None,
                    service_linked: true,
                })))
            }
        }
    }

    /// What the request carries: how it came, what it is about, and of a grant what that is.
    fn context<'a>(&'a self, step: &Step, key: &Key, grant: &Grant) -> Context<'a> {
        let mut context = context::present(self.passage);
        context.set(KeyName::AwsSecureTransport, true);
        match step.by {
            By::User(via) | By::LinkedRole(_, via) => {
                context.set_via_service(via, key.arn.region.as_str());
            }
            By::Service(_) => {
                context.set(KeyName::AwsSourceAccount, key.arn.account.to_string());
                if self.resource.parse::<Arn>().is_ok() {
                    context.set(KeyName::AwsSourceArn, self.resource.clone());
                }
            }
            By::Host => {}
        }
        match step.action {
            KmsAction::DescribeKey | KmsAction::RetireGrant => {}
            KmsAction::CreateGrant => {
                self.say_of_grant(grant, &mut context);
                self.say_resource(&mut context);
            }
            _ => self.say_resource(&mut context),
        }
        context
    }

    fn say_resource<'a>(&'a self, context: &mut Context<'a>) {
        context.set_encryption_context([(self.scenario.context, self.resource.as_str())]);
    }

    fn say_of_grant(&self, grant: &Grant, context: &mut Context<'_>) {
        context
            .set(KeyName::KmsGrantIsForAwsResource, true)
            .set(KeyName::KmsGrantConstraintType, "EncryptionContextSubset")
            .set_many(
                KeyName::KmsGrantOperations,
                grant.terms.operations.iter().map(|action| action.name().to_owned()),
            );
        if let Party::Principal { arn, .. } = &grant.grantee {
            context.set(KeyName::KmsGranteePrincipal, arn.to_string());
        }
        if let Some(Party::Service(name)) = &grant.retiring {
            context.set(KeyName::KmsRetiringServicePrincipal, name.to_string());
        }
    }

    /// The grant that lets the host of an instance open a volume's data key, as EC2 makes it.
    fn grant(&self, key: &Key) -> Result<Grant, Fault> {
        let (role, session) = HOST;
        let subset = [(self.scenario.context.to_owned(), self.resource.clone())].into();
        Ok(Grant {
            // No grant has this id: they are of chance.
            id: GrantId::from_bytes([0; 32]),
            grantee: Party::Principal {
                arn: PrincipalArn::assumed_role(key.arn.account, role, session),
                id: None,
            },
            retiring: Some(Party::Service(service(inferred_retires())?)),
            issuing_account: key.arn.account,
            terms: GrantTerms {
                operations: [KmsAction::Decrypt].into_iter().collect(),
                constraints: Constraints {
                    encryption_context_subset: Some(subset),
                    ..Constraints::default()
                },
            },
        })
    }
}

/// Who ends the host's right. AWS's example of such a grant names the root user of an account of its own, which no simulation can be.
fn inferred_retires() -> &'static str {
    "ec2.amazonaws.com"
}

/// The text with the key's Region and account in their places.
fn filled(text: &str, key: &Key) -> String {
    text.replace("REGION", key.arn.region.as_str()).replace("ACCOUNT", key.arn.account.as_str())
}

fn service(name: &str) -> Result<ServicePrincipal, Fault> {
    name.parse().map_err(|_| wrong(format!("'{name}' is not the principal of a service.")))
}

fn unknown(name: &str) -> Fault {
    let known: Vec<&str> = scenario::ALL.iter().map(|scenario| scenario.name).collect();
    wrong(format!("'{name}' is not what a service does that is known here: {}.", known.join(", ")))
}

fn no_linked_role(service: &str) -> Fault {
    NotFoundException::new(format!(
        "The account has no service-linked role of {service}: make it with aws iam create-service-linked-role \
         --aws-service-name {service}."
    ))
    .into()
}

/// What KMS would tell the service of a key that is not usable.
fn unusable(fault: &KeyFault) -> Fault {
    wrong(format!("No service could use the key: {fault}"))
}

fn wrong(text: impl Into<String>) -> Fault {
    InvalidQuestionException::new(text).into()
}

#[cfg(test)]
mod tests {
    use crate::scenario::{ALL, By};
    use gatekey_policy::KmsAction;

    #[test]
    fn inferred_retires() {
        let steps = ALL.iter().flat_map(|scenario| scenario.steps);
        for step in steps.filter(|step| step.action == KmsAction::RetireGrant) {
            assert!(matches!(step.by, By::Service(name) if name == super::inferred_retires()));
        }
    }
}
