//! What the audit event tells of a request, and the answer that goes with it.

use gatekey_gate::{Allowed, Answered, Passage, refused};
use gatekey_model::CommonError;
use gatekey_store::table::Edit;
use serde::Serialize;
use serde_json::Value;

/// Members that CloudTrail shows as asterisks.
const HIDDEN: [&str; 2] = ["email", "accountName"];

/// Notes the parameters of the request.
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
    let told = camel(&answer);
    if told.as_object().is_some_and(|members| !members.is_empty()) {
        passage.draft().set_response(&told);
    }
    passage.commit(allowed, edits, answer).await.map_err(refused)
}

/// A request or an answer with CloudTrail's names: `PolicyId` is `policyId`.
fn camel(shape: &impl Serialize) -> Value {
    recased(serde_json::to_value(shape).unwrap_or(Value::Null))
}

fn recased(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(members.into_iter().map(member).collect()),
        Value::Array(items) => Value::Array(items.into_iter().map(recased).collect()),
        other => other,
    }
}

fn member((name, value): (String, Value)) -> (String, Value) {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    let name: String = first.into_iter().chain(letters).collect();
    let value = if HIDDEN.contains(&name.as_str()) { Value::from("****") } else { recased(value) };
    (name, value)
}

#[cfg(test)]
mod tests {
    use super::camel;
    use serde_json::json;

    #[test]
    fn events_have_lower_camel_case_names_and_hide_who_owns_an_account() {
        let shown = camel(&json!({"AccountName": "n", "Email": "e@x.y", "Tags": [{"Key": "k"}]}));
        assert_eq!(shown, json!({"accountName": "****", "email": "****", "tags": [{"key": "k"}]}));
    }
}
