//! Inline policies of users, groups and roles.

use crate::{
    document,
    holder::{Guard, Holder},
    page::Page,
    target::Target,
};
use gatekey_directory::Permissions;
use gatekey_gate::{Answered, Passage, refused};
use gatekey_model::{
    CommonError, NoOutput,
    iam::{LimitExceededException, MalformedPolicyDocumentException, NoSuchEntityException},
};

/// Adds an inline policy, or replaces the one of that name.
///
/// # Errors
/// Denial; NoSuchEntity; MalformedPolicyDocument; LimitExceeded where all of them together become too long.
pub(crate) async fn put<R: Holder, E>(
    passage: &mut Passage<'_>,
    action: &str,
    holder: &Target<R>,
    (name, text): (&str, &str),
    may_change: Guard<R, E>,
) -> Result<Answered<NoOutput>, E>
where
    E: From<CommonError>
        + From<NoSuchEntityException>
        + From<MalformedPolicyDocumentException>
        + From<LimitExceededException>,
{
    let allowed = holder.authorize(passage, action, holder.holder_context())?;
    let entity = holder.found::<E>()?;
    may_change(entity)?;
    let most = R::inline_most(passage.identity_quotas());
    let too_large =
        || format!("Maximum policy size of {most} bytes exceeded for {} {}", R::CALLED, entity.name());
    document::check_identity::<E>(passage, text, most, too_large)?;
    let mut record = entity.record.clone();
    record.permissions_mut().inline.insert(name.to_owned(), text.to_owned());
    if total(record.permissions()) > most {
        return Err(LimitExceededException::new(too_large()).into());
    }
    let edits = vec![entity.update(&record)];
    passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
}

fn total(permissions: &Permissions) -> usize {
    permissions.inline.values().map(|text| document::size(text)).sum()
}

/// The holder's name and the document, as it is given back.
///
/// # Errors
/// Denial; NoSuchEntity for the holder or the policy.
pub(crate) fn get<R: Holder, E, T>(
    passage: &mut Passage<'_>,
    action: &str,
    holder: &Target<R>,
    name: &str,
    answer: impl FnOnce(String, String) -> T,
) -> Result<Answered<T>, E>
where
    E: From<CommonError> + From<NoSuchEntityException>,
{
    let allowed = holder.authorize(passage, action, holder.context())?;
    let entity = holder.found::<E>()?;
    let text = entity.record.permissions().inline.get(name).ok_or_else(|| missing::<R, E>(name))?;
    let output = answer(entity.name().to_owned(), document::encoded(text));
    Ok(passage.answer(&allowed, output))
}

/// Deletes an inline policy.
///
/// # Errors
/// Denial; NoSuchEntity for the holder or the policy.
pub(crate) async fn delete<R: Holder, E>(
    passage: &mut Passage<'_>,
    action: &str,
    holder: &Target<R>,
    name: &str,
    may_change: Guard<R, E>,
) -> Result<Answered<NoOutput>, E>
where
    E: From<CommonError> + From<NoSuchEntityException>,
{
    let allowed = holder.authorize(passage, action, holder.holder_context())?;
    let entity = holder.found::<E>()?;
    may_change(entity)?;
    let mut record = entity.record.clone();
    record.permissions_mut().inline.remove(name).ok_or_else(|| missing::<R, E>(name))?;
    let edits = vec![entity.update(&record)];
    passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
}

/// The names of the inline policies, in order.
///
/// # Errors
/// Denial; NoSuchEntity.
pub(crate) fn list<R: Holder, E, T>(
    passage: &mut Passage<'_>,
    action: &str,
    holder: &Target<R>,
    (marker, most): (Option<&String>, Option<i32>),
    answer: impl FnOnce(Page<String>) -> T,
) -> Result<Answered<T>, E>
where
    E: From<CommonError> + From<NoSuchEntityException>,
{
    let allowed = holder.authorize(passage, action, holder.context())?;
    let names = holder.found::<E>()?.record.permissions().inline.keys().cloned();
    let page = Page::take::<E>(names, String::clone, marker, most)?;
    Ok(passage.answer(&allowed, answer(page)))
}

fn missing<R: Holder, E: From<NoSuchEntityException>>(name: &str) -> E {
    NoSuchEntityException::new(format!("The {} policy with name {name} cannot be found.", R::CALLED)).into()
}
