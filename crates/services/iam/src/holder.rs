//! Users, groups and roles as holders of policies.

use crate::target::{Nameable, Target};
use gatekey_directory::{Entity, EntityRecord, GroupRecord, Permissions, Quotas, RoleRecord, UserRecord};
use gatekey_model::iam::UnmodifiableEntityException;
use gatekey_policy::Context;

/// A kind of entity that holds policies.
pub(crate) trait Holder: Nameable {
    /// How texts call it.
    const CALLED: &'static str;
    /// The name of the quota of attached policies.
    const ATTACHED: &'static str;
    /// The most managed policies attached.
    fn attached_most(quotas: &Quotas) -> usize;
    /// The most characters of all inline policies together, white space not counted.
    fn inline_most(quotas: &Quotas) -> usize;
    /// Its policies.
    fn permissions(&self) -> &Permissions;
    /// The same, to change them.
    fn permissions_mut(&mut self) -> &mut Permissions;
}

macro_rules! holder {
    ($($record:ty, $noun:literal, $quota:literal, $attached:ident, $inline:ident;)*) => {$(
        impl Holder for $record {
            const CALLED: &'static str = $noun;
            const ATTACHED: &'static str = $quota;
            fn attached_most(quotas: &Quotas) -> usize {
                quotas.$attached
            }
            fn inline_most(quotas: &Quotas) -> usize {
                quotas.$inline
            }
            fn permissions(&self) -> &Permissions {
                &self.permissions
            }
            fn permissions_mut(&mut self) -> &mut Permissions {
                &mut self.permissions
            }
        }
    )*};
}

holder! {
    UserRecord, "user", "PoliciesPerUser", policies_per_user, user_policy_size;
    GroupRecord, "group", "PoliciesPerGroup", policies_per_group, group_policy_size;
    RoleRecord, "role", "PoliciesPerRole", policies_per_role, role_policy_size;
}

/// Whether a holder may be changed.
pub(crate) type Guard<R, E> = fn(&Entity<R>) -> Result<(), E>;

/// Users and groups may.
pub(crate) fn always<R: EntityRecord, E>(_: &Entity<R>) -> Result<(), E> {
    Ok(())
}

/// Roles may, but for those linked to a service.
///
/// # Errors
/// UnmodifiableEntity with AWS's text.
pub(crate) fn unless_protected<E: From<UnmodifiableEntityException>>(
    role: &Entity<RoleRecord>,
) -> Result<(), E> {
    if !is_service_linked(role) {
        return Ok(());
    }
    let text = format!(
        "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
        role.name()
    );
    Err(UnmodifiableEntityException::new(text).into())
}

/// Whether the role is linked to a service: its path says so, and CreateRole takes no such path.
pub(crate) fn is_service_linked(role: &Entity<RoleRecord>) -> bool {
    role.header().path.starts_with(SERVICE_LINKED)
}

/// What the paths of service-linked roles begin with.
pub(crate) const SERVICE_LINKED: &str = "/aws-service-role/";

impl<R: Holder> Target<R> {
    /// The condition keys that describe a holder whose policies are about to change: its tags and its boundary.
    pub(crate) fn holder_context(&self) -> Context<'_> {
        let mut context = self.context();
        let record = self.known.as_ref().map(|entity| &entity.record);
        if let Some(boundary) = record.and_then(|record| record.permissions().boundary.as_ref()) {
            context.set("iam:PermissionsBoundary", boundary.as_str());
        }
        context
    }
}
