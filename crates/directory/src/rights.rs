//! Whose rights a change can touch: where somebody who foresees what it brings has to look.

use crate::{
    ControlKind, ControlPolicyTable, Directory, Entities, EntityRecord, EntityTable, GroupRecord,
    ManagedPolicyRecord, MemberTable, OrganizationTable, RoleRecord, UnitTable, UserRecord,
};
use gatekey_policy::Level;
use gatekey_store::table::{Edit, Expected, Fate, Table};
use gatekey_types::AccountId;
use std::{collections::BTreeSet, sync::Arc};

const OF_ORGANIZATIONS: [&str; 4] =
    [OrganizationTable::NAME, UnitTable::NAME, MemberTable::NAME, ControlPolicyTable::NAME];
const OF_IDENTITIES: [&str; 4] =
    [UserRecord::TABLE, GroupRecord::TABLE, RoleRecord::TABLE, ManagedPolicyRecord::TABLE];

impl Directory {
    /// Whether an edit can take a right away from anybody: a cheap look, before anything is compared. Whoever is new had none.
    pub fn may_take_rights(edit: &Edit) -> bool {
        let of_organizations = OF_ORGANIZATIONS.contains(&edit.table);
        let of_identities = OF_IDENTITIES.contains(&edit.table) && edit.expected != Expected::Absent;
        edit.fate != Fate::Keep && (of_organizations || of_identities)
    }

    /// The accounts of whose users, groups, roles, policies or place in an organization these edits change what bears on rights,
    /// where `after` is what this directory is with them. A password, for instance, does not.
    pub fn whose_rights_differ<'e>(
        &self,
        after: &Self,
        edits: impl IntoIterator<Item = &'e Edit>,
    ) -> BTreeSet<AccountId> {
        let mut found = BTreeSet::new();
        let mut of_organizations = false;
        for edit in edits.into_iter().filter(|edit| Self::may_take_rights(edit)) {
            match OF_ORGANIZATIONS.contains(&edit.table) {
                true => of_organizations = true,
                false => found.extend(self.differs_at(after, edit)),
            }
        }
        if of_organizations {
            let before = self.organizations.all_members().map(|(account, _)| account);
            let members: BTreeSet<AccountId> =
                before.chain(after.organizations.all_members().map(|(account, _)| account)).collect();
            found.extend(members.into_iter().filter(|account| self.is_bound_otherwise(after, *account)));
        }
        found
    }

    /// The account of an entity that is another one after the edit.
    fn differs_at(&self, after: &Self, edit: &Edit) -> Option<AccountId> {
        let key = EntityTable::<UserRecord>::decode_key(&edit.key)?;
        let differs = match edit.table {
            UserRecord::TABLE => differ(&self.users, &after.users, &key, |one, other| {
                one.permissions == other.permissions && one.groups == other.groups
            }),
            GroupRecord::TABLE => {
                differ(&self.groups, &after.groups, &key, |one, other| one.permissions == other.permissions)
            }
            RoleRecord::TABLE => differ(&self.roles, &after.roles, &key, |one, other| {
                one.permissions == other.permissions && one.trust == other.trust
            }),
            _ => differ(&self.policies, &after.policies, &key, |one, other| {
                one.documents() == other.documents()
            }),
        };
        differs.then_some(key.0)
    }

    fn is_bound_otherwise(&self, after: &Self, account: AccountId) -> bool {
        let management = |of: &Self| of.organizations.of(account).map(|(_, kept)| kept.record.management);
        let kinds = [ControlKind::ServiceControl, ControlKind::ResourceControl];
        let is_the_same = |kind: &ControlKind| {
            let levels =
                |of: &Self| of.organizations.controls(account, *kind).map(|controls| controls.levels);
            match (levels(self), levels(after)) {
                (Some(one), Some(other)) => are_the_same(&one, &other),
                (one, other) => one.is_none() && other.is_none(),
            }
        };
        management(self) != management(after)
            || self.organizations.path(account) != after.organizations.path(account)
            || !kinds.iter().all(is_the_same)
    }
}

/// Whether the entity of this name is gone, is somebody else, or has other rights, other tags or another ARN.
fn differ<R: EntityRecord>(
    before: &Entities<R>,
    after: &Entities<R>,
    (account, name): &(AccountId, String),
    has_same_rights: impl Fn(&R, &R) -> bool,
) -> bool {
    let Some(before) = before.get(*account, name) else { return false };
    let Some(after) = after.get(*account, name) else { return true };
    before.header() != after.header() || !has_same_rights(&before.record, &after.record)
}

fn are_the_same(one: &[Level], other: &[Level]) -> bool {
    let same = |(one, other): (&Level, &Level)| {
        one.len() == other.len()
            && one
                .iter()
                .zip(other.iter())
                .all(|(one, other)| one.name == other.name && Arc::ptr_eq(&one.policy, &other.policy))
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AccountRecord, AccountTable, Header, Permissions, insert};
    use gatekey_policy::Interner;
    use gatekey_store::{Revision, table::Row};
    use gatekey_types::Timestamp;

    const A: &str = "111122223333";

    fn applied(directory: &Directory, edits: &[Edit]) -> Directory {
        let mut next = directory.clone();
        for edit in edits {
            let record = match &edit.fate {
                Fate::Put(bytes) => Some(bytes.as_slice()),
                _ => None,
            };
            let row = Row { table: edit.table, key: &edit.key, record, revision: Revision::default() };
            next.apply(&row, &Interner::new()).unwrap();
        }
        next
    }

    fn with_user() -> Directory {
        let now = Timestamp::from_seconds(1_800_000_000);
        let account: AccountId = A.parse().unwrap();
        let header = Header {
            id: "AIDAAAAAAAAAAAAAAAAAA".parse().unwrap(),
            name: "Anna".into(),
            path: "/".into(),
            created: now,
            tags: Default::default(),
        };
        let user = UserRecord {
            header,
            permissions: Permissions::default(),
            groups: Default::default(),
            login: None,
            password_last_used: None,
        };
        let account_made = Edit::insert::<AccountTable>(
            &account,
            &AccountRecord { name: String::new(), created: now, email: None },
        );
        let made = insert(account, &user);
        assert!(!Directory::may_take_rights(&made), "whoever is new has nothing to lose");
        applied(&Directory::default(), &[account_made, made])
    }

    #[test]
    fn what_bears_on_rights_is_told_from_what_does_not() {
        let before = with_user();
        let account: AccountId = A.parse().unwrap();
        let user = before.users.of(account).next().unwrap().clone();
        let differs = |edit: Edit| {
            let after = applied(&before, std::slice::from_ref(&edit));
            before.whose_rights_differ(&after, [&edit]).into_iter().collect::<Vec<_>>()
        };
        let mut signed_in = user.record.clone();
        signed_in.password_last_used = Some(Timestamp::from_seconds(1_800_000_001));
        assert_eq!(differs(user.update(&signed_in)), []);
        assert_eq!(differs(user.touch()), []);
        assert_eq!(differs(user.keep()), []);
        let mut denied = user.record.clone();
        denied.permissions.inline.insert("p".into(), "{}".into());
        let mut tagged = user.record.clone();
        tagged.header.tags.insert("team".into(), "1".into());
        for edit in [user.update(&denied), user.update(&tagged), user.delete()] {
            assert_eq!(differs(edit), [account]);
        }
    }
}
