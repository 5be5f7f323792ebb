//! Cross-origin requests, as AWS's front answers them: any origin may ask, since only a signature opens anything.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// Answer headers that a page's script may read.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,x-gatekey-decision,Date",
);
/// How long a browser may remember a preflight's answer: two days, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("172800");
const ANY: HeaderValue = HeaderValue::from_static("*");

/// Request header to answer header of a preflight: what is asked for is granted.
const ECHOED: [(HeaderName, HeaderName); 2] = [
    (header::ACCESS_CONTROL_REQUEST_HEADERS, header::ACCESS_CONTROL_ALLOW_HEADERS),
    (header::ACCESS_CONTROL_REQUEST_METHOD, header::ACCESS_CONTROL_ALLOW_METHODS),
];

/// The headers to add to an answer, or nothing for a request that no browser's page made.
pub(crate) fn headers_for(method: &Method, request: &HeaderMap) -> Option<HeaderMap> {
    if !request.contains_key(header::ORIGIN) {
        return None;
    }
    let mut answer = HeaderMap::with_capacity(5);
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    if *method == Method::OPTIONS {
        for (asked, granted) in ECHOED {
            request.get(asked).map(|value| answer.insert(granted, value.clone()));
        }
        answer.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    }
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: &[(HeaderName, &'static str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_request_without_an_origin_gets_no_headers() {
        assert_eq!(headers_for(&Method::POST, &HeaderMap::new()), None);
    }

    #[test]
    fn a_preflight_is_granted_what_it_asks_for() {
        let asked = request(&[
            (header::ORIGIN, "https://example.org"),
            (header::ACCESS_CONTROL_REQUEST_HEADERS, "x-amz-target,authorization"),
            (header::ACCESS_CONTROL_REQUEST_METHOD, "POST"),
        ]);
        let granted = headers_for(&Method::OPTIONS, &asked).unwrap();
        assert_eq!(granted[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(granted[header::ACCESS_CONTROL_ALLOW_HEADERS], "x-amz-target,authorization");
        assert_eq!(granted[header::ACCESS_CONTROL_ALLOW_METHODS], "POST");
        assert_eq!(granted[header::ACCESS_CONTROL_MAX_AGE], "172800");
    }

    #[test]
    fn an_ordinary_answer_says_nothing_of_methods() {
        let asked = request(&[
            (header::ORIGIN, "https://example.org"),
            (header::ACCESS_CONTROL_REQUEST_METHOD, "POST"),
        ]);
        let granted = headers_for(&Method::POST, &asked).unwrap();
        assert!(!granted.contains_key(header::ACCESS_CONTROL_ALLOW_METHODS));
    }
}
