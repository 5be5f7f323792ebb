//! DeleteSecret: after a recovery window of 7 to 30 days (30, where the request does not say), or at once.
//!
//! AWS: a primary with replicas is not deleted. At once also deletes what was scheduled already, and what is not there is no
//! error then.

use crate::{
    change::{self, Change},
    entry::{Asked, ask},
    event,
    fault::{invalid, no_secret, wrong_state},
    shown, value,
};
use gatekey_gate::{Allowed, Answered, Operation, Passage};
use gatekey_model::secretsmanager::{DeleteSecretError, DeleteSecretRequest, DeleteSecretResponse, calls};
use gatekey_policy::Context;
use gatekey_secrets::Secret;
use gatekey_types::{Arn, Timestamp};

/// Values that are deleted in the transaction of their secret; the sweep deletes a secret with more.
const VALUES_WITH_THE_SECRET: usize = 20;

/// The handler.
pub(crate) struct DeleteSecret;

impl Operation for DeleteSecret {
    type Call = calls::DeleteSecret;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteSecretRequest,
    ) -> Result<Answered<DeleteSecretResponse>, DeleteSecretError> {
        event::note(passage, input);
        let at_once = input.force_delete_without_recovery.unwrap_or(false);
        let due = due(passage.now(), at_once, input.recovery_window_in_days)?;
        let mut context = Context::new();
        if let Some(force) = input.force_delete_without_recovery {
            context.set("secretsmanager:ForceDeleteWithoutRecovery", force);
        }
        if let Some(days) = input.recovery_window_in_days {
            context.set("secretsmanager:RecoveryWindowInDays", days);
        }
        let action = "secretsmanager:DeleteSecret";
        let Asked { allowed, arn, secret } =
            ask::<DeleteSecretError>(passage, action, &input.secret_id, context)?;
        let Some(secret) = secret else {
            return if at_once {
                Ok(passage.answer(&allowed, of_nothing(&arn, due)))
            } else {
                Err(no_secret())
            };
        };
        change::not_a_replica::<DeleteSecretError>(&secret)?;
        no_replicas(&secret)?;
        let answer = DeleteSecretResponse {
            arn: Some(secret.arn.to_string()),
            name: Some(secret.key.name.clone()),
            deletion_date: Some(shown::moment(due)),
        };
        if at_once && secret.values().count() <= VALUES_WITH_THE_SECRET {
            return forget(passage, &allowed, &secret, answer).await;
        }
        if secret.record.due.is_some() && !at_once {
            let text = "You can't perform this operation on the secret because it was already scheduled for deletion.";
            return Err(wrong_state(text));
        }
        let mut record = secret.record.clone();
        record.due = Some(due);
        change::commit(passage, &allowed, Change::new(&secret, record), Vec::new(), answer).await
    }
}

/// What is told of a deletion at once of what is not there.
fn of_nothing(arn: &Arn, due: Timestamp) -> DeleteSecretResponse {
    let name = arn.resource().strip_prefix("secret:").map(str::to_owned);
    DeleteSecretResponse { arn: Some(arn.to_string()), name, deletion_date: Some(shown::moment(due)) }
}

/// When it is to be deleted.
fn due(now: Timestamp, at_once: bool, days: Option<i64>) -> Result<Timestamp, DeleteSecretError> {
    match (at_once, days) {
        (true, Some(_)) => {
            Err(invalid("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."))
        }
        (true, None) => Ok(now),
        (false, days) => match days.unwrap_or(30) {
            days @ 7..=30 => Ok(now.plus_days(days)),
            _ => Err(invalid("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")),
        },
    }
}

fn no_replicas(secret: &Secret) -> Result<(), DeleteSecretError> {
    if secret.record.replicas.is_empty() {
        return Ok(());
    }
    let regions: Vec<&str> = secret.record.replicas.keys().map(|region| region.as_str()).collect();
    Err(invalid(format!(
        "You can't delete secret {} that still has replica regions {}",
        secret.key.name,
        regions.join(", ")
    )))
}

async fn forget(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    secret: &Secret,
    answer: DeleteSecretResponse,
) -> Result<Answered<DeleteSecretResponse>, DeleteSecretError> {
    let versions = secret.record.versions.values();
    let mut edits = value::delete::<DeleteSecretError>(passage, &secret.key, versions).await?;
    edits.push(secret.delete());
    event::commit(passage, allowed, edits, answer).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recovery_window_is_thirty_days_or_what_the_request_says_within_bounds() {
        let now = Timestamp::from_seconds(0);
        for (at_once, days, expected) in [
            (false, None, Some(30)),
            (false, Some(7), Some(7)),
            (false, Some(30), Some(30)),
            (false, Some(6), None),
            (false, Some(31), None),
            (false, Some(-1), None),
            (true, None, Some(0)),
            (true, Some(7), None),
        ] {
            let expected = expected.map(|days| now.plus_days(days));
            assert_eq!(due(now, at_once, days).ok(), expected, "{at_once} {days:?}");
        }
    }
}
