//! EC2's instance metadata, version 2: first a token by PUT, then everything by GET with the token. Version 1, which had
//! no token, is not there.

use crate::{
    answers::{Said, said, said_json},
    session::Sessions,
};
use gatekey_gate::{Message, NoSession, RoleSession};
use gatekey_server::RawRequest;
use gatekey_types::{RequestId, Timestamp};
use http::{HeaderName, Method, StatusCode};
use serde_json::{Value, json};

/// Asks for a token that lives so many seconds; and tells it.
const TTL: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
/// Presents a token.
const TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");
/// Added by proxies; AWS refuses to give a token through one.
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Longest life of a token, in seconds.
const LONGEST_LIFE: i64 = 6 * 60 * 60;
/// Longest token that is looked at.
const LONGEST_TOKEN: usize = 1024;

/// An instance's endpoint.
pub(crate) struct Instance {
    started: Timestamp,
}

impl Instance {
    pub(crate) fn new(started: Timestamp) -> Self {
        Self { started }
    }

    pub(crate) async fn answer(&self, sessions: &Sessions, request: &RawRequest) -> Said {
        match (&request.method, request.uri.path()) {
            (&Method::PUT, "/latest/api/token") => new_token(sessions, request),
            (&Method::GET, path) if is_admitted(sessions, request) => {
                self.read(sessions, request.id, path).await
            }
            (&Method::GET, _) => said(StatusCode::UNAUTHORIZED, "Unauthorized"),
            _ => said(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
        }
    }

    async fn read(&self, sessions: &Sessions, id: RequestId, path: &str) -> Said {
        let assumption = &sessions.assumption;
        let region = assumption.region.as_str();
        let text = match path.trim_end_matches('/') {
            "/latest" => "dynamic\nmeta-data".to_owned(),
            "/latest/meta-data" => "iam/\ninstance-id\nplacement/".to_owned(),
            "/latest/meta-data/iam" => "info\nsecurity-credentials/".to_owned(),
            "/latest/meta-data/instance-id" => assumption.session.clone(),
            "/latest/meta-data/placement" => "availability-zone\nregion".to_owned(),
            "/latest/meta-data/placement/region" => region.to_owned(),
            "/latest/meta-data/placement/availability-zone" => format!("{region}a"),
            "/latest/meta-data/iam/security-credentials" => assumption.role.clone(),
            "/latest/meta-data/iam/info" => return profile(sessions),
            "/latest/dynamic" => "instance-identity/".to_owned(),
            "/latest/dynamic/instance-identity" => "document".to_owned(),
            "/latest/dynamic/instance-identity/document" => return self.identity(sessions),
            other => {
                let role = other.strip_prefix("/latest/meta-data/iam/security-credentials/");
                return match role {
                    Some(role) if role == assumption.role => credentials(sessions, id).await,
                    _ => said(StatusCode::NOT_FOUND, "Not Found"),
                };
            }
        };
        said(StatusCode::OK, text)
    }

    /// The identity document, with what there is to say of something that need not be a machine.
    fn identity(&self, sessions: &Sessions) -> Said {
        let assumption = &sessions.assumption;
        let region = assumption.region.as_str();
        let nothing = Value::Null;
        said_json(
            StatusCode::OK,
            &json!({
                "accountId": assumption.account,
                "architecture": std::env::consts::ARCH,
                "availabilityZone": format!("{region}a"),
                "billingProducts": nothing,
                "devpayProductCodes": nothing,
                "marketplaceProductCodes": nothing,
                "imageId": "ami-00000000000000000",
                "instanceId": assumption.session,
                "instanceType": "gatekey",
                "kernelId": nothing,
                "pendingTime": self.started.to_string(),
                "privateIp": "127.0.0.1",
                "ramdiskId": nothing,
                "region": region,
                "version": "2017-09-30",
            }),
        )
    }
}

async fn credentials(sessions: &Sessions, id: RequestId) -> Said {
    let assumption = &sessions.assumption;
    let object = match sessions.now(id).await {
        Ok(session) => success(&session),
        Err(NoSession::Denied(why)) => {
            tracing::warn!(role = assumption.role, why, "the role cannot be given to the workload");
            json!({
                "Code": "AssumeRoleUnauthorizedAccess",
                "Message": format!("EC2 cannot assume the role {}: {why}", assumption.role),
                "LastUpdated": sessions.roles.gate().now().to_string(),
            })
        }
        Err(NoSession::Unavailable) => return said(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
    };
    said_json(StatusCode::OK, &object)
}

fn success(session: &RoleSession) -> Value {
    json!({
        "Code": "Success",
        "LastUpdated": session.issued.to_string(),
        "Type": "AWS-HMAC",
        "AccessKeyId": session.access_key.as_str(),
        "SecretAccessKey": session.secret.expose(),
        "Token": session.token.expose(),
        "Expiration": session.expires.to_string(),
    })
}

fn profile(sessions: &Sessions) -> Said {
    let assumption = &sessions.assumption;
    match sessions.roles.instance_profile(assumption.account, &assumption.role) {
        Some((arn, id)) => said_json(
            StatusCode::OK,
            &json!({
                "Code": "Success",
                "LastUpdated": sessions.roles.gate().now().to_string(),
                "InstanceProfileArn": arn,
                "InstanceProfileId": id,
            }),
        ),
        None => said(StatusCode::NOT_FOUND, "Not Found"),
    }
}

/// Tokens are sealed and name the workload and their end, so that nothing of them is kept.
fn new_token(sessions: &Sessions, request: &RawRequest) -> Said {
    if request.headers.contains_key(&FORWARDED) {
        return said(StatusCode::FORBIDDEN, "Forbidden");
    }
    let asked = request.headers.get(&TTL).and_then(|asked| asked.to_str().ok()?.parse::<i64>().ok());
    let Some(seconds) = asked.filter(|seconds| (1..=LONGEST_LIFE).contains(seconds)) else {
        return said(StatusCode::BAD_REQUEST, "Bad Request");
    };
    let gate = sessions.roles.gate();
    let expires = gate.now().plus_millis(seconds * 1000).millis();
    let text = format!("{}\n{expires}", whose(sessions));
    match gate.seal_message(Message::MetadataToken, &text) {
        Ok(token) => said(StatusCode::OK, token).with(TTL, &seconds.to_string()),
        Err(_) => said(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
    }
}

fn is_admitted(sessions: &Sessions, request: &RawRequest) -> bool {
    let gate = sessions.roles.gate();
    let sent = request.headers.get(&TOKEN).and_then(|token| token.to_str().ok());
    let text = sent
        .filter(|token| token.len() <= LONGEST_TOKEN)
        .and_then(|token| gate.open_message(Message::MetadataToken, token));
    text.is_some_and(|text| {
        let Some((of, expires)) = text.split_once('\n') else { return false };
        let expires = expires.parse().map(Timestamp::from_millis);
        of == whose(sessions) && expires.is_ok_and(|expires| expires.millis_since(gate.now()) > 0)
    })
}

/// What a token is bound to: the instance and its role.
fn whose(sessions: &Sessions) -> String {
    format!("{} {}", sessions.assumption.source, sessions.assumption.role)
}
