//! The caller's organization.

use crate::resource::Resource;
use gatekey_directory::{
    ControlKind, ControlPolicyRecord, Kept, MemberRecord, OrganizationRecord, OrganizationTable,
    Organizations, UnitRecord,
};
use gatekey_gate::Passage;
use gatekey_model::organizations::{
    AccountNotFoundException, InvalidInputException, InvalidInputExceptionReason, ParentNotFoundException,
    PolicyNotFoundException, RootNotFoundException, TargetNotFoundException,
};
use gatekey_store::table::Edit;
use gatekey_types::{AccountId, Arn, Partition};
use std::sync::Arc;

/// An organization as one snapshot has it.
pub(crate) struct Org {
    /// `o-..........`
    pub(crate) id: String,
    pub(crate) kept: Arc<Kept<OrganizationRecord>>,
    pub(crate) all: Organizations,
}

impl Org {
    /// The organization that the caller's account is in.
    pub(crate) fn of(passage: &Passage<'_>) -> Option<Self> {
        let all = passage.snapshot().directory.organizations.clone();
        let (id, kept) = all.of(passage.account()).map(|(id, kept)| (id.to_owned(), kept.clone()))?;
        Some(Self { id, kept, all })
    }

    pub(crate) fn record(&self) -> &OrganizationRecord {
        &self.kept.record
    }

    pub(crate) fn management(&self) -> AccountId {
        self.record().management
    }

    pub(crate) fn root(&self) -> &str {
        &self.record().root
    }

    /// The key of what has this id within the organization.
    pub(crate) fn key(&self, id: &str) -> (String, String) {
        (self.id.clone(), id.to_owned())
    }

    /// Replaces the organization's own record.
    pub(crate) fn update(&self, record: &OrganizationRecord) -> Edit {
        self.kept.update::<OrganizationTable>(&self.id, record)
    }

    /// `arn:aws:organizations::MANAGEMENT:RESOURCE`
    pub(crate) fn arn(&self, resource: &str) -> Arn {
        Arn::of_parts(Partition::Aws, "organizations", "", self.management(), &resource)
    }

    /// A member, if it is one of this organization.
    pub(crate) fn member(&self, account: AccountId) -> Option<&Arc<Kept<MemberRecord>>> {
        self.all.member(account).filter(|member| member.record.organization == self.id)
    }

    /// The member that a request names.
    ///
    /// # Errors
    /// AccountNotFoundException
    pub(crate) fn account<E: From<AccountNotFoundException>>(
        &self,
        text: &str,
    ) -> Result<(AccountId, Arc<Kept<MemberRecord>>), E> {
        let found = text.parse().ok().and_then(|account| Some((account, self.member(account)?.clone())));
        found.ok_or_else(crate::fault::no_account)
    }

    /// Whether accounts and units can be below this.
    pub(crate) fn is_parent(&self, id: &str) -> bool {
        id == self.root() || self.all.unit(&self.id, id).is_some()
    }

    /// Insists that a request names the root or a unit.
    ///
    /// # Errors
    /// ParentNotFoundException
    pub(crate) fn parent<E: From<ParentNotFoundException>>(&self, id: &str) -> Result<(), E> {
        let missing = || ParentNotFoundException::new("You specified a parent that doesn't exist.").into();
        self.is_parent(id).then_some(()).ok_or_else(missing)
    }

    /// Insists that a request names the root.
    ///
    /// # Errors
    /// RootNotFoundException
    pub(crate) fn named_root<E: From<RootNotFoundException>>(&self, id: &str) -> Result<(), E> {
        let missing = || RootNotFoundException::new("You specified a root that doesn't exist.").into();
        (id == self.root()).then_some(()).ok_or_else(missing)
    }

    /// The policy that a request names.
    ///
    /// # Errors
    /// PolicyNotFoundException
    pub(crate) fn policy<E: From<PolicyNotFoundException>>(
        &self,
        id: &str,
    ) -> Result<Arc<Kept<ControlPolicyRecord>>, E> {
        let missing =
            || PolicyNotFoundException::new("We can't find a policy with the PolicyId that you specified.");
        Ok(self.all.policy(&self.id, id).cloned().ok_or_else(missing)?)
    }

    /// The policy that a request names to change it: AWS's own cannot be.
    ///
    /// # Errors
    /// PolicyNotFoundException, InvalidInputException
    pub(crate) fn own_policy<E>(&self, id: &str) -> Result<Arc<Kept<ControlPolicyRecord>>, E>
    where
        E: From<PolicyNotFoundException> + From<InvalidInputException>,
    {
        let policy = self.policy::<E>(id)?;
        if policy.record.aws_managed {
            let text = "You specified a policy that is managed by AWS and can't be modified.";
            return Err(crate::fault::invalid_input(InvalidInputExceptionReason::ImmutablePolicy, text));
        }
        Ok(policy)
    }

    /// The root, unit or account that a request names for a policy.
    ///
    /// # Errors
    /// TargetNotFoundException
    pub(crate) fn target<E: From<TargetNotFoundException>>(&self, id: &str) -> Result<Resource, E> {
        let target = Resource::find(self, id).filter(Resource::is_target);
        let missing = || TargetNotFoundException::new("You specified a target that doesn't exist.").into();
        target.ok_or_else(missing)
    }

    /// The policies of a kind that are attached to a target, with their ids.
    pub(crate) fn attached<'o>(
        &'o self,
        kind: ControlKind,
        target: &'o str,
    ) -> impl Iterator<Item = (&'o str, &'o Arc<Kept<ControlPolicyRecord>>)> {
        let policies = self.all.policies(&self.id);
        policies.filter(move |(_, kept)| kept.record.kind == kind && kept.record.targets.contains(target))
    }

    /// The units right below a parent.
    pub(crate) fn units_of<'o>(
        &'o self,
        parent: &'o str,
    ) -> impl Iterator<Item = (&'o str, &'o Arc<Kept<UnitRecord>>)> {
        self.all.units(&self.id).filter(move |(_, unit)| unit.record.parent == parent)
    }

    /// The accounts right below a parent.
    pub(crate) fn accounts_of<'o>(
        &'o self,
        parent: &'o str,
    ) -> impl Iterator<Item = (AccountId, &'o Arc<Kept<MemberRecord>>)> {
        self.all.members(&self.id).filter(move |(_, member)| member.record.parent == parent)
    }

    /// `o-.../r-.../ou-.../`, down to what has this id, which is below this parent.
    pub(crate) fn path(&self, parent: &str, id: &str) -> String {
        let mut path = format!("{}/", self.id);
        for step in self.all.ancestors(&self.id, parent).iter().rev() {
            path.push_str(step);
            path.push('/');
        }
        path.push_str(id);
        path.push('/');
        path
    }
}
