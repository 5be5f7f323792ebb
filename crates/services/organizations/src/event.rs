//! What the audit event tells of a request, and the answer that goes with it.

use gatekey_gate::{Allowed, Answered, Passage, Shown, refused, shows_nothing};
use gatekey_model::CommonError;
use gatekey_store::table::Edit;
use serde::Serialize;

/// Who owns an account is hidden.
const SHOWN: Shown = Shown { left_out: &[], hidden: &["email", "accountName"], lowers_capitals: false };

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
    note_answer(passage, &answer);
    passage.commit(allowed, edits, answer).await.map_err(refused)
}

/// An answer that says nothing is none in the event.
fn note_answer(passage: &mut Passage<'_>, answer: &impl Serialize) {
    let told = camel(answer);
    if !shows_nothing(&told) {
        passage.draft().set_response(&told);
    }
}

/// A request or an answer with CloudTrail's names: `PolicyId` is `policyId`.
fn camel(shape: &impl Serialize) -> impl Serialize {
    SHOWN.of(shape)
}

#[cfg(test)]
mod tests {
    use super::camel;
    use serde_json::json;

    #[test]
    fn events_have_lower_camel_case_names_and_hide_who_owns_an_account() {
        let shape = json!({"AccountName": "n", "Email": "e@x.y", "Tags": [{"Key": "k"}]});
        let expected = json!({"accountName": "****", "email": "****", "tags": [{"key": "k"}]});
        assert_eq!(serde_json::to_value(camel(&shape)).unwrap(), expected);
    }
}
