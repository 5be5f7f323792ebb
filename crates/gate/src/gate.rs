use crate::{
    Arrival, Functions, Gone, Issuers, NoFunctions, NoIssuers, Passage, Snapshot, Trail,
    answers::Answers,
    callers,
    commit::Commits,
    decisions::Decisions,
    draft::Draft,
    foresight::Forecasts,
    grants::Presented,
    key_uses::{self, KeyUses},
    load::{self, LoadFault},
    materials::{self, Materials},
    outbox::Outbox,
    passage::Few,
    rates::{Meter, Rates},
    recorder::Recorder,
    recovery::Recovering,
    second_factor::Factors,
    sessions::Sessions,
    snapshot::Snapshots,
    turn::Turns,
    uses::{self, Uses},
    views::Views,
    workshop::Workshop,
    writer::Writer,
};
use gatekey_attestation::Root;
use gatekey_audit::{History, NoHistory};
use gatekey_crypto::KeyMaterial;
use gatekey_directory::Caller;
use gatekey_keyring::{Key, Quotas};
use gatekey_model::OperationInfo;
use gatekey_policy::{Interner, Principal};
use gatekey_seal::{Keychain, RootKey};
use gatekey_store::Store;
use gatekey_types::{Clock, Entropy, KeyMaterialId, Timestamp};
use std::{sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::Notify};

/// What the gate is made of. The composition root makes each part.
pub struct Parts {
    /// Where the records are kept.
    pub store: Arc<dyn Store>,
    /// What opens them.
    pub root: RootKey,
    /// Where audit events go.
    pub trail: Arc<dyn Trail>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Resource quotas.
    pub quotas: Quotas,
    /// How many opened key materials are kept in memory.
    pub cached_materials: usize,
}

/// The one choke-point. Everything that reads or changes keys goes through a [`Passage`] that it opens.
pub struct Gate {
    pub(crate) snapshots: Arc<Snapshots>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) commits: Commits,
    pub(crate) recorder: Recorder,
    pub(crate) entropy: Arc<dyn Entropy>,
    clock: Arc<dyn Clock>,
    pub(crate) keychain: Arc<Keychain>,
    pub(crate) sessions: Sessions,
    issuers: Arc<dyn Issuers>,
    pub(crate) history: Arc<dyn History>,
    pub(crate) functions: Arc<dyn Functions>,
    /// Told when a rotation of a secret is asked for.
    pub(crate) rotation_wanted: Notify,
    /// Where the chain of every attestation document must begin.
    pub(crate) attestation_root: Root,
    pub(crate) factors: Factors,
    pub(crate) uses: Uses,
    pub(crate) key_uses: KeyUses,
    pub(crate) materials: Materials,
    pub(crate) workshop: Workshop,
    quotas: Quotas,
    /// How long a new grant counts only with its token, in milliseconds.
    pub(crate) grant_delay: i64,
    identity_quotas: gatekey_directory::Quotas,
    /// Request rates, where they are limited.
    pub(crate) rates: Option<Rates>,
    /// Changes that met another queue here (see `turn`).
    pub(crate) turns: Turns,
    /// The last decisions, for whoever asks about them.
    pub(crate) decisions: Decisions,
    /// The last long answers, for their further pages.
    pub(crate) answers: Answers,
    /// The accounts that questions about everybody were last asked of.
    pub(crate) views: Views,
    /// Who foresees what changes bring, where that is wanted.
    pub(crate) forecasts: Option<Forecasts>,
    /// What the operator decides about ways back.
    pub(crate) recovering: Recovering,
}

impl Gate {
    /// Opens the store: unseals and checks every record, hands left-over events to the log, and starts the writer on the
    /// present runtime.
    ///
    /// # Errors
    /// [`LoadFault`]: the server must not start.
    pub async fn open(parts: Parts) -> Result<Self, LoadFault> {
        let Parts { store, root, trail, clock, entropy, quotas, cached_materials } = parts;
        let keychain = load::keychain(&*store, &root, &*entropy).await?;
        let interner = Interner::default();
        let loaded = load::load(&*store, keychain, &interner).await?;
        let mut outbox = Outbox::new(trail.clone());
        for (event, revision) in loaded.outbox {
            outbox.add(vec![event], revision);
        }
        outbox.deliver().await;
        let keychain = Arc::new(loaded.keychain);
        let snapshots = Arc::new(Snapshots::new(loaded.snapshot, interner));
        let (seal, random, shown) = (keychain.clone(), entropy.clone(), snapshots.clone());
        let commits =
            Commits::start(Writer::new(store.clone(), seal, random, shown, loaded.manifest, outbox));
        let materials = Materials::new(cached_materials);
        let (sessions, factors) = (Sessions::new(), Factors::new());
        let (issuers, history) = (Arc::new(NoIssuers), Arc::new(NoHistory));
        let recorder = Recorder::start(trail);
        let recovering = Recovering::new(u64::from_le_bytes(entropy.bytes()));
        Ok(Self {
            store,
            snapshots,
            commits,
            recorder,
            entropy,
            clock,
            keychain,
            sessions,
            issuers,
            history,
            functions: Arc::new(NoFunctions),
            rotation_wanted: Notify::new(),
            attestation_root: Root::aws(),
            factors,
            uses: Uses::new(uses::MOST),
            key_uses: KeyUses::new(key_uses::MOST),
            materials,
            workshop: Workshop::new(),
            quotas,
            grant_delay: 0,
            identity_quotas: gatekey_directory::Quotas::default(),
            rates: None,
            turns: Turns::default(),
            decisions: Decisions::default(),
            answers: Answers::default(),
            views: Views::default(),
            forecasts: None,
            recovering,
        })
    }

    /// The same, with a way to the keys of identity providers. Without one nobody signs in with a web identity.
    #[must_use]
    pub fn with_issuers(self, issuers: Arc<dyn Issuers>) -> Self {
        Self { issuers, ..self }
    }

    /// The same, with a way to find recorded events again. Without one there are none.
    #[must_use]
    pub fn with_history(self, history: Arc<dyn History>) -> Self {
        Self { history, ..self }
    }

    /// The same, with a way to the functions that rotate secrets. Without one no secret is rotated.
    #[must_use]
    pub fn with_functions(self, functions: Arc<dyn Functions>) -> Self {
        Self { functions, ..self }
    }

    /// The same, but a new grant counts only for who presents its token until it is this old: to try out programs on what AWS
    /// calls eventual consistency.
    #[must_use]
    pub fn with_grant_delay(self, delay: Duration) -> Self {
        Self { grant_delay: i64::try_from(delay.as_millis()).unwrap_or(i64::MAX), ..self }
    }

    /// The same, with other quotas of identities than AWS's defaults.
    #[must_use]
    pub fn with_identity_quotas(self, identity_quotas: gatekey_directory::Quotas) -> Self {
        Self { identity_quotas, ..self }
    }

    /// The same, but attestation documents must lead to this root, instead of AWS's.
    #[must_use]
    pub fn with_attestation_root(self, attestation_root: Root) -> Self {
        Self { attestation_root, ..self }
    }

    /// The same, with requests to KMS limited to AWS's rates, by account and Region.
    #[must_use]
    pub fn with_rates(self) -> Self {
        Self { rates: Some(Rates::default()), ..self }
    }

    /// The same, with events recorded in the lanes in which requests are answered, each of which has its runtime.
    #[must_use]
    pub fn in_lanes<'h>(self, lanes: impl Iterator<Item = &'h Handle>) -> Self {
        Self { recorder: self.recorder.in_lanes(lanes), ..self }
    }

    /// The way to the keys of identity providers.
    pub fn issuers(&self) -> &dyn Issuers {
        &*self.issuers
    }

    /// The present snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.present())
    }

    /// Whether requests can be answered: the writer and the recorder are there, and decisions are made on what the store has.
    ///
    /// # Errors
    /// Why not; the text is for the operator. Only a restart helps.
    pub fn health(&self) -> Result<(), &str> {
        self.commits.health().and(self.recorder.health())
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How long this run lasts, by a clock that nobody sets.
    pub(crate) fn steady(&self) -> Duration {
        self.clock.steady()
    }

    /// Randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }

    /// The resource quotas.
    pub fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    /// Opens a passage for a request, on the snapshot of this moment: the caller too is who this snapshot says.
    ///
    /// # Errors
    /// The caller was deleted a moment ago.
    pub fn enter<'g>(
        &'g self,
        arrival: &'g Arrival,
        operation: &'static OperationInfo,
        read_only: bool,
    ) -> Result<Passage<'g>, Gone> {
        let snapshot = self.snapshot();
        let caller = match &arrival.signature {
            Some(signature) => callers::caller(&snapshot, signature.principal()).ok_or(Gone)?,
            None => Arc::new(Caller::unsigned(Principal::anonymous())),
        };
        self.note_use(&snapshot, arrival);
        let uses_keys = key_uses::is_cryptographic(operation);
        // Of the operations that use keys there are by far the most requests, and each but ReEncrypt asks only once.
        let may_forget = uses_keys && operation.name != "ReEncrypt";
        let remembers = !may_forget || self.decisions.has_room(caller.account, arrival.now);
        Ok(Passage {
            gate: self,
            snapshot,
            arrival,
            id: arrival.id,
            via: None,
            elsewhere: None,
            caller,
            operation,
            read_only,
            draft: Draft::default(),
            decided_on: Few::new(),
            owners: Few::new(),
            presented: Presented::default(),
            used_grants: Vec::new(),
            conflicted: false,
            meter: Meter::default(),
            // Most requests put one; room for more would be kept, empty, with each that was.
            questions: Vec::with_capacity(usize::from(remembers)),
            remembers,
            uses_keys,
            kin: Vec::new(),
        })
    }

    /// Erases what the memory still has of a material that was deleted.
    pub(crate) fn forget(&self, material: &KeyMaterialId) {
        self.materials.forget(material);
    }
}

impl Passage<'_> {
    /// The resource quotas.
    pub fn quotas(&self) -> &Quotas {
        &self.gate.quotas
    }

    /// The quotas of an account's identities.
    pub fn identity_quotas(&self) -> &gatekey_directory::Quotas {
        &self.gate.identity_quotas
    }

    /// Opens a material of a key that may be used.
    ///
    /// # Errors
    /// There is none of that id, or its seal is broken; the text is for the operator.
    pub fn open_material(&self, key: &Key, id: &KeyMaterialId) -> Result<Arc<KeyMaterial>, String> {
        if let Some(material) = self.gate.materials.find(key, id) {
            return Ok(material);
        }
        let sealed = key.material(id).ok_or("the key has no such material")?;
        let material = materials::unseal(&self.gate.keychain, key.arn.key, id, sealed)?;
        self.keep_material(key, id, &material);
        Ok(material)
    }

    /// Keeps a material open for the next request.
    pub(crate) fn keep_material(&self, key: &Key, id: &KeyMaterialId, material: &Arc<KeyMaterial>) {
        self.gate.materials.keep(id, material);
        // Whoever opened it while it was deleted must not put it back.
        let present = self.gate.snapshots.present();
        if present.keyring.stored(&key.arn).is_none_or(|key| key.material(id).is_none()) {
            self.gate.forget(id);
        }
    }
}
