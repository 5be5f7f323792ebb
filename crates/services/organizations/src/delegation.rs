//! Trusted services and delegated administrators.

use crate::{
    fault::{constraint, invalid_input},
    moment,
    org::Org,
    shown,
};
use gatekey_directory::{DelegationPolicy, MemberRecord};
use gatekey_model::{
    Sensitive,
    organizations::{
        Account, AccountNotRegisteredException, ConstraintViolationException,
        ConstraintViolationExceptionReason, DelegatedAdministrator, InvalidInputException,
        InvalidInputExceptionReason, ResourcePolicyNotFoundException,
    },
};
use gatekey_policy::{Kind, Policy};
use gatekey_types::{AccountId, ServicePrincipal, Timestamp};
use std::collections::BTreeMap;

/// Insists that a request names a service of AWS.
///
/// # Errors
/// InvalidInputException
pub(crate) fn service<E: From<InvalidInputException>>(name: &str) -> Result<(), E> {
    if name.parse::<ServicePrincipal>().is_ok() && name.ends_with(".amazonaws.com") {
        return Ok(());
    }
    let text = "You specified an unrecognized service principal.";
    Err(invalid_input(InvalidInputExceptionReason::UnrecognizedServicePrincipal, text))
}

/// Insists that the organization has all features.
///
/// # Errors
/// ConstraintViolationException
pub(crate) fn all_features<E: From<ConstraintViolationException>>(org: &Org) -> Result<(), E> {
    if org.record().all_features {
        return Ok(());
    }
    let text = "You can perform this operation only in an organization that has all features enabled.";
    Err(constraint(ConstraintViolationExceptionReason::OrganizationNotInAllFeaturesMode, text))
}

/// The services that an account administers.
///
/// # Errors
/// AccountNotRegisteredException
pub(crate) fn registered<E: From<AccountNotRegisteredException>>(
    org: &Org,
    account: AccountId,
) -> Result<&BTreeMap<String, Timestamp>, E> {
    org.record().delegated.get(&account).ok_or_else(not_registered)
}

/// The account does not administer the service.
pub(crate) fn not_registered<E: From<AccountNotRegisteredException>>() -> E {
    let text = "The provided account is not a registered delegated administrator for your organization.";
    AccountNotRegisteredException::new(text).into()
}

/// A delegated administrator as the model has it; the date is that of its first service, or of the one asked for.
pub(crate) fn administrator(
    org: &Org,
    account: AccountId,
    record: &MemberRecord,
    since: Option<Timestamp>,
) -> DelegatedAdministrator {
    let Account { id, arn, status, state, joined_method, joined_timestamp, .. } =
        shown::account(org, account, record);
    DelegatedAdministrator {
        id,
        arn,
        email: Some(Sensitive::new(record.email.clone())),
        name: Some(Sensitive::new(record.name.clone())),
        status,
        state,
        joined_method,
        joined_timestamp,
        delegation_enabled_date: since.map(moment),
    }
}

/// The organization's resource policy.
///
/// # Errors
/// ResourcePolicyNotFoundException
pub(crate) fn policy<E: From<ResourcePolicyNotFoundException>>(org: &Org) -> Result<&DelegationPolicy, E> {
    let text = "We can't find a resource policy request with the parameter that you specified.";
    let missing = || ResourcePolicyNotFoundException::new(text).into();
    org.record().resource_policy.as_ref().ok_or_else(missing)
}

/// The organization's resource policy, ready to decide.
pub(crate) fn compiled(policy: &DelegationPolicy) -> Policy {
    Policy::read_stored(&policy.document.text, Kind::Resource, policy.document.pins.clone())
}

/// Insists that an account can administer a service.
///
/// # Errors
/// ConstraintViolationException
pub(crate) fn may_administer<E: From<ConstraintViolationException>>(
    org: &Org,
    account: AccountId,
    record: &MemberRecord,
    service: &str,
) -> Result<(), E> {
    use ConstraintViolationExceptionReason as Reason;
    if account == org.management() {
        let text = "You can't register the management account as a delegated administrator.";
        return Err(constraint(Reason::CannotRegisterMasterAsDelegatedAdministrator, text));
    }
    if record.suspended {
        let text = "You can't register a suspended account as a delegated administrator.";
        return Err(constraint(Reason::CannotRegisterSuspendedAccountAsDelegatedAdministrator, text));
    }
    if !org.record().service_access.contains_key(service) {
        let text = "You must enable service access before you register a delegated administrator.";
        return Err(constraint(Reason::ServiceAccessNotEnabled, text));
    }
    Ok(())
}
