//! What the audit event tells of a request, and the answer that goes with it. A value is never told.

use gatekey_gate::{Allowed, Answered, Passage, Shown, refused};
use gatekey_model::CommonError;
use gatekey_store::table::Edit;
use serde::Serialize;

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

const SHOWN: Shown = Shown { left_out: &[], hidden: &[], lowers_capitals: true };

/// A request or an answer with CloudTrail's names: `SecretId` is `secretId`, `ARN` is `arn`.
fn camel(shape: &impl Serialize) -> impl Serialize {
    SHOWN.of(shape)
}

#[cfg(test)]
mod tests {
    use super::camel;
    use serde_json::json;

    #[test]
    fn events_have_lower_camel_case_names() {
        let shape = json!({"ARN": "a", "VersionId": "v", "Tags": [{"Key": "k"}]});
        let expected = json!({"arn": "a", "versionId": "v", "tags": [{"key": "k"}]});
        assert_eq!(serde_json::to_value(camel(&shape)).unwrap(), expected);
    }
}
