//! What is said to a workload.

use gatekey_server::{Answer, Outcome};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;

/// An answer in the making.
pub(crate) struct Said {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

/// A text.
pub(crate) fn said(status: StatusCode, text: impl Into<String>) -> Said {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Said { status, headers, body: text.into() }
}

/// A JSON object.
pub(crate) fn said_json(status: StatusCode, object: &Value) -> Said {
    let text = serde_json::to_string_pretty(object).unwrap_or_default();
    said(status, text).with(header::CONTENT_TYPE, "application/json")
}

impl Said {
    /// With this header.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// As the server sends it.
    pub(crate) fn into_answer(self) -> Box<Answer> {
        let code = if self.status.is_success() { "ok" } else { "refused" };
        let outcome = Outcome { service: "workload", operation: "-", code };
        Box::new(Answer { status: self.status, headers: self.headers, body: self.body.into(), outcome })
    }
}
