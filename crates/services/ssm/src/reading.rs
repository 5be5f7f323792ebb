//! The values of parameters, read and shown.

use crate::{fault::internal, naming::Named, secure, shown};
use gatekey_gate::{Allowed, Passage};
use gatekey_model::{
    CommonError,
    ssm::{self, InternalServerError, InvalidKeyId},
};
use gatekey_parameters::{Parameter, VersionRecord, VersionTable};

/// The record of a version; nothing if it went while the request was on its way.
///
/// # Errors
/// InternalServerError: the store does not answer, or the record's seal is broken.
pub(crate) async fn record<E: From<InternalServerError>>(
    passage: &Passage<'_>,
    parameter: &Parameter,
    version: u64,
) -> Result<Option<VersionRecord>, E> {
    let Some(key) = parameter.version(version) else { return Ok(None) };
    let stored = passage.stored::<VersionTable>(&key).await.map_err(internal::<E>)?;
    Ok(stored.map(|(record, _)| record))
}

/// A version as GetParameter and its kin show it; nothing if it went meanwhile.
///
/// # Errors
/// What KMS refuses, and faults of the service.
pub(crate) async fn shown<E>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    (parameter, version): (&Parameter, u64),
    selector: Option<String>,
    decrypt: bool,
) -> Result<Option<ssm::Parameter>, E>
where
    E: From<CommonError> + From<InvalidKeyId> + From<InternalServerError>,
{
    let Some(record) = record::<E>(passage, parameter, version).await? else { return Ok(None) };
    let value = secure::reveal::<E>(passage, allowed, &parameter.arn, record.value, decrypt).await?;
    Ok(Some(ssm::Parameter {
        name: Some(parameter.key.name.to_string()),
        r#type: Some(shown::kind(record.details.kind)),
        value: Some(value),
        version: Some(shown::number(version)),
        selector,
        source_result: None,
        last_modified_date: Some(shown::epoch(record.details.modified)),
        arn: Some(parameter.arn.to_string()),
        data_type: Some(record.details.data_type),
    }))
}

/// What GetParameters and DeleteParameters take: each name once, in the order of the request.
///
/// # Errors
/// ValidationException: a name that is none.
pub(crate) fn each_once(
    passage: &Passage<'_>,
    names: &[String],
) -> Result<Vec<(String, Named)>, CommonError> {
    let mut read: Vec<(String, Named)> = Vec::with_capacity(names.len());
    for name in names {
        if !read.iter().any(|(known, _)| known == name) {
            read.push((name.clone(), Named::read(passage, name)?));
        }
    }
    Ok(read)
}
