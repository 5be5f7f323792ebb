//! SimulatePrincipalPolicy: what a user, a group or a role could do with the policies that it has.
//!
//! AWS: policies of the request are added, `PolicyExclusionList` leaves some out, and a given permissions boundary takes the
//! place of the one that is there. Beyond AWS, a KMS action on a key of this server is decided by KMS's rules, with the
//! key's own policy unless the request brings one: what comes out is what a real request would be answered.

use crate::{names, simulation as sim};
use gatekey_directory::{Caller, ControlKind};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    iam::{
        InvalidInputException, PolicyIdentifierPolicyType as Excluded, SimulatePolicyResponse,
        SimulatePrincipalPolicyError, SimulatePrincipalPolicyRequest, calls,
    },
};
use gatekey_policy::{Context, Kind};

/// The handler.
pub(crate) struct SimulatePrincipalPolicy;

type Fault = SimulatePrincipalPolicyError;

impl Operation for SimulatePrincipalPolicy {
    type Call = calls::SimulatePrincipalPolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &SimulatePrincipalPolicyRequest,
    ) -> Result<Answered<SimulatePolicyResponse>, SimulatePrincipalPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let arn = sim::Subject::arn::<Fault>(&input.policy_source_arn)?;
        let allowed = passage
            .authorize_other("iam:SimulatePrincipalPolicy", On::resource(&arn), Context::new())
            .map_err(CommonError::from)?;
        let subject = sim::Subject::find::<Fault>(passage, &arn)?;
        let asked = sim::Asked::read::<Fault>(&input.action_names, input.resource_arns.as_ref())?;
        let facts = sim::Facts::read::<Fault>(input.context_entries.as_ref())?;
        let resource_policy = sim::resource_policy::<Fault>(input.resource_policy.as_ref())?;
        let sources = sources(passage, &subject, input)?;
        let caller = caller(passage, &subject, &sources, input)?;
        let exclusions = input.policy_exclusion_list.as_ref();
        let kinds =
            [(Excluded::Scp, ControlKind::ServiceControl), (Excluded::Rcp, ControlKind::ResourceControl)];
        let left_out = kinds.iter().filter(|(excluded, _)| sim::excluded(exclusions, excluded));
        let without: Vec<ControlKind> = left_out.map(|(_, kind)| *kind).collect();
        let is_nobody = matches!(subject, sim::Subject::Group(_)) && input.caller_arn.is_none();
        let simulation = sim::Simulation {
            caller: &caller,
            sources: &sources,
            facts: &facts,
            resource_policy: resource_policy.as_ref(),
            owner: sim::owner::<Fault>(input.resource_owner.as_ref())?,
            with_keys: true,
            without: &without,
            before: if is_nobody { sim::without_caller } else { |_| () },
            decide: &|supposed| passage.suppose(supposed),
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

/// The policies that are not left out, and those of the request.
fn sources(
    passage: &mut Passage<'_>,
    subject: &sim::Subject,
    input: &SimulatePrincipalPolicyRequest,
) -> Result<Vec<sim::Source>, Fault> {
    let exclusions = input.policy_exclusion_list.as_deref().unwrap_or_default();
    let mut sources = subject.sources(&passage.snapshot().directory);
    sources.retain(|source| !exclusions.iter().any(|exclusion| source.is_excluded(exclusion)));
    let given = input.policy_input_list.as_deref().unwrap_or_default();
    let given = sim::documents::<Fault>(passage, "PolicyInputList", given, Kind::Identity)?;
    sources.extend(given.into_iter().map(sim::Source::given));
    Ok(sources)
}

/// Who would call: the user or role itself, or whom the request names.
fn caller(
    passage: &mut Passage<'_>,
    subject: &sim::Subject,
    sources: &[sim::Source],
    input: &SimulatePrincipalPolicyRequest,
) -> Result<Caller, Fault> {
    let given = sim::boundary::<Fault>(passage, input.permissions_boundary_policy_input_list.as_ref())?;
    let left_out = sim::excluded(input.policy_exclusion_list.as_ref(), &Excluded::PermissionBoundary);
    let own = subject.boundary(&passage.snapshot().directory).filter(|_| !left_out);
    let is_group = matches!(subject, sim::Subject::Group(_));
    let mut caller = match &input.caller_arn {
        Some(arn) => sim::named_caller::<Fault>(passage, arn)?,
        None if is_group && input.resource_policy.is_some() => {
            let text = "CallerArn is required for a resource policy where the policy source is not a user.";
            return Err(InvalidInputException::new(text).into());
        }
        None => subject.caller(passage).unwrap_or_else(|| sim::somebody(passage)),
    };
    caller.identity = sources.iter().map(|source| source.attachment.clone()).collect();
    caller.boundary = given.or(own);
    Ok(caller)
}
