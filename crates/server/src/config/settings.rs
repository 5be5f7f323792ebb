use super::{
    FunctionSettings, Layers, Problem, Problems, WorkloadSettings, WorkloadTable,
    value::{CollectorUrl, Count, Size, Value},
};
use crate::{limits::Limits, logs, logs::LogFormat};
use gatekey_audit_sinks::Syslog;
use gatekey_types::{AccountId, Region};
use http::Uri;
use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf, time::Duration};

/// The checked configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where everything is kept.
    pub data: PathBuf,
    /// Where the services answer; never empty.
    pub listen: Vec<SocketAddr>,
    /// The Region that is shown as an example.
    pub region: Region,
    /// The accounts that are created on first start; at least one, and no two the same.
    pub accounts: Vec<AccountId>,
    /// Whether `serve` initialises an empty data folder.
    pub init_on_first_start: bool,
    /// TLS.
    pub tls: TlsSettings,
    /// Caps and deadlines.
    pub limits: Limits,
    /// Where operators find metrics, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
    /// Logs.
    pub log: LogSettings,
    /// The audit trail.
    pub audit: AuditSettings,
    /// How many requests to KMS are taken.
    pub rates: RequestRates,
    /// Whether lockouts are foreseen.
    pub forecast: Forecasting,
    /// Static keys of OpenID Connect issuers, if any.
    pub issuer_keys_file: Option<PathBuf>,
    /// Whether OpenID Connect issuers may be at private addresses.
    pub private_issuers: bool,
    /// The root of attestation documents, if it is not AWS's.
    pub attestation_root: Option<PathBuf>,
    /// Ways back into keys.
    pub recovery: RecoverySettings,
    /// How long a new grant counts only with its token, if that is wanted.
    pub grant_delay: Option<Duration>,
    /// What opens the root key.
    pub unseal: Unseal,
    /// Roles for workloads.
    pub workloads: Vec<WorkloadSettings>,
    /// Functions that rotate secrets.
    pub functions: Vec<FunctionSettings>,
}

/// Ways back into keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecoverySettings {
    /// From the last approval of a recovery to its effect.
    pub cool_down: Duration,
    /// Whether root users are let in where nothing denies it, which is not AWS behaviour.
    pub root_rescue: bool,
}

/// When TLS is spoken, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// On which addresses.
    pub mode: TlsMode,
    /// Names beyond the usual ones in certificates of the local authority.
    pub names: Vec<String>,
    /// A certificate chain and a key of the operator's own.
    pub files: Option<(PathBuf, PathBuf)>,
}

/// On which addresses TLS is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// On all but loopback addresses.
    Auto,
    /// On all.
    Always,
    /// On none.
    Never,
}

impl TlsMode {
    /// Whether TLS is spoken on this address.
    pub fn covers(self, address: &SocketAddr) -> bool {
        match self {
            Self::Auto => !address.ip().to_canonical().is_loopback(),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// How logs are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// For people or for machines.
    pub format: LogFormat,
    /// What is logged, as a filter that was checked.
    pub filter: String,
}

/// How the audit trail is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSettings {
    /// When an event counts as recorded.
    pub durability: AuditDurability,
    /// So many days events are kept at least; for ever if that is not said.
    pub retention_days: Option<u32>,
    /// Where events go besides the log.
    pub sinks: SinkSettings,
}

/// Where events go besides the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkSettings {
    /// A file.
    pub file: Option<PathBuf>,
    /// Standard output.
    pub stdout: bool,
    /// A syslog receiver.
    pub syslog: Option<Syslog>,
    /// An OpenTelemetry collector.
    pub otlp: Option<Uri>,
    /// Where headers for the collector are read from.
    pub otlp_headers_file: Option<PathBuf>,
    /// How long each may take.
    pub patience: Duration,
}

/// What is done about a change of a key's policy that would leave nobody, or hardly anybody, who could change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forecasting {
    /// Nothing.
    Off,
    /// It is told.
    Warn,
    /// It is told, and a lockout is refused.
    Deny,
}

/// When an audit event counts as recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditDurability {
    /// Once the operating system has it: survives a crash of the process.
    OperatingSystem,
    /// Once it is synced to disk: survives a power cut.
    Disk,
}

/// How many requests to KMS are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestRates {
    /// As many as can be answered.
    Off,
    /// As many as AWS takes.
    Aws,
}

/// What opens the root key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unseal {
    /// A key file in the data folder.
    File,
    /// A passphrase.
    Passphrase {
        /// Where it is read from; asked for on the terminal if nowhere.
        file: Option<PathBuf>,
    },
}

/// Gives an enum of settings its notation.
macro_rules! words {
    ($kind:ty { $($word:literal => $value:expr),* $(,)? }) => {
        impl Value for $kind {
            fn read(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok($value),)*
                    _ => Err(format!("is none of: {}", [$($word),*].join(", "))),
                }
            }
        }
    };
}

words!(TlsMode { "auto" => Self::Auto, "always" => Self::Always, "never" => Self::Never });
words!(LogFormat { "text" => Self::Text, "json" => Self::Json });
words!(RequestRates { "off" => Self::Off, "aws" => Self::Aws });
words!(Forecasting { "off" => Self::Off, "warn" => Self::Warn, "deny" => Self::Deny });
words!(AuditDurability { "os" => Self::OperatingSystem, "disk" => Self::Disk });

/// The name of a way to unseal.
enum UnsealMethod {
    File,
    Passphrase,
}
words!(UnsealMethod { "file" => Self::File, "passphrase" => Self::Passphrase });

impl Settings {
    /// Checks all values; tells all problems at once.
    pub fn check(layers: &Layers) -> Result<Self, Problems> {
        let mut reader = Reader { layers, problems: Vec::new() };
        let settings = reader.settings();
        match settings {
            Some(settings) if reader.problems.is_empty() => Ok(settings),
            _ => Err(Problems(reader.problems)),
        }
    }
}

/// Reads values and gathers what is wrong with them.
struct Reader<'a> {
    layers: &'a Layers,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn get<T: Value>(&mut self, key: &'static str) -> Option<T> {
        let value = self.layers.get(key)?;
        match T::read(&value.text) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.object(key, &format!("= {:?} {wrong}", value.text), None);
                None
            }
        }
    }

    /// Records a problem with a setting's value.
    fn object(&mut self, key: &'static str, wrong: &str, hint: Option<&str>) {
        let Some(value) = self.layers.get(key) else { return };
        let (origin, message) = (value.origin.clone(), format!("{key} {wrong}"));
        self.problems.push(Problem { origin, message, hint: hint.map(str::to_owned) });
    }

    /// Every group is read before any is given up, so that all problems are found.
    fn settings(&mut self) -> Option<Settings> {
        let (data, region, accounts) = (self.get("data"), self.get("region"), self.accounts());
        let init_on_first_start = self.get("init_on_first_start");
        let (tls, limits, log) = (self.tls(), self.limits(), self.log());
        let listen = self.listen(tls.as_ref().map(|tls| tls.mode));
        let metrics_listen = self.get("metrics.listen");
        let audit = self.audit();
        let rates = self.get("quotas.rates");
        let forecast = self.get("forecast");
        let issuer_keys_file = self.get("federation.keys_file");
        let private_issuers = self.get("federation.private_issuers");
        let attestation_root = self.get("attestation.root");
        let (cool_down, root_rescue) = (self.get("recovery.cool_down"), self.get("recovery.root_rescue"));
        let grant_delay = self.get("simulation.grant_delay");
        let unseal = self.unseal();
        let workloads = self.workloads();
        Some(Settings {
            data: data?,
            listen: listen?,
            region: region?,
            accounts: accounts?,
            init_on_first_start: init_on_first_start?,
            tls: tls?,
            limits: limits?,
            metrics_listen: metrics_listen?,
            log: log?,
            audit: audit?,
            rates: rates?,
            forecast: forecast?,
            issuer_keys_file: issuer_keys_file?,
            private_issuers: private_issuers?,
            attestation_root: attestation_root?,
            recovery: RecoverySettings { cool_down: cool_down?, root_rescue: root_rescue? },
            grant_delay: grant_delay?,
            unseal: unseal?,
            workloads,
            functions: self.layers.functions().iter().map(|(_, function)| function.clone()).collect(),
        })
    }

    fn workloads(&mut self) -> Vec<WorkloadSettings> {
        let check = |table: &WorkloadTable| table.check(&mut self.problems);
        self.layers.workloads().iter().filter_map(check).collect()
    }

    fn accounts(&mut self) -> Option<Vec<AccountId>> {
        let accounts: Vec<AccountId> = self.get("accounts")?;
        let distinct: BTreeSet<_> = accounts.iter().collect();
        if accounts.is_empty() {
            self.object("accounts", "names no account", None);
        } else if distinct.len() != accounts.len() {
            self.object("accounts", "names an account twice", None);
        }
        Some(accounts)
    }

    fn listen(&mut self, mode: Option<TlsMode>) -> Option<Vec<SocketAddr>> {
        let (addresses, plain_allowed) =
            (self.get::<Vec<SocketAddr>>("listen"), self.get("allow_plain_http"));
        let (addresses, plain_allowed): (_, bool) = (addresses?, plain_allowed?);
        if addresses.is_empty() {
            self.object("listen", "names no address", None);
        }
        let exposed = addresses.iter().any(|address| TlsMode::Auto.covers(address));
        if mode == Some(TlsMode::Never) && exposed && !plain_allowed {
            let hint = "leave tls.mode at \"auto\", or say --allow-plain-http if something else encrypts the network";
            self.object("tls.mode", "= \"never\" would serve plain HTTP beyond this machine", Some(hint));
        }
        Some(addresses)
    }

    fn tls(&mut self) -> Option<TlsSettings> {
        let (mode, names) = (self.get("tls.mode"), self.get("tls.names"));
        let (certificate, key) = (self.get::<Option<PathBuf>>("tls.certificate")?, self.get("tls.key")?);
        let files = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) => {
                self.object("tls.certificate", "is set without tls.key", None);
                None
            }
            (None, Some(_)) => {
                self.object("tls.key", "is set without tls.certificate", None);
                None
            }
        };
        Some(TlsSettings { mode: mode?, names: names?, files })
    }

    fn limits(&mut self) -> Option<Limits> {
        let connections = self.get("limits.connections").map(|Count(count)| count);
        let mut size = |key| self.get(key).map(|Size(bytes)| bytes);
        let (header_bytes, body_bytes, buffered_bytes) =
            (size("limits.header"), size("limits.body"), size("limits.buffered"));
        let mut time = |key| self.get::<Duration>(key);
        let (header, body) = (time("timeouts.header"), time("timeouts.body"));
        let (idle, drain) = (time("timeouts.idle"), time("timeouts.drain"));
        if header_bytes.is_some_and(|bytes| bytes < 8 * 1024) {
            self.object("limits.header", "is less than 8KiB, which a signed request may need", None);
        }
        if body_bytes > buffered_bytes {
            self.object("limits.buffered", "is less than limits.body, so the largest bodies never fit", None);
        }
        Some(Limits {
            connections: connections?,
            header_bytes: header_bytes?,
            body_bytes: body_bytes?,
            buffered_bytes: buffered_bytes?,
            header_deadline: header?,
            body_deadline: body?,
            idle_deadline: idle?,
            drain_deadline: drain?,
        })
    }

    fn log(&mut self) -> Option<LogSettings> {
        let (format, filter) = (self.get("log.format"), self.get::<String>("log.level"));
        let filter = filter?;
        if let Err(error) = logs::check_filter(&filter) {
            self.object("log.level", &error.to_string(), None);
        }
        Some(LogSettings { format: format?, filter })
    }

    fn audit(&mut self) -> Option<AuditSettings> {
        let (durability, sinks) = (self.get("audit.durability"), self.sinks());
        let days = self.get::<Option<Count>>("audit.retention_days")?;
        let retention_days = days.map(|Count(days)| u32::try_from(days).unwrap_or(u32::MAX));
        Some(AuditSettings { durability: durability?, retention_days, sinks: sinks? })
    }

    fn sinks(&mut self) -> Option<SinkSettings> {
        let (file, stdout) = (self.get("audit.file"), self.get("audit.stdout"));
        let (syslog, otlp) = (self.get("audit.syslog"), self.get::<Option<CollectorUrl>>("audit.otlp"));
        let headers: Option<Option<PathBuf>> = self.get("audit.otlp_headers_file");
        let patience = self.get("audit.sink_patience");
        let otlp = otlp?.map(|CollectorUrl(url)| url);
        if otlp.is_none() && headers.as_ref().is_some_and(Option::is_some) {
            self.object("audit.otlp_headers_file", "has no effect without audit.otlp", None);
        }
        Some(SinkSettings {
            file: file?,
            stdout: stdout?,
            syslog: syslog?,
            otlp,
            otlp_headers_file: headers?,
            patience: patience?,
        })
    }

    fn unseal(&mut self) -> Option<Unseal> {
        let (method, file) = (self.get("unseal.method"), self.get("unseal.passphrase_file"));
        Some(match (method?, file?) {
            (UnsealMethod::Passphrase, file) => Unseal::Passphrase { file },
            (UnsealMethod::File, None) => Unseal::File,
            (UnsealMethod::File, Some(_)) => {
                let hint = Some("set unseal.method = \"passphrase\" too");
                self.object("unseal.passphrase_file", "has no effect with unseal.method = \"file\"", hint);
                Unseal::File
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn check(text: &str) -> Result<Settings, String> {
        let mut layers = Layers::default();
        layers.file(Path::new("f"), text).unwrap();
        Settings::check(&layers).map_err(|problems| problems.to_string())
    }

    #[test]
    fn the_defaults_are_valid_and_equal_those_of_the_limits() {
        let settings = check("").unwrap();
        assert_eq!(settings.limits, Limits::default());
        assert_eq!(settings.listen, ["127.0.0.1:4599".parse().unwrap()]);
        assert_eq!(settings.unseal, Unseal::File);
    }

    #[test]
    fn all_problems_are_told_at_once_each_with_its_place() {
        let told =
            check("region = \"here\"\naccounts = \"1\"\nlisten = \"localhost:1\"\nlimits.body = \"1MB\"")
                .unwrap_err();
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 4, "{told}");
        for (place, key) in
            [("f:1: ", "region"), ("f:2: ", "accounts"), ("f:3: ", "listen"), ("f:4: ", "limits.body")]
        {
            assert!(lines.iter().any(|line| line.starts_with(&format!("{place}{key}"))), "{told}");
        }
    }

    #[test]
    fn plain_http_beyond_this_machine_must_be_asked_for_twice() {
        let never = "listen = \"0.0.0.0:1\"\ntls.mode = \"never\"";
        assert!(check(never).unwrap_err().contains("beyond this machine"));
        assert!(check(&format!("{never}\nallow_plain_http = true")).is_ok());
        assert!(check("listen = \"127.0.0.1:1\"\ntls.mode = \"never\"").is_ok());
        assert!(check("listen = \"0.0.0.0:1\"").is_ok());
    }

    #[test]
    fn tls_covers_by_default_what_is_not_loopback() {
        let covered = |mode: TlsMode, address: &str| mode.covers(&address.parse().unwrap());
        assert!(covered(TlsMode::Auto, "10.0.0.1:1") && covered(TlsMode::Auto, "0.0.0.0:1"));
        assert!(!covered(TlsMode::Auto, "127.0.0.1:1") && !covered(TlsMode::Auto, "[::1]:1"));
        assert!(!covered(TlsMode::Auto, "[::ffff:127.0.0.1]:1"));
        assert!(covered(TlsMode::Always, "127.0.0.1:1") && !covered(TlsMode::Never, "10.0.0.1:1"));
    }

    #[test]
    fn events_go_where_the_settings_say() {
        let none = check("").unwrap().audit;
        assert_eq!(
            (none.retention_days, none.sinks.syslog, none.sinks.otlp, none.sinks.stdout),
            (None, None, None, false)
        );
        let text = "[audit]\nretention_days = 400\nfile = \"/var/log/gatekey\"\nstdout = true\nsyslog = \"udp://127.0.0.1:514\"\n\
                    otlp = \"https://collector.example.org/v1/logs\"\notlp_headers_file = \"h\"\nsink_patience = \"2s\"";
        let AuditSettings { retention_days, sinks, .. } = check(text).unwrap().audit;
        assert_eq!(retention_days, Some(400));
        assert_eq!(sinks.syslog, Some(Syslog::Udp("127.0.0.1:514".to_owned())));
        assert_eq!(sinks.otlp.unwrap().host(), Some("collector.example.org"));
        assert_eq!((sinks.stdout, sinks.patience), (true, Duration::from_secs(2)));
        for bad in [
            "syslog = \"host\"",
            "otlp = \"collector:4318\"",
            "otlp = \"ftp://c/\"",
            "retention_days = 0",
            "stdout = 1",
        ] {
            assert!(check(&format!("audit.{bad}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        assert!(check("accounts = \"111122223333,111122223333\"").unwrap_err().contains("twice"));
        assert!(check("accounts = []").unwrap_err().contains("no account"));
        assert!(check("tls.key = \"k\"").unwrap_err().contains("without tls.certificate"));
        assert!(check("tls.certificate = \"c\"").unwrap_err().contains("without tls.key"));
        assert!(check("unseal.passphrase_file = \"p\"").unwrap_err().contains("no effect"));
        assert!(check("limits.buffered = \"1KiB\"").unwrap_err().contains("less than limits.body"));
        assert!(check("limits.header = \"1KiB\"").unwrap_err().contains("8KiB"));
        assert!(check("audit.otlp_headers_file = \"h\"").unwrap_err().contains("without audit.otlp"));
        assert!(check("log.level = \"a=b=c\"").unwrap_err().contains("log level"));
    }
}
