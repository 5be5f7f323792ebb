//! Permissions boundaries of users and roles.

use crate::{
    holder::{Guard, Holder},
    names,
    target::Target,
};
use gatekey_gate::{Answered, Passage, refused};
use gatekey_model::{
    CommonError, NoOutput,
    iam::{InvalidInputException, NoSuchEntityException},
};

/// Sets the boundary, whatever it was.
///
/// # Errors
/// Denial; NoSuchEntity for the holder or the policy.
pub(crate) async fn put<R: Holder, E>(
    passage: &mut Passage<'_>,
    action: &str,
    holder: &Target<R>,
    policy: &str,
    may_change: Guard<R, E>,
) -> Result<Answered<NoOutput>, E>
where
    E: From<CommonError> + From<NoSuchEntityException> + From<InvalidInputException>,
{
    let mut context = holder.context();
    context.set("iam:PermissionsBoundary", policy);
    let allowed = holder.authorize(passage, action, context)?;
    let entity = holder.found::<E>()?;
    may_change(entity)?;
    let boundary = names::boundary::<E>(passage, Some(policy))?;
    let mut record = entity.record.clone();
    record.permissions_mut().boundary = boundary.as_ref().map(|named| named.arn.clone());
    let mut edits = vec![entity.update(&record)];
    edits.extend(boundary.and_then(|named| named.touch));
    passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
}

/// Takes the boundary away.
///
/// # Errors
/// Denial; NoSuchEntity.
pub(crate) async fn delete<R: Holder, E>(
    passage: &mut Passage<'_>,
    action: &str,
    holder: &Target<R>,
    may_change: Guard<R, E>,
) -> Result<Answered<NoOutput>, E>
where
    E: From<CommonError> + From<NoSuchEntityException>,
{
    let allowed = holder.authorize(passage, action, holder.holder_context())?;
    let entity = holder.found::<E>()?;
    may_change(entity)?;
    if entity.record.permissions().boundary.is_none() {
        return Ok(passage.answer(&allowed, NoOutput {}));
    }
    let mut record = entity.record.clone();
    record.permissions_mut().boundary = None;
    let edits = vec![entity.update(&record)];
    passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
}
