//! Records as the model's shapes have them.

use gatekey_model::{
    EpochSeconds,
    ssm::{ParameterHistory, ParameterInlinePolicy, ParameterMetadata, ParameterTier, ParameterType},
};
use gatekey_parameters::{Details, Kind, Parameter, Tier};
use gatekey_types::Timestamp;

/// A moment.
pub(crate) fn epoch(time: Timestamp) -> EpochSeconds {
    EpochSeconds::from_millis(time.millis())
}

/// A version's number.
pub(crate) fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// What values are.
pub(crate) fn kind(kind: Kind) -> ParameterType {
    match kind {
        Kind::String => ParameterType::String,
        Kind::StringList => ParameterType::StringList,
        Kind::SecureString => ParameterType::SecureString,
    }
}

/// The same from a request.
pub(crate) fn kind_of(kind: ParameterType) -> Kind {
    match kind {
        ParameterType::String => Kind::String,
        ParameterType::StringList => Kind::StringList,
        ParameterType::SecureString => Kind::SecureString,
    }
}

/// The tier.
pub(crate) fn tier(tier: Tier) -> ParameterTier {
    match tier {
        Tier::Standard => ParameterTier::Standard,
        Tier::Advanced => ParameterTier::Advanced,
    }
}

/// Policies. None of them is ever over: one that expired is gone with its parameter, and nobody is notified here.
fn policies(details: &Details) -> Vec<ParameterInlinePolicy> {
    let shown = |policy: &gatekey_parameters::ParameterPolicy| ParameterInlinePolicy {
        policy_text: Some(policy.text.clone()),
        policy_type: Some(policy.kind.clone()),
        policy_status: Some("Pending".to_owned()),
    };
    details.policies.iter().map(shown).collect()
}

/// As DescribeParameters has it.
pub(crate) fn metadata(parameter: &Parameter) -> ParameterMetadata {
    let details = &parameter.record.details;
    ParameterMetadata {
        name: Some(parameter.key.name.to_string()),
        arn: Some(parameter.arn.to_string()),
        r#type: Some(kind(details.kind)),
        key_id: details.key_id.clone(),
        last_modified_date: Some(epoch(details.modified)),
        last_modified_user: Some(details.author.clone()),
        description: details.description.clone(),
        allowed_pattern: details.pattern.clone(),
        version: Some(number(parameter.record.version)),
        tier: Some(tier(details.tier)),
        policies: Some(policies(details)),
        data_type: Some(details.data_type.clone()),
    }
}

/// As GetParameterHistory has it, but for the value.
pub(crate) fn history(parameter: &Parameter, version: u64, details: &Details) -> ParameterHistory {
    ParameterHistory {
        name: Some(parameter.key.name.to_string()),
        r#type: Some(kind(details.kind)),
        key_id: details.key_id.clone(),
        last_modified_date: Some(epoch(details.modified)),
        last_modified_user: Some(details.author.clone()),
        description: details.description.clone(),
        value: None,
        allowed_pattern: details.pattern.clone(),
        version: Some(number(version)),
        labels: Some(parameter.record.labels_of(version).cloned().collect()),
        tier: Some(tier(details.tier)),
        policies: Some(policies(details)),
        data_type: Some(details.data_type.clone()),
    }
}
