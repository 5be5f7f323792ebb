use crate::{AccountId, Arn, Malformed, Partition, serde_as_text};
use core::{fmt, str::FromStr};
use std::sync::Arc;

/// The ARN of something that can be a caller, or be named as one in a policy or a grant.
///
/// Groups are not principals anywhere, so they do not parse. Names are compared with case, as KMS does.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum PrincipalArn {
    /// `arn:aws:iam::ACCOUNT:root`: as a caller the root user, in a policy the account.
    Root(Arn, AccountId),
    /// `arn:aws:iam::ACCOUNT:user/PATH/NAME`
    User(Arn, AccountId),
    /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`
    Role(Arn, AccountId),
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`; the role's path is not part of it
    AssumedRole(Arn, AccountId),
    /// `arn:aws:sts::ACCOUNT:federated-user/NAME`
    FederatedUser(Arn, AccountId),
}

impl PrincipalArn {
    /// The root user of an account.
    pub fn root(partition: Partition, account: AccountId) -> Self {
        Self::Root(Arn::of_root(partition, account), account)
    }

    /// The user of this path (`/` or `/a/b/`) and name.
    pub fn user(account: AccountId, path: &str, name: &str) -> Self {
        Self::User(
            Arn::of_parts(Partition::Aws, "iam", "", account, &format_args!("user{path}{name}")),
            account,
        )
    }

    /// The role of this path (`/` or `/a/b/`) and name.
    pub fn role(account: AccountId, path: &str, name: &str) -> Self {
        Self::Role(
            Arn::of_parts(Partition::Aws, "iam", "", account, &format_args!("role{path}{name}")),
            account,
        )
    }

    /// A session of the role of this name.
    pub fn assumed_role(account: AccountId, role: &str, session: &str) -> Self {
        let resource = format_args!("assumed-role/{role}/{session}");
        Self::AssumedRole(Arn::of_parts(Partition::Aws, "sts", "", account, &resource), account)
    }

    /// The federated user of this name.
    pub fn federated_user(account: AccountId, name: &str) -> Self {
        let resource = format_args!("federated-user/{name}");
        Self::FederatedUser(Arn::of_parts(Partition::Aws, "sts", "", account, &resource), account)
    }

    /// The ARN itself.
    pub fn arn(&self) -> &Arn {
        match self {
            Self::Root(arn, _)
            | Self::User(arn, _)
            | Self::Role(arn, _)
            | Self::AssumedRole(arn, _)
            | Self::FederatedUser(arn, _) => arn,
        }
    }

    /// The account that the principal belongs to.
    pub fn account(&self) -> AccountId {
        match self {
            Self::Root(_, account)
            | Self::User(_, account)
            | Self::Role(_, account)
            | Self::AssumedRole(_, account)
            | Self::FederatedUser(_, account) => *account,
        }
    }

    /// The last part of the name: user or role name without path, the role of a session, the federated name.
    pub fn name(&self) -> &str {
        let resource = self.arn().resource();
        match self {
            Self::AssumedRole(..) => resource.split('/').nth(1).unwrap_or_default(),
            _ => resource.rsplit('/').next().unwrap_or_default(),
        }
    }

    /// The session name of a role session.
    pub fn session_name(&self) -> Option<&str> {
        match self {
            Self::AssumedRole(arn, _) => arn.resource().split('/').nth(2),
            _ => None,
        }
    }
}

/// A word of an IAM name: letters, digits and `+=,.@_-`.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b))
}

/// A path and a name as IAM has them: any printable ASCII in the path, a lawful name at the end.
fn is_path_and_name(text: &str) -> bool {
    let (path, name) = text.rsplit_once('/').unwrap_or(("", text));
    is_name(name) && path.bytes().all(|b| (0x21..=0x7e).contains(&b) && !b"*?".contains(&b))
}

impl FromStr for PrincipalArn {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let bad = Malformed("principal ARN");
        let arn: Arn = text.parse().map_err(|_| bad)?;
        let account = arn.account().ok_or(bad)?;
        if !arn.region().is_empty() {
            return Err(bad);
        }
        let resource = arn.resource();
        let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
        match (arn.service(), kind) {
            ("iam", "root") if resource == "root" => Ok(Self::Root(arn, account)),
            ("iam", "user") if is_path_and_name(name) => Ok(Self::User(arn, account)),
            ("iam", "role") if is_path_and_name(name) => Ok(Self::Role(arn, account)),
            ("sts", "assumed-role") => match name.split_once('/') {
                Some((role, session)) if is_name(role) && is_name(session) => {
                    Ok(Self::AssumedRole(arn, account))
                }
                _ => Err(bad),
            },
            ("sts", "federated-user") if is_name(name) => Ok(Self::FederatedUser(arn, account)),
            _ => Err(bad),
        }
    }
}

impl fmt::Display for PrincipalArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.arn(), f)
    }
}

/// An IAM unique id such as `AIDA...` (user) or `AROA...` (role): 16 to 128 upper-case letters and digits.
///
/// It outlives the name: a principal that is made again under the old name has another id.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UniqueId(Arc<str>);

/// The digits of AWS's unique ids and access key ids.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl UniqueId {
    /// Makes an id of a four-letter prefix (`AIDA`, `AROA`, `AGPA` ...) and 17 random digits (85 bits).
    pub fn from_random(prefix: &str, bytes: [u8; 17]) -> Self {
        let digit = |byte: &u8| BASE32.get(usize::from(byte % 32)).copied().map_or('A', char::from);
        Self(prefix.chars().chain(bytes.iter().map(digit)).collect::<String>().into())
    }
    /// What sorts before every id: where a range begins.
    pub fn first() -> Self {
        Self("".into())
    }
    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether this is a user's id.
    pub fn is_user(&self) -> bool {
        self.0.starts_with("AIDA")
    }
    /// Whether this is a role's id.
    pub fn is_role(&self) -> bool {
        self.0.starts_with("AROA")
    }
}

impl FromStr for UniqueId {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let lawful = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if (16..=128).contains(&text.len()) && lawful && text.starts_with('A') {
            Ok(Self(text.into()))
        } else {
            Err(Malformed("unique id"))
        }
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A service principal such as `logs.us-east-1.amazonaws.com`: dot-separated words of letters, digits and `-`, at
/// least three of them, at most 128 characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServicePrincipal(Arc<str>);

impl ServicePrincipal {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ServicePrincipal {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if text.len() <= 128 && text.split('.').count() >= 3 && text.split('.').all(word) {
            Ok(Self(text.into()))
        } else {
            Err(Malformed("service principal"))
        }
    }
}

impl fmt::Display for ServicePrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ServicePrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_text!(PrincipalArn, UniqueId, ServicePrincipal);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_principal_parses_to_its_own_variant() {
        let parse = |text: &str| text.parse::<PrincipalArn>().unwrap();
        assert!(matches!(parse("arn:aws:iam::111122223333:root"), PrincipalArn::Root(..)));
        assert!(matches!(parse("arn:aws:iam::111122223333:user/a/b/c"), PrincipalArn::User(..)));
        assert_eq!(parse("arn:aws:iam::111122223333:role/path/app").name(), "app");
        let session = parse("arn:aws:sts::111122223333:assumed-role/app/i-1");
        assert_eq!((session.name(), session.session_name()), ("app", Some("i-1")));
        assert_eq!(parse("arn:aws:sts::111122223333:federated-user/f").name(), "f");
    }

    #[test]
    fn groups_wildcards_and_half_names_are_not_principals() {
        for bad in [
            "arn:aws:iam::111122223333:group/devs",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:rootx",
            "arn:aws:iam::1111:root",
            "arn:aws:sts::111122223333:assumed-role/app",
            "arn:aws:sts::111122223333:assumed-role/app/a/b",
            "*",
        ] {
            assert!(bad.parse::<PrincipalArn>().is_err(), "{bad}");
        }
    }

    #[test]
    fn unique_ids_tell_users_from_roles() {
        assert!("AIDAJQABLZS4A3QDU576Q".parse::<UniqueId>().unwrap().is_user());
        assert!("AROAJQABLZS4A3QDU576Q".parse::<UniqueId>().unwrap().is_role());
        assert!("aidajqablzs4a3qdu576q".parse::<UniqueId>().is_err());
    }
}
