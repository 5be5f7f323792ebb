//! Organizations: accounts in a tree, and the policies that bind them from above.

mod founding;
mod records;

pub use founding::{Joining, Organizer, aws_managed, short_id};
pub use records::{
    ControlKind, ControlPolicyRecord, ControlPolicyTable, CreationRecord, CreationTable, DelegationPolicy,
    MemberRecord, MemberTable, OrganizationRecord, OrganizationTable, UnitRecord, UnitTable,
};

use gatekey_policy::{Attachment, Interner, Level, Pins};
use gatekey_store::{
    Revision,
    table::{Edit, Table},
};
use gatekey_types::{AccountId, Arn, Partition};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A record and the revision that guards its next change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept<R> {
    /// What is kept.
    pub record: R,
    /// When it was last written.
    pub revision: Revision,
}

/// Records of one table, by key.
type Records<K, R> = OrdMap<K, Arc<Kept<R>>>;

/// All organizations of the server.
#[derive(Clone, Default, Debug)]
pub struct Organizations {
    pub(crate) organizations: Records<String, OrganizationRecord>,
    pub(crate) units: Records<(String, String), UnitRecord>,
    pub(crate) members: Records<AccountId, MemberRecord>,
    pub(crate) policies: Records<(String, String), ControlPolicyRecord>,
    pub(crate) creations: Records<(String, String), CreationRecord>,
    /// The compiled policies of each target, by organization, kind and target.
    attached: OrdMap<(String, ControlKind, String), Level>,
}

/// Units below units below a root: at most so many levels, as AWS allows.
pub const DEEPEST: usize = 5;

/// The control policies that bind an account, root first.
#[derive(Clone, Debug)]
pub struct Controls {
    /// The organization's management account, which is bound by none.
    pub management: AccountId,
    /// The levels: root, units, account.
    pub levels: Vec<Level>,
}

impl Organizations {
    /// The organization of this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Kept<OrganizationRecord>>> {
        self.organizations.get(id)
    }

    /// An account's place, where it is in an organization.
    pub fn member(&self, account: AccountId) -> Option<&Arc<Kept<MemberRecord>>> {
        self.members.get(&account)
    }

    /// The organization that an account is in, with its id.
    pub fn of(&self, account: AccountId) -> Option<(&str, &Arc<Kept<OrganizationRecord>>)> {
        let id = self.member(account)?.record.organization.as_str();
        Some((id, self.get(id)?))
    }

    /// Every account that is in an organization.
    pub fn all_members(&self) -> impl Iterator<Item = (AccountId, &Arc<Kept<MemberRecord>>)> {
        self.members.iter().map(|(account, member)| (*account, member))
    }

    /// The accounts of an organization, in order.
    pub fn members(&self, id: &str) -> impl Iterator<Item = (AccountId, &Arc<Kept<MemberRecord>>)> {
        self.members
            .iter()
            .filter(move |(_, member)| member.record.organization == id)
            .map(|(account, member)| (*account, member))
    }

    /// A unit of an organization.
    pub fn unit(&self, id: &str, unit: &str) -> Option<&Arc<Kept<UnitRecord>>> {
        self.units.get(&(id.to_owned(), unit.to_owned()))
    }

    /// The units of an organization, by id.
    pub fn units(&self, id: &str) -> impl Iterator<Item = (&str, &Arc<Kept<UnitRecord>>)> {
        within(&self.units, id)
    }

    /// A control policy of an organization.
    pub fn policy(&self, id: &str, policy: &str) -> Option<&Arc<Kept<ControlPolicyRecord>>> {
        self.policies.get(&(id.to_owned(), policy.to_owned()))
    }

    /// The control policies of an organization, by id.
    pub fn policies(&self, id: &str) -> impl Iterator<Item = (&str, &Arc<Kept<ControlPolicyRecord>>)> {
        within(&self.policies, id)
    }

    /// A request to make an account.
    pub fn creation(&self, id: &str, request: &str) -> Option<&Arc<Kept<CreationRecord>>> {
        self.creations.get(&(id.to_owned(), request.to_owned()))
    }

    /// The requests to make accounts, by id.
    pub fn creations(&self, id: &str) -> impl Iterator<Item = (&str, &Arc<Kept<CreationRecord>>)> {
        within(&self.creations, id)
    }

    /// What is above a unit or an account, nearest first, up to the root.
    pub fn ancestors(&self, id: &str, parent: &str) -> Vec<String> {
        let mut above = vec![parent.to_owned()];
        while let Some(unit) = above.last().and_then(|last| self.unit(id, last)) {
            if above.len() > DEEPEST {
                break;
            }
            above.push(unit.record.parent.clone());
        }
        above
    }

    /// `o-.../r-.../ou-.../` of an account: `aws:PrincipalOrgPaths`.
    pub fn path(&self, account: AccountId) -> Option<String> {
        let member = self.member(account)?;
        let id = &member.record.organization;
        let mut path = format!("{id}/");
        for step in self.ancestors(id, &member.record.parent).iter().rev() {
            path.push_str(step);
            path.push('/');
        }
        Some(path)
    }

    /// The control policies of a kind that bind an account; `None` outside an organization, or where the kind is not
    /// enabled.
    pub fn controls(&self, account: AccountId, kind: ControlKind) -> Option<Controls> {
        let member = self.member(account)?;
        let id = &member.record.organization;
        let organization = &self.get(id)?.record;
        if !organization.policy_types.contains(&kind) {
            return None;
        }
        let level = |target| self.attached.get(&(id.clone(), kind, target)).cloned().unwrap_or_default();
        Some(Controls {
            management: organization.management,
            levels: self.places(account).into_iter().map(level).collect(),
        })
    }

    /// Where an account's levels of control policies are, root first: the ids of the root and the units, and its own number.
    pub fn places(&self, account: AccountId) -> Vec<String> {
        let Some(member) = self.member(account) else { return Vec::new() };
        let mut places = self.ancestors(&member.record.organization, &member.record.parent);
        places.reverse();
        places.push(account.to_string());
        places
    }

    /// Writes the control policies of an organization whose targets this changes.
    pub fn retarget(&self, id: &str, change: impl Fn(&mut ControlPolicyRecord) -> bool) -> Vec<Edit> {
        let edit = |(policy, kept): (&str, &Arc<Kept<ControlPolicyRecord>>)| {
            let mut record = kept.record.clone();
            let key = (id.to_owned(), policy.to_owned());
            change(&mut record).then(|| kept.update::<ControlPolicyTable>(&key, &record))
        };
        self.policies(id).filter_map(edit).collect()
    }

    /// Attaches AWS's own policies to a new unit or account.
    pub fn adopt(&self, id: &str, target: &str) -> Vec<Edit> {
        self.retarget(id, |policy| policy.aws_managed && policy.targets.insert(target.to_owned()))
    }

    /// Detaches every policy from a unit or an account that goes.
    pub fn forsake(&self, id: &str, target: &str) -> Vec<Edit> {
        self.retarget(id, |policy| policy.targets.remove(target))
    }

    /// Whether an account was closed: nobody acts in it any more.
    pub fn is_closed(&self, account: AccountId) -> bool {
        self.member(account).is_some_and(|member| member.record.suspended)
    }

    pub(crate) fn apply_policy(
        &mut self,
        key: (String, String),
        kept: Option<Kept<ControlPolicyRecord>>,
        interner: &Interner,
    ) {
        let before = match kept.clone() {
            Some(kept) => self.policies.insert(key.clone(), Arc::new(kept)),
            None => self.policies.remove(&key),
        };
        if let Some(before) = before {
            self.unbind(&key, &before.record);
        }
        if let Some(after) = kept {
            self.bind(&key, &after.record, interner);
        }
    }

    /// The policy binds its targets no longer.
    fn unbind(&mut self, (id, policy): &(String, String), record: &ControlPolicyRecord) {
        let is_it = |attached: &Attachment| attached.name.rsplit('/').next() == Some(policy);
        for target in &record.targets {
            let key = (id.clone(), record.kind, target.clone());
            let level = self.attached.get(&key).into_iter().flat_map(|level| level.iter());
            let rest: Level = level.filter(|attached| !is_it(attached)).cloned().collect();
            match rest.is_empty() {
                true => self.attached.remove(&key),
                false => self.attached.insert(key, rest),
            };
        }
    }

    /// The policy, compiled once, binds its targets.
    fn bind(&mut self, (id, policy): &(String, String), record: &ControlPolicyRecord, interner: &Interner) {
        if record.targets.is_empty() {
            return;
        }
        let management = self.get(id).map(|kept| kept.record.management);
        let arn = policy_arn(id, management, policy, record);
        let compiled = interner.read_stored(&record.document, record.kind.document(), &Pins::new());
        let attachment = Attachment::managed(&arn, compiled);
        for target in &record.targets {
            let key = (id.clone(), record.kind, target.clone());
            let level = self.attached.get(&key).into_iter().flat_map(|level| level.iter());
            let more: Level = level.chain([&attachment]).cloned().collect();
            self.attached.insert(key, more);
        }
    }
}

/// The ARN of a control policy.
pub fn policy_arn(
    id: &str,
    management: Option<AccountId>,
    policy: &str,
    record: &ControlPolicyRecord,
) -> Arn {
    let word = record.kind.arn_word();
    let resource = match record.aws_managed {
        true => format!("policy/{word}/{policy}"),
        false => format!("policy/{id}/{word}/{policy}"),
    };
    let owner = management.filter(|_| !record.aws_managed);
    match owner {
        Some(owner) => Arn::of_parts(Partition::Aws, "organizations", "", owner, &resource),
        None => format!("arn:aws:organizations::aws:{resource}").parse().unwrap_or_else(|_| {
            // The parts are all of ARN form, so this is never reached; no name means nothing to anybody.
            Arn::of_parts(Partition::Aws, "organizations", "", AccountId::NOBODY, &resource)
        }),
    }
}

fn within<'r, R>(
    records: &'r Records<(String, String), R>,
    id: &str,
) -> impl Iterator<Item = (&'r str, &'r Arc<Kept<R>>)> + use<'r, R> {
    let id = id.to_owned();
    let from = (id.clone(), String::new());
    records
        .range(from..)
        .take_while(move |((of, _), _)| *of == id)
        .map(|((_, key), kept)| (key.as_str(), kept))
}

impl<R: Serialize + for<'de> Deserialize<'de>> Kept<R> {
    /// Replaces the record.
    pub fn update<T: Table<Record = R>>(&self, key: &T::Key, record: &R) -> Edit {
        Edit::update::<T>(key, self.revision, record)
    }

    /// Writes it as it is: whoever meanwhile changes it, or relies on it the same way, conflicts.
    pub fn touch<T: Table<Record = R>>(&self, key: &T::Key) -> Edit {
        self.update::<T>(key, &self.record)
    }

    /// Deletes it.
    pub fn delete<T: Table<Record = R>>(&self, key: &T::Key) -> Edit {
        Edit::delete::<T>(key, self.revision)
    }
}
