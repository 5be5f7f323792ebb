//! Who makes the request of a case.

use super::reader::{At, Fault};
use gatekey_policy::{Identity, Principal, RootTask};
use gatekey_types::{PrincipalArn, ServicePrincipal, UniqueId};

/// Reads `principal` and the members that say more about it.
pub(super) fn read(request: &At<'_>) -> Result<Principal, Fault> {
    let at = request.required("principal")?;
    let text = at.text()?;
    if text == "anonymous" {
        let provider = request.text_of("federatedProvider")?.map(str::to_owned);
        return Ok(Principal::new(Identity::Unsigned { provider }));
    }
    if let Ok(name) = text.parse::<ServicePrincipal>() {
        return Ok(Principal::service(name));
    }
    let arn = text.parse::<PrincipalArn>().map_err(|_| at.fault(not_a_principal(text)))?;
    let id = request.parse_of::<UniqueId>("principalId", "a unique id such as AIDA... or AROA...")?;
    let parent = request.parse_of::<PrincipalArn>("principalParent", "the ARN of a principal")?;
    let root_task = request.text_of("rootTask")?.map(RootTask::named);
    Ok(Principal { root_task, ..identity(arn, id, parent, request)? })
}

fn not_a_principal(text: &str) -> String {
    format!(
        "\"{text}\" is not the ARN of a root user, user, role, session or federated user, a service principal, or \"anonymous\""
    )
}

fn identity(
    arn: PrincipalArn,
    id: Option<UniqueId>,
    parent: Option<PrincipalArn>,
    request: &At<'_>,
) -> Result<Principal, Fault> {
    match arn {
        PrincipalArn::Root(..) => Ok(Principal::root(arn)),
        PrincipalArn::User(..) => Ok(Principal::user(arn, id)),
        PrincipalArn::FederatedUser(..) => Ok(Principal::federated_user(arn, parent, id)),
        // A role makes no requests: its ARN stands for a session without a name.
        PrincipalArn::Role(..) => with_link(Principal::role_session(arn.clone(), arn, id), request),
        PrincipalArn::AssumedRole(..) => {
            let role = match parent {
                Some(role) => role,
                None => {
                    role_of(&arn).ok_or_else(|| request.fault("the session's role has no lawful name"))?
                }
            };
            with_link(Principal::role_session(arn, role, id), request)
        }
    }
}

/// The role of a session, taken to have no path: a session's ARN does not tell.
fn role_of(session: &PrincipalArn) -> Option<PrincipalArn> {
    let partition = session.arn().partition();
    format!("arn:{partition}:iam::{}:role/{}", session.account(), session.name()).parse().ok()
}

fn with_link(mut principal: Principal, request: &At<'_>) -> Result<Principal, Fault> {
    let said = request.member("serviceLinkedRole").map(|at| at.boolean()).transpose()?;
    if let (Identity::RoleSession { service_linked, .. }, Some(said)) = (&mut principal.identity, said) {
        *service_linked = said;
    }
    Ok(principal)
}
