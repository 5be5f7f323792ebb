//! What a request is about: an entity, found once by its name and called by its ARN whether it exists or not.

use crate::tag;
use gatekey_directory::{
    Directory, Entities, Entity, EntityRecord, GroupRecord, InstanceProfileRecord, ManagedPolicyRecord,
    RoleRecord, UserRecord, arn_of,
};
use gatekey_gate::{Allowed, Named, On, Passage};
use gatekey_model::{CommonError, iam::NoSuchEntityException};
use gatekey_policy::Context;
use gatekey_types::Arn;
use std::sync::Arc;

/// A kind of entity that requests name.
pub(crate) trait Nameable: EntityRecord {
    /// What CloudTrail calls it.
    const KIND: &'static str;
    /// What AWS's denials call it, where requests name it otherwise than by its ARN.
    const NOUN: Option<&'static str> = None;
    /// Those that exist.
    fn among(directory: &Directory) -> &Entities<Self>;
    /// AWS's text where there is none of this name.
    fn missing(name: &str) -> String;
}

macro_rules! nameable {
    ($($record:ty, $kind:literal, $noun:literal, $among:ident, $missing:literal;)*) => {$(
        impl Nameable for $record {
            const KIND: &'static str = $kind;
            const NOUN: Option<&'static str> = Some($noun);
            fn among(directory: &Directory) -> &Entities<Self> {
                &directory.$among
            }
            fn missing(name: &str) -> String {
                format!($missing, name)
            }
        }
    )*};
}

nameable! {
    UserRecord, "AWS::IAM::User", "user", users, "The user with name {} cannot be found.";
    GroupRecord, "AWS::IAM::Group", "group", groups, "The group with name {} cannot be found.";
    RoleRecord, "AWS::IAM::Role", "role", roles, "The role with name {} cannot be found.";
    InstanceProfileRecord, "AWS::IAM::InstanceProfile", "instance profile", instance_profiles, "Instance Profile {} cannot be found.";
    ManagedPolicyRecord, "AWS::IAM::Policy", "policy", policies, "Policy {} was not found.";
}

/// An entity of the caller's account that a request names.
pub(crate) struct Target<R> {
    /// As the request names it.
    pub(crate) name: String,
    /// Its ARN; of one that does not exist, the one that it would have without a path.
    pub(crate) arn: Arn,
    /// It, if it exists.
    pub(crate) known: Option<Arc<Entity<R>>>,
}

impl<R: Nameable> Target<R> {
    /// The entity of this name.
    pub(crate) fn named(passage: &mut Passage<'_>, name: &str) -> Self {
        let account = passage.account();
        let known = R::among(&passage.snapshot().directory).get(account, name).cloned();
        let arn = known.as_ref().map_or_else(|| arn_of::<R>(account, "/", name), |entity| entity.arn());
        passage.draft().touch_resource(R::KIND, account, &arn);
        Self { name: name.to_owned(), arn, known }
    }

    /// The condition keys that describe it: its tags.
    pub(crate) fn context(&self) -> Context<'_> {
        let mut context = Context::new();
        if let Some(entity) = &self.known {
            tag::set_resource_tags(&mut context, &entity.header().tags);
        }
        context
    }

    /// It as what is decided on. A denial calls it as the request does, whether it exists or not.
    pub(crate) fn on(&self) -> On<'_> {
        let named = R::NOUN.map(|noun| Named { noun, name: &self.name });
        On { named, ..On::resource(&self.arn) }
    }

    /// May the caller do this to it? `context` is [`Target::context`] and what the operation adds.
    ///
    /// # Errors
    /// Access is denied.
    pub(crate) fn authorize(
        &self,
        passage: &mut Passage<'_>,
        action: &str,
        context: Context<'_>,
    ) -> Result<Allowed, CommonError> {
        passage.authorize_other(action, self.on(), context).map_err(CommonError::from)
    }

    /// May the caller hand it to a service? A denial names an ARN here, but the one that follows from the request alone.
    ///
    /// # Errors
    /// Access is denied.
    pub(crate) fn authorize_passing(
        &self,
        passage: &mut Passage<'_>,
        context: Context<'_>,
    ) -> Result<Allowed, CommonError> {
        let told = arn_of::<R>(passage.account(), "/", &self.name);
        let on = On { named: Some(Named { noun: "", name: told.as_str() }), ..On::resource(&self.arn) };
        passage.authorize_other("iam:PassRole", on, context).map_err(CommonError::from)
    }

    /// It, after the request was allowed.
    ///
    /// # Errors
    /// NoSuchEntity with AWS's text.
    pub(crate) fn found<E: From<NoSuchEntityException>>(&self) -> Result<&Arc<Entity<R>>, E> {
        self.known.as_ref().ok_or_else(|| NoSuchEntityException::new(R::missing(&self.name)).into())
    }
}
