//! PutParameter: makes a parameter, or adds a version to one.
//!
//! AWS: `ssm:PutParameter` on the parameter, `ssm:AddTagsToResource` too if it has tags; a SecureString is encrypted with the
//! caller's own rights at KMS. What exists is overwritten only if that is asked for, and never changes its type.

use crate::{
    naming::{Named, bad_name},
    new_version::{self, New},
    rights, shown, tag, tier,
};
use gatekey_gate::{Allowed, Answered, Operation, Passage, refused};
use gatekey_model::ssm::{
    HierarchyLevelLimitExceededException, ParameterAlreadyExists, ParameterTier, ParameterType,
    PutParameterError, PutParameterRequest, PutParameterResult, calls,
};
use gatekey_parameters::{NameFault, Parameter, Tags};
use gatekey_policy::{ConditionKey, Context};
use serde::Serialize;

/// CloudTrail's parameters: never the value.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<ParameterType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overwrite: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_pattern: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<ParameterTier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policies: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_type: Option<&'a str>,
}

/// The handler.
pub(crate) struct PutParameter;

impl Operation for PutParameter {
    type Call = calls::PutParameter;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &PutParameterRequest,
    ) -> Result<Answered<PutParameterResult>, PutParameterError> {
        passage.draft().set_parameters(&parameters(input));
        let named = Named::plain(passage, &input.name)?;
        lawful_name(&named)?;
        new_version::sound(input)?;
        let tags = tag::read(input.tags.as_deref().unwrap_or_default())?;
        new_version::few(&tags)?;
        let found = named.find(passage);
        let allowed = ask(passage, input, &named, found.as_deref(), &tags)?;
        if found.is_some() && !input.overwrite.unwrap_or_default() {
            let text = "The parameter already exists. To overwrite this value, set the overwrite option in the request \
                        to true.";
            return Err(ParameterAlreadyExists::new(text).into());
        }
        let new = New::read(passage, input, found.as_deref())?;
        let tier = new.details.tier;
        if found.as_ref().is_none_or(|before| before.record.details.tier != tier) {
            tier::room(passage, tier)?;
        }
        let version = found.as_ref().map_or(1, |before| before.record.version.saturating_add(1));
        let edits = new.edits(passage, &allowed, &named, found.as_deref(), tags).await?;
        let answer =
            PutParameterResult { version: Some(shown::number(version)), tier: Some(shown::tier(tier)) };
        passage.draft().set_response(&answer);
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}

fn parameters(input: &PutParameterRequest) -> Parameters<'_> {
    Parameters {
        name: &input.name,
        r#type: input.r#type,
        description: input.description.as_deref(),
        key_id: input.key_id.as_deref(),
        overwrite: input.overwrite,
        allowed_pattern: input.allowed_pattern.as_deref(),
        tier: input.tier,
        policies: input.policies.as_deref(),
        data_type: input.data_type.as_deref(),
    }
}

fn lawful_name(named: &Named) -> Result<(), PutParameterError> {
    let name = &named.key.name;
    name.lawful(named.key.account, &named.key.region).map_err(|fault| match fault {
        NameFault::TooDeep => HierarchyLevelLimitExceededException::new(
            "A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for \
             parameter names in the AWS Systems Manager User Guide.",
        )
        .into(),
        fault => bad_name(fault, name.as_str()).into(),
    })
}

/// Both rights; the proof is that of the operation's own.
fn ask(
    passage: &mut Passage<'_>,
    input: &PutParameterRequest,
    named: &Named,
    found: Option<&Parameter>,
    tags: &Tags,
) -> Result<Allowed, PutParameterError> {
    let text = |truth: bool| if truth { "true" } else { "false" };
    let mut context = Context::new();
    context
        .set(ConditionKey::parse("ssm:Overwrite"), text(input.overwrite.unwrap_or_default()))
        .set(ConditionKey::parse("ssm:Policies"), text(input.policies.is_some()));
    if !tags.is_empty() {
        rights::set_request_tags(&mut context, tags);
        let mut tagging = Context::new();
        rights::set_request_tags(&mut tagging, tags);
        rights::ask(passage, "ssm:AddTagsToResource", &named.arn, found, tagging)?;
    }
    Ok(rights::ask(passage, "ssm:PutParameter", &named.arn, found, context)?)
}
