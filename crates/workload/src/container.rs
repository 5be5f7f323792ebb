//! The container credentials endpoint, as SDKs ask it by `AWS_CONTAINER_CREDENTIALS_FULL_URI`.

use crate::{
    answers::{Said, said_json},
    session::Sessions,
};
use gatekey_gate::{NoSession, RoleSession};
use gatekey_server::RawRequest;
use http::{Method, StatusCode, header};
use serde_json::json;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Where the credentials are.
const PATH: &str = "/v1/credentials";

/// A container's endpoint.
pub(crate) struct Container {
    /// What the workload must send, unless its socket alone tells who it is.
    token: Option<Zeroizing<String>>,
}

impl Container {
    pub(crate) fn new(token: Option<Zeroizing<String>>) -> Self {
        Self { token }
    }

    pub(crate) async fn answer(&self, sessions: &Sessions, request: &RawRequest) -> Said {
        if !self.admits(request) {
            tracing::warn!(peer = %request.connection.peer, "a workload's authorization token was not right");
            return refused(StatusCode::UNAUTHORIZED, "InvalidAuthorizationToken", "The token is not valid.");
        }
        if request.uri.path() != PATH {
            return refused(StatusCode::NOT_FOUND, "NotFound", "Credentials are at /v1/credentials.");
        }
        if request.method != Method::GET {
            return refused(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "Only GET is allowed.");
        }
        match sessions.now(request.id).await {
            Ok(session) => credentials(sessions, &session),
            Err(NoSession::Denied(text)) => refused(StatusCode::FORBIDDEN, "AccessDenied", &text),
            Err(fault @ NoSession::Unavailable) => {
                refused(StatusCode::SERVICE_UNAVAILABLE, "InternalServerException", &fault.to_string())
            }
        }
    }

    fn admits(&self, request: &RawRequest) -> bool {
        let Some(token) = &self.token else { return true };
        let sent = request.headers.get(header::AUTHORIZATION).map(http::HeaderValue::as_bytes);
        sent.is_some_and(|sent| token.as_bytes().ct_eq(sent).into())
    }
}

fn credentials(sessions: &Sessions, session: &RoleSession) -> Said {
    said_json(
        StatusCode::OK,
        &json!({
            "RoleArn": session.role,
            "AccessKeyId": session.access_key.as_str(),
            "SecretAccessKey": session.secret.expose(),
            "Token": session.token.expose(),
            "Expiration": session.expires.to_string(),
            "AccountId": sessions.assumption.account,
        }),
    )
}

/// An error as SDKs read it.
fn refused(status: StatusCode, code: &str, message: &str) -> Said {
    said_json(status, &json!({ "code": code, "message": message }))
}
