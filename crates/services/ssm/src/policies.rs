//! Policies of advanced parameters: read and checked. One that expires deletes its parameter; of the others nobody is
//! notified here.

use gatekey_model::ssm::{
    IncompatiblePolicyException, InvalidPolicyAttributeException, InvalidPolicyTypeException,
    PoliciesLimitExceededException,
};
use gatekey_parameters::ParameterPolicy;
use gatekey_types::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Policies of one parameter.
const MOST: usize = 10;
const EXPIRATION: &str = "Expiration";
const EXPIRATION_NOTIFICATION: &str = "ExpirationNotification";
const NO_CHANGE_NOTIFICATION: &str = "NoChangeNotification";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Written {
    r#type: String,
    version: String,
    attributes: BTreeMap<String, Value>,
}

/// Reads the policies of a request: a JSON array. An empty one, or one with an empty policy, takes all policies away.
///
/// # Errors
/// AWS's exceptions for policies.
pub(crate) fn read<E>(text: &str, now: Timestamp) -> Result<Vec<ParameterPolicy>, E>
where
    E: From<InvalidPolicyAttributeException>
        + From<InvalidPolicyTypeException>
        + From<PoliciesLimitExceededException>
        + From<IncompatiblePolicyException>,
{
    let written: Value = serde_json::from_str(text).map_err(|_| bad_attribute())?;
    let written = match written {
        Value::Array(policies) => policies,
        one => vec![one],
    };
    let is_empty = |policy: &Value| policy.as_object().is_some_and(serde_json::Map::is_empty);
    if written.iter().all(is_empty) {
        return Ok(Vec::new());
    }
    if written.len() > MOST {
        let text = "You specified more than the maximum number of allowed policies for the parameter. The maximum is \
                    10.";
        return Err(PoliciesLimitExceededException::new(text).into());
    }
    let policies = written.iter().map(|policy| one::<E>(policy, now)).collect::<Result<Vec<_>, _>>()?;
    compatible(&policies)?;
    Ok(policies)
}

fn one<E>(written: &Value, now: Timestamp) -> Result<ParameterPolicy, E>
where
    E: From<InvalidPolicyAttributeException> + From<InvalidPolicyTypeException>,
{
    let text = written.to_string();
    let policy = Written::deserialize(written).map_err(|_| bad_attribute())?;
    if policy.version != "1.0" {
        return Err(bad_attribute().into());
    }
    let expires = match policy.r#type.as_str() {
        EXPIRATION => Some(expiry(&policy.attributes, now).ok_or_else(bad_attribute)?),
        EXPIRATION_NOTIFICATION => {
            span(&policy.attributes, "Before").map(|()| None).ok_or_else(bad_attribute)?
        }
        NO_CHANGE_NOTIFICATION => {
            span(&policy.attributes, "After").map(|()| None).ok_or_else(bad_attribute)?
        }
        _ => {
            let text = "The policy type is not supported. Parameter Store supports the following policy types: \
                        Expiration, ExpirationNotification, and NoChangeNotification.";
            return Err(InvalidPolicyTypeException::new(text).into());
        }
    };
    Ok(ParameterPolicy { kind: policy.r#type, text, expires })
}

/// The one attribute `Timestamp`: ISO 8601, in the future.
fn expiry(attributes: &BTreeMap<String, Value>, now: Timestamp) -> Option<Timestamp> {
    let text = attributes.get("Timestamp").filter(|_| attributes.len() == 1)?.as_str()?;
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    let millis = i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()?;
    Some(Timestamp::from_millis(millis)).filter(|expires| *expires > now)
}

/// So many days or hours.
fn span(attributes: &BTreeMap<String, Value>, name: &str) -> Option<()> {
    let count: u32 = attributes.get(name)?.as_str()?.parse().ok()?;
    let unit = attributes.get("Unit")?.as_str()?;
    (attributes.len() == 2 && count > 0 && ["Days", "Hours"].contains(&unit)).then_some(())
}

/// One expiration, and notifications of it only beside it.
fn compatible(policies: &[ParameterPolicy]) -> Result<(), IncompatiblePolicyException> {
    let count = |kind: &str| policies.iter().filter(|policy| policy.kind == kind).count();
    let notified = count(EXPIRATION_NOTIFICATION) > 0;
    if count(EXPIRATION) > 1 || (notified && count(EXPIRATION) == 0) {
        let text = "There is a conflict in the policies specified for this parameter. You can't, for example, specify \
                    two Expiration policies for a parameter. Review your policies, and try again.";
        return Err(IncompatiblePolicyException::new(text));
    }
    Ok(())
}

fn bad_attribute() -> InvalidPolicyAttributeException {
    InvalidPolicyAttributeException::new("A policy attribute or its value is invalid.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::{ApiError, ssm::PutParameterError};

    const EXPIRES: &str =
        r#"{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2030-12-02T21:34:33.000Z"}}"#;
    const NOTIFIES: &str =
        r#"{"Type":"ExpirationNotification","Version":"1.0","Attributes":{"Before":"30","Unit":"Days"}}"#;
    const UNCHANGED: &str =
        r#"{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"20","Unit":"Hours"}}"#;

    fn code(text: &str) -> &'static str {
        read::<PutParameterError>(text, Timestamp::from_seconds(1_800_000_000))
            .map_or_else(|error| error.code(), |_| "ok")
    }

    #[test]
    fn policies_are_read_as_aws_reads_them() {
        let many = format!("[{}]", [UNCHANGED; 11].join(","));
        let old = EXPIRES.replace("2030", "2020");
        for (text, expected) in [
            (format!("[{EXPIRES},{NOTIFIES},{UNCHANGED}]").as_str(), "ok"),
            ("[]", "ok"),
            ("[{}]", "ok"),
            (format!("[{EXPIRES},{EXPIRES}]").as_str(), "IncompatiblePolicyException"),
            (format!("[{NOTIFIES}]").as_str(), "IncompatiblePolicyException"),
            (format!("[{old}]").as_str(), "InvalidPolicyAttributeException"),
            (&format!("[{}]", EXPIRES.replace("1.0", "2.0")), "InvalidPolicyAttributeException"),
            (&format!("[{}]", UNCHANGED.replace("20", "0")), "InvalidPolicyAttributeException"),
            (&format!("[{}]", UNCHANGED.replace("Hours", "Weeks")), "InvalidPolicyAttributeException"),
            (&format!("[{}]", UNCHANGED.replace("NoChange", "Other")), "InvalidPolicyTypeException"),
            ("[1]", "InvalidPolicyAttributeException"),
            ("nonsense", "InvalidPolicyAttributeException"),
            (&many, "PoliciesLimitExceededException"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
        let read = read::<PutParameterError>(&format!("[{EXPIRES}]"), Timestamp::from_seconds(0)).unwrap();
        assert_eq!(read.first().unwrap().expires, Some(Timestamp::from_seconds(1_922_477_673)));
    }
}
