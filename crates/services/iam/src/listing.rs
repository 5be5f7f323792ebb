//! Listings of an account's entities by path.

use crate::{page::Page, target::Nameable};
use gatekey_directory::{Entity, arn_of};
use gatekey_gate::{Allowed, On, Passage};
use gatekey_model::CommonError;
use gatekey_policy::Context;
use std::sync::Arc;

/// The proof that a listing was allowed, and the page.
pub(crate) type Listed<R> = (Allowed, Page<Arc<Entity<R>>>);

/// An allowed page of an account's entities whose paths begin with the prefix, in the order of their names. What such a
/// listing is decided on is the ARN that all entities under the prefix begin with.
///
/// # Errors
/// Denial; a marker that is none.
pub(crate) fn page<R: Nameable, E: From<CommonError>>(
    passage: &mut Passage<'_>,
    action: &str,
    prefix: Option<&String>,
    (marker, most): (Option<&String>, Option<i32>),
) -> Result<Listed<R>, E> {
    let (account, prefix) = (passage.account(), prefix.map_or("/", String::as_str));
    let arn = arn_of::<R>(account, prefix, "");
    let allowed =
        passage.authorize_other(action, On::resource(&arn), Context::new()).map_err(CommonError::from)?;
    let all = R::among(&passage.snapshot().directory).of(account);
    let wanted = all.filter(|entity| entity.header().path.starts_with(prefix)).cloned();
    let page = Page::take::<E>(wanted, |entity| R::folded(entity.name()), marker, most)?;
    Ok((allowed, page))
}
