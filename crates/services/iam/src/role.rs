//! Roles as the model has them.

use crate::{document, moment, tag, user};
use gatekey_directory::{Role, RoleRecord, Used, arn_of};
use gatekey_gate::Passage;
use gatekey_model::iam::{self, RoleLastUsed};
use gatekey_types::AccountId;

/// The role with all that is known of it.
pub(crate) fn shown(passage: &Passage<'_>, role: &Role) -> iam::Role {
    iam::Role {
        permissions_boundary: user::boundary(&role.record.permissions),
        tags: tag::shown(&role.header().tags),
        role_last_used: Some(last_used(passage, role)),
        ..listed(passage, role)
    }
}

/// How far back uses are told, in milliseconds. AWS: 400 days.
const TOLD_FOR: i64 = 400 * 24 * 60 * 60 * 1000;

/// When and in which Region a session of the role last called; nothing if not within the last 400 days.
pub(crate) fn last_used(passage: &Passage<'_>, role: &Role) -> RoleLastUsed {
    let used = passage.last_use(&Used::Role(role.id().clone()));
    match used.filter(|used| passage.now().millis_since(used.at) <= TOLD_FOR) {
        Some(used) => RoleLastUsed { last_used_date: Some(moment(used.at)), region: Some(used.region) },
        None => RoleLastUsed::default(),
    }
}

/// The role as listings have it: without boundary, tags and last use.
pub(crate) fn listed(passage: &Passage<'_>, role: &Role) -> iam::Role {
    let seconds = i32::try_from(role.record.longest_session).ok();
    iam::Role {
        description: role.record.description.clone(),
        max_session_duration: seconds,
        ..in_profile(passage, role)
    }
}

/// The role as instance profiles have it.
pub(crate) fn in_profile(passage: &Passage<'_>, role: &Role) -> iam::Role {
    bare(role.account, &role.record, document::shown_trust(passage, role))
}

/// A role that is being made.
pub(crate) fn made(account: AccountId, record: &RoleRecord) -> iam::Role {
    iam::Role {
        description: record.description.clone(),
        max_session_duration: i32::try_from(record.longest_session).ok(),
        permissions_boundary: user::boundary(&record.permissions),
        tags: tag::shown(&record.header.tags),
        ..bare(account, record, document::encoded(&record.trust.text))
    }
}

fn bare(account: AccountId, record: &RoleRecord, trust: String) -> iam::Role {
    let header = &record.header;
    iam::Role {
        path: header.path.clone(),
        role_name: header.name.clone(),
        role_id: header.id.to_string(),
        arn: arn_of::<RoleRecord>(account, &header.path, &header.name).to_string(),
        create_date: moment(header.created),
        assume_role_policy_document: Some(trust),
        description: None,
        max_session_duration: None,
        permissions_boundary: None,
        tags: None,
        role_last_used: None,
        source_role_template: None,
    }
}
