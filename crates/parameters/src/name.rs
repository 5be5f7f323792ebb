use core::fmt;
use gatekey_types::{AccountId, Arn, Region};
use std::sync::Arc;

/// The longest ARN of a parameter, in characters: what bounds the name.
const LONGEST_ARN: usize = 1011;
/// The most levels of a hierarchy.
const LEVELS: usize = 15;

/// A parameter's name, as the user wrote it: `db`, or `/prod/db`. Not empty; whether a new parameter may have it is
/// [`ParameterName::lawful`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ParameterName(Arc<str>);

/// Why a new parameter may not have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameFault {
    /// It has a slash, but none at its beginning.
    NotQualified,
    /// It begins with `aws` or `ssm`.
    Reserved,
    /// It is a path under `/aws`, which is AWS's own.
    OfAws,
    /// It has a character that no name has, or an empty level.
    Characters,
    /// It has more than 15 levels.
    TooDeep,
    /// Its ARN would have more than 1,011 characters.
    TooLong,
}

impl ParameterName {
    /// A name of a request, without the spaces around it; nothing for an empty one.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim_matches(' ');
        (!text.is_empty()).then(|| Self(text.into()))
    }

    /// As the user wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a new parameter may have this name.
    ///
    /// # Errors
    /// [`NameFault`]
    pub fn lawful(&self, account: AccountId, region: &Region) -> Result<(), NameFault> {
        let name = self.as_str();
        if name.contains('/') && !name.starts_with('/') {
            return Err(NameFault::NotQualified);
        }
        let bare = name.strip_prefix('/').unwrap_or(name);
        let levels: Vec<&str> = bare.split('/').collect();
        let lower = bare.to_ascii_lowercase();
        if lower.starts_with("aws") || lower.starts_with("ssm") {
            let of_aws = lower.starts_with("aws") && levels.len() > 1;
            return Err(if of_aws { NameFault::OfAws } else { NameFault::Reserved });
        }
        if !levels.iter().all(|level| is_level(level)) {
            return Err(NameFault::Characters);
        }
        if levels.len() > LEVELS {
            return Err(NameFault::TooDeep);
        }
        let arn = arn_of(account, region, name);
        if arn.as_str().len() > LONGEST_ARN { Err(NameFault::TooLong) } else { Ok(()) }
    }
}

impl fmt::Display for ParameterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_level(level: &str) -> bool {
    !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// The path of a hierarchy with one slash at its end, as names under it begin: `/` of `/`, `/a/` of `/a` and of `/a/`.
/// Nothing for what is no path.
pub fn hierarchy_path(text: &str) -> Option<String> {
    let inner = text.strip_prefix('/')?;
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.is_empty() {
        return Some("/".to_owned());
    }
    inner.split('/').all(is_level).then(|| format!("/{inner}/"))
}

/// Which parameter: account, Region, name; in this order listings are.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ParameterKey {
    /// The account that it belongs to.
    pub account: AccountId,
    /// The Region that it is in.
    pub region: Region,
    /// Its name.
    pub name: ParameterName,
}

impl ParameterKey {
    /// Its ARN. That of `db` and that of `/db` are the same text, as AWS has it.
    pub fn arn(&self) -> Arn {
        arn_of(self.account, &self.region, self.name.as_str())
    }
}

fn arn_of(account: AccountId, region: &Region, name: &str) -> Arn {
    let slash = if name.starts_with('/') { "" } else { "/" };
    let resource = format!("parameter{slash}{name}");
    Arn::of_parts(region.partition(), "ssm", region.as_str(), account, &resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lawful(name: &str) -> Result<(), NameFault> {
        let (account, region) = ("111122223333".parse().unwrap(), "us-east-1".parse().unwrap());
        ParameterName::of(name).unwrap().lawful(account, &region)
    }

    #[test]
    fn names_of_new_parameters_are_awss() {
        let deep = |levels: usize| "/a".repeat(levels);
        for (name, expected) in [
            ("db", Ok(())),
            (" /Prod/My_db-1.x ", Ok(())),
            ("a/b", Err(NameFault::NotQualified)),
            ("awsome", Err(NameFault::Reserved)),
            ("/SSM/x", Err(NameFault::Reserved)),
            ("/aws/x", Err(NameFault::OfAws)),
            ("/a/aws", Ok(())),
            ("/a//b", Err(NameFault::Characters)),
            ("/a/", Err(NameFault::Characters)),
            ("a b", Err(NameFault::Characters)),
            ("a:1", Err(NameFault::Characters)),
            ("\u{e9}", Err(NameFault::Characters)),
            (&deep(15), Ok(())),
            (&deep(16), Err(NameFault::TooDeep)),
        ] {
            assert_eq!(lawful(name), expected, "{name}");
        }
        let before = "arn:aws:ssm:us-east-1:111122223333:parameter/".len();
        assert_eq!(lawful(&"x".repeat(LONGEST_ARN - before)), Ok(()));
        assert_eq!(lawful(&"x".repeat(LONGEST_ARN - before + 1)), Err(NameFault::TooLong));
        assert_eq!(ParameterName::of("  "), None);
    }

    #[test]
    fn paths_end_in_one_slash() {
        for (text, path) in [
            ("/", Some("/")),
            ("/a", Some("/a/")),
            ("/a/b/", Some("/a/b/")),
            ("a", None),
            ("///", None),
            ("/a b", None),
        ] {
            assert_eq!(hierarchy_path(text).as_deref(), path, "{text}");
        }
    }
}
