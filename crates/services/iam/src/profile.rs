//! Instance profiles as the model has them.

use crate::{moment, role, tag};
use gatekey_directory::{Entity, InstanceProfileRecord, Role};
use gatekey_gate::Passage;
use gatekey_model::iam;
use std::sync::Arc;

/// The role in a profile.
pub(crate) fn role_of(passage: &Passage<'_>, profile: &InstanceProfileRecord) -> Option<Arc<Role>> {
    profile.role.as_ref().and_then(|id| passage.snapshot().directory.roles.by_id(id)).cloned()
}

/// The profile with all that is known of it.
pub(crate) fn shown(passage: &Passage<'_>, profile: &Entity<InstanceProfileRecord>) -> iam::InstanceProfile {
    iam::InstanceProfile { tags: tag::shown(&profile.header().tags), ..listed(passage, profile) }
}

/// The profile as listings have it: without tags.
pub(crate) fn listed(passage: &Passage<'_>, profile: &Entity<InstanceProfileRecord>) -> iam::InstanceProfile {
    let header = profile.header();
    let role = role_of(passage, &profile.record);
    iam::InstanceProfile {
        path: header.path.clone(),
        instance_profile_name: header.name.clone(),
        instance_profile_id: header.id.to_string(),
        arn: profile.arn().to_string(),
        create_date: moment(header.created),
        roles: role.iter().map(|role| role::in_profile(passage, role)).collect(),
        tags: None,
    }
}
