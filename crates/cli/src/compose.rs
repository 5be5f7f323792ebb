//! The composition root: the one place where the real parts are put together.
//!
//! What is below the HTTP server is made here and nowhere else; the commands know only these functions.

use crate::{
    credentials::RootCredential,
    failure::{Failure, Kind},
    functions::{self, Registered},
    passphrase,
    trail::{AuditTrail, Reach, Retention, TrailFiles},
};
use gatekey_attestation::Root;
use gatekey_endpoint::Endpoint;
use gatekey_federation::IssuerKeys;
use gatekey_gate::{Gate, LoadFault, Parts};
use gatekey_gatekey::Foreseer;
use gatekey_keyring::Quotas;
use gatekey_seal::{KeyFile, Passphrase, RootKey, SealFile, UnsealError, Unsealer};
use gatekey_server::{
    Application, Lanes,
    config::{Forecasting, RequestRates, Settings, Unseal},
    private_file,
};
use gatekey_store_sqlite::{OpenError, SqliteStore};
use gatekey_types::{AccountId, Clock, Entropy, Region};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
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
    /// Whether the data folder is thrown away in the end, so that nothing need wait for the disk.
    pub(crate) fleeting: bool,
}

/// Hands new credentials to their owner. Called before they are stored: one that works but that nobody knows would
/// lock its account for ever, while one that is known but does not work is replaced by the next attempt.
pub(crate) type Publish<'a> = &'a dyn Fn(&[RootCredential]) -> Result<(), Failure>;

/// Opened key materials that are kept in memory.
const CACHED_MATERIALS: usize = 16_384;
/// How often keys whose day has come are deleted.
const SWEEP: Duration = Duration::from_secs(5);
/// How often the last uses of access keys are written down, in milliseconds.
const SAVE_USES_MILLIS: i64 = 60_000;

/// What the data folder holds.
struct Layout<'a>(&'a Path);

impl Layout<'_> {
    /// Written last: whatever is before it can be made again.
    fn initialised(&self) -> PathBuf {
        self.0.join("initialised")
    }
    fn seal(&self) -> PathBuf {
        self.0.join("seal.json")
    }
    fn root_key(&self) -> PathBuf {
        self.0.join("root.key")
    }
    fn store(&self) -> PathBuf {
        self.0.join("store")
    }
}

/// Whether the data folder has been initialised.
pub(crate) fn is_initialised(folder: &Path) -> bool {
    Layout(folder).initialised().exists()
}

/// Makes the root key, the store, and these accounts with an access key for each one's root user.
pub(crate) fn initialise(
    materials: &Materials,
    accounts: &[AccountId],
    publish: Publish<'_>,
) -> Result<(), Failure> {
    let layout = Layout(&materials.folder);
    let root = match layout.seal().exists() {
        true => unseal(&materials.folder, &materials.settings)?,
        false => make_seal(materials)?,
    };
    on_gate(materials, root, async |gate| match attempt_before(gate, accounts) {
        Attempt::None => make_accounts(gate, accounts, &materials.settings.region, publish).await,
        Attempt::Whole => Ok(()),
        Attempt::Part => Err(Failure::new(Kind::Data, "an earlier initialisation was broken off half-way")
            .hint("nothing was ever served from this data folder: remove it and start again")),
    })?;
    Ok(private_file::create(&layout.initialised(), b"")?)
}

/// Opens what was initialised, for one piece of work beside the API.
pub(crate) fn with_gate<T>(
    materials: &Materials,
    work: impl AsyncFnOnce(&Gate) -> Result<T, Failure>,
) -> Result<T, Failure> {
    on_gate(materials, unseal(&materials.folder, &materials.settings)?, work)
}

fn on_gate<T>(
    materials: &Materials,
    root: RootKey,
    work: impl AsyncFnOnce(&Gate) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Kind::Other, format!("cannot start the runtime: {error}")))?;
    runtime.block_on(async {
        let trail = Arc::new(AuditTrail::open(materials, &root, Reach::Log)?);
        work(&open_gate(materials, root, trail).await?).await
    })
}

/// How far an earlier initialisation came.
enum Attempt {
    None,
    Part,
    Whole,
}

/// What the sealed store says, and not what files lie in the folder: or whoever can remove a file could have the next
/// start hand out a root key to an account that is long in use.
fn attempt_before(gate: &Gate, accounts: &[AccountId]) -> Attempt {
    let snapshot = gate.snapshot();
    match accounts.iter().filter(|account| snapshot.directory.has_account(**account)).count() {
        0 if snapshot.directory.accounts().next().is_none() => Attempt::None,
        found if found == accounts.len() => Attempt::Whole,
        _ => Attempt::Part,
    }
}

fn make_seal(materials: &Materials) -> Result<RootKey, Failure> {
    let layout = Layout(&materials.folder);
    if layout.store().exists() {
        let message = "the data folder has a store but no seal.json, which belongs to it";
        return Err(
            Failure::new(Kind::Data, message).hint("put seal.json back from a backup of the data folder")
        );
    }
    if let Unseal::File = materials.settings.unseal
        && layout.root_key().exists()
    {
        // An earlier attempt was broken off before anything was sealed with this key.
        std::fs::remove_file(layout.root_key()).map_err(|error| {
            Failure::new(Kind::Data, format!("cannot replace an unused root.key: {error}"))
        })?;
    }
    let unsealer = unsealer(&materials.folder, &materials.settings, true)?;
    let (seal, root) = SealFile::create(&*unsealer, &*materials.entropy).map_err(sealed)?;
    seal.save_new(&layout.seal()).map_err(sealed)?;
    Ok(root)
}

async fn make_accounts(
    gate: &Gate,
    accounts: &[AccountId],
    region: &Region,
    publish: Publish<'_>,
) -> Result<(), Failure> {
    let keys: Vec<_> = accounts.iter().map(|account| (*account, gate.new_root_key(*account))).collect();
    let credentials: Vec<RootCredential> =
        keys.iter().map(|(account, key)| RootCredential::new(*account, key, region)).collect();
    publish(&credentials)?;
    for (account, key) in &keys {
        let made = gate.create_account(*account, "", key).await;
        made.map_err(|fault| Failure::new(Kind::Data, fault.to_string()))?;
    }
    Ok(())
}

/// What serves: the application, and the gate that it is behind.
pub(crate) struct Opened {
    pub(crate) application: Arc<dyn Application>,
    pub(crate) gate: Arc<Gate>,
}

/// Opens what was initialised and makes the application. Runs inside the runtime, so it may start tasks.
pub(crate) async fn open(materials: &Materials, lanes: &Lanes) -> Result<Opened, Failure> {
    let root = unseal(&materials.folder, &materials.settings)?;
    let history = TrailFiles::new(&materials.folder, &root).history(Arc::clone(&materials.clock))?;
    let trail = AuditTrail::open(materials, &root, Reach::Sinks)?;
    trail.show_to(history.witness());
    let trail = Arc::new(trail);
    if let Some(days) = materials.settings.audit.retention_days {
        let (trail, history) = (Arc::downgrade(&trail), Arc::downgrade(&history));
        let retention = Retention { days, trail, history, clock: Arc::clone(&materials.clock) };
        drop(tokio::spawn(retention.run()));
    }
    let gate = open_gate(materials, root, trail).await?.with_issuers(Arc::new(issuers(materials)?));
    let gate = gate.with_history(history).in_lanes(lanes.handles());
    let mut gate = gate.with_attestation_root(attestation_root(&materials.settings)?);
    if materials.settings.rates == RequestRates::Aws {
        gate = gate.with_rates();
    }
    let recovery = materials.settings.recovery;
    gate = gate.with_cool_down(recovery.cool_down);
    if recovery.root_rescue {
        gate = gate.with_root_rescue();
    }
    gate = gate.with_functions(Arc::new(Registered::new(&materials.settings.functions)));
    let forecast = materials.settings.forecast;
    if forecast != Forecasting::Off {
        gate = gate.with_foresight(Arc::new(Foreseer::default()), forecast == Forecasting::Deny);
    }
    let gate = Arc::new(gate);
    drop(tokio::spawn(sweep(Arc::clone(&gate))));
    drop(tokio::spawn(functions::rotate(Arc::clone(&gate))));
    let endpoint = Endpoint::new(Arc::clone(&gate), materials.settings.region.clone(), lanes);
    Ok(Opened { application: Arc::new(endpoint), gate })
}

/// The way to the keys of identity providers.
fn issuers(materials: &Materials) -> Result<IssuerKeys, Failure> {
    let file = materials.settings.issuer_keys_file.clone();
    let private = materials.settings.private_issuers;
    let reach = if private { gatekey_federation::Reach::Private } else { gatekey_federation::Reach::Public };
    IssuerKeys::new(file, reach, Arc::clone(&materials.clock))
        .map_err(|fault| Failure::new(Kind::Data, fault.to_string()))
}

/// Where attestation documents must lead: to the certificate that the configuration names, or to AWS's.
fn attestation_root(settings: &Settings) -> Result<Root, Failure> {
    let Some(path) = &settings.attestation_root else { return Ok(Root::aws()) };
    let fail = |why: &dyn fmt::Display| {
        let message = format!("attestation.root: cannot use {}: {why}", path.display());
        Failure::new(Kind::Configuration, message).hint("name a PEM file with the one root certificate")
    };
    let pem = std::fs::read(path).map_err(|error| fail(&error))?;
    Root::from_pem(&pem).map_err(|no_root| fail(&no_root))
}

/// Does what time brings, for as long as the server runs: keys, secrets and parameters whose day has come are deleted, keys
/// rotated, imported material that expired erased, old decisions forgotten, and the uses of access keys and keys written down.
async fn sweep(gate: Arc<Gate>) {
    let mut saved = gate.now();
    loop {
        tokio::time::sleep(SWEEP).await;
        gate.forget_old_decisions();
        match gate.delete_due_keys().await {
            Ok(0) => {}
            Ok(keys) => tracing::info!(keys, "deleted keys whose waiting period is over"),
            Err(fault) => tracing::error!(%fault, "keys that are due could not be deleted; trying again"),
        }
        match gate.delete_due_secrets().await {
            Ok(0) => {}
            Ok(secrets) => tracing::info!(secrets, "deleted secrets whose recovery window is over"),
            Err(fault) => tracing::error!(%fault, "secrets that are due could not be deleted; trying again"),
        }
        match gate.rotate_due_keys().await {
            Ok(0) => {}
            Ok(keys) => tracing::info!(keys, "rotated keys on their schedule"),
            Err(fault) => tracing::error!(%fault, "keys that are due could not be rotated; trying again"),
        }
        match gate.erase_expired_materials().await {
            Ok(0) => {}
            Ok(keys) => tracing::info!(keys, "erased imported key material that expired"),
            Err(fault) => tracing::error!(%fault, "expired key material could not be erased; trying again"),
        }
        match gate.note_recoveries().await {
            Ok(0) => {}
            Ok(cases) => tracing::info!(cases, "ended recovery cases that waited too long"),
            Err(fault) => {
                tracing::error!(%fault, "the time of recovery cases could not be written down; trying again")
            }
        }
        match gate.delete_due_parameters().await {
            Ok(0) => {}
            Ok(parameters) => tracing::info!(parameters, "deleted parameters whose policies say so"),
            Err(fault) => tracing::error!(%fault, "expired parameters could not be deleted; trying again"),
        }
        if gate.now().millis_since(saved) >= SAVE_USES_MILLIS {
            saved = gate.now();
            if let Err(fault) = gate.save_uses().await {
                tracing::warn!(%fault, "when access keys were used could not be written down; trying again");
            }
        }
    }
}

async fn open_gate(materials: &Materials, root: RootKey, trail: Arc<AuditTrail>) -> Result<Gate, Failure> {
    let layout = Layout(&materials.folder);
    let options = gatekey_store_sqlite::Options { lasting: !materials.fleeting, ..Default::default() };
    let store = SqliteStore::open_with(&layout.store(), options).map_err(unopened)?;
    let parts = Parts {
        store: Arc::new(store),
        root,
        trail,
        clock: Arc::clone(&materials.clock),
        entropy: Arc::clone(&materials.entropy),
        quotas: Quotas::default(),
        cached_materials: CACHED_MATERIALS,
    };
    let gate = Gate::open(parts).await.map_err(unloaded)?;
    Ok(gate.with_grant_delay(materials.settings.grant_delay.unwrap_or_default()))
}

/// The audit trail of a data folder, which may be in use.
pub(crate) fn trail_files(settings: &Settings) -> Result<TrailFiles, Failure> {
    Ok(TrailFiles::new(&settings.data, &unseal(&settings.data, settings)?))
}

fn unsealer(folder: &Path, settings: &Settings, new: bool) -> Result<Box<dyn Unsealer>, Failure> {
    match &settings.unseal {
        Unseal::File => Ok(Box::new(KeyFile::new(Layout(folder).root_key()))),
        Unseal::Passphrase { file } => {
            let text = passphrase::obtain(file.as_deref(), new)?;
            Ok(Box::new(Passphrase::new(Zeroizing::new(text.as_bytes().to_vec()))))
        }
    }
}

fn unseal(folder: &Path, settings: &Settings) -> Result<RootKey, Failure> {
    let seal = SealFile::load(&Layout(folder).seal()).map_err(sealed)?;
    seal.open(&*unsealer(folder, settings, false)?).map_err(sealed)
}

fn sealed(error: UnsealError) -> Failure {
    Failure::new(Kind::Data, error.to_string())
}

fn unopened(error: OpenError) -> Failure {
    Failure::new(Kind::Data, error.to_string())
}

fn unloaded(fault: LoadFault) -> Failure {
    let hint = match &fault {
        LoadFault::Store(_) => "look at the disk and at the permissions of the data folder",
        LoadFault::Keychain(_) => "the root key and the store must come from the same installation",
        LoadFault::Tampered(_) => {
            "put back the newest backup of the whole data folder, and find out who wrote to it"
        }
        LoadFault::Unreadable(_) => "start the newer version that wrote it",
    };
    Failure::new(Kind::Data, fault.to_string()).hint(hint)
}
