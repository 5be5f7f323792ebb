//! Attachments of managed policies to users, groups and roles.

use crate::{
    holder::{Guard, Holder},
    names,
    page::Page,
    quota,
    target::Target,
};
use gatekey_gate::{Answered, Passage, refused};
use gatekey_model::{
    CommonError, NoOutput,
    iam::{AttachedPolicy, InvalidInputException, LimitExceededException, NoSuchEntityException},
};
use gatekey_types::Arn;

/// Attaches a managed policy; one that is attached already stays so.
///
/// # Errors
/// Denial; NoSuchEntity for the holder or the policy; LimitExceeded.
pub(crate) async fn attach<R: Holder, E>(
    passage: &mut Passage<'_>,
    action: &str,
    holder: &Target<R>,
    policy: &str,
    may_change: Guard<R, E>,
) -> Result<Answered<NoOutput>, E>
where
    E: From<CommonError>
        + From<NoSuchEntityException>
        + From<InvalidInputException>
        + From<LimitExceededException>,
{
    let mut context = holder.holder_context();
    context.set("iam:PolicyARN", policy);
    let allowed = holder.authorize(passage, action, context)?;
    let entity = holder.found::<E>()?;
    may_change(entity)?;
    let named = names::managed_policy::<E>(passage, policy)?;
    let attached = &entity.record.permissions().attached;
    if attached.contains(&named.arn) {
        return Ok(passage.answer(&allowed, NoOutput {}));
    }
    let most = R::attached_most(passage.identity_quotas());
    quota::hold::<E>(R::ATTACHED, attached.len().saturating_add(1), most)?;
    let mut record = entity.record.clone();
    record.permissions_mut().attached.push(named.arn);
    let mut edits = vec![entity.update(&record)];
    edits.extend(named.touch);
    passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
}

/// Takes a managed policy off.
///
/// # Errors
/// Denial; NoSuchEntity for the holder, or where the policy is not attached.
pub(crate) async fn detach<R: Holder, E>(
    passage: &mut Passage<'_>,
    action: &str,
    holder: &Target<R>,
    policy: &str,
    may_change: Guard<R, E>,
) -> Result<Answered<NoOutput>, E>
where
    E: From<CommonError> + From<NoSuchEntityException> + From<InvalidInputException>,
{
    let mut context = holder.holder_context();
    context.set("iam:PolicyARN", policy);
    let allowed = holder.authorize(passage, action, context)?;
    let entity = holder.found::<E>()?;
    may_change(entity)?;
    let arn: Arn =
        policy.parse().map_err(|_| InvalidInputException::new(format!("ARN {policy} is not valid.")))?;
    let mut record = entity.record.clone();
    let before = record.permissions().attached.len();
    record.permissions_mut().attached.retain(|attached| *attached != arn);
    if record.permissions().attached.len() == before {
        return Err(NoSuchEntityException::new(format!("Policy {policy} was not found.")).into());
    }
    let edits = vec![entity.update(&record)];
    passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
}

/// What a listing of attached policies asks for.
pub(crate) struct Asked<'i> {
    /// The paths of the policies begin so.
    pub(crate) prefix: Option<&'i String>,
    /// Where the page begins.
    pub(crate) marker: Option<&'i String>,
    /// Its length.
    pub(crate) most: Option<i32>,
}

/// The attached policies in the order of their names.
///
/// # Errors
/// Denial; NoSuchEntity.
pub(crate) fn list<R: Holder, E, T>(
    passage: &mut Passage<'_>,
    action: &str,
    holder: &Target<R>,
    asked: &Asked<'_>,
    answer: impl FnOnce(Page<AttachedPolicy>) -> T,
) -> Result<Answered<T>, E>
where
    E: From<CommonError> + From<NoSuchEntityException>,
{
    let allowed = holder.authorize(passage, action, holder.context())?;
    let prefix = asked.prefix.map_or("/", String::as_str);
    let attached = &holder.found::<E>()?.record.permissions().attached;
    let mut wanted: Vec<&Arn> = attached.iter().filter(|arn| path_of(arn).starts_with(prefix)).collect();
    wanted.sort_by_key(|arn| order_of(arn));
    let Page { items, marker } =
        Page::take::<E>(wanted.into_iter(), |arn| order_of(arn), asked.marker, asked.most)?;
    let items = items.into_iter().map(shown).collect();
    Ok(passage.answer(&allowed, answer(Page { items, marker })))
}

fn shown(arn: &Arn) -> AttachedPolicy {
    AttachedPolicy { policy_name: Some(name_of(arn).to_owned()), policy_arn: Some(arn.to_string()) }
}

/// The name at the end of a policy's ARN.
pub(crate) fn name_of(arn: &Arn) -> &str {
    arn.resource().rsplit('/').next().unwrap_or_default()
}

/// The path in a policy's ARN, `/` at both ends.
fn path_of(arn: &Arn) -> &str {
    let path = arn.resource().strip_prefix("policy").unwrap_or_default();
    path.get(..=path.rfind('/').unwrap_or_default()).unwrap_or_default()
}

/// A name, and whose it is: AWS and an account may have policies of the same name.
fn order_of(arn: &Arn) -> String {
    format!("{}/{}", name_of(arn), if arn.account().is_some() { "0" } else { "1" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_of_a_policy_has_a_path_and_a_name() {
        let arn: Arn = "arn:aws:iam::111122223333:policy/a/b/name".parse().unwrap();
        assert_eq!((path_of(&arn), name_of(&arn)), ("/a/b/", "name"));
        let arn: Arn = "arn:aws:iam::aws:policy/AdministratorAccess".parse().unwrap();
        assert_eq!((path_of(&arn), name_of(&arn)), ("/", "AdministratorAccess"));
    }
}
