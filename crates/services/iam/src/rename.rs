//! Giving an entity another name or path. Its id stays, and with it whatever refers to it.

use crate::{
    fault::exists,
    target::{Nameable, Target},
};
use gatekey_directory::arn_of;
use gatekey_gate::{Answered, Named, On, Passage, refused};
use gatekey_model::{
    CommonError, NoOutput,
    iam::{EntityAlreadyExistsException, NoSuchEntityException},
};

/// Renames, where the caller may do this both to what is there and to what it becomes.
///
/// # Errors
/// Denial; NoSuchEntity; EntityAlreadyExists, with the `kind` that AWS writes.
pub(crate) async fn rename<R: Nameable, E>(
    passage: &mut Passage<'_>,
    (action, kind): (&str, &str),
    target: &Target<R>,
    (name, path): (Option<&String>, Option<&String>),
) -> Result<Answered<NoOutput>, E>
where
    E: From<CommonError> + From<NoSuchEntityException> + From<EntityAlreadyExistsException>,
{
    let (account, known) = (passage.account(), target.known.as_ref());
    let name = name.unwrap_or(&target.name);
    let present = known.map_or("/", |entity| entity.header().path.as_str());
    let path = path.map_or(present, String::as_str);
    let allowed = target.authorize(passage, action, target.context())?;
    let becomes = arn_of::<R>(account, path, name);
    if becomes != target.arn {
        let named = R::NOUN.map(|noun| Named { noun, name });
        let on = On { named, ..On::resource(&becomes) };
        passage.authorize_other(action, on, target.context()).map_err(CommonError::from)?;
    }
    let entity = target.found::<E>()?;
    let taken = R::among(&passage.snapshot().directory).get(account, name);
    if taken.is_some_and(|other| other.id() != entity.id()) {
        return Err(exists(kind, name));
    }
    let mut record = entity.record.clone();
    name.clone_into(&mut record.header_mut().name);
    path.clone_into(&mut record.header_mut().path);
    passage.commit(&allowed, entity.renamed(&record), NoOutput {}).await.map_err(refused)
}
