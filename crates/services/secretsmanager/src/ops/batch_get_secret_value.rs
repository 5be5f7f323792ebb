//! BatchGetSecretValue: the current values of up to twenty secrets, named or found by filters.
//!
//! AWS: each is asked for like GetSecretValue; what is refused is told in `Errors`. Filters need `secretsmanager:ListSecrets` too.

use super::{get_secret_value, list_secrets};
use crate::{
    event,
    fault::invalid,
    filter::Filters,
    page::{self, Page},
};
use gatekey_gate::{Allowed, Answered, On, Operation, Passage, refused};
use gatekey_model::{
    ApiError, CommonError,
    secretsmanager::{
        APIErrorType, BatchGetSecretValueError, BatchGetSecretValueRequest, BatchGetSecretValueResponse,
        GetSecretValueError, GetSecretValueRequest, GetSecretValueResponse, SecretValueEntry, calls,
    },
};
use gatekey_policy::Context;

/// Values of one answer.
const MOST: usize = 20;

/// The handler.
pub(crate) struct BatchGetSecretValue;

impl Operation for BatchGetSecretValue {
    type Call = calls::BatchGetSecretValue;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &BatchGetSecretValueRequest,
    ) -> Result<Answered<BatchGetSecretValueResponse>, BatchGetSecretValueError> {
        event::note(passage, input);
        may(passage)?;
        let asked = asked(passage, input)?;
        let (mut values, mut errors, mut edits) = (Vec::new(), Vec::new(), Vec::new());
        for secret_id in asked.items {
            let request = GetSecretValueRequest { secret_id, version_id: None, version_stage: None };
            match get_secret_value::read::<GetSecretValueError>(passage, &request).await {
                Ok(read) => {
                    values.push(entry(read.answer));
                    edits.extend(read.edits);
                }
                Err(error) => errors.push(refusal(request.secret_id, &error)),
            }
        }
        // The event tells the last decision: that of the call, which is answered.
        let allowed = may(passage)?;
        let answer = BatchGetSecretValueResponse {
            secret_values: Some(values),
            next_token: asked.next,
            errors: Some(errors),
        };
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}

fn may(passage: &mut Passage<'_>) -> Result<Allowed, CommonError> {
    let on = On { owner: Some(passage.account()), ..On::default() };
    Ok(passage.authorize_other("secretsmanager:BatchGetSecretValue", on, Context::new())?)
}

/// The secrets that a request names, or that its filters admit.
fn asked(
    passage: &mut Passage<'_>,
    input: &BatchGetSecretValueRequest,
) -> Result<Page<String>, BatchGetSecretValueError> {
    match (&input.secret_id_list, &input.filters) {
        (Some(list), None) if input.max_results.is_none() && list.len() <= MOST => {
            let mut items: Vec<String> = Vec::new();
            for id in list {
                if !items.contains(id) {
                    items.push(id.clone());
                }
            }
            Ok(Page { items, next: None })
        }
        (Some(_), None) if input.max_results.is_some() => {
            Err(invalid("You can use MaxResults only with Filters."))
        }
        (None, Some(filters)) => {
            list_secrets::may(passage).map_err(CommonError::from)?;
            let filters = Filters::read::<BatchGetSecretValueError>(Some(filters))?;
            let names = list_secrets::admitted(passage, &filters, false);
            Page::take::<BatchGetSecretValueError>(
                names.map(|secret| secret.key.name.clone()),
                Clone::clone,
                |name, after| name.as_str() > after,
                input.next_token.as_ref(),
                page::most(input.max_results, MOST),
            )
        }
        _ => Err(invalid("You must include Filters or SecretIdList, but not both.")),
    }
}

fn entry(read: GetSecretValueResponse) -> SecretValueEntry {
    SecretValueEntry {
        arn: read.arn,
        name: read.name,
        version_id: read.version_id,
        secret_binary: read.secret_binary,
        secret_string: read.secret_string,
        version_stages: read.version_stages,
        created_date: read.created_date,
    }
}

fn refusal(secret_id: String, error: &GetSecretValueError) -> APIErrorType {
    APIErrorType {
        secret_id: Some(secret_id),
        error_code: Some(error.code().to_owned()),
        message: error.message().map(str::to_owned),
    }
}
