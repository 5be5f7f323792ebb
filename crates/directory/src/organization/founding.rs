//! How an organization begins, and how accounts come to it: by CreateOrganization, or by the operator.

use super::{
    ControlKind, ControlPolicyRecord, ControlPolicyTable, MemberRecord, MemberTable, OrganizationRecord,
    OrganizationTable,
};
use gatekey_store::table::Edit;
use gatekey_types::{AccountId, Entropy, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The digits of ids; there are 32 of them, so that each is as likely as the others.
const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// `N` random digits, as the ids of organizations, units and policies end.
pub fn short_id<const N: usize>(entropy: &dyn Entropy) -> String {
    let digit = |byte: &u8| DIGITS.get(usize::from(byte % 32)).copied().map_or('0', char::from);
    entropy.bytes::<N>().iter().map(digit).collect()
}

/// An account on its way into an organization.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Joining {
    /// The account.
    pub account: AccountId,
    /// Its name; without one its number.
    pub name: String,
    /// Its e-mail address; without one an address that nobody can have.
    pub email: Option<String>,
}

impl Joining {
    /// Its place below a parent.
    pub fn member(&self, organization: &str, parent: &str, made_here: bool, now: Timestamp) -> MemberRecord {
        let number = self.account.to_string();
        let email = self.email.clone().unwrap_or_else(|| format!("root@{number}.invalid"));
        MemberRecord {
            organization: organization.to_owned(),
            parent: parent.to_owned(),
            email,
            name: if self.name.is_empty() { number } else { self.name.clone() },
            suspended: false,
            made_here,
            joined: now,
            tags: BTreeMap::new(),
        }
    }
}

/// A new organization, not yet written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organizer {
    /// `o-..........`
    pub id: String,
    /// Its record.
    pub record: OrganizationRecord,
    members: Vec<(AccountId, MemberRecord)>,
}

impl Organizer {
    /// An organization of this management account alone. No policy type is enabled.
    pub fn new(management: &Joining, all_features: bool, now: Timestamp, entropy: &dyn Entropy) -> Self {
        let record = OrganizationRecord {
            management: management.account,
            root: format!("r-{}", short_id::<4>(entropy)),
            all_features,
            policy_types: BTreeSet::new(),
            service_access: BTreeMap::new(),
            delegated: BTreeMap::new(),
            root_features: BTreeSet::new(),
            resource_policy: None,
            root_tags: BTreeMap::new(),
            created: now,
        };
        let mut organizer =
            Self { id: format!("o-{}", short_id::<10>(entropy)), record, members: Vec::new() };
        organizer.add(management);
        organizer
    }

    /// Takes an account into it, right below the root.
    pub fn add(&mut self, account: &Joining) {
        let member = account.member(&self.id, &self.record.root, false, self.record.created);
        self.members.push((account.account, member));
    }

    /// What writes it: itself, its members, and AWS's own policies, attached to all.
    pub fn edits(&self) -> Vec<Edit> {
        let mut edits = vec![Edit::insert::<OrganizationTable>(&self.id, &self.record)];
        let member =
            |(account, member): &(AccountId, MemberRecord)| Edit::insert::<MemberTable>(account, member);
        edits.extend(self.members.iter().map(member));
        let numbers = self.members.iter().map(|(account, _)| account.to_string());
        let targets: BTreeSet<String> = numbers.chain([self.record.root.clone()]).collect();
        for kind in [ControlKind::ServiceControl, ControlKind::ResourceControl] {
            let (id, mut policy) = aws_managed(kind);
            policy.targets.clone_from(&targets);
            edits.push(Edit::insert::<ControlPolicyTable>(&(self.id.clone(), id.to_owned()), &policy));
        }
        edits
    }
}

/// AWS's own policy of a kind, which allows everything, and its id.
pub fn aws_managed(kind: ControlKind) -> (&'static str, ControlPolicyRecord) {
    let (id, name, description, document) = match kind {
        ControlKind::ServiceControl => (
            "p-FullAWSAccess",
            "FullAWSAccess",
            "Allows access to every operation",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        ),
        ControlKind::ResourceControl => (
            "p-RCPFullAWSAccess",
            "RCPFullAWSAccess",
            "Allows access to every resource",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#,
        ),
    };
    let record = ControlPolicyRecord {
        kind,
        name: name.to_owned(),
        description: description.to_owned(),
        document: document.to_owned(),
        aws_managed: true,
        targets: BTreeSet::new(),
        tags: BTreeMap::new(),
    };
    (id, record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Directory, Kept};
    use gatekey_policy::Interner;
    use gatekey_store::Revision;

    struct Counting;
    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.iter_mut().enumerate().for_each(|(i, b)| *b = i as u8);
        }
    }

    fn account(text: &str) -> Joining {
        Joining { account: text.parse().unwrap(), name: String::new(), email: None }
    }

    #[test]
    fn ids_and_addresses_have_the_shapes_of_organizations() {
        let now = Timestamp::from_seconds(0);
        let organizer = Organizer::new(&account("111122223333"), true, now, &Counting);
        assert_eq!((organizer.id.as_str(), organizer.record.root.as_str()), ("o-0123456789", "r-0123"));
        let member = account("111122223333").member("o-0123456789", "r-0123", false, now);
        assert_eq!(
            (member.email.as_str(), member.name.as_str()),
            ("root@111122223333.invalid", "111122223333")
        );
    }

    #[test]
    fn a_policy_binds_what_it_is_attached_to_and_nothing_once_it_is_not() {
        let mut directory = Directory::default();
        let (key, interner) = (("o-0123456789".to_owned(), "p-01234567".to_owned()), Interner::default());
        let (_, managed) = aws_managed(ControlKind::ServiceControl);
        let all = &mut directory.organizations;
        for targets in [&["r-0123", "111122223333"][..], &["111122223333"], &[]] {
            let targets: BTreeSet<String> = targets.iter().map(|target| (*target).to_owned()).collect();
            let record =
                ControlPolicyRecord { targets: targets.clone(), aws_managed: false, ..managed.clone() };
            all.apply_policy(key.clone(), Some(Kept { record, revision: Revision::default() }), &interner);
            let bound: BTreeSet<String> =
                all.attached.iter().map(|((_, _, target), _)| target.clone()).collect();
            assert_eq!(bound, targets);
            assert!(all.attached.iter().all(|(_, level)| level.len() == 1));
        }
    }
}
