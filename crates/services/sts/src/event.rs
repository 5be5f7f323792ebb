//! How CloudTrail names the members of a request or an answer: `RoleArn` is `roleArn`. Tokens, codes and secrets are left
//! out.

use serde::Serialize;
use serde_json::{Map, Value};

/// Members whose values no event shows.
const SECRET: [&str; 6] =
    ["secretAccessKey", "sessionToken", "tokenCode", "webIdentityToken", "sAMLAssertion", "encodedMessage"];

/// A request or an answer as an event shows it.
pub(crate) fn shown(shape: &impl Serialize) -> Value {
    recased(serde_json::to_value(shape).unwrap_or(Value::Null))
}

fn recased(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut shown = Map::new();
            for (mut name, value) in members {
                lower_first(&mut name);
                if !SECRET.contains(&name.as_str()) {
                    shown.insert(name, recased(value));
                }
            }
            Value::Object(shown)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(recased).collect()),
        other => other,
    }
}

fn lower_first(name: &mut str) {
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
}

#[cfg(test)]
mod tests {
    use super::shown;
    use serde_json::json;

    #[test]
    fn events_show_neither_tokens_nor_secrets() {
        let shape = json!({"RoleArn": "r", "WebIdentityToken": "t", "SAMLAssertion": "s", "TokenCode": "123456",
            "Credentials": {"AccessKeyId": "A", "SecretAccessKey": "s", "SessionToken": "t"}});
        assert_eq!(shown(&shape), json!({"roleArn": "r", "credentials": {"accessKeyId": "A"}}));
    }
}
