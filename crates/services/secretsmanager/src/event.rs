//! What the audit event tells of a request, and the answer that goes with it. A value is never told.

use gatekey_gate::{Allowed, Answered, Passage, refused};
use gatekey_model::CommonError;
use gatekey_store::table::Edit;
use serde::Serialize;
use serde_json::Value;

/// Notes the parameters of a request that holds no value of a secret.
pub(crate) fn note(passage: &mut Passage<'_>, input: &impl Serialize) {
    passage.draft().set_parameters(&camel(input));
}

/// Makes the change and answers; the event tells the answer too.
///
/// # Errors
/// The change was not made.
pub(crate) async fn commit<T: Serialize, E: From<CommonError>>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    edits: Vec<Edit>,
    answer: T,
) -> Result<Answered<T>, E> {
    passage.draft().set_response(&camel(&answer));
    passage.commit(allowed, edits, answer).await.map_err(refused)
}

/// A request or an answer with CloudTrail's names: `SecretId` is `secretId`, `ARN` is `arn`.
fn camel(shape: &impl Serialize) -> Value {
    recased(serde_json::to_value(shape).unwrap_or(Value::Null))
}

fn recased(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (lowered(&name), recased(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(recased).collect()),
        other => other,
    }
}

fn lowered(name: &str) -> String {
    if name.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return name.to_ascii_lowercase();
    }
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::camel;
    use serde_json::json;

    #[test]
    fn events_have_lower_camel_case_names() {
        let shown = camel(&json!({"ARN": "a", "VersionId": "v", "Tags": [{"Key": "k"}]}));
        assert_eq!(shown, json!({"arn": "a", "versionId": "v", "tags": [{"key": "k"}]}));
    }
}
