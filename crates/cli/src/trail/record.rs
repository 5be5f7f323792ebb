//! Where events are recorded: the log, and the sinks that the configuration names.

use crate::{
    compose::Materials,
    failure::{Failure, Kind},
};
use gatekey_audit::{AuditKey, Frame, Log, Options, Promise, Recovered, Witness};
use gatekey_audit_sinks::{
    FileSink, Headers, OtlpSink, Plan, Sink, Sinks, StartFault, StdoutSink, SyslogSink,
};
use gatekey_gate::Trail;
use gatekey_seal::RootKey;
use gatekey_server::{
    config::{AuditDurability, SinkSettings},
    private_file,
};
use gatekey_types::{RequestId, Timestamp};
use std::{path::Path, sync::Arc};
use zeroize::Zeroizing;

/// The audit log as the gate knows it, with what takes events besides.
pub(crate) struct AuditTrail {
    /// Before the log, so that they take what was recorded last.
    sinks: Sinks,
    log: Log,
    waits: bool,
}

impl Trail for AuditTrail {
    fn record(&self, events: &mut [Frame]) -> Vec<Result<(), String>> {
        self.sinks.settle(self.log.record_all(events))
    }
    fn deliver(&self, id: RequestId, event: &[u8]) -> Result<(), String> {
        let recorded = self.log.deliver(id, event).map_err(|error| error.to_string())?;
        self.sinks.wait(recorded.number())
    }
    fn waits(&self) -> bool {
        self.waits
    }
}

/// Whether events go only into the log, or to the sinks too, as they do while the server serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Log,
    Sinks,
}

impl AuditTrail {
    /// Opens the log of a data folder, and starts to feed the sinks.
    pub(crate) fn open(materials: &Materials, root: &RootKey, reach: Reach) -> Result<Self, Failure> {
        let settings = &materials.settings.audit;
        let promise = match settings.durability {
            AuditDurability::OperatingSystem if materials.fleeting => Promise::Fleeting,
            AuditDurability::OperatingSystem => Promise::Handed,
            AuditDurability::Disk => Promise::Synced,
        };
        let folder = materials.folder.join("audit");
        let key = AuditKey::new(&root.audit_key());
        let log = open_log(&folder, &key, promise)?;
        let wanted = match reach {
            Reach::Log => Vec::new(),
            Reach::Sinks => sinks(&settings.sinks)?,
        };
        let places = materials.folder.join("audit-sinks");
        let plan =
            Plan { log: &folder, key: &key, end: log.end(), places, patience: settings.sinks.patience };
        let sinks = Sinks::start(&plan, wanted).map_err(unstarted)?;
        let waits = promise == Promise::Synced || !sinks.is_empty();
        Ok(Self { sinks, log, waits })
    }

    /// Shows this witness every event from now on.
    pub(crate) fn show_to(&self, witness: Arc<dyn Witness>) {
        self.log.show_to(witness);
    }

    /// Removes what is older, unless a sink still needs it. Tells which event is the oldest then.
    pub(crate) fn forget(&self, time: Timestamp) -> Result<u64, String> {
        self.log.forget(time, self.sinks.needs()).map_err(|error| error.to_string())
    }
}

fn open_log(folder: &Path, key: &AuditKey, promise: Promise) -> Result<Log, Failure> {
    let options = Options { promise, ..Options::default() };
    let (log, recovered) = Log::open(folder, key.clone(), options).map_err(|error| {
        Failure::new(Kind::Data, format!("the audit trail cannot be opened: {error}"))
            .hint("run: gatekey audit verify")
    })?;
    if recovered.cut > 0 {
        let Recovered { number, cut } = recovered;
        tracing::warn!(
            bytes = cut,
            after = number,
            "put aside an unfinished end of the audit log, as a crash leaves it"
        );
    }
    Ok(log)
}

/// A sink and its name.
type Named = (&'static str, Box<dyn Sink>);

/// The sinks that the settings name.
fn sinks(settings: &SinkSettings) -> Result<Vec<Named>, Failure> {
    let mut sinks: Vec<Named> = Vec::new();
    if let Some(path) = &settings.file {
        sinks.push(("file", Box::new(FileSink::new(path.clone()))));
    }
    if settings.stdout {
        sinks.push(("stdout", Box::new(StdoutSink)));
    }
    if let Some(to) = &settings.syslog {
        sinks.push(("syslog", Box::new(SyslogSink::new(to.clone()))));
    }
    if let Some(url) = &settings.otlp {
        let headers = settings.otlp_headers_file.as_deref().map(headers).transpose()?;
        let sink = OtlpSink::new(url.clone(), headers.unwrap_or_default()).map_err(unstarted)?;
        sinks.push(("otlp", Box::new(sink)));
    }
    Ok(sinks)
}

fn headers(path: &Path) -> Result<Headers, Failure> {
    let bytes = Zeroizing::new(private_file::read(path)?);
    let text = std::str::from_utf8(&bytes).map(|text| Zeroizing::new(text.to_owned()));
    let text = text.map_err(|_| Failure::new(Kind::Data, format!("{} is not UTF-8 text", path.display())))?;
    Headers::read(&text).map_err(|line| {
        Failure::new(Kind::Data, format!("{}:{line}: is not of the form `Name: value`", path.display()))
    })
}

fn unstarted(fault: StartFault) -> Failure {
    Failure::new(Kind::Data, fault.to_string())
}
