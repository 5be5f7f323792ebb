//! CreateKey: a new KMS key with its policy and its first material.
//!
//! AWS: without `Policy` the key gets the default policy; a policy that is given must let the caller put it again, unless
//! the check is bypassed; `Tags` need `kms:TagResource` in an identity policy.

use crate::{
    fault::{denied, internal, invalid, uncommitted},
    key_store, material,
    metadata::metadata,
    multi_region, new_key, tag, trail,
};
use gatekey_gate::{Allowed, Answered, Operation, Passage};
use gatekey_keyring::{
    Key, KeyManager, KeyRecord, KeySpec, KeyState, KeyUsage, MaterialRecord, MultiRegion, NewKey, Origin,
    Tags, set_request_tags,
};
use gatekey_model::kms::{
    CreateKeyError, CreateKeyRequest, CreateKeyResponse, UnsupportedOperationException, calls,
};
use gatekey_policy::{Context, KmsAction};
use gatekey_types::{KeyArn, KeyId, KeyMaterialId};

/// The material that a key is made with.
type FirstMaterial = (KeyMaterialId, MaterialRecord);

/// What a request asks for, in the domain's terms.
struct Input {
    spec: KeySpec,
    usage: KeyUsage,
    origin: Origin,
    multi_region: bool,
    description: String,
    tags: Tags,
    bypass: bool,
}

/// The handler.
pub(crate) struct CreateKey;

impl Operation for CreateKey {
    type Call = calls::CreateKey;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        request: &CreateKeyRequest,
    ) -> Result<Answered<CreateKeyResponse>, CreateKeyError> {
        let input = Input::parse(request)?;
        note(passage, request, &input);
        passage.quotas().hold_tags(&input.tags).map_err(tag::bad::<CreateKeyError>)?;
        let record = record(passage, &input);
        let allowed = authorize(passage, &record, request.bypass_policy_lockout_safety_check)?;
        served(passage, request, &input, &record)?;
        let (account, region) = (passage.account(), passage.region().clone());
        let arn = KeyArn {
            account,
            region,
            key: KeyId::from_random(passage.entropy().bytes(), input.multi_region),
        };
        let mut key = Key::new(arn, record);
        let policy =
            new_key::policy::<CreateKeyError>(passage, request.policy.as_deref(), &key, input.bypass)?;
        new_key::room::<CreateKeyError>(passage, &key.arn.region)?;
        let first = first_material(passage, &key).await?;
        key.record.material = first.as_ref().map(|(id, _)| *id);
        let answer = CreateKeyResponse { key_metadata: Some(metadata(&key, passage.now())) };
        passage.draft().touch(&key);
        passage.draft().set_response(&trail::KeyMetadata { key_metadata: answer.key_metadata.as_ref() });
        let told = passage.policy_told(&key, &policy, "CreateKey");
        let new = NewKey {
            policy: passage.policy_record(&policy),
            told: Some(told),
            arn: key.arn,
            record: key.record,
            material: first,
        };
        passage.commit(&allowed, new.changes(), answer).await.map_err(uncommitted::<CreateKeyError>)
    }
}

impl Input {
    fn parse(request: &CreateKeyRequest) -> Result<Self, CreateKeyError> {
        let spec = spec(request)?;
        Ok(Self {
            spec,
            usage: usage(request, spec)?,
            origin: request
                .origin
                .map_or(Ok(Origin::AwsKms), |origin| origin.as_str().parse())
                .map_err(unknown)?,
            multi_region: request.multi_region.unwrap_or(false),
            description: request.description.clone().unwrap_or_default(),
            tags: tag::parse::<CreateKeyError>(request.tags.as_deref().unwrap_or_default())?,
            bypass: request.bypass_policy_lockout_safety_check.unwrap_or(false),
        })
    }
}

/// A name of the model that the domain lacks: the two lists are held equal by a test.
fn unknown(error: gatekey_types::Malformed) -> CreateKeyError {
    invalid(error.to_string())
}

fn spec(request: &CreateKeyRequest) -> Result<KeySpec, CreateKeyError> {
    match (request.key_spec, request.customer_master_key_spec) {
        (Some(_), Some(_)) => Err(invalid(
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is \
             deprecated.",
        )),
        (Some(spec), None) => spec.as_str().parse().map_err(unknown),
        (None, Some(spec)) => spec.as_str().parse().map_err(unknown),
        (None, None) => Ok(KeySpec::SymmetricDefault),
    }
}

fn usage(request: &CreateKeyRequest, spec: KeySpec) -> Result<KeyUsage, CreateKeyError> {
    let Some(usage) = request.key_usage else {
        let needless = spec == KeySpec::SymmetricDefault;
        let text = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.";
        return if needless { Ok(KeyUsage::EncryptDecrypt) } else { Err(invalid(text)) };
    };
    let usage: KeyUsage = usage.as_str().parse().map_err(unknown)?;
    if spec.usages().contains(&usage) {
        Ok(usage)
    } else {
        Err(invalid(format!("KeyUsage {usage} is not compatible with KeySpec {spec}")))
    }
}

fn note(passage: &mut Passage<'_>, request: &CreateKeyRequest, input: &Input) {
    passage.draft().set_parameters(&trail::CreateKey {
        policy: request.policy.as_deref(),
        description: &input.description,
        key_usage: input.usage.as_str(),
        key_spec: input.spec.as_str(),
        customer_master_key_spec: input.spec.as_str(),
        origin: input.origin.as_str(),
        multi_region: input.multi_region,
        bypass_policy_lockout_safety_check: input.bypass,
        tags: request.tags.as_deref().unwrap_or_default(),
    });
}

/// `kms:CreateKey`, and `kms:TagResource` where the key gets tags: both in identity policies.
fn authorize(
    passage: &mut Passage<'_>,
    record: &KeyRecord,
    bypass: Option<bool>,
) -> Result<Allowed, CreateKeyError> {
    let kind = record.multi_region.as_ref().map(|_| "PRIMARY");
    let mut context = new_key::conditions(record, kind, bypass);
    set_request_tags(&mut context, &record.tags);
    let allowed =
        passage.authorize_without_key(KmsAction::CreateKey, context).map_err(denied::<CreateKeyError>)?;
    if record.multi_region.is_some() {
        multi_region::may_have_role_made(passage).map_err(denied::<CreateKeyError>)?;
    }
    if !record.tags.is_empty() {
        let mut context = Context::new();
        set_request_tags(&mut context, &record.tags);
        passage.authorize_without_key(KmsAction::TagResource, context).map_err(denied::<CreateKeyError>)?;
    }
    Ok(allowed)
}

/// What is refused because this server does not have it.
fn served(
    passage: &Passage<'_>,
    request: &CreateKeyRequest,
    input: &Input,
    record: &KeyRecord,
) -> Result<(), CreateKeyError> {
    if let Some(id) = &request.custom_key_store_id {
        return Err(key_store::refuse_key(passage, id, request, record));
    }
    if matches!(input.origin, Origin::AwsCloudHsm | Origin::ExternalKeyStore) {
        return Err(invalid(format!("CustomKeyStoreId is required for Origin {}.", input.origin)));
    }
    if request.xks_key_id.is_some() {
        return Err(invalid("XksKeyId is valid only when Origin is EXTERNAL_KEY_STORE."));
    }
    if material::spec_of(input.spec).is_none() {
        return Err(inferred_sm2_is_for_china(input.spec).into());
    }
    Ok(())
}

/// AWS documents that SM2 keys exist in the China Regions only, but neither the code nor the text elsewhere.
fn inferred_sm2_is_for_china(spec: KeySpec) -> UnsupportedOperationException {
    UnsupportedOperationException::new(format!("KeySpec {spec} is not supported in this Region."))
}

/// What the key begins with: nothing where the owner imports it.
async fn first_material(passage: &Passage<'_>, key: &Key) -> Result<Option<FirstMaterial>, CreateKeyError> {
    let Some(spec) = material::spec_of(key.record.spec).filter(|_| key.record.origin == Origin::AwsKms)
    else {
        return Ok(None);
    };
    let made = passage.new_material(spec, key.arn.key).await;
    made.map(Some).map_err(internal::<CreateKeyError>)
}

fn record(passage: &Passage<'_>, input: &Input) -> KeyRecord {
    let primary = || MultiRegion { primary: passage.region().clone(), replicas: Vec::new() };
    KeyRecord {
        created: passage.now(),
        description: input.description.clone(),
        usage: input.usage,
        spec: input.spec,
        origin: input.origin,
        manager: KeyManager::Customer,
        state: if input.origin == Origin::External { KeyState::PendingImport } else { KeyState::Enabled },
        material: None,
        multi_region: input.multi_region.then(primary),
        rotation: None,
        on_demand_rotations: 0,
        tags: input.tags.clone(),
        had_tags: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::kms::{KeySpec as WireSpec, KeyUsageType, OriginType};

    #[test]
    fn the_domain_knows_every_spec_usage_and_origin_of_the_model() {
        assert!(WireSpec::ALL.iter().all(|spec| spec.as_str().parse::<KeySpec>().is_ok()));
        assert!(KeyUsageType::ALL.iter().all(|usage| usage.as_str().parse::<KeyUsage>().is_ok()));
        assert!(OriginType::ALL.iter().all(|origin| origin.as_str().parse::<Origin>().is_ok()));
    }

    #[test]
    fn inferred_sm2_is_for_china() {
        let told = super::inferred_sm2_is_for_china(KeySpec::Sm2).to_string();
        assert!(told.contains("KeySpec SM2 is not supported in this Region."), "{told}");
    }

    #[test]
    fn usage_is_required_but_for_symmetric_keys_and_must_suit_the_spec() {
        let request = |key_spec, key_usage| CreateKeyRequest { key_spec, key_usage, ..Default::default() };
        let parse = |spec, usage| Input::parse(&request(spec, usage)).map(|input| input.usage);
        assert_eq!(parse(None, None).unwrap(), KeyUsage::EncryptDecrypt);
        let text = |result: Result<_, CreateKeyError>| result.unwrap_err().to_string();
        assert!(text(parse(Some(WireSpec::Rsa2048), None)).contains("You must specify a KeyUsage value"));
        assert_eq!(
            text(parse(Some(WireSpec::Rsa2048), Some(KeyUsageType::KeyAgreement))),
            "ValidationException: KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048"
        );
    }
}
