//! Assuming a role: the checks that all ways have in common.

use crate::tag::SessionTags;
use gatekey_directory::Role;
use gatekey_gate::{Allowed, Denied, Passage};
use gatekey_policy::{ConditionKey, Context};

/// What is asked of a role's trust policy.
pub(crate) struct Assumption<'a> {
    /// `sts:AssumeRole`, or one of its kin.
    pub(crate) action: &'static str,
    pub(crate) role: &'a Role,
    pub(crate) session: &'a str,
    pub(crate) tags: &'a SessionTags,
    pub(crate) source_identity: Option<&'a str>,
}

impl<'a> Assumption<'a> {
    /// May the caller assume the role; if the session has tags, also tag it; and if it has a source identity, also set
    /// that? Each is a check of its own under the same condition keys.
    ///
    /// # Errors
    /// Access is denied; the text is AWS's.
    pub(crate) fn authorize(
        &self,
        passage: &mut Passage<'_>,
        mut context: Context<'a>,
    ) -> Result<Allowed, Denied> {
        let lawful = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
        if self.source_identity.is_some_and(|s| !(2..=64).contains(&s.len()) || !s.bytes().all(lawful)) {
            return Err(Denied { message: "The source identity is not valid.".into() });
        }
        context.set(ConditionKey::parse("sts:RoleSessionName"), self.session);
        self.tags.set_keys(&mut context);
        if let Some(source) = self.source_identity {
            context.set(ConditionKey::parse("sts:SourceIdentity"), source);
        }
        let allowed = passage.authorize_assumption(self.action, self.role, context.clone())?;
        if !self.tags.is_empty() {
            passage.authorize_assumption("sts:TagSession", self.role, context.clone())?;
        }
        if self.source_identity.is_some() {
            passage.authorize_assumption("sts:SetSourceIdentity", self.role, context)?;
        }
        Ok(allowed)
    }
}
