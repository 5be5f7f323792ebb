//! What no code may reach for outside the places named here: clocks, chance, files, sockets, and the cipher library.

use super::sources::Source;

/// A word, and the folders or files in which it may stand.
struct Rule {
    words: &'static [&'static str],
    allowed: &'static [&'static str],
    why: &'static str,
}

/// Tests and examples are free of these rules but for the last.
const RULES: &[Rule] = &[
    Rule {
        words: &["SystemTime::now", "UtcDateTime::now", "OffsetDateTime::now_utc", "Utc::now"],
        allowed: &["crates/cli/src/ambient.rs", "xtask/"],
        why: "the time is passed in as a Clock",
    },
    Rule {
        words: &["Instant::now"],
        allowed: &["crates/server/", "crates/cli/", "crates/audit-sinks/src/feed.rs", "bench/", "xtask/"],
        why: "only the edges measure how long things take",
    },
    Rule {
        words: &["thread_rng", "rand::random", "OsRng", "SystemRandom", "getrandom", "rand::fill"],
        // The library's signatures and key pairs take no other randomness than its own.
        allowed: &[
            "crates/cli/src/ambient.rs",
            "crates/crypto/src/ec.rs",
            "crates/crypto/src/rsa.rs",
            "crates/audit/src/digest_key.rs",
        ],
        why: "chance is passed in as Entropy",
    },
    Rule {
        words: &["aws_lc_rs", "aws_lc_sys"],
        allowed: &[
            "crates/crypto/",
            "crates/sigv4/",
            "crates/audit/",
            "crates/attestation/",
            "crates/recovery/",
            "crates/federation/src/trust.rs",
            "crates/audit-sinks/src/https.rs",
            "crates/server/src/tls",
            "crates/cli/src/ambient.rs",
            "crates/cli/src/client/exchange.rs",
        ],
        why: "key bytes live in one crate; besides it, only signatures, attestation, the audit chain, recovery shares and TLS hash",
    },
];

/// The crates that know no clock, socket, file, task or chance.
const PURE: [&str; 6] =
    ["crates/types", "crates/sigv4", "crates/policy", "crates/analysis", "crates/model", "crates/wire"];

/// What a pure crate does not name.
const IMPURE: [&str; 10] = [
    "std::fs",
    "std::thread",
    "std::env",
    "std::process",
    "std::io",
    "std::time",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "tokio",
];

/// The one file with unsafe code: what the cipher library has and its safe interface lacks.
const UNSAFE: &str = "crates/crypto/src/raw.rs";

/// Every place where a rule is broken.
pub(super) fn broken(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for source in sources {
        let code = source.production();
        for rule in RULES.iter().filter(|rule| !rule.allows(&source.path)) {
            broken.extend(found(source, code, rule.words, rule.why));
        }
        if PURE.contains(&source.folder()) {
            broken.extend(found(source, code, &IMPURE, "the crate is pure"));
        }
        if source.path != UNSAFE {
            broken.extend(found(source, &source.code, &["unsafe"], "there is no unsafe code"));
        }
    }
    broken
}

impl Rule {
    fn allows(&self, path: &str) -> bool {
        self.allowed.iter().any(|allowed| path.starts_with(allowed))
    }
}

fn found(source: &Source, code: &str, words: &[&str], why: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in words {
        let at = code.match_indices(word).map(|(at, _)| at).find(|at| is_whole(code, *at, word));
        if let Some(at) = at {
            let line = code.get(..at).unwrap_or_default().matches('\n').count() + 1;
            found.push(format!("{}:{line} names {word}: {why}", source.path));
        }
    }
    found
}

/// Whether the word stands there by itself and not inside a longer one.
fn is_whole(code: &str, at: usize, word: &str) -> bool {
    let part_of_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let before = code.get(..at).and_then(|before| before.chars().last());
    let after = code.get(at + word.len()..).and_then(|after| after.chars().next());
    !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(path: &str, code: &str) -> Vec<String> {
        broken(&[Source { path: path.to_owned(), lines: 1, code: code.to_owned() }])
    }

    #[test]
    fn a_clock_is_refused_everywhere_but_at_the_root() {
        assert_eq!(report("crates/gate/src/a.rs", "let x = SystemTime::now();").len(), 1);
        assert!(report("crates/cli/src/ambient.rs", "let x = SystemTime::now();").is_empty());
        assert!(report("crates/gate/tests/a.rs", "let x = SystemTime::now();").is_empty());
    }

    #[test]
    fn a_pure_crate_names_no_file_but_its_tests_may() {
        assert_eq!(report("crates/policy/src/a.rs", "use std::fs;").len(), 1);
        assert!(report("crates/policy/src/a.rs", "x\n#[cfg(test)]\nmod tests { use std::fs; }").is_empty());
        assert!(report("crates/server/src/a.rs", "use std::fs;").is_empty());
    }

    #[test]
    fn unsafe_is_refused_even_in_tests_and_unsafe_code_the_lint_is_not_it() {
        assert_eq!(report("crates/gate/tests/a.rs", "unsafe { x }").len(), 1);
        assert!(report("crates/gate/src/a.rs", "#![forbid(unsafe_code)]").is_empty());
        assert!(report(UNSAFE, "unsafe { x }").is_empty());
        assert_eq!(report("crates/crypto/src/ec.rs", "unsafe { x }").len(), 1);
    }
}
