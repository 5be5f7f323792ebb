//! Any text as a policy for the linter and as a file of cases. Whatever comes, there is an answer; every finding lies inside
//! the text; what the evaluator's reader refuses is an error of some rule; and a case that is read is decided.
#![no_main]

use gatekey_analysis::cases::{Format, Reading, load};
use gatekey_analysis::lint::{Kind, Scope, Severity, lint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let kind = Kind::ALL[usize::from(*first) % Kind::ALL.len()];
    let report = lint(text, &Scope { kind: Some(kind), account: "111122223333".parse().ok(), key: None });
    let lines = text.split('\n').count();
    for finding in &report.findings {
        assert!(finding.start.line <= lines && finding.start <= finding.end, "{finding:?}");
    }
    if kind == Kind::Key && gatekey_policy::Policy::parse(text, gatekey_policy::Kind::Key).is_err() {
        assert!(report.count(Severity::Error) > 0, "refused, and clean: {report:?}");
    }
    for format in [Format::Json, Format::Yaml, Format::Toml] {
        for reading in [Reading::AsWritten, Reading::AsStored] {
            for case in load(text, format, reading).into_iter().flatten() {
                case.run();
            }
        }
    }
});
