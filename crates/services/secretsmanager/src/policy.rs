//! Resource policies: in requests and in answers.

use crate::fault::invalid;
use gatekey_analysis::lint::{Kind as LintKind, Scope, lint};
use gatekey_gate::{On, Passage};
use gatekey_model::secretsmanager::{InvalidParameterException, MalformedPolicyDocumentException};
use gatekey_policy::{Context, Kind, PolicyError};
use gatekey_secrets::{PolicyDocument, Secret};

/// What is told of a policy that allows everybody something.
pub(crate) const PUBLIC: &str =
    "The resource policy allows broad access to the secret. BlockPublicPolicy doesn't allow it.";
/// The one name that a policy can have.
const DEFAULT: &str = "default";

/// Insists on the one name that a policy can have.
///
/// # Errors
/// InvalidParameterException
pub(crate) fn is_default<E: From<InvalidParameterException>>(name: Option<&str>) -> Result<(), E> {
    if name.is_none_or(|name| name == DEFAULT) {
        return Ok(());
    }
    Err(invalid("You can only use the policy name default."))
}

/// Reads a policy; the users and roles that it names are pinned.
///
/// # Errors
/// MalformedPolicyDocumentException
pub(crate) fn read<E: From<MalformedPolicyDocumentException>>(
    passage: &mut Passage<'_>,
    text: &str,
) -> Result<PolicyDocument, E> {
    match passage.read_policy(text, Kind::Resource) {
        Ok(policy) => Ok(PolicyDocument { text: text.to_owned(), pins: policy.pins().clone() }),
        Err(error) => Err(MalformedPolicyDocumentException::new(inferred_malformed(text, &error)).into()),
    }
}

/// AWS's texts are known from what users report, not from documentation.
pub(crate) fn inferred_malformed(text: &str, error: &PolicyError) -> &'static str {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        "This resource policy contains invalid Json."
    } else if error.at.pointer.contains("Principal") {
        "This resource policy contains an unsupported principal."
    } else {
        "This resource policy contains a syntax error."
    }
}

/// A secret's policy as its owner reads it: whoever is gone meanwhile is shown by a unique id.
pub(crate) fn shown(passage: &Passage<'_>, secret: &Secret) -> Option<String> {
    let document = secret.record.policy.as_ref()?;
    Some(passage.show_as_put(&document.text, &document.pins, secret.policy.as_deref()))
}

/// Whether a policy allows everybody something, whatever it is, without a condition that says who.
pub(crate) fn is_public(text: &str) -> bool {
    let scope = Scope { kind: Some(LintKind::Resource), ..Scope::default() };
    let broad = ["public", "allow-not-principal"];
    lint(text, &scope).findings.iter().any(|finding| broad.contains(&finding.rule.name))
}

/// Whether the caller could not put the policy again, were this one in force.
pub(crate) fn locks_out(passage: &mut Passage<'_>, secret: &Secret, document: &PolicyDocument) -> bool {
    let policy = gatekey_policy::Policy::read_stored(&document.text, Kind::Resource, document.pins.clone());
    let on =
        On { arn: Some(&secret.arn), owner: Some(secret.key.account), policy: Some(&policy), named: None };
    let mut context = Context::new();
    secret.set_own_keys(&mut context);
    passage.authorize_other("secretsmanager:PutResourcePolicy", on, context).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_policy::Policy;

    fn policy(rest: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Action":"secretsmanager:*","Resource":"*",{rest}}}]}}"#
        )
    }

    #[test]
    fn a_policy_is_public_if_everybody_is_allowed_and_no_condition_says_who() {
        let org = r#""Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#;
        let tls = r#""Condition":{"Bool":{"aws:SecureTransport":"true"}}"#;
        for (rest, public) in [
            (r#""Effect":"Allow","Principal":"*""#.to_owned(), true),
            (r#""Effect":"Allow","Principal":{"AWS":"*"}"#.to_owned(), true),
            (format!(r#""Effect":"Allow","Principal":"*",{tls}"#), true),
            (format!(r#""Effect":"Allow","Principal":"*",{org}"#), false),
            (r#""Effect":"Deny","Principal":"*""#.to_owned(), false),
            (r#""Effect":"Allow","NotPrincipal":{"AWS":"111122223333"}"#.to_owned(), true),
            (r#""Effect":"Allow","Principal":{"AWS":"111122223333"}"#.to_owned(), false),
        ] {
            assert_eq!(is_public(&policy(&rest)), public, "{rest}");
        }
    }

    #[test]
    fn inferred_malformed() {
        let told = |text: &str| {
            let error = Policy::parse(text, Kind::Resource).unwrap_err();
            super::inferred_malformed(text, &error)
        };
        assert_eq!(told("{"), "This resource policy contains invalid Json.");
        assert_eq!(told("{}"), "This resource policy contains a syntax error.");
        let nobody = policy(r#""Effect":"Allow","Principal":{"AWS":"nobody"}"#);
        assert_eq!(told(&nobody), "This resource policy contains an unsupported principal.");
    }
}
