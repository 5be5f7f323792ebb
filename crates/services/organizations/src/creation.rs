//! Making an account: its record, its place, and the role by which the management account gets into it.

use crate::org::Org;
use gatekey_directory::{
    AccountRecord, AccountTable, CreationRecord, Document, Header, Joining, MemberTable, Permissions,
    RoleRecord, Tags, insert, short_id,
};
use gatekey_gate::Passage;
use gatekey_model::organizations::CreateAccountFailureReason;
use gatekey_policy::Pins;
use gatekey_store::table::Edit;
use gatekey_types::{AccountId, Arn};

/// The role's name where the request does not say.
pub(crate) const USUAL_ROLE: &str = "OrganizationAccountAccessRole";
/// The role's longest session, in seconds.
const LONGEST_SESSION: u32 = 3_600;
/// So often a number is drawn.
const DRAWS: usize = 64;

/// An account about to be made.
pub(crate) struct Wanted<'a> {
    pub(crate) name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) role: &'a str,
    pub(crate) tags: Tags,
}

impl Wanted<'_> {
    /// What makes it, and what came of it: a failure is not an error of the request.
    pub(crate) fn edits(self, passage: &Passage<'_>, org: &Org) -> (CreationRecord, Vec<Edit>) {
        let mut record = CreationRecord {
            name: self.name.to_owned(),
            account: None,
            failure: None,
            requested: passage.now(),
        };
        match self.number(passage) {
            Ok(account) => {
                record.account = Some(account);
                let edits = self.made(passage, org, account);
                (record, edits)
            }
            Err(reason) => {
                record.failure = Some(reason.to_string());
                (record, Vec::new())
            }
        }
    }

    /// A number that no account has, if nobody has the address.
    fn number(&self, passage: &Passage<'_>) -> Result<AccountId, CreateAccountFailureReason> {
        let directory = &passage.snapshot().directory;
        let same = |email: &str| email.eq_ignore_ascii_case(self.email);
        let of_account = directory.accounts().any(|(_, record)| record.email.as_deref().is_some_and(same));
        if of_account || directory.organizations.all_members().any(|(_, member)| same(&member.record.email)) {
            return Err(CreateAccountFailureReason::EmailAlreadyExists);
        }
        let drawn = || {
            let digits = passage.entropy().bytes::<12>().map(|byte| char::from(b'0' + byte % 10));
            digits.iter().collect::<String>().parse::<AccountId>().ok()
        };
        let free =
            |account: &AccountId| !account.as_str().starts_with('0') && !directory.has_account(*account);
        let mut draws = (0..DRAWS).filter_map(|_| drawn()).filter(free);
        draws.next().ok_or(CreateAccountFailureReason::InternalFailure)
    }

    fn made(self, passage: &Passage<'_>, org: &Org, account: AccountId) -> Vec<Edit> {
        let (now, email) = (passage.now(), Some(self.email.to_owned()));
        let joining = Joining { account, name: self.name.to_owned(), email: email.clone() };
        let mut member = joining.member(&org.id, org.root(), true, now);
        member.tags = self.tags;
        let record = AccountRecord { created: now, name: self.name.to_owned(), email };
        let mut edits = vec![
            Edit::insert::<AccountTable>(&account, &record),
            Edit::insert::<MemberTable>(&account, &member),
            insert(account, &access_role(passage, org, self.role)),
        ];
        edits.extend(org.all.adopt(&org.id, account.as_str()));
        edits
    }
}

/// The role that trusts the management account with everything.
fn access_role(passage: &Passage<'_>, org: &Org, name: &str) -> RoleRecord {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{}:root"}},"Action":"sts:AssumeRole"}}]}}"#,
        org.management()
    );
    let everything: Option<Arn> = "arn:aws:iam::aws:policy/AdministratorAccess".parse().ok();
    RoleRecord {
        header: Header::new::<RoleRecord>(name, "/", passage.now(), passage.entropy()),
        permissions: Permissions { attached: everything.into_iter().collect(), ..Permissions::default() },
        trust: Document { text, pins: Pins::new() },
        description: None,
        longest_session: LONGEST_SESSION,
    }
}

/// `car-` and 32 digits.
pub(crate) fn new_id(passage: &Passage<'_>) -> String {
    format!("car-{}", short_id::<32>(passage.entropy()))
}
