//! A signed request, put to an endpoint without sockets.

use bytes::Bytes;
use gatekey_endpoint::Endpoint;
use gatekey_server::{Answer, Application, Connection, RawRequest};
use gatekey_testkit::SeededEntropy;
use gatekey_types::{Entropy, RequestId};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use std::sync::Arc;

/// Posts a body with the headers that a signer made for it.
pub(crate) async fn ask(
    endpoint: &Arc<Endpoint>,
    entropy: &SeededEntropy,
    path: &str,
    signed: Vec<(String, String)>,
    body: Bytes,
) -> Answer {
    let mut headers = HeaderMap::new();
    for (name, value) in signed {
        headers.insert(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
    }
    let mut id = [0; 16];
    entropy.fill(&mut id);
    let (peer, local) = ("127.0.0.1:9".parse().unwrap(), "127.0.0.1:1".parse().unwrap());
    let call = Arc::clone(endpoint).call(RawRequest {
        id: RequestId::from_random(id),
        method: Method::POST,
        uri: path.parse().unwrap(),
        version: Version::HTTP_11,
        headers,
        body,
        connection: Arc::new(Connection::new(peer, local, None)),
    });
    *call.answer.await.answer().await
}
