//! A new version: what of a request is kept, and what is checked of it.

use crate::{
    data_type,
    fault::{internal, invalid},
    naming::Named,
    policies, secure, shown,
    tier::{self, Wish},
};
use gatekey_gate::{Allowed, Passage};
use gatekey_model::{
    CommonError, Sensitive,
    ssm::{
        HierarchyTypeMismatchException, ParameterMaxVersionLimitExceeded, PutParameterError,
        PutParameterRequest,
    },
};
use gatekey_parameters::{Details, Kind, MOST_TAGS, Parameter, Pruned, Tags, Value, VersionTable};
use gatekey_store::{Revision, table::Edit};

/// A version that was checked, its value still in the clear.
pub(crate) struct New<'i> {
    /// What is said of it.
    pub(crate) details: Details,
    value: &'i Sensitive<String>,
}

/// What can be told of a request whatever exists.
///
/// # Errors
/// ValidationException
pub(crate) fn sound(input: &PutParameterRequest) -> Result<(), CommonError> {
    let value = input.value.expose();
    if value.is_empty() {
        return Err(invalid(
            "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length \
             greater than or equal to 1.",
        ));
    }
    if input.tags.as_ref().is_some_and(|tags| !tags.is_empty()) && input.overwrite == Some(true) {
        return Err(invalid(
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove \
             overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or \
             RemoveTagsFromResource.",
        ));
    }
    if value.contains("{{") && value.contains("}}") {
        return Err(invalid(
            "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.",
        ));
    }
    input.data_type.as_deref().map_or(Ok(()), data_type::known)
}

/// No more tags than a parameter has.
///
/// # Errors
/// ValidationException: the operation's model has no other.
pub(crate) fn few(tags: &Tags) -> Result<(), CommonError> {
    if tags.len() > MOST_TAGS {
        return Err(invalid("Number of tags exceeds the limit of 50 for one parameter."));
    }
    Ok(())
}

impl<'i> New<'i> {
    /// Reads a request that overwrites `before`, or makes a parameter.
    ///
    /// # Errors
    /// Whatever of it AWS does not take.
    pub(crate) fn read(
        passage: &Passage<'_>,
        input: &'i PutParameterRequest,
        before: Option<&Parameter>,
    ) -> Result<Self, PutParameterError> {
        let before = before.map(|parameter| &parameter.record.details);
        let kind = kind(input, before)?;
        let now = passage.now();
        let policies = match &input.policies {
            Some(text) => policies::read::<PutParameterError>(text, now)?,
            None => before.map(|before| before.policies.clone()).unwrap_or_default(),
        };
        let data_type = input.data_type.as_deref().or(before.map(|before| before.data_type.as_str()));
        let data_type = data_type.unwrap_or(data_type::TEXT);
        let value = input.value.expose();
        let wish = Wish {
            asked: input.tier,
            present: before.map(|before| before.tier),
            length: value.len(),
            has_policies: !policies.is_empty(),
            data_type,
        };
        let tier = wish.settled(tier::is_full(passage, gatekey_parameters::Tier::Standard))?;
        data_type::check(data_type, value)?;
        if let Some(pattern) = &input.allowed_pattern {
            data_type::match_pattern::<PutParameterError>(pattern, value)?;
        }
        let details = Details {
            kind,
            tier,
            key_id: key_id(input, kind, before)?,
            description: inferred_kept_description(input, before),
            pattern: input.allowed_pattern.clone(),
            policies,
            data_type: data_type.to_owned(),
            modified: now,
            author: passage.caller().principal.display_name().to_owned(),
        };
        Ok(Self { details, value: &input.value })
    }

    /// Encrypts what must be, and gives what is to be written.
    ///
    /// # Errors
    /// What KMS refuses, and that there is no room for another version.
    pub(crate) async fn edits(
        self,
        passage: &mut Passage<'_>,
        allowed: &Allowed,
        named: &Named,
        before: Option<&Parameter>,
        tags: Tags,
    ) -> Result<Vec<Edit>, PutParameterError> {
        let pruned = match before {
            Some(before) => pruned(passage, before).await?,
            None => None,
        };
        let details = self.details;
        let value = match &details.key_id {
            None => Value::Plain(self.value.expose().clone()),
            Some(key_id) => {
                let under = (&named.arn, key_id.as_str(), details.tier);
                secure::encrypt::<PutParameterError>(passage, allowed, under, self.value).await?
            }
        };
        if let Some(before) = before {
            return Ok(before.overwritten(details, value, pruned));
        }
        let id = fresh_id(passage);
        // One whose time is over may have a record still.
        Ok(match passage.snapshot().parameters.stored(&named.key) {
            Some(over) => over.replaced(id, details, value, tags).into(),
            None => named.key.created(id, details, value, tags).into(),
        })
    }
}

fn fresh_id(passage: &Passage<'_>) -> String {
    let id: [u8; 16] = passage.entropy().bytes();
    hex::encode(id)
}

/// The type of the request, or that of the parameter, which never changes.
fn kind(input: &PutParameterRequest, before: Option<&Details>) -> Result<Kind, PutParameterError> {
    match (input.r#type.map(shown::kind_of), before.map(|before| before.kind)) {
        (Some(asked), Some(present)) if asked != present => {
            let text = "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't \
                        change a parameter from a String type to a SecureString type. You must create a new, unique \
                        parameter.";
            Err(HierarchyTypeMismatchException::new(text).into())
        }
        (Some(kind), _) | (None, Some(kind)) => Ok(kind),
        (None, None) => Err(invalid("A parameter type is required when you create a parameter.").into()),
    }
}

/// The key that encrypts; nothing for what is not encrypted.
fn key_id(
    input: &PutParameterRequest,
    kind: Kind,
    before: Option<&Details>,
) -> Result<Option<String>, CommonError> {
    match (kind, &input.key_id) {
        (Kind::SecureString, Some(key_id)) => Ok(Some(key_id.clone())),
        (Kind::SecureString, None) => Ok(Some(inferred_kept_key(before))),
        (_, None) => Ok(None),
        (_, Some(_)) => Err(invalid("KeyId is required for SecureString type parameter only.")),
    }
}

/// Whether a version whose request names no key is encrypted with that of the version before it is not documented; Terraform
/// relies on it, which names a key only when it changes. The first version has the default key.
fn inferred_kept_key(before: Option<&Details>) -> String {
    let kept = before.and_then(|before| before.key_id.clone());
    kept.unwrap_or_else(|| secure::DEFAULT_KEY.to_owned())
}

/// Whether a version without a description has that of the version before it is not documented: it does. A pattern is the
/// request's own.
fn inferred_kept_description(input: &PutParameterRequest, before: Option<&Details>) -> Option<String> {
    let kept = before.and_then(|before| before.description.clone());
    input.description.clone().or(kept).filter(|text| !text.is_empty())
}

/// What must go so that there is room for another version.
async fn pruned(
    passage: &Passage<'_>,
    before: &Parameter,
) -> Result<Option<(Pruned, Revision)>, PutParameterError> {
    let pruned = before.pruned().map_err(|full| {
        ParameterMaxVersionLimitExceeded::new(format!(
            "You attempted to create a new version of {} by calling the PutParameter API with the overwrite flag. Version \
             {}, the oldest version, can't be deleted because it has a label associated with it. Move the label to \
             another version of the parameter, and try again.",
            before.key.name, full.oldest
        ))
    })?;
    let Some(pruned) = pruned else { return Ok(None) };
    let stored = passage.stored::<VersionTable>(&pruned.0).await.map_err(internal::<PutParameterError>)?;
    // Without a record it went meanwhile, by a change that this one will meet.
    Ok(stored.map(|(_, revision)| (pruned, revision)))
}
