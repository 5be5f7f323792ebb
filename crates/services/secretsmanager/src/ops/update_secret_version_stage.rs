//! UpdateSecretVersionStage: a staging label is moved from one version to another, or taken away.
//!
//! AWS: whoever moves a label says which version has it. AWSPREVIOUS follows AWSCURRENT by itself.

use crate::{
    change::{self, Change},
    entry::{Entry, enter},
    event,
    fault::invalid,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::secretsmanager::{
    LimitExceededException, ResourceNotFoundException, UpdateSecretVersionStageError,
    UpdateSecretVersionStageRequest, UpdateSecretVersionStageResponse, calls,
};
use gatekey_policy::Context;
use gatekey_secrets::StageFault;

/// The handler.
pub(crate) struct UpdateSecretVersionStage;

impl Operation for UpdateSecretVersionStage {
    type Call = calls::UpdateSecretVersionStage;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateSecretVersionStageRequest,
    ) -> Result<Answered<UpdateSecretVersionStageResponse>, UpdateSecretVersionStageError> {
        event::note(passage, input);
        let mut context = Context::new();
        context.set("secretsmanager:VersionStage", input.version_stage.as_str());
        let action = "secretsmanager:UpdateSecretVersionStage";
        let Entry { allowed, secret } =
            enter::<UpdateSecretVersionStageError>(passage, action, &input.secret_id, context)?;
        change::changeable::<UpdateSecretVersionStageError>(&secret)?;
        let mut record = secret.record.clone();
        let (from, to) = (input.remove_from_version_id.as_deref(), input.move_to_version_id.as_deref());
        record.move_stage(&input.version_stage, from, to).map_err(unmoved)?;
        record.changed = passage.now();
        let answer = UpdateSecretVersionStageResponse {
            arn: Some(secret.arn.to_string()),
            name: Some(secret.key.name.clone()),
        };
        change::commit(passage, &allowed, Change::new(&secret, record), Vec::new(), answer).await
    }
}

fn unmoved(fault: StageFault) -> UpdateSecretVersionStageError {
    let text = fault.to_string();
    match fault {
        StageFault::NoVersion(_) => ResourceNotFoundException::new(text).into(),
        StageFault::TooManyStages | StageFault::TooManyVersions => LimitExceededException::new(text).into(),
        _ => invalid(text),
    }
}
