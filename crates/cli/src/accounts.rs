//! What the operator does with accounts beside the API, on a data folder that no server is using.

use crate::{
    compose::{self, Materials, Publish},
    credentials::RootCredential,
    failure::{Failure, Kind},
};
use gatekey_directory::AccountRecord;
use gatekey_gate::SetupFault;
use gatekey_types::{AccountId, Timestamp};

/// An account to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewAccount<'a> {
    /// Its number.
    pub(crate) number: AccountId,
    /// Its name.
    pub(crate) name: &'a str,
    /// Its owner's e-mail address.
    pub(crate) email: Option<&'a str>,
}

impl NewAccount<'_> {
    /// Whether Organizations would take it: its limits are AWS's.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let wrong = |text: &str| Err(Failure::new(Kind::Input, text));
        if self.number == AccountId::NOBODY {
            return wrong("000000000000 is nobody's account number");
        }
        if self.name.chars().count() > 50 || self.name.chars().any(char::is_control) {
            return wrong("--name: at most 50 characters, and none that cannot be printed");
        }
        match self.email {
            Some(email) if !is_address(email) => {
                wrong("--email: an address of the form NAME@HOST.DOMAIN, 6 to 64 characters long")
            }
            _ => Ok(()),
        }
    }
}

fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    let domain = |host: &str| host.split_once('.').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
    let shaped = parts.is_some_and(|(name, host)| !name.is_empty() && !host.contains('@') && domain(host));
    shaped
        && (6..=64).contains(&text.chars().count())
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// An account as it is listed.
#[derive(Debug)]
pub(crate) struct Listed {
    /// Its number.
    pub(crate) number: AccountId,
    /// Its name.
    pub(crate) name: String,
    /// Its owner's e-mail address.
    pub(crate) email: Option<String>,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// The organization that it is in.
    pub(crate) organization: Option<String>,
    /// Whether it manages that.
    pub(crate) management: bool,
    /// Whether it was closed.
    pub(crate) closed: bool,
}

/// Makes an account with an access key for its root user.
pub(crate) fn create(
    materials: &Materials,
    account: &NewAccount<'_>,
    publish: Publish<'_>,
) -> Result<(), Failure> {
    compose::with_gate(materials, async |gate| {
        let number = account.number;
        if gate.snapshot().directory.has_account(number) {
            return Err(refused(SetupFault::Exists(number)));
        }
        let key = gate.new_root_key(number);
        publish(&[RootCredential::new(number, &key, &materials.settings.region)])?;
        gate.create_account_of(number, account.name, account.email, &key).await.map_err(refused)
    })
}

/// Every account, by number.
pub(crate) fn list(materials: &Materials) -> Result<Vec<Listed>, Failure> {
    compose::with_gate(materials, async |gate| {
        let directory = &gate.snapshot().directory;
        let listed = |(number, record): (AccountId, &AccountRecord)| {
            let organization = directory.organizations.of(number);
            Listed {
                number,
                name: record.name.clone(),
                email: record.email.clone(),
                created: record.created,
                organization: organization.map(|(id, _)| id.to_owned()),
                management: organization.is_some_and(|(_, kept)| kept.record.management == number),
                closed: directory.organizations.is_closed(number),
            }
        };
        Ok(directory.accounts().map(listed).collect())
    })
}

/// Puts the first accounts into one organization.
pub(crate) fn organize(materials: &Materials, management: AccountId) -> Result<(), Failure> {
    compose::with_gate(materials, async |gate| {
        gate.found_organization(management, &materials.settings.accounts).await.map_err(refused)
    })
}

fn refused(fault: SetupFault) -> Failure {
    let failure = Failure::new(Kind::Data, fault.to_string());
    match fault {
        SetupFault::Exists(_) => failure.hint("nothing was changed; see: gatekey account list"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_held_to_the_limits_of_organizations() {
        let number = "111122223333".parse().unwrap();
        let check = |name: &str, email: Option<&str>| NewAccount { number, name, email }.check().is_ok();
        assert!(check("", None) && check("Payroll", Some("a@b.cd")));
        for bad in ["", "a", "a@b", "@b.cdef", "a b@c.de", "a@b@c.de", "a@.cde"] {
            assert!(!check("", Some(bad)), "{bad}");
        }
        let long = "n".repeat(51);
        assert!(!check(&long, None));
        assert!(!check("a\nb", None));
    }
}
