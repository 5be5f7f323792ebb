//! The documents of a request.

use gatekey_model::accessanalyzer::{AccessCheckPolicyType, InvalidParameterException};
use gatekey_policy::{Kind, Policy};

/// Longest document that is looked at, in bytes: the longest key policy.
pub(crate) const LONGEST: usize = 32 * 1024;

/// Reads a document of this type.
///
/// # Errors
/// InvalidParameter, which says where and what.
pub(crate) fn read<E: From<InvalidParameterException>>(
    text: &str,
    of: &AccessCheckPolicyType,
) -> Result<Policy, E> {
    let kind = match of {
        AccessCheckPolicyType::IdentityPolicy => Kind::Identity,
        AccessCheckPolicyType::ResourcePolicy => Kind::Resource,
    };
    if text.len() > LONGEST {
        return Err(invalid(format!("The policy document has more than {LONGEST} bytes.")));
    }
    Policy::parse(text, kind).map_err(|error| invalid(format!("The policy document is not valid: {error}")))
}

/// InvalidParameter with this text.
pub(crate) fn invalid<E: From<InvalidParameterException>>(text: impl Into<String>) -> E {
    InvalidParameterException::new(text).into()
}
