//! awsQuery: a form in, XML out, as IAM and STS speak it.

mod form;
mod percent;
mod write;
mod xml;

use crate::{Answer, WireError, validate};
use gatekey_model::{ApiError, OperationInfo, Service, Shape};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use percent::{pairs, unescaped};

/// The content type of every answer.
const XML: &str = "text/xml";

/// A form, taken apart: `Action`, `Version` and the members of the input.
#[derive(Debug)]
pub struct Form {
    fields: form::Fields,
}

impl Form {
    /// Takes an `application/x-www-form-urlencoded` text apart: a body or a query string.
    ///
    /// # Errors
    /// `SerializationException` (which query services call `MalformedInput`) for broken escapes or too many fields.
    pub fn parse(text: &[u8]) -> Result<Self, WireError> {
        Ok(Self { fields: form::Fields::parse(text)? })
    }
    /// The operation that it asks for.
    pub fn action(&self) -> Option<&str> {
        self.fields.text("Action")
    }
    /// The version of the API that it is written for.
    pub fn version(&self) -> Option<&str> {
        self.fields.text("Version")
    }
    /// Its members as the generated type of that shape.
    ///
    /// # Errors
    /// As [`crate::json::decode`]; what query services call them is in each error's `query` face.
    pub fn decode<T: DeserializeOwned>(&self, shape: &'static Shape) -> Result<T, WireError> {
        let node = self.fields.node(shape)?;
        validate::check(shape, &node)?;
        // The tree borrows from the form, which the type may not.
        T::deserialize(node).map_err(|mismatch| WireError::serialization(mismatch.to_string()))
    }
}

/// The answer with this output, wrapped as `<XResponse><XResult>`.
///
/// # Errors
/// As [`crate::json::encode`].
pub fn answer<T: Serialize>(
    info: &'static OperationInfo,
    output: &T,
    request_id: &str,
) -> Result<Answer, WireError> {
    let mut document = xml::Writer::new();
    let response = format!("{}Response", info.name);
    document.open_with(&response, info.service.xml_namespace);
    if let Some(shape) = info.output {
        let wrapper = Some(info.result_wrapper).filter(|wrapper| !wrapper.is_empty());
        wrapper.into_iter().for_each(|wrapper| document.open(wrapper));
        write::members(&mut document, shape, output)
            .map_err(|error| WireError::serialization(error.to_string()))?;
        wrapper.into_iter().for_each(|wrapper| document.close(wrapper));
    }
    write_metadata(&mut document, request_id);
    document.close(&response);
    Ok(Answer { status: 200, content_type: XML, headers: Vec::new(), body: document.finish() })
}

/// The answer with this error: `<ErrorResponse>`, with the code and status that query services use.
pub fn error_answer(service: &'static Service, error: &dyn ApiError, request_id: &str) -> Answer {
    let info = error.info();
    let mut document = xml::Writer::new();
    document.open_with("ErrorResponse", service.xml_namespace);
    document.open("Error");
    document.element("Type", if info.fault { "Receiver" } else { "Sender" });
    document.element("Code", info.query.code);
    if let Some(text) = error.message().filter(|text| !text.is_empty()) {
        document.element("Message", text);
    }
    for (name, value) in error.details() {
        document.element(name, &value);
    }
    document.close("Error");
    document.element("RequestId", request_id);
    document.close("ErrorResponse");
    Answer { status: info.query.status, content_type: XML, headers: Vec::new(), body: document.finish() }
}

fn write_metadata(document: &mut xml::Writer, request_id: &str) {
    document.open("ResponseMetadata");
    document.element("RequestId", request_id);
    document.close("ResponseMetadata");
}

/// The operation of a form among a service's, and the error where there is none.
///
/// # Errors
/// `UnknownOperationException`, which query services call `InvalidAction`, with AWS's text.
pub fn operation<T>(form: &Form, by_name: impl FnOnce(&str) -> Option<T>) -> Result<T, WireError> {
    let action = form.action().unwrap_or_default();
    by_name(action).ok_or_else(|| {
        let version = form.version().unwrap_or("NO_VERSION_SPECIFIED");
        let action = validate::shortened(action);
        let text = format!("Could not find operation {action} for version {}", validate::shortened(version));
        WireError::UnknownOperation(Some(text))
    })
}
