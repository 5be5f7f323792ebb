//! The key that a question is about.

use crate::versions;
use gatekey_gate::{Allowed, Missing, Named, On, Passage};
use gatekey_keyring::{Key, KeyFault};
use gatekey_model::{
    CommonError,
    gatekey::{InvalidQuestionException, NotFoundException},
};
use gatekey_policy::{Context, KeyName, KmsAction};
use std::sync::Arc;

/// A key that a question names, found or not. Nothing of it may be told before the question was allowed.
pub(crate) struct Asked<'i> {
    text: &'i str,
    found: Result<Arc<Key>, Missing>,
}

impl<'i> Asked<'i> {
    /// Looks for a key of the caller's own account, by id, ARN, alias name or alias ARN.
    pub(crate) fn find(passage: &Passage<'_>, text: &'i str) -> Self {
        let found = passage.find(text, KmsAction::DescribeKey).map(|found| found.key);
        let own = |key: &Arc<Key>| key.arn.account == passage.account();
        let found = match found {
            Ok(key) if !own(&key) => Err(Missing::Hidden(String::new())),
            other => other,
        };
        Self { text, found }
    }

    /// What the right to ask is asked of: the key, as the request names it; where there is none, everything.
    pub(crate) fn on(&self) -> On<'_> {
        let arn = self.found.as_ref().ok().map(|key| &key.name);
        On { arn, named: Some(Named { noun: "key", name: self.text }), ..On::default() }
    }

    /// The key, once the question was allowed.
    ///
    /// # Errors
    /// InvalidQuestion for what names no key, NotFound for one that is not in the account and Region; both name it.
    pub(crate) fn key<E>(self) -> Result<Arc<Key>, E>
    where
        E: From<InvalidQuestionException> + From<NotFoundException>,
    {
        let text = self.text;
        self.found.map_err(|missing| match missing {
            Missing::Fault(fault @ (KeyFault::NotAKeyId(_) | KeyFault::WrongRegion(_))) => {
                InvalidQuestionException::new(format!("'{text}' names no key here: {fault}")).into()
            }
            Missing::Fault(_) | Missing::Hidden(_) => {
                NotFoundException::new(format!("There is no key '{text}' in this account and Region.")).into()
            }
        })
    }
}

/// The key of a request that puts a policy by another way than PutKeyPolicy: whoever asks needs the right to this action and
/// `kms:PutKeyPolicy` as well, and the key must be a customer's.
///
/// # Errors
/// The caller may not; or as [`Asked::key`]; InvalidQuestion for a key of AWS.
pub(crate) fn to_put_policy<E>(
    passage: &mut Passage<'_>,
    action: &str,
    text: &str,
) -> Result<(Allowed, Arc<Key>), E>
where
    E: From<CommonError> + From<InvalidQuestionException> + From<NotFoundException>,
{
    let asked = Asked::find(passage, text);
    passage.authorize_other(action, asked.on(), Context::new()).map_err(CommonError::from)?;
    let key = asked.key::<E>()?;
    let found = passage.find(key.name.as_str(), KmsAction::PutKeyPolicy);
    let found = found.map_err(|_| versions::internal(&"a key that was found is gone"))?;
    let mut context = Context::new();
    context.set(KeyName::KmsPolicyName, "default");
    let allowed = passage.authorize(KmsAction::PutKeyPolicy, &found, context).map_err(CommonError::from)?;
    key.customer_managed().map_err(|fault| InvalidQuestionException::new(format!("{fault}.")))?;
    Ok((allowed, key))
}
