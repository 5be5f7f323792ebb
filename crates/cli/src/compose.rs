//! The composition root: the one place where the real parts are put together.
//!
//! What is below the HTTP server is made here and nowhere else; the commands know only these functions.

use crate::{
    credentials::RootCredential,
    failure::{Failure, Kind},
};
use gatekey_server::{
    Answer, Application, Outcome, RawRequest, Readiness,
    config::Settings,
    dispatch::{BoxFuture, Measurement},
};
use gatekey_types::{AccountId, Clock, Entropy};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use zeroize::Zeroizing;

/// What everything is made from.
#[derive(Clone)]
pub(crate) struct Materials {
    /// The data folder, which this process has locked.
    pub(crate) folder: PathBuf,
    /// The checked configuration.
    pub(crate) settings: Settings,
    /// The real clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// The real entropy.
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// Hands new credentials to their owner. Called before they are stored: one that works but that nobody knows would
/// lock its account for ever, while one that is known but does not work is replaced by the next attempt.
pub(crate) type Publish<'a> = &'a dyn Fn(&[RootCredential]) -> Result<(), Failure>;

/// Whether the data folder has been initialised.
pub(crate) fn is_initialised(folder: &Path) -> bool {
    folder.join("initialised").exists()
}

/// Makes the root key, the store, and these accounts with an access key for each one's root user.
pub(crate) fn initialise(
    materials: &Materials,
    accounts: &[AccountId],
    publish: Publish<'_>,
) -> Result<(), Failure> {
    // PENDING: the store and the seal.
    let credential = |account: &AccountId| RootCredential {
        account: *account,
        access_key_id: format!("AKIAPENDING0{}", account.as_str()),
        secret_access_key: Zeroizing::new(
            materials.entropy.bytes::<20>().iter().map(|byte| format!("{byte:02x}")).collect(),
        ),
    };
    publish(&accounts.iter().map(credential).collect::<Vec<_>>())?;
    std::fs::write(materials.folder.join("initialised"), "")
        .map_err(|error| Failure::new(Kind::Data, error.to_string()))
}

/// Opens what was initialised and makes the application. Runs inside the runtime, so it may start tasks.
pub(crate) async fn open(_materials: &Materials) -> Result<Arc<dyn Application>, Failure> {
    // PENDING: the services.
    Ok(Arc::new(Pending))
}

/// Verifies the audit trail of a data folder, which may be in use; says what was verified.
pub(crate) fn verify_audit(_folder: &Path) -> Result<String, Failure> {
    // PENDING: the audit trail.
    Err(Failure::new(Kind::Other, "this build keeps no audit trail"))
}

/// Stands in until the services are composed: it serves nothing, and says so.
struct Pending;

impl Application for Pending {
    fn call(&self, _request: RawRequest) -> BoxFuture<'_, Answer> {
        Box::pin(async {
            Answer {
                status: http::StatusCode::SERVICE_UNAVAILABLE,
                headers: http::HeaderMap::new(),
                body: "this build serves no services".into(),
                outcome: Outcome::unrouted("ServiceUnavailableException"),
            }
        })
    }

    fn ready(&self) -> Readiness {
        Readiness::Unready("this build serves no services".to_owned())
    }

    fn measurements(&self) -> Vec<Measurement> {
        Vec::new()
    }
}
