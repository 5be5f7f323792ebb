//! awsJson1.1 (and 1.0): a JSON object in, a JSON object out, the operation in `X-Amz-Target`.

mod direct;
mod read;
mod write;

use crate::error::{ERROR_TYPE, error_object};
use crate::node::Node;
use crate::{Answer, WireError, validate};
use gatekey_model::{ApiError, Member, OperationInfo, Service, Shape};
use serde::Serialize;
use serde::de::Deserialize;

/// How a member is called in a JSON body.
pub(crate) type Naming = fn(&'static Member) -> &'static str;

/// A request's body as the generated type of that shape.
///
/// Unknown members are skipped and null is absent, as AWS has it; of a member that occurs twice the last one counts.
///
/// # Errors
/// `SerializationException` for what is not a JSON object or has values of wrong types, with AWS's texts;
/// `ValidationException` naming every constraint of the model that does not hold.
pub fn decode<'a, T: Deserialize<'a>>(body: &'a [u8], shape: &'static Shape) -> Result<T, WireError> {
    if let Some(input) = direct::object(body, shape) {
        return Ok(input);
    }
    decode_with_care(body, shape)
}

/// The same, slower, by way of a tree, which knows what to say of a body that is wrong: what [`decode`] is held against.
///
/// # Errors
/// As [`decode`].
#[doc(hidden)]
pub fn decode_with_care<'a, T: Deserialize<'a>>(
    body: &'a [u8],
    shape: &'static Shape,
) -> Result<T, WireError> {
    let node = read::object(body, shape, |member| member.name)?;
    validate::check(shape, &node)?;
    typed(node)
}

/// The tree of a JSON body.
pub(crate) fn read<'a>(body: &'a [u8], shape: &'static Shape, naming: Naming) -> Result<Node<'a>, WireError> {
    read::object(body, shape, naming)
}

/// A validated tree as its generated type.
pub(crate) fn typed<'a, T: Deserialize<'a>>(node: Node<'a>) -> Result<T, WireError> {
    T::deserialize(node).map_err(|mismatch| WireError::serialization(mismatch.to_string()))
}

/// An output as the body of an answer.
///
/// # Errors
/// Only where an output holds a float that JSON cannot write; no modelled one does.
pub fn encode<T: Serialize>(output: &T) -> Result<Vec<u8>, WireError> {
    let mut out = Vec::with_capacity(512);
    write::append(output, &mut out).map_err(|error| WireError::serialization(error.to_string()))?;
    Ok(out)
}

/// The answer with this output; where the operation has none, its body is empty.
///
/// # Errors
/// As [`encode`].
pub fn answer<T: Serialize>(info: &'static OperationInfo, output: &T) -> Result<Answer, WireError> {
    let body = if info.output.is_some() { encode(output)? } else { Vec::new() };
    Ok(Answer { status: 200, content_type: content_type(info.service), headers: Vec::new(), body })
}

/// The answer with this error: `__type`, the text unless it is empty, and the code once more in a header.
pub fn error_answer(service: &'static Service, error: &dyn ApiError) -> Answer {
    let object = serde_json::Value::Object(error_object(error));
    Answer {
        status: error.status(),
        content_type: content_type(service),
        headers: vec![(ERROR_TYPE.to_owned(), error.code().to_owned())],
        body: object.to_string().into_bytes(),
    }
}

/// The content type in which a service answers.
pub fn content_type(service: &'static Service) -> &'static str {
    if service.json_version == "1.0" { "application/x-amz-json-1.0" } else { "application/x-amz-json-1.1" }
}
