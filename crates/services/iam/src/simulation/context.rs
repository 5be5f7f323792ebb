//! `ContextEntries`: condition keys of every type.

use gatekey_model::iam::{ContextEntry, ContextKeyTypeEnum as Type, InvalidInputException};
use gatekey_policy::{ConditionKey, Context, KeyName, Value, Values};
use std::net::IpAddr;

/// Most entries: each is compared with every other.
const MOST: usize = 100;
/// Most values of all entries together.
const MOST_VALUES: usize = 1_000;

/// What a request supposes of condition keys.
pub(crate) struct Facts(Vec<(ConditionKey<'static>, Values<'static>)>);

impl Facts {
    /// Reads the entries of a request.
    ///
    /// # Errors
    /// InvalidInput: a name that is none, a value that is not of its type, several values of a type that has one.
    pub(crate) fn read<E: From<InvalidInputException>>(
        entries: Option<&Vec<ContextEntry>>,
    ) -> Result<Self, E> {
        let entries = entries.map(Vec::as_slice).unwrap_or_default();
        let values = entries.iter().map(|entry| entry.context_key_values.as_ref().map_or(0, Vec::len));
        if entries.len() > MOST || values.sum::<usize>() > MOST_VALUES {
            return Err(InvalidInputException::new("There are too many context entries.").into());
        }
        entries.iter().map(entry).collect::<Result<_, _>>().map(Self).map_err(E::from)
    }

    /// Sets them, over whatever was set before.
    pub(crate) fn set(&self, context: &mut Context<'_>) {
        for (key, values) in &self.0 {
            context.put(key.clone(), values.clone());
        }
    }
}

fn entry(entry: &ContextEntry) -> Result<(ConditionKey<'static>, Values<'static>), InvalidInputException> {
    let name = entry.context_key_name.as_deref().filter(|name| name.contains(':'));
    let name = name.ok_or_else(|| InvalidInputException::new("Invalid context key name."))?;
    let kind = entry.context_key_type.as_ref().unwrap_or(&Type::String);
    let given = entry.context_key_values.as_deref().unwrap_or_default();
    let wrong = || InvalidInputException::new(format!("Invalid value for context key {name}."));
    if !given.iter().all(|text| is_of_type(kind, text)) {
        return Err(wrong());
    }
    let mut values: Vec<Value<'static>> = given.iter().map(|text| Value::from(text.clone())).collect();
    let values = match (is_list(kind), values.len()) {
        (true, _) => Values::Many(values),
        (false, 1) => values.pop().map_or(Values::Absent, Values::One),
        (false, 0) => Values::Absent,
        (false, _) => return Err(wrong()),
    };
    Ok((ConditionKey::parse(name.to_owned()), values))
}

fn is_list(kind: &Type) -> bool {
    kind.as_str().ends_with("List")
}

fn is_of_type(kind: &Type, text: &str) -> bool {
    match kind.as_str().trim_end_matches("List") {
        "numeric" => text.parse::<f64>().is_ok_and(f64::is_finite),
        "boolean" => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
        "ip" => text.split('/').next().is_some_and(|address| address.parse::<IpAddr>().is_ok()),
        "date" => text.contains('-') || text.parse::<i64>().is_ok(),
        _ => true,
    }
}

/// Makes the keys absent that would follow from a caller: where a simulation names none, nothing is known of one.
pub(crate) fn without_caller(context: &mut Context<'_>) {
    for key in [
        KeyName::AwsPrincipalArn,
        KeyName::AwsPrincipalAccount,
        KeyName::AwsPrincipalType,
        KeyName::AwsUserId,
        KeyName::AwsUserName,
        KeyName::KmsCallerAccount,
        KeyName::AwsPrincipalOrgId,
        KeyName::AwsPrincipalOrgPaths,
    ] {
        context.set_absent(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::iam::SimulateCustomPolicyError as Error;

    fn read(kind: Type, values: &[&str]) -> Result<Facts, Error> {
        Facts::read(Some(&vec![ContextEntry {
            context_key_name: Some("aws:Some".into()),
            context_key_values: Some(values.iter().map(|v| (*v).to_owned()).collect()),
            context_key_type: Some(kind),
        }]))
    }

    #[test]
    fn every_type_takes_its_values_and_no_others() {
        for (kind, good, bad) in [
            (Type::Numeric, "1.5", "one"),
            (Type::Boolean, "true", "yes"),
            (Type::Ip, "192.0.2.0/24", "192.0.2"),
            (Type::Date, "2026-11-22T05:54:58Z", "today"),
        ] {
            assert!(read(kind, &[good]).is_ok(), "{kind:?}");
            assert!(read(kind, &[bad]).is_err(), "{kind:?}");
        }
        assert!(read(Type::String, &["a", "b"]).is_err(), "one value only");
        assert_eq!(read(Type::StringList, &["a", "b"]).unwrap().0.len(), 1);
    }
}
