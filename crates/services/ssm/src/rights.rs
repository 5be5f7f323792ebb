//! What the caller may do to a parameter.

use gatekey_gate::{Allowed, On, Passage};
use gatekey_model::CommonError;
use gatekey_parameters::{Parameter, Tags};
use gatekey_policy::{Context, KeyName};
use gatekey_types::Arn;

/// CloudTrail's name of a parameter.
const KIND: &str = "AWS::SSM::Parameter";

/// May the caller do this to the parameter of this ARN, which may not exist? `context` has what the operation alone knows;
/// `aws:ResourceTag/NAME` and `ssm:resourceTag/NAME` are set here.
///
/// # Errors
/// AccessDeniedException
pub(crate) fn ask<'a>(
    passage: &mut Passage<'_>,
    action: &str,
    arn: &'a Arn,
    parameter: Option<&'a Parameter>,
    mut context: Context<'a>,
) -> Result<Allowed, CommonError> {
    if let Some(owner) = arn.account() {
        passage.draft().touch_resource(KIND, owner, arn);
    }
    if let Some(parameter) = parameter {
        let tags = parameter.record.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        context.set_family(KeyName::AwsResourceTag, tags);
        parameter.set_own_tag_keys(&mut context);
    }
    Ok(passage.authorize_other(action, On::resource(arn), context)?)
}

/// `aws:RequestTag/NAME` and `aws:TagKeys`.
pub(crate) fn set_request_tags<'a>(context: &mut Context<'a>, tags: &'a Tags) {
    let pairs = tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    context.set_family(KeyName::AwsRequestTag, pairs);
    context.set_many(KeyName::AwsTagKeys, tags.keys().map(String::as_str));
}
