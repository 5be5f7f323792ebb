//! CreateGrant: lets a principal do some operations with a key, under constraints.
//!
//! AWS: whose right to do this comes from policies may grant any operation to anyone; whose right comes from a grant can give
//! no more than that has. The same name and the same parameters give the same grant again, with another token.

use crate::{
    ciphertext::{self, dry_run},
    fault::{denied, internal, invalid, not_in_use, uncommitted},
    grant,
};
use gatekey_gate::{About, Answered, Operation, Passage};
use gatekey_keyring::{GrantRecord, Key};
use gatekey_model::kms::{
    CreateGrantError, CreateGrantRequest, CreateGrantResponse, GrantConstraints, GrantOperation,
    LimitExceededException, calls,
};
use gatekey_policy::{Constraints, Context, Grant, GrantTerms, KeyName, KmsAction, Operations, Party};
use gatekey_types::GrantId;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    grantee_principal: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grantee_service_principal: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retiring_principal: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retiring_service_principal: &'a Option<String>,
    operations: &'a [GrantOperation],
    #[serde(skip_serializing_if = "Option::is_none")]
    constraints: Option<ConstraintParameters<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: &'a Option<String>,
}

/// The constraints with CloudTrail's names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConstraintParameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context_subset: &'a Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context_equals: &'a Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_arn: &'a Option<String>,
}

/// The handler.
#[derive(Debug)]
pub struct CreateGrant;

impl Operation for CreateGrant {
    type Call = calls::CreateGrant;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateGrantRequest,
    ) -> Result<Answered<CreateGrantResponse>, CreateGrantError> {
        note(passage, input);
        let terms = terms(input)?;
        parties_go_together(input)?;
        grant::present::<CreateGrantError>(passage, &input.grant_tokens)?;
        let found = grant::find::<CreateGrantError>(passage, &input.key_id, KmsAction::CreateGrant)?;
        let about = About::New(&terms);
        let allowed = passage
            .authorize_about(KmsAction::CreateGrant, &found, about, conditions(input, &terms))
            .map_err(denied::<CreateGrantError>)?;
        let key = &found.key;
        key.in_use_state(passage.now()).map_err(not_in_use::<CreateGrantError>)?;
        grant::suits(key, &terms).map_err(invalid::<CreateGrantError>)?;
        let record = record(passage, input, terms)?;
        let repeated = key.grants.repeated(&record);
        if repeated.is_none() {
            room(passage, key)?;
        }
        dry_run::<CreateGrantError>(input.dry_run)?;
        let id = repeated.map_or(record.grant.id, |held| held.id());
        passage
            .draft()
            .set_response(&grant::Told { grant_id: Some(id.to_string()), key_id: key.name.as_str() });
        if let Some(held) = repeated {
            let token = passage.token_of(&key.arn, held).map_err(internal::<CreateGrantError>)?;
            let answer = CreateGrantResponse { grant_token: Some(token), grant_id: Some(id.to_string()) };
            return Ok(passage.answer(&allowed, answer));
        }
        let edits = key.with_grant(&record, passage.quotas().grants_per_key);
        let gate = passage.gate();
        let answer = |commit| CreateGrantResponse {
            grant_token: gate.grant_token(&key.arn, &record.grant, commit).ok(),
            grant_id: Some(id.to_string()),
        };
        passage.commit_with(&allowed, edits, answer).await.map_err(uncommitted::<CreateGrantError>)
    }
}

fn note(passage: &mut Passage<'_>, input: &CreateGrantRequest) {
    passage.draft().set_parameters(&Parameters {
        key_id: &input.key_id,
        grantee_principal: &input.grantee_principal,
        grantee_service_principal: &input.grantee_service_principal,
        retiring_principal: &input.retiring_principal,
        retiring_service_principal: &input.retiring_service_principal,
        operations: &input.operations,
        constraints: input.constraints.as_ref().map(|constraints| ConstraintParameters {
            encryption_context_subset: &constraints.encryption_context_subset,
            encryption_context_equals: &constraints.encryption_context_equals,
            source_arn: &constraints.source_arn,
        }),
        name: &input.name,
    });
}

/// Most pairs in one constraint.
const MOST_PAIRS: usize = 8;
/// Longest value of a pair, in characters.
const LONGEST_VALUE: usize = 384;

fn terms(input: &CreateGrantRequest) -> Result<GrantTerms, CreateGrantError> {
    let operations: Operations =
        input.operations.iter().filter_map(|operation| KmsAction::named(operation.as_str())).collect();
    if input.operations.is_empty() {
        return Err(invalid("You must specify at least one grant operation."));
    }
    if operations == [KmsAction::CreateGrant].into_iter().collect() {
        return Err(invalid("Grants must not contain only the CreateGrant operation."));
    }
    let constraints = input.constraints.clone().unwrap_or_default();
    lawful(&constraints.encryption_context_equals, "EncryptionContextEquals")?;
    lawful(&constraints.encryption_context_subset, "EncryptionContextSubset")?;
    let GrantConstraints { encryption_context_subset, encryption_context_equals, source_arn } = constraints;
    let constraints = Constraints { encryption_context_equals, encryption_context_subset, source_arn };
    Ok(GrantTerms { operations, constraints })
}

/// What no request could meet is refused with the rest.
fn lawful(pairs: &ciphertext::Pairs, name: &str) -> Result<(), CreateGrantError> {
    ciphertext::context::<CreateGrantError>(pairs)?;
    let pairs = pairs.iter().flatten();
    if pairs.clone().count() > MOST_PAIRS {
        return Err(invalid(format!("{name} can have at most {MOST_PAIRS} encryption context pairs.")));
    }
    if pairs.map(|(_, value)| value.chars().count()).any(|length| length > LONGEST_VALUE) {
        let text =
            format!("Encryption context values in {name} can have at most {LONGEST_VALUE} characters.");
        return Err(invalid(text));
    }
    Ok(())
}

/// Which members must and which must not come together.
fn parties_go_together(input: &CreateGrantRequest) -> Result<(), CreateGrantError> {
    let names = ["GranteePrincipal", "GranteeServicePrincipal"];
    grant::exactly_one::<CreateGrantError>(
        &input.grantee_principal,
        &input.grantee_service_principal,
        names,
    )?;
    let (retiring, service) = (&input.retiring_principal, &input.retiring_service_principal);
    if retiring.is_some() && service.is_some() {
        return Err(invalid(
            "You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.",
        ));
    }
    if input.grantee_service_principal.is_none() {
        return Ok(());
    }
    if input.constraints.as_ref().is_none_or(|constraints| constraints.source_arn.is_none()) {
        return Err(invalid(
            "When you specify a GranteeServicePrincipal, you must also specify a SourceArn grant constraint.",
        ));
    }
    if retiring.is_none() && service.is_none() {
        return Err(invalid(
            "When you specify a GranteeServicePrincipal, you must also specify a RetiringPrincipal or a \
             RetiringServicePrincipal.",
        ));
    }
    Ok(())
}

fn conditions<'a>(input: &'a CreateGrantRequest, terms: &'a GrantTerms) -> Context<'a> {
    let mut context = grant::not_for_a_resource();
    for (key, text) in [
        (KeyName::KmsGranteePrincipal, &input.grantee_principal),
        (KeyName::KmsGranteeServicePrincipal, &input.grantee_service_principal),
        (KeyName::KmsRetiringPrincipal, &input.retiring_principal),
        (KeyName::KmsRetiringServicePrincipal, &input.retiring_service_principal),
    ] {
        if let Some(text) = text {
            context.set(key, text.as_str());
        }
    }
    let operations = terms.operations.iter().map(|action| -> &'a str { action.name() });
    context.set_many(KeyName::KmsGrantOperations, operations);
    grant::set_constraint_keys(&mut context, &terms.constraints);
    context
}

/// The grant, its principals found and pinned.
fn record(
    passage: &Passage<'_>,
    input: &CreateGrantRequest,
    terms: GrantTerms,
) -> Result<GrantRecord, CreateGrantError> {
    let party = |arn: &Option<String>, service: &Option<String>| match (arn, service) {
        (Some(arn), _) => grant::party::<CreateGrantError>(passage, arn).map(Some),
        (None, Some(service)) => match service.parse() {
            Ok(service) => Ok(Some(Party::Service(service))),
            Err(_) => Err(grant::invalid_arn(service)),
        },
        (None, None) => Ok(None),
    };
    let grantee = party(&input.grantee_principal, &input.grantee_service_principal)?
        .ok_or_else(|| grant::invalid_arn::<CreateGrantError>(""))?;
    let retiring = party(&input.retiring_principal, &input.retiring_service_principal)?;
    let id = GrantId::from_bytes(passage.entropy().bytes());
    let grant = Grant { id, grantee, retiring, issuing_account: passage.account(), terms };
    Ok(GrantRecord { name: input.name.clone(), created: passage.now(), grant: Arc::new(grant) })
}

/// The quota of grants on one key.
fn room(passage: &Passage<'_>, key: &Key) -> Result<(), CreateGrantError> {
    let (most, count) = (passage.quotas().grants_per_key, key.grants.len());
    if count < most {
        return Ok(());
    }
    let text = format!("Grants per key quota is {most}, current usage is {count}.");
    Err(LimitExceededException::new(text).into())
}
