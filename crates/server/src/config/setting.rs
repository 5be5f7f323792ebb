use std::fmt::Write as _;

/// One thing that can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the file, with a dot between a table and what is in it.
    pub key: &'static str,
    /// The value that applies when nobody sets one, in the notation of all values.
    pub default: &'static str,
    /// What values it takes.
    pub takes: &'static str,
    /// What it does, in a sentence or two.
    pub about: &'static str,
}

impl Setting {
    /// The environment variable that sets it: `limits.body` is `GATEKEY_LIMITS_BODY`.
    pub fn variable(&self) -> String {
        format!("GATEKEY_{}", self.key.replace('.', "_").to_uppercase())
    }

    /// The setting of this name.
    pub fn named(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// The known name that is most like a wrong one, if any is like it at all.
    pub fn resembling(wrong: &str) -> Option<&'static str> {
        let likeness = |setting: &&Self| strsim::jaro_winkler(setting.key, wrong);
        let best = SETTINGS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
        (likeness(&best) > 0.8).then_some(best.key)
    }
}

macro_rules! settings {
    ($($key:literal = $default:literal, $takes:literal, $about:literal;)*) => {
        /// Every setting there is, in the order in which they are shown.
        pub static SETTINGS: &[Setting] =
            &[$(Setting { key: $key, default: $default, takes: $takes, about: $about }),*];
    };
}

settings! {
    "data" = "./gatekey-data", "folder",
        "Where everything is kept. The configuration file is looked for here, as `gatekey.toml`, unless one is named.";
    "listen" = "127.0.0.1:4599", "addresses with ports, separated by commas",
        "Where the services answer. Port 0 lets the system choose.";
    "region" = "us-east-1", "Region",
        "The Region that is shown to people as an example. Requests name their own; every Region is served.";
    "accounts" = "111122223333", "account ids of 12 digits, separated by commas",
        "The accounts that are created on first start.";
    "init_on_first_start" = "true", "true or false",
        "Whether `serve` initialises an empty data folder. Say false where an empty one means that a volume was not mounted.";
    "tls.mode" = "auto", "auto, always or never",
        "`auto` means TLS on every address that is not loopback.";
    "tls.names" = "", "DNS names and IP addresses, separated by commas",
        "Further names in certificates of the local authority. They always hold localhost, the loopback addresses and the addresses listened on.";
    "tls.certificate" = "", "PEM file",
        "A certificate chain of your own, instead of the local authority's. Needs `tls.key`. Read again twice a day and on SIGHUP.";
    "tls.key" = "", "PEM file, mode 0600",
        "The key of `tls.certificate`.";
    "allow_plain_http" = "false", "true or false",
        "Lets `tls.mode = never` serve plain HTTP on addresses that are not loopback. Data keys then cross the network in clear.";
    "limits.connections" = "4096", "number",
        "Connections open at once. One more is told 503.";
    "limits.header" = "32KiB", "size",
        "A request's line and headers together. More is told 431, as are more than 100 headers.";
    "limits.body" = "1MiB", "size",
        "A request's body. A longer one is told 413 before it is read.";
    "limits.buffered" = "256MiB", "size",
        "All bodies over 64 KiB that are being read or answered. Past it, such requests are told 503.";
    "timeouts.header" = "10s", "duration",
        "For a TLS handshake, and for a request's headers from their first byte.";
    "timeouts.body" = "30s", "duration",
        "For a request's body. A slower one is told 408.";
    "timeouts.idle" = "75s", "duration",
        "How long a connection may stay open without a request.";
    "timeouts.drain" = "20s", "duration",
        "How long requests in flight may take to finish when the server stops.";
    "metrics.listen" = "off", "address with port, or off",
        "Where `/metrics`, `/healthz` and `/readyz` are served to operators, in plain HTTP and without authentication.";
    "log.format" = "text", "text or json",
        "How logs are written to standard error.";
    "log.level" = "info", "error, warn, info, debug or trace, or a filter such as info,gatekey_server=debug",
        "What is logged. No level logs a secret.";
    "audit.durability" = "os", "os or disk",
        "When an event counts as recorded: handed to the operating system (survives a crash of Gatekey), or synced to disk (survives a power cut).";
    "audit.retention_days" = "off", "number of days, or off",
        "How long events are kept at least: segments of the audit trail that are older are removed. LookupEvents shows 90 days, if they are kept.";
    "audit.file" = "", "file",
        "A file that every event is appended to, as one line of JSON. A file that was moved away is begun anew.";
    "audit.stdout" = "false", "true or false",
        "Whether every event is written to standard output, as one line of JSON.";
    "audit.syslog" = "off", "udp://HOST:PORT, tcp://HOST:PORT or unix:PATH, or off",
        "A syslog receiver that every event is sent to, in the form of RFC 5424.";
    "audit.otlp" = "off", "URL of an OTLP/HTTP endpoint for logs, such as http://127.0.0.1:4318/v1/logs, or off",
        "An OpenTelemetry collector that every event is sent to.";
    "audit.otlp_headers_file" = "", "file, mode 0600",
        "Headers for `audit.otlp`, one `Name: value` a line, such as one with a token.";
    "audit.sink_patience" = "5s", "duration",
        "How long the file, standard output, syslog or the collector may take for an event. Then the request fails, and nothing is answered that one of them does not have.";
    "quotas.rates" = "off", "off or aws",
        "Whether requests to KMS, and lookups of events, are limited to AWS's rates, by account, Region and kind of operation: past them they are told ThrottlingException, as AWS tells it.";
    "forecast" = "warn", "off, warn or deny",
        "What is done where a key's policy is put after which nobody could change it, or one deletion would leave nobody: `warn` tells the caller in the header `x-gatekey-forecast`, and the audit log; `deny` refuses a lockout besides, even if AWS's check is bypassed. Accounts of more than 20,000 users and roles are not looked at.";
    "federation.keys_file" = "", "JSON file",
        "Keys of OpenID Connect issuers that cannot be asked over HTTPS: an object from issuer URLs to JSON Web Key Sets. Read again when a token names a key that is not in it.";
    "federation.private_issuers" = "false", "true or false",
        "Whether OpenID Connect issuers may be asked at loopback and private addresses too. Whoever may register an issuer can then make the server connect there. Link-local addresses and those of clouds' metadata are never asked.";
    "attestation.root" = "", "PEM file",
        "The certificate that attestation documents of recipients must lead to, instead of AWS's root of Nitro Enclaves and NitroTPM.";
    "recovery.cool_down" = "24h", "duration",
        "How long a recovery waits after its last approval, in which whoever can change the key's policy may veto it. Time in which the server does not run does not count.";
    "recovery.root_rescue" = "false", "true or false",
        "Whether the root user of an account may read and replace the policies of the account's keys where nothing denies it. This is not AWS behaviour: there a root user has no right that the key's policy does not give.";
    "simulation.grant_delay" = "off", "duration, or off",
        "How long a new grant counts only for requests that carry its token. AWS takes up to five minutes, Gatekey no time: a delay shows whether a client sends tokens.";
    "unseal.method" = "file", "file or passphrase",
        "What opens the root key: a key file in the data folder, or a passphrase.";
    "unseal.passphrase_file" = "", "file, mode 0600",
        "Where the passphrase is read from. Without it, it is asked for on the terminal.";
}

/// The settings as a table in Markdown, for `docs/configuration.md`.
pub fn reference() -> String {
    let mut table = String::from("| setting | default | takes | what it does |\n|---|---|---|---|\n");
    for Setting { key, default, takes, about } in SETTINGS {
        let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| `{key}` | {default} | {takes} | {about} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        for (wrong, right) in [
            ("lisen", "listen"),
            ("limits.bodyy", "limits.body"),
            ("log.levle", "log.level"),
            ("unseal.passphrase-file", "unseal.passphrase_file"),
        ] {
            assert_eq!(Setting::resembling(wrong), Some(right));
        }
        assert_eq!(Setting::resembling("zzz"), None);
    }

    #[test]
    fn the_reference_in_the_documentation_is_current() {
        let page = include_str!("../../../../docs/configuration.md");
        assert!(page.contains(&reference()), "put this into docs/configuration.md:\n{}", reference());
    }

    #[test]
    fn no_setting_is_named_like_a_variable_that_kubernetes_makes_for_a_service() {
        for setting in SETTINGS {
            let variable = setting.variable();
            assert!(!variable.starts_with("GATEKEY_PORT") && !variable.starts_with("GATEKEY_SERVICE_"));
        }
    }
}
