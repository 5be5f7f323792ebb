//! A client of a running server: the commands that ask one use it, and nothing else. Most ask Gatekey's own service.
//!
//! It finds the server and the credentials as the `aws` command line does, and signs its requests as that does.

mod exchange;
mod profile;

use crate::{
    ambient::SystemClock,
    failure::{Failure, Kind},
};
use exchange::Server;
use gatekey_model::{Call, Service};
use gatekey_sigv4::{Body, RawRequest, SecretAccessKey, Signing, amz_date};
use gatekey_types::{Clock as _, Region};
use profile::Profile;
use serde_json::Value;
use std::path::PathBuf;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Which server is asked, and as whom.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// The profile to use, of the AWS configuration and credentials files [default: AWS_PROFILE, or default]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Where the server is, for instance `https://kms.example.com:4599` [default: AWS_ENDPOINT_URL, or the profile's]
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// The Region to ask in [default: AWS_REGION, or the profile's]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Certificates to trust, as PEM, instead of the system's [default: AWS_CA_BUNDLE, or the profile's]
    #[arg(long, value_name = "FILE")]
    ca_bundle: Option<PathBuf>,
}

/// The headers of a request.
type Headers = Vec<(&'static str, String)>;

/// Who asks.
struct Credentials {
    access_key_id: String,
    secret: SecretAccessKey,
    session_token: Option<String>,
}

/// A server, and who asks it.
pub(crate) struct Client {
    server: Server,
    credentials: Credentials,
    region: Region,
    runtime: tokio::runtime::Runtime,
}

impl Connection {
    /// Finds server and credentials.
    ///
    /// # Errors
    /// Something is missing or cannot be read; the failure says what, and where it was looked for.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let profile = Profile::find(self.profile.as_deref(), &|name| std::env::var(name).ok())?;
        let region = profile.region(self.region.as_deref())?;
        let server = Server::new(
            &profile.endpoint(self.endpoint_url.as_deref())?,
            profile.ca_bundle(self.ca_bundle.as_deref()).as_deref(),
        )?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::new(Kind::Other, format!("cannot start the runtime: {error}")))?;
        Ok(Client { server, credentials: profile.credentials()?, region, runtime })
    }
}

impl Client {
    /// The id of the access key that it asks with.
    pub(crate) fn access_key_id(&self) -> &str {
        &self.credentials.access_key_id
    }

    /// Asks one question of a service that speaks JSON.
    ///
    /// # Errors
    /// The server cannot be reached, or refuses; the failure holds its words.
    pub(crate) fn call<C: Call>(&self, input: &C::Input) -> Result<C::Output, Failure> {
        let (headers, body) = self.written::<C>(input)?;
        let (status, answer) = self.runtime.block_on(self.server.post(headers, body))?;
        read::<C>(status, &answer)
    }

    /// Listens for the terminal's request to stop, which no longer ends the process by itself.
    ///
    /// # Errors
    /// The system refuses.
    pub(crate) fn interrupts(&self) -> Result<Signal, Failure> {
        let _inside = self.runtime.enter();
        signal(SignalKind::interrupt())
            .map_err(|error| Failure::new(Kind::Other, format!("cannot listen for signals: {error}")))
    }

    /// Asks one question, unless somebody stops it: then there is no answer.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) fn call_until<C: Call>(
        &self,
        input: &C::Input,
        stop: &mut Signal,
    ) -> Result<Option<C::Output>, Failure> {
        let (headers, body) = self.written::<C>(input)?;
        let answer = self.runtime.block_on(async {
            tokio::select! {
                biased;
                _ = stop.recv() => None,
                answer = self.server.post(headers, body) => Some(answer),
            }
        });
        let Some(answer) = answer else { return Ok(None) };
        let (status, answer) = answer?;
        read::<C>(status, &answer).map(Some)
    }

    /// A question as it is sent: its headers and its body.
    fn written<C: Call>(&self, input: &C::Input) -> Result<(Headers, Vec<u8>), Failure> {
        let body = serde_json::to_vec(input)
            .map_err(|error| Failure::new(Kind::Input, format!("the question cannot be written: {error}")))?;
        Ok((self.signed(C::INFO.service, C::INFO.name, &body)?, body))
    }

    /// The headers of the request, its signature among them.
    fn signed(&self, service: &Service, operation: &str, body: &[u8]) -> Result<Headers, Failure> {
        let now = SystemClock::start().now();
        let mut headers = vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("host", self.server.host().to_owned()),
            ("x-amz-date", amz_date(now)),
        ];
        if let Some(token) = &self.credentials.session_token {
            headers.push(("x-amz-security-token", token.clone()));
        }
        headers.push(("x-amz-target", format!("{}.{operation}", service.target_prefix)));
        let raw: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let request =
            RawRequest { method: "POST", path: "/", query: "", headers: &raw, body: Body::Bytes(body) };
        let signing = Signing {
            access_key_id: &self.credentials.access_key_id,
            secret: &self.credentials.secret,
            region: &self.region,
            service: service.signing_name,
        };
        let authorization = signing
            .authorization(&request, now)
            .map_err(|error| Failure::new(Kind::Other, format!("the request cannot be signed: {error:?}")))?;
        headers.push(("authorization", authorization));
        Ok(headers)
    }
}

/// An answer, or the refusal.
fn read<C: Call>(status: u16, answer: &[u8]) -> Result<C::Output, Failure> {
    if status != 200 {
        return Err(refused(status, answer));
    }
    serde_json::from_slice(answer).map_err(|error| {
        Failure::new(Kind::Other, format!("the server's answer cannot be read: {error}"))
            .hint("is it a Gatekey server, of this version?")
    })
}

/// A refusal in the server's words. What was asked wrongly has the exit code of a wrong command line.
fn refused(status: u16, answer: &[u8]) -> Failure {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    let code = text("__type").unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    let told = text("message").or(text("Message")).unwrap_or_default();
    let kind = match code {
        "ValidationException" | "InvalidQuestionException" | "NotFoundException" => Kind::Input,
        _ => Kind::Other,
    };
    let message = match code {
        "" => format!("the server answered with status {status} and nothing to read"),
        code => format!("{code}: {told}"),
    };
    Failure::new(kind, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_server() {
        let failure = refused(400, br#"{"__type":"AccessDeniedException","Message":"User: x is not"}"#);
        assert_eq!(failure.message(), "AccessDeniedException: User: x is not");
        let failure = refused(502, b"<html>");
        assert!(failure.message().contains("502"));
    }
}
