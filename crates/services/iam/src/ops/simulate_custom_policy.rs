//! SimulateCustomPolicy: what policies would allow that nobody needs to have.
//!
//! AWS: nothing is known of the caller but what the request says; a resource policy needs `CallerArn`. Nothing of this
//! server has a say.

use crate::{names, simulation as sim};
use gatekey_directory::Caller;
use gatekey_gate::{Answered, On, Operation, Passage, Supposed};
use gatekey_model::{
    CommonError,
    iam::{
        InvalidInputException, SimulateCustomPolicyError, SimulateCustomPolicyRequest,
        SimulatePolicyResponse, calls,
    },
};
use gatekey_policy::{
    Context, ControlPolicies, Kind, Level, Mode, Policies, Request, Resource, Simulated, simulate,
};

/// The handler.
pub(crate) struct SimulateCustomPolicy;

type Fault = SimulateCustomPolicyError;

impl Operation for SimulateCustomPolicy {
    type Call = calls::SimulateCustomPolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &SimulateCustomPolicyRequest,
    ) -> Result<Answered<SimulatePolicyResponse>, SimulateCustomPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let allowed = passage
            .authorize_other("iam:SimulateCustomPolicy", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let asked = sim::Asked::read::<Fault>(&input.action_names, input.resource_arns.as_ref())?;
        let facts = sim::Facts::read::<Fault>(input.context_entries.as_ref())?;
        let resource_policy = sim::resource_policy::<Fault>(input.resource_policy.as_ref())?;
        if resource_policy.is_some() && input.caller_arn.is_none() {
            let text = "CallerArn is required for a resource policy.";
            return Err(InvalidInputException::new(text).into());
        }
        let given =
            sim::documents::<Fault>(passage, "PolicyInputList", &input.policy_input_list, Kind::Identity)?;
        let sources: Vec<sim::Source> = given.into_iter().map(sim::Source::given).collect();
        let caller = caller(passage, &sources, input)?;
        let levels = levels(passage, input)?;
        let now = passage.now();
        let simulation = sim::Simulation {
            caller: &caller,
            sources: &sources,
            facts: &facts,
            resource_policy: resource_policy.as_ref(),
            owner: sim::owner::<Fault>(input.resource_owner.as_ref())?,
            with_keys: false,
            without: &[],
            before: if input.caller_arn.is_none() { sim::without_caller } else { |_| () },
            decide: &|supposed| decide(supposed, levels.as_deref(), now),
        };
        let page = (input.marker.as_ref(), input.max_items);
        let page = sim::results::<Fault>(passage, &simulation, &asked, page)?;
        let answer = SimulatePolicyResponse {
            evaluation_results: Some(page.items),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}

fn caller(
    passage: &mut Passage<'_>,
    sources: &[sim::Source],
    input: &SimulateCustomPolicyRequest,
) -> Result<Caller, Fault> {
    let mut caller = match &input.caller_arn {
        Some(arn) => sim::named_caller::<Fault>(passage, arn)?,
        None => sim::somebody(passage),
    };
    caller.identity = sources.iter().map(|source| source.attachment.clone()).collect();
    caller.boundary = sim::boundary::<Fault>(passage, input.permissions_boundary_policy_input_list.as_ref())?;
    Ok(caller)
}

/// The service control policies of the request, root first.
fn levels(
    passage: &mut Passage<'_>,
    input: &SimulateCustomPolicyRequest,
) -> Result<Option<Vec<Level>>, Fault> {
    let Some(ordered) = &input.ordered_organization_policy_input_list else { return Ok(None) };
    let mut levels = Vec::with_capacity(ordered.len());
    for level in ordered {
        let texts = level.service_control_policy_input_list.as_deref().unwrap_or_default();
        let list = "ServiceControlPolicyInputList";
        let documents = sim::documents::<Fault>(passage, list, texts, Kind::ServiceControl)?;
        levels.push(Level::from(documents));
    }
    Ok(Some(levels))
}

fn decide(supposed: &Supposed<'_>, levels: Option<&[Level]>, now: gatekey_types::Timestamp) -> Simulated {
    let Supposed { caller, action, on, context, .. } = supposed;
    let resource = on.arn.map_or(Resource::Any, Resource::Named);
    let mut request = Request::new(Mode::Generic, &caller.principal, action, resource, context);
    request.resource_account = on.owner.or(request.resource_account);
    request.now = Some(now);
    let policies = Policies {
        resource: on.policy,
        identity: &caller.identity,
        boundary: caller.boundary.as_ref(),
        service_control: levels.map(|levels| ControlPolicies { management_account: None, levels }),
        ..Policies::default()
    };
    simulate(&request, &policies)
}
