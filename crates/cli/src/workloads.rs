//! The listeners of workloads, each a small server of its own.

use crate::{
    compose::Materials,
    failure::{Failure, Kind},
};
use gatekey_gate::Gate;
use gatekey_server::{
    Limits, Server,
    config::{WorkloadListen, WorkloadSettings},
    private_file::{self, PrivateFileError},
};
use gatekey_workload::Workload;
use std::{fmt::Write as _, io, path::Path, sync::Arc};
use zeroize::Zeroizing;

/// Opens the listener of every workload that the settings name.
pub(crate) fn open(materials: &Materials, gate: &Arc<Gate>) -> Result<Vec<Server>, Failure> {
    materials.settings.workloads.iter().map(|workload| open_one(materials, gate, workload)).collect()
}

fn open_one(materials: &Materials, gate: &Arc<Gate>, settings: &WorkloadSettings) -> Result<Server, Failure> {
    let token = settings.token_file.as_deref().map(|file| token(materials, file)).transpose()?;
    let workload = Workload::new(Arc::clone(gate), settings, &materials.settings.region, token);
    let limits = Limits {
        connections: 64,
        header_bytes: 16 * 1024,
        body_bytes: 1024,
        buffered_bytes: 1024 * 1024,
        ..materials.settings.limits
    };
    let mut server = Server::new(Arc::new(workload), &*materials.entropy, limits);
    let place = match &settings.listen {
        WorkloadListen::Loopback(address) => server.listen_for_workload(*address)?.to_string(),
        WorkloadListen::Unix { path, uid } => {
            server.listen_for_workload_on(path, *uid)?;
            path.display().to_string()
        }
    };
    tracing::info!(place, role = settings.role, account = %settings.account, "credentials for a workload");
    Ok(server)
}

/// What the token file holds; where there is none yet, one is made.
fn token(materials: &Materials, file: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = match private_file::read(file) {
        Ok(bytes) => bytes,
        Err(PrivateFileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            let made = random_token(materials);
            private_file::create(file, made.as_bytes())?;
            return Ok(made);
        }
        Err(error) => return Err(error.into()),
    };
    let text = Zeroizing::new(String::from_utf8(bytes).unwrap_or_default());
    let token = text.trim_end_matches(['\r', '\n']);
    if token.len() < 16 || token.bytes().any(|byte| byte.is_ascii_control()) {
        let message = format!("{} holds no token of at least 16 characters in one line", file.display());
        return Err(Failure::new(Kind::Configuration, message).hint("remove it, and the server makes one"));
    }
    Ok(Zeroizing::new(token.to_owned()))
}

fn random_token(materials: &Materials) -> Zeroizing<String> {
    let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(materials.entropy.bytes());
    let mut token = Zeroizing::new(String::with_capacity(64));
    for byte in bytes.iter() {
        // Writing to a String cannot fail.
        let _ = write!(token, "{byte:02x}");
    }
    token
}
