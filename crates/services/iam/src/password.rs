//! Passwords: what the account demands of them, and how a login profile gets one.

use crate::person::Person;
use gatekey_directory::{LoginProfile, PasswordPolicy};
use gatekey_gate::Passage;
use gatekey_model::{
    CommonError, Sensitive,
    common::InternalFailure,
    iam::{self, PasswordPolicyViolationException},
};
use gatekey_types::Timestamp;
use zeroize::Zeroizing;

/// Earlier passwords that are remembered: the most that a password policy can ask for.
const REMEMBERED: usize = 24;
/// What IAM takes for symbols.
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";

/// A password of a request.
pub(crate) fn of(password: &Sensitive<String>) -> Zeroizing<String> {
    Zeroizing::new(password.expose().clone())
}

/// Checks a new password against the account's policy, or AWS's own where there is none.
///
/// # Errors
/// PasswordPolicyViolation: the first demand that it does not meet.
pub(crate) fn check<E: From<PasswordPolicyViolationException>>(
    policy: Option<&PasswordPolicy>,
    name: Option<&str>,
    password: &str,
) -> Result<(), E> {
    let broken = match policy {
        Some(policy) => first_broken(policy, password),
        None => broken_by_default(name, password),
    };
    broken.map_or(Ok(()), |text| Err(PasswordPolicyViolationException::new(text).into()))
}

fn first_broken(policy: &PasswordPolicy, password: &str) -> Option<String> {
    let lacks = |what: fn(char) -> bool| !password.chars().any(what);
    let least = policy.minimum_length;
    if password.chars().count() < usize::try_from(least).unwrap_or(usize::MAX) {
        return Some(format!("Password should have a minimum length of {least}"));
    }
    let lacking = [
        (policy.require_uppercase && lacks(|c| c.is_ascii_uppercase()), "uppercase letter"),
        (policy.require_lowercase && lacks(|c| c.is_ascii_lowercase()), "lowercase letter"),
        (policy.require_numbers && lacks(|c| c.is_ascii_digit()), "number"),
        (policy.require_symbols && lacks(|c| SYMBOLS.contains(c)), "symbol"),
    ];
    let first = lacking.into_iter().find(|(is_lacking, _)| *is_lacking);
    first.map(|(_, what)| format!("Password should have at least one {what}"))
}

/// AWS's own: eight characters, three of the four kinds, and not the user's name.
fn broken_by_default(name: Option<&str>, password: &str) -> Option<String> {
    if password.chars().count() < 8 {
        return Some("Password should have a minimum length of 8".to_owned());
    }
    let has = |what: fn(char) -> bool| usize::from(password.chars().any(what));
    let kinds = has(|c| c.is_ascii_uppercase())
        + has(|c| c.is_ascii_lowercase())
        + has(|c| c.is_ascii_digit())
        + has(|c| SYMBOLS.contains(c));
    let is_name = name.is_some_and(|name| name.eq_ignore_ascii_case(password));
    (kinds < 3 || is_name).then(|| "Password does not conform to the account password policy.".to_owned())
}

/// A login profile with this password, which was checked. The one before is remembered.
///
/// # Errors
/// A broken machine.
pub(crate) async fn profile<E: From<CommonError>>(
    passage: &Passage<'_>,
    before: Option<&LoginProfile>,
    password: &Zeroizing<String>,
    reset_required: bool,
) -> Result<LoginProfile, E> {
    let hashed = passage.gate().hash_password(password).await.map_err(|fault| {
        tracing::error!(%fault, "a password was not set");
        CommonError::from(InternalFailure::bare())
    })?;
    let known = before.map(|profile| (&profile.password, &profile.earlier));
    let earlier = known.into_iter().flat_map(|(last, earlier)| core::iter::once(last).chain(earlier));
    Ok(LoginProfile {
        password: hashed,
        created: before.map_or(passage.now(), |profile| profile.created),
        reset_required,
        earlier: earlier.take(REMEMBERED).cloned().collect(),
    })
}

/// Refuses a password that is one of the last that the policy remembers.
///
/// # Errors
/// PasswordPolicyViolation
pub(crate) async fn check_reuse<E: From<PasswordPolicyViolationException>>(
    passage: &Passage<'_>,
    policy: Option<&PasswordPolicy>,
    before: &LoginProfile,
    password: &Zeroizing<String>,
) -> Result<(), E> {
    let asked = policy.and_then(|policy| policy.reuse_prevention).unwrap_or_default();
    let most = usize::try_from(asked).unwrap_or(REMEMBERED).min(REMEMBERED);
    for hash in core::iter::once(&before.password).chain(&before.earlier).take(most) {
        if passage.gate().is_password(hash, password).await {
            let text = "Policy constraint violation with password reuse prevention during password change.";
            return Err(PasswordPolicyViolationException::new(text).into());
        }
    }
    Ok(())
}

/// A login profile as the model has it.
pub(crate) fn shown(person: &Person, created: Timestamp, reset_required: bool) -> iam::LoginProfile {
    iam::LoginProfile {
        user_name: person.name().unwrap_or_default(),
        create_date: crate::moment(created),
        password_reset_required: Some(reset_required),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::iam::ChangePasswordError;

    fn text(policy: Option<&PasswordPolicy>, password: &str) -> Option<String> {
        match policy {
            Some(policy) => first_broken(policy, password),
            None => broken_by_default(Some("Al1ce-Smith"), password),
        }
    }

    #[test]
    fn each_demand_has_its_own_text() {
        let policy = PasswordPolicy {
            minimum_length: 10,
            require_symbols: true,
            require_numbers: true,
            require_uppercase: true,
            require_lowercase: true,
            users_may_change: true,
            max_age: None,
            reuse_prevention: None,
            hard_expiry: None,
        };
        for (password, expected) in [
            ("short", Some("Password should have a minimum length of 10")),
            ("aaaaaaaa1!", Some("Password should have at least one uppercase letter")),
            ("AAAAAAAA1!", Some("Password should have at least one lowercase letter")),
            ("AAAAaaaaa!", Some("Password should have at least one number")),
            ("AAAAaaaa11", Some("Password should have at least one symbol")),
            ("AAAAaaaa1!", None),
        ] {
            assert_eq!(text(Some(&policy), password).as_deref(), expected, "{password}");
        }
    }

    #[test]
    fn without_a_policy_three_kinds_of_four_are_enough() {
        assert!(text(None, "aaaaAAAA").is_some());
        assert!(text(None, "aA1!").is_some());
        assert!(text(None, "aaaaAAA1").is_none());
        assert!(text(None, "aaaa!!!1").is_none());
        assert!(text(None, "al1ce-smith").is_some());
        assert!(check::<ChangePasswordError>(None, None, "aaaaAAA1").is_ok());
    }
}
