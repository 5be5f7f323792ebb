//! From what went wrong to the exception that the operation's model lists for it.

use gatekey_gate::Unfulfilled;
use gatekey_model::{
    ApiError, CommonError, common,
    ssm::{InternalServerError, InvalidKeyId, ParameterVersionNotFound},
};

/// ValidationException with this text.
pub(crate) fn invalid(text: impl Into<String>) -> CommonError {
    common::ValidationException::new(text).into()
}

/// The service failed; the operator reads why, the client does not.
pub(crate) fn internal<E: From<InternalServerError>>(why: impl core::fmt::Display) -> E {
    tracing::error!(%why, "an operation failed");
    InternalServerError::new("An error occurred on the server side.").into()
}

/// What KMS refused, in the words in which the AWS SDK inside Systems Manager tells it.
pub(crate) fn refused_by_kms<E, K>(unfulfilled: Unfulfilled<K>) -> E
where
    K: ApiError,
    E: From<CommonError> + From<InvalidKeyId> + From<InternalServerError>,
{
    let Unfulfilled::Refused { error, id } = unfulfilled else {
        return internal("KMS gave no answer");
    };
    let (told, status, code) = (error.message().unwrap_or("null"), error.status(), error.code());
    let text =
        format!("{told} (Service: AWSKMS; Status Code: {status}; Error Code: {code}; Request ID: {id})");
    match code {
        "AccessDeniedException" => CommonError::from(common::AccessDeniedException::new(text)).into(),
        "ThrottlingException" => CommonError::from(common::ThrottlingException::new(text)).into(),
        _ if error.info().fault => internal(text),
        _ => InvalidKeyId::new(text).into(),
    }
}

/// There is no such version of the parameter.
pub(crate) fn no_version(version: i64, name: &str) -> ParameterVersionNotFound {
    let text = format!(
        "Systems Manager could not find version {version} of {name}. Verify the version and try again."
    );
    ParameterVersionNotFound::new(text)
}

/// No version of the parameter has this label.
pub(crate) fn no_label(label: &str, name: &str) -> ParameterVersionNotFound {
    let text = format!(
        "Systems Manager could not find label {label} for parameter {name}. Verify the label and try again."
    );
    ParameterVersionNotFound::new(text)
}
