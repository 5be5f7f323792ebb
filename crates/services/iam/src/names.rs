//! What requests name: users, policies, boundaries; and how CloudTrail names the members of a request.

use gatekey_gate::{Passage, Shown};
use gatekey_model::iam::{InvalidInputException, NoSuchEntityException};
use gatekey_policy::Identity;
use gatekey_store::table::Edit;
use gatekey_types::Arn;
use serde::Serialize;

/// The user that a request names, or the caller itself where it names none.
pub(crate) fn user_or_caller(passage: &Passage<'_>, named: Option<&String>) -> Option<String> {
    match (named, &passage.caller().principal.identity) {
        (Some(name), _) => Some(name.clone()),
        (None, Identity::User { arn, .. }) => Some(arn.name().to_owned()),
        (None, _) => None,
    }
}

/// A managed policy that a request names, to be attached or to limit.
pub(crate) struct Named {
    /// Its ARN.
    pub(crate) arn: Arn,
    /// Written beside the change, so that the policy is not deleted meanwhile. AWS's own cannot be.
    pub(crate) touch: Option<Edit>,
}

/// Finds a managed policy, AWS's or one of the caller's account.
///
/// # Errors
/// NoSuchEntity, or InvalidInput for what is no ARN of a policy.
pub(crate) fn managed_policy<E>(passage: &Passage<'_>, text: &str) -> Result<Named, E>
where
    E: From<NoSuchEntityException> + From<InvalidInputException>,
{
    find(passage, text, "Policy")
}

/// `called` is how AWS's text calls what is missing.
fn find<E>(passage: &Passage<'_>, text: &str, called: &str) -> Result<Named, E>
where
    E: From<NoSuchEntityException> + From<InvalidInputException>,
{
    let invalid = || InvalidInputException::new(format!("ARN {text} is not valid."));
    let arn: Arn = text.parse().map_err(|_| invalid())?;
    let is_policy = arn.service() == "iam" && arn.resource().starts_with("policy/");
    let missing =
        || NoSuchEntityException::new(format!("{called} {text} does not exist or is not attachable."));
    let directory = &passage.snapshot().directory;
    match arn.account() {
        _ if !is_policy => Err(invalid().into()),
        None if directory.aws_managed.get(text).is_some() => Ok(Named { arn, touch: None }),
        Some(account) if account == passage.account() => {
            let policy = directory.managed_policy(&arn).ok_or_else(missing)?;
            Ok(Named { touch: Some(policy.touch()), arn })
        }
        _ => Err(missing().into()),
    }
}

/// The permissions boundary that a request names, if it names one.
///
/// # Errors
/// As [`managed_policy`].
pub(crate) fn boundary<E>(passage: &Passage<'_>, text: Option<&str>) -> Result<Option<Named>, E>
where
    E: From<NoSuchEntityException> + From<InvalidInputException>,
{
    text.map(|text| find(passage, text, "Scope ARN:")).transpose()
}

/// Secrets are in no event, nor is a provider's metadata, which may be larger than an event can be, and says nothing to a reader.
const SHOWN: Shown = Shown {
    left_out: &[
        "authenticationCode1",
        "authenticationCode2",
        "password",
        "newPassword",
        "oldPassword",
        "secretAccessKey",
        "base32StringSeed",
        "qRCodePNG",
        "addPrivateKey",
        "sAMLMetadataDocument",
    ],
    hidden: &[],
    lowers_capitals: false,
};

/// A request or an answer with CloudTrail's names: `UserName` is `userName`.
pub(crate) fn camel(shape: &impl Serialize) -> impl Serialize {
    SHOWN.of(shape)
}

#[cfg(test)]
mod tests {
    use super::camel;
    use serde_json::json;

    #[test]
    fn events_have_lower_camel_case_names_and_no_secrets() {
        let shape = json!({"UserName": "u", "Password": "p", "Tags": [{"Key": "k", "Value": "v"}]});
        let shown = camel(&shape);
        let expected = json!({"userName": "u", "tags": [{"key": "k", "value": "v"}]});
        assert_eq!(serde_json::to_value(shown).unwrap(), expected);
    }
}
