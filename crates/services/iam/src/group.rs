//! Groups as the model has them, and who is in them.

use crate::moment;
use gatekey_directory::{Directory, Group, GroupRecord, User};
use gatekey_model::iam;
use gatekey_types::AccountId;
use std::sync::Arc;

/// The group as the model has it.
pub(crate) fn shown(account: AccountId, record: &GroupRecord) -> iam::Group {
    let header = &record.header;
    iam::Group {
        path: header.path.clone(),
        group_name: header.name.clone(),
        group_id: header.id.to_string(),
        arn: gatekey_directory::arn_of::<GroupRecord>(account, &header.path, &header.name).to_string(),
        create_date: moment(header.created),
    }
}

/// The users in a group, in the order of their ids.
pub(crate) fn members<'d>(
    directory: &'d Directory,
    group: &Group,
) -> impl Iterator<Item = &'d Arc<User>> + use<'d> {
    let ids: Vec<_> = directory.referrers(group.id().as_str()).collect();
    ids.into_iter().filter_map(|id| directory.users.by_id(id))
}
