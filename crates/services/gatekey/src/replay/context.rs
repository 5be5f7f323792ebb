//! The condition keys of a recorded call: those that its event tells, and which it does not.
//!
//! Whatever an operation can carry is known from its parameters or is unknown: nothing is taken for absent because an event is
//! silent about it.

use super::recorded::Recorded;
use gatekey_audit::moment;
use gatekey_keyring::DEFAULT_ROTATION_DAYS;
use gatekey_policy::{ConditionKey, Constraints, Context, GrantTerms, KeyName, KmsAction, UnknownKeys};
use gatekey_types::{AliasArn, AliasName, Region};
use serde_json::Value;

/// What one check of a call is about.
pub(super) struct Check<'e> {
    pub(super) event: &'e Recorded<'e>,
    pub(super) action: KmsAction,
    pub(super) same_key: Option<bool>,
    /// The grant that a CreateGrant is for.
    pub(super) terms: Option<&'e GrantTerms>,
}

impl<'e> Check<'e> {
    /// The keys that follow from how the call came and what it asked.
    pub(super) fn context(&self, region: &Region) -> Context<'e> {
        let mut context = Context::new();
        self.set_way(region, &mut context);
        for name in self.action.facts().keys_in_request() {
            match self.event.parameters() {
                Some(parameters) => self.set(name, parameters, &mut context),
                None if is_of_the_key(name) => {}
                None => leave_open(name, &mut context),
            }
        }
        context
    }

    /// As the gate sets them for a request.
    fn set_way(&self, region: &Region, context: &mut Context<'e>) {
        context.set(KeyName::AwsRequestedRegion, region.to_string());
        let event = self.event;
        if let Some(service) = event.user_identity.invoked_by.as_deref() {
            let label = service.strip_suffix(".amazonaws.com").unwrap_or(service);
            context.set(KeyName::AwsSecureTransport, true).set_via_service(label, region.as_str());
            return;
        }
        context.set(KeyName::AwsSecureTransport, event.is_secure());
        match &event.source {
            Some(source) => drop(context.set(KeyName::AwsSourceIp, source.as_str())),
            None => leave_open(KeyName::AwsSourceIp, context),
        }
        if let Some(agent) = &event.user_agent {
            context.set(KeyName::AwsUserAgent, agent.as_str());
        }
    }

    fn set(&self, name: KeyName, parameters: &'e Value, context: &mut Context<'e>) {
        match name {
            KeyName::KmsEncryptionContext | KeyName::KmsEncryptionContextKeys => {
                self.set_encryption_context(parameters, context);
            }
            KeyName::KmsEncryptionAlgorithm => match self.algorithm() {
                Some(member) => set_text(name, parameters, member, context),
                None => drop(context.set(name, "SYMMETRIC_DEFAULT")),
            },
            KeyName::KmsRequestAlias => self.set_alias(parameters, context),
            KeyName::KmsRecipientAttestation if self.event.has_recipient() == Some(false) => {}
            KeyName::KmsReEncryptOnSameKey => match self.same_key {
                Some(same) => drop(context.set(name, same)),
                None => leave_open(name, context),
            },
            // The parameters say false for false and for nothing.
            KeyName::KmsBypassPolicyLockoutSafetyCheck => {
                match parameters.get("bypassPolicyLockoutSafetyCheck").and_then(Value::as_bool) {
                    Some(true) => drop(context.set(name, true)),
                    _ => leave_open(name, context),
                }
            }
            KeyName::KmsRotationPeriodInDays => {
                let days = parameters.get("rotationPeriodInDays").and_then(Value::as_i64);
                context.set(name, days.unwrap_or(i64::from(DEFAULT_ROTATION_DAYS)));
            }
            KeyName::KmsScheduleKeyDeletionPendingWindowInDays => {
                match parameters.get("pendingWindowInDays").and_then(Value::as_i64) {
                    Some(days) => drop(context.set(name, days)),
                    None => leave_open(name, context),
                }
            }
            KeyName::KmsGrantIsForAwsResource => drop(context.set(name, false)),
            KeyName::AwsRequestTag | KeyName::AwsTagKeys => set_tags(self.action, name, parameters, context),
            name if is_of_the_key(name) => {}
            name => self.set_member(name, parameters, context),
        }
    }

    /// Keys whose value is a member of the parameters.
    fn set_member(&self, name: KeyName, parameters: &'e Value, context: &mut Context<'e>) {
        if let Some(member) = always_recorded(name) {
            return set_text(name, parameters, member, context);
        }
        let text = |member: &str| parameters.get(member).and_then(Value::as_str);
        match name {
            KeyName::KmsExpirationModel => set_if_there(name, text("expirationModel"), context),
            KeyName::KmsValidTo => {
                if let Some(until) = text("validTo") {
                    match moment(until) {
                        Some(until) => drop(context.set(name, until)),
                        None => leave_open(name, context),
                    }
                }
            }
            KeyName::KmsGranteePrincipal => set_if_there(name, text("granteePrincipal"), context),
            KeyName::KmsGranteeServicePrincipal => {
                set_if_there(name, text("granteeServicePrincipal"), context);
            }
            KeyName::KmsRetiringPrincipal => set_if_there(name, text("retiringPrincipal"), context),
            KeyName::KmsRetiringServicePrincipal => {
                set_if_there(name, text("retiringServicePrincipal"), context);
            }
            name => self.set_of_grant(name, context),
        }
    }

    /// Keys of a grant that is to be made.
    fn set_of_grant(&self, name: KeyName, context: &mut Context<'e>) {
        let Some(terms) = self.terms else { return leave_open(name, context) };
        let Constraints { encryption_context_equals, encryption_context_subset, source_arn } =
            &terms.constraints;
        match name {
            KeyName::KmsGrantOperations => {
                context.set_many(name, terms.operations.iter().map(|action| -> &'e str { action.name() }));
            }
            KeyName::KmsGrantConstraintSourceArn => set_if_there(name, source_arn.as_deref(), context),
            KeyName::KmsGrantConstraintType => {
                let equals = encryption_context_equals.as_ref().map(|_| "EncryptionContextEquals");
                let subset = encryption_context_subset.as_ref().map(|_| "EncryptionContextSubset");
                set_if_there(name, equals.or(subset), context);
            }
            name => leave_open(name, context),
        }
    }

    fn set_encryption_context(&self, parameters: &'e Value, context: &mut Context<'e>) {
        if context.entries().any(|(key, _)| key.name() == KeyName::KmsEncryptionContextKeys) {
            return;
        }
        let member = match self.action {
            KmsAction::ReEncryptFrom => "sourceEncryptionContext",
            KmsAction::ReEncryptTo => "destinationEncryptionContext",
            KmsAction::CreateGrant => return self.set_constrained_context(context),
            _ => "encryptionContext",
        };
        let Some(pairs) = parameters.get(member).filter(|pairs| !pairs.is_null()) else { return };
        let Some(pairs) = pairs.as_object() else {
            leave_open(KeyName::KmsEncryptionContext, context);
            return leave_open(KeyName::KmsEncryptionContextKeys, context);
        };
        let pairs = pairs.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        context.set_encryption_context(pairs);
    }

    /// The pairs of both constraints, each once.
    fn set_constrained_context(&self, context: &mut Context<'e>) {
        let Some(terms) = self.terms else {
            leave_open(KeyName::KmsEncryptionContext, context);
            return leave_open(KeyName::KmsEncryptionContextKeys, context);
        };
        let Constraints { encryption_context_equals: equals, encryption_context_subset: subset, .. } =
            &terms.constraints;
        if equals.is_none() && subset.is_none() {
            return;
        }
        let has = |name: &String, value: &String| {
            equals.as_ref().is_some_and(|pairs| pairs.get(name) == Some(value))
        };
        let rest = subset.iter().flatten().filter(|(name, value)| !has(name, value));
        let pairs = equals.iter().flatten().chain(rest);
        context.set_encryption_context(pairs.map(|(name, value)| (name.as_str(), value.as_str())));
    }

    /// The member that names the algorithm; data keys are always encrypted by the same.
    fn algorithm(&self) -> Option<&'static str> {
        match self.action {
            KmsAction::Encrypt | KmsAction::Decrypt => Some("encryptionAlgorithm"),
            KmsAction::ReEncryptFrom => Some("sourceEncryptionAlgorithm"),
            KmsAction::ReEncryptTo => Some("destinationEncryptionAlgorithm"),
            _ => None,
        }
    }

    /// The alias by which the call named the key, if it did.
    fn set_alias(&self, parameters: &'e Value, context: &mut Context<'e>) {
        let member = match self.action {
            KmsAction::ReEncryptFrom => "sourceKeyId",
            KmsAction::ReEncryptTo => "destinationKeyId",
            _ => "keyId",
        };
        let Some(named) = parameters.get(member).and_then(Value::as_str) else { return };
        let alias = match named.parse::<AliasArn>() {
            Ok(arn) => Some(arn.alias),
            Err(_) => named.parse::<AliasName>().ok(),
        };
        if let Some(alias) = alias {
            context.set(KeyName::KmsRequestAlias, alias.as_str().to_owned());
        }
    }
}

/// The member of the parameters that has the value of a key, of those that every event has.
fn always_recorded(name: KeyName) -> Option<&'static str> {
    Some(match name {
        KeyName::KmsDataKeyPairSpec => "keyPairSpec",
        KeyName::KmsKeyAgreementAlgorithm => "keyAgreementAlgorithm",
        KeyName::KmsMacAlgorithm => "macAlgorithm",
        KeyName::KmsMessageType => "messageType",
        KeyName::KmsPolicyName => "policyName",
        KeyName::KmsPrimaryRegion => "primaryRegion",
        KeyName::KmsReplicaRegion => "replicaRegion",
        KeyName::KmsSigningAlgorithm => "signingAlgorithm",
        KeyName::KmsWrappingAlgorithm => "wrappingAlgorithm",
        KeyName::KmsWrappingKeySpec => "wrappingKeySpec",
        _ => return None,
    })
}

/// Keys that follow from the key acted on, or from the caller.
fn is_of_the_key(name: KeyName) -> bool {
    matches!(
        name,
        KeyName::AwsResourceTag
            | KeyName::KmsKeyOrigin
            | KeyName::KmsKeySpec
            | KeyName::KmsKeyUsage
            | KeyName::KmsMultiRegion
            | KeyName::KmsMultiRegionKeyType
            | KeyName::KmsResourceAliases
            | KeyName::KmsCallerAccount
            | KeyName::KmsViaService
    )
}

fn set_text<'e>(name: KeyName, parameters: &'e Value, member: &str, context: &mut Context<'e>) {
    match parameters.get(member).and_then(Value::as_str) {
        Some(text) => drop(context.set(name, text)),
        None => leave_open(name, context),
    }
}

fn set_if_there<'e>(name: KeyName, text: Option<&'e str>, context: &mut Context<'e>) {
    if let Some(text) = text {
        context.set(name, text);
    }
}

/// The tags that a request gives, or the names of those that it takes.
fn set_tags<'e>(action: KmsAction, name: KeyName, parameters: &'e Value, context: &mut Context<'e>) {
    let member = if action == KmsAction::TagResource { "tags" } else { "tagKeys" };
    let Some(list) = parameters.get(member).and_then(Value::as_array) else {
        return leave_open(name, context);
    };
    let part = |tag: &'e Value, part: &str| tag.get(part).and_then(Value::as_str);
    let pair = |tag: &'e Value| Some((part(tag, "TagKey")?, part(tag, "TagValue")?));
    let given = action == KmsAction::TagResource;
    if name == KeyName::AwsRequestTag {
        context.set_family(name, list.iter().filter_map(pair));
    } else if given {
        context.set_many(name, list.iter().filter_map(pair).map(|(key, _)| key));
    } else {
        context.set_many(name, list.iter().filter_map(Value::as_str));
    }
}

fn leave_open(name: KeyName, context: &mut Context<'_>) {
    context.set_unknown(match name.facts() {
        Some(facts) if facts.family => UnknownKeys::Family(name),
        _ => UnknownKeys::Key(ConditionKey::from(name)),
    });
}

/// The grant that a CreateGrant is for. `None` if its parameters do not tell.
pub(super) fn terms(event: &Recorded<'_>) -> Option<GrantTerms> {
    let parameters = event.parameters()?;
    let operations = parameters.get("operations")?.as_array()?;
    let operations = operations.iter().map(|name| KmsAction::named(name.as_str()?));
    let pairs = |member: &str| {
        let pairs = parameters.get("constraints")?.get(member)?;
        serde_json::from_value(pairs.clone()).ok()
    };
    let source = parameters.get("constraints").and_then(|all| all.get("sourceArn")).and_then(Value::as_str);
    Some(GrantTerms {
        operations: operations.collect::<Option<_>>()?,
        constraints: Constraints {
            encryption_context_equals: pairs("encryptionContextEquals"),
            encryption_context_subset: pairs("encryptionContextSubset"),
            source_arn: source.map(str::to_owned),
        },
    })
}
