//! Central root access: which of its features an organization has, and who may change that.

use crate::names;
use gatekey_directory::{Kept, OrganizationRecord, OrganizationTable};
use gatekey_gate::{Answered, On, Passage, refused};
use gatekey_model::{
    CommonError,
    iam::{
        AccountNotManagementOrDelegatedAdministratorException, FeatureType, OrganizationNotFoundException,
        OrganizationNotInAllFeaturesModeException, ServiceAccessNotEnabledException,
    },
};
use gatekey_policy::Context;
use gatekey_store::table::Edit;
use serde::Serialize;
use std::sync::Arc;

/// The service that must have trusted access, and whose delegated administrator may act.
const SERVICE: &str = "iam.amazonaws.com";

/// An organization with its id.
type Found = (String, Arc<Kept<OrganizationRecord>>);

/// The organization's id and enabled features, as answers have them.
type Features = (Option<String>, Option<Vec<FeatureType>>);

/// The exceptions that each of these operations lists.
pub(crate) trait Refusal:
    From<CommonError>
    + From<ServiceAccessNotEnabledException>
    + From<AccountNotManagementOrDelegatedAdministratorException>
    + From<OrganizationNotFoundException>
    + From<OrganizationNotInAllFeaturesModeException>
{
}

impl<E> Refusal for E where
    E: From<CommonError>
        + From<ServiceAccessNotEnabledException>
        + From<AccountNotManagementOrDelegatedAdministratorException>
        + From<OrganizationNotFoundException>
        + From<OrganizationNotInAllFeaturesModeException>
{
}

/// Switches a feature on or off.
///
/// # Errors
/// Denial, or [`Refusal`].
pub(crate) async fn switch<T: Serialize, E: Refusal>(
    passage: &mut Passage<'_>,
    action: &str,
    feature: FeatureType,
    on: bool,
    answer: impl FnOnce(Features) -> T,
) -> Result<Answered<T>, E> {
    let allowed =
        passage.authorize_other(action, On::default(), Context::new()).map_err(CommonError::from)?;
    let (id, kept) = found::<E>(passage)?;
    let mut record = kept.record.clone();
    match on {
        true => record.root_features.insert(feature.as_str().to_owned()),
        false => record.root_features.remove(feature.as_str()),
    };
    let answer = answer(shown(&id, &record));
    passage.draft().set_response(&names::camel(&answer));
    let edits = vec![Edit::update::<OrganizationTable>(&id, kept.revision, &record)];
    passage.commit(&allowed, edits, answer).await.map_err(refused)
}

/// The features that are on.
///
/// # Errors
/// Denial, or [`Refusal`].
pub(crate) fn list<T, E: Refusal>(
    passage: &mut Passage<'_>,
    action: &str,
    answer: impl FnOnce(Features) -> T,
) -> Result<Answered<T>, E> {
    let allowed =
        passage.authorize_other(action, On::default(), Context::new()).map_err(CommonError::from)?;
    let (id, kept) = found::<E>(passage)?;
    Ok(passage.answer(&allowed, answer(shown(&id, &kept.record))))
}

/// The caller's organization, if the caller's account may manage root access in it.
fn found<E: Refusal>(passage: &Passage<'_>) -> Result<Found, E> {
    let account = passage.account();
    let Some((id, kept)) = passage.snapshot().directory.organizations.of(account) else {
        let text = "No organization is associated with this account.";
        return Err(OrganizationNotFoundException::new(text).into());
    };
    let record = &kept.record;
    let delegated = record.delegated.get(&account).is_some_and(|services| services.contains_key(SERVICE));
    if record.management != account && !delegated {
        let text = "The account is neither the management account nor a delegated administrator for IAM.";
        return Err(AccountNotManagementOrDelegatedAdministratorException::new(text).into());
    }
    if !record.all_features {
        let text = "The organization does not have all features enabled.";
        return Err(OrganizationNotInAllFeaturesModeException::new(text).into());
    }
    if !record.service_access.contains_key(SERVICE) {
        let text = "Trusted access is not enabled for IAM in Organizations.";
        return Err(ServiceAccessNotEnabledException::new(text).into());
    }
    Ok((id.to_owned(), Arc::clone(kept)))
}

fn shown(id: &str, record: &OrganizationRecord) -> Features {
    let all = [FeatureType::RootCredentialsManagement, FeatureType::RootSessions];
    let enabled = all.into_iter().filter(|feature| record.root_features.contains(feature.as_str()));
    (Some(id.to_owned()), Some(enabled.collect()))
}
