//! Condition keys that a question supposes.

use gatekey_gate::Passage;
use gatekey_model::gatekey::{ContextEntry, InvalidQuestionException};
use gatekey_policy::{
    ConditionKey, Context, KeyName, Value, Values,
    key::{KeyFacts, KeyType},
};

/// Most values of all entries together; the model bounds the entries.
const MOST_VALUES: usize = 1_000;

/// Reads the entries: known keys have a type, and every value must be of it.
///
/// # Errors
/// InvalidQuestion, which names the key: a name that is none, a value of the wrong type, several values of a key that has
/// one, or more values than are looked at.
pub(crate) fn read<E: From<InvalidQuestionException>>(
    entries: Option<&Vec<ContextEntry>>,
) -> Result<Context<'static>, E> {
    let entries = entries.map(Vec::as_slice).unwrap_or_default();
    if entries.iter().map(|entry| entry.values.len()).sum::<usize>() > MOST_VALUES {
        let text = format!("The context has more than {MOST_VALUES} values.");
        return Err(InvalidQuestionException::new(text).into());
    }
    let mut context = Context::new();
    for entry in entries {
        let (key, values) = read_entry(entry).map_err(InvalidQuestionException::new)?;
        context.put(key, values);
    }
    Ok(context)
}

/// What any request that came to this server now would have: its Region, and the security of its transport.
pub(crate) fn present<'a>(passage: &Passage<'_>) -> Context<'a> {
    let mut context = Context::new();
    context
        .set(KeyName::AwsRequestedRegion, passage.region().to_string())
        .set(KeyName::AwsSecureTransport, passage.arrival().tls.is_some());
    context
}

fn read_entry(entry: &ContextEntry) -> Result<(ConditionKey<'static>, Values<'static>), String> {
    let name = &entry.key;
    if !name.contains(':') {
        return Err(format!("'{name}' is not the name of a condition key: it has no prefix such as 'aws:'."));
    }
    let key = ConditionKey::parse(name.clone());
    let facts = key.name().facts();
    if let Some((facts, wrong)) = facts.and_then(|facts| Some((facts, wrong_value(facts, &entry.values)?))) {
        return Err(format!("The condition key '{name}' takes {}, and not '{wrong}'.", in_words(facts.kind)));
    }
    let mut values: Vec<Value<'static>> = entry.values.iter().map(|text| Value::from(text.clone())).collect();
    let many = facts.is_some_and(|facts| facts.multivalued);
    let values = match (many, values.len()) {
        (_, 0) => Values::Absent,
        (false, 1) => values.pop().map_or(Values::Absent, Values::One),
        (false, _) if facts.is_some() => return Err(format!("The condition key '{name}' takes one value.")),
        _ => Values::Many(values),
    };
    Ok((key, values))
}

/// The first value that is not of the key's type.
fn wrong_value<'v>(facts: &KeyFacts, values: &'v [String]) -> Option<&'v str> {
    values.iter().map(String::as_str).find(|text| !facts.kind.takes(text))
}

fn in_words(kind: KeyType) -> &'static str {
    match kind {
        KeyType::String => "a text",
        KeyType::Numeric => "a number",
        KeyType::Bool => "'true' or 'false'",
        KeyType::Ip => "an IP address",
        KeyType::Date => "a moment such as 2026-11-26T18:00:00Z",
        KeyType::Arn => "an ARN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::gatekey::SimulateDecisionError as Error;

    fn read_one(key: &str, values: &[&str]) -> Result<Context<'static>, Error> {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        read(Some(&vec![ContextEntry { key: key.to_owned(), values }]))
    }

    #[test]
    fn values_are_of_the_type_of_their_key_and_the_error_names_it() {
        for (key, good, bad) in [
            ("aws:MultiFactorAuthPresent", "true", "yes"),
            ("aws:MultiFactorAuthAge", "300", "long"),
            ("aws:SourceIp", "192.0.2.1", "192.0.2"),
            ("aws:CurrentTime", "2026-11-22T05:54:58Z", "today"),
            ("aws:SourceArn", "arn:aws:s3:::b", "b"),
        ] {
            assert_eq!(read_one(key, &[good]).unwrap().entries().count(), 1, "{key}");
            let error = read_one(key, &[bad]).unwrap_err().to_string();
            assert!(error.contains(key) && error.contains(bad), "{error}");
        }
    }

    #[test]
    fn a_key_has_several_values_only_if_it_is_one_of_those_that_may() {
        assert!(read_one("kms:ResourceAliases", &["alias/a", "alias/b"]).is_ok());
        assert!(read_one("kms:EncryptionContext:app", &["a", "b"]).is_err());
        assert!(read_one("department", &["a"]).unwrap_err().to_string().contains("'department'"));
    }

    #[test]
    fn a_key_without_values_is_absent() {
        let context = read_one("aws:SourceIp", &[]).unwrap();
        assert!(matches!(context.entries().next(), Some((_, Values::Absent))));
    }
}
