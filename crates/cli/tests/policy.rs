//! `gatekey policy` as people and scripts see it.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail as tests do")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policies");

fn gatekey(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatekey"));
    command.arg("policy").args(args).current_dir(FOLDER).stdin(Stdio::null());
    command
}

/// What a run printed and its exit code.
fn run(args: &[&str]) -> (String, String, i32) {
    read(gatekey(args).output().unwrap())
}

fn read(output: Output) -> (String, String, i32) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

/// Compares with a file beside the policies. To write it anew after a change that is meant, set UPDATE_GOLDEN.
fn golden(name: &str, text: &str) {
    let path = Path::new(FOLDER).join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{name} differs (UPDATE_GOLDEN=1 writes it anew). Now:\n{text}");
}

#[test]
fn lint_shows_place_line_rule_and_advice_and_fails_on_errors() {
    let (out, err, code) = run(&["lint", "faulty.json", "--account", "111122223333"]);
    golden("faulty.lint.txt", &out);
    assert_eq!((err.as_str(), code), ("", 1));
}

#[test]
fn lint_passes_a_sound_policy_and_can_be_told_to_be_stricter() {
    let (out, _, code) = run(&["lint", "sound.json", "--account", "111122223333"]);
    assert_eq!(code, 0, "{out}");
    let (_, _, code) = run(&["lint", "suggestive.json", "--account", "111122223333"]);
    assert_eq!(code, 0);
    let (_, _, code) = run(&["lint", "suggestive.json", "--account", "111122223333", "--deny", "suggestion"]);
    assert_eq!(code, 1);
}

#[test]
fn lint_reads_standard_input_and_writes_sarif_and_json() {
    let lint = |option: &str| {
        let mut child =
            gatekey(&["lint", "-", option]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"{\"Statement\": 7}").unwrap();
        let (out, _, code) = read(child.wait_with_output().unwrap());
        assert_eq!(code, 1);
        serde_json::from_str::<serde_json::Value>(&out).unwrap()
    };
    let sarif = lint("--sarif");
    assert_eq!(sarif["version"], "2.1.0");
    assert!(
        sarif["runs"][0]["results"].as_array().unwrap().iter().any(|result| result["ruleId"] == "GK1006")
    );
    assert_eq!(lint("--json")[0]["file"], "-");
}

#[test]
fn lint_says_what_cannot_be_read_and_exits_with_two() {
    let (out, err, code) = run(&["lint", "no-such-file.json"]);
    assert_eq!((out.as_str(), code), ("", 2));
    assert!(err.contains("no-such-file.json"), "{err}");
    assert_eq!(run(&["lint", "sound.json", "--kind", "keys"]).2, 2);
}

#[test]
fn the_rules_page_is_what_the_command_prints() {
    let (out, _, code) = run(&["lint", "--rules"]);
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policy-lint.md")).unwrap();
    assert!(code == 0 && out == page);
}

#[test]
fn test_prints_a_table_and_ends_with_the_count() {
    let (out, err, code) = run(&["test", "cases"]);
    golden("cases.test.txt", &out);
    assert_eq!((err.as_str(), code), ("", 0));
    assert!(out.ends_with(" passed, 0 failed\n"), "{out}");
}

#[test]
fn test_shows_the_difference_of_a_failure_and_exits_with_one() {
    let (out, err, code) = run(&["test", "wrong-expectation.json"]);
    golden("wrong-expectation.test.txt", &out);
    assert_eq!((err.as_str(), code), ("", 1));
    assert!(out.ends_with("\n1 passed, 1 failed\n"), "{out}");
    let (quiet, _, _) = run(&["test", "-q", "wrong-expectation.json"]);
    assert!(quiet.len() < out.len() && quiet.contains("FAIL") && !quiet.contains("ok  "), "{quiet}");
}

#[test]
fn test_writes_json_and_junit() {
    let junit: PathBuf = tempfile::tempdir().unwrap().keep().join("report.xml");
    let (out, err, code) =
        run(&["test", "wrong-expectation.json", "--json", "--junit", junit.to_str().unwrap()]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&json["passed"], &json["failed"], code), (&1.into(), &1.into(), 1));
    assert_eq!(err, "1 passed, 1 failed\n");
    let xml = std::fs::read_to_string(&junit).unwrap();
    assert!(xml.contains("<testsuites name=\"gatekey policy test\" tests=\"2\" failures=\"1\">"), "{xml}");
    assert!(xml.contains("<failure message=\"decision: expected allow, got implicit-deny\">"), "{xml}");
    std::fs::remove_dir_all(junit.parent().unwrap()).unwrap();
}

#[test]
fn test_refuses_what_is_misspelt_with_the_place_and_exits_with_two() {
    let (out, err, code) = run(&["test", "misspelt.yaml", "cases"]);
    assert_eq!((out.as_str(), code), ("", 2));
    golden("misspelt.test.txt", &err);
}

#[test]
fn test_says_that_there_are_no_cases() {
    let folder = tempfile::tempdir().unwrap();
    let (_, err, code) = run(&["test", folder.path().to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(err.contains("there are no cases"), "{err}");
}

#[test]
fn explain_shows_every_layer_and_statement_and_what_would_help() {
    let (out, err, code) = run(&["explain", "layers.json"]);
    golden("layers.explain.txt", &out);
    assert_eq!((err.as_str(), code), ("", 0));
    assert!(!out.contains('\u{1b}'), "no colours where nobody sees them");
}

#[test]
fn explain_picks_a_case_by_name_or_number_and_writes_json() {
    let (by_name, _, _) = run(&["explain", "layers.json", "--case", "a grant with other context"]);
    let (by_number, _, _) = run(&["explain", "layers.json", "--case", "2"]);
    assert_eq!(by_name, by_number);
    let (out, _, code) = run(&["explain", "layers.json", "--case", "2", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((json[0]["decision"].as_str(), code), (Some("implicit-deny"), 0));
    assert!(json[0]["trace"]["layers"].as_array().is_some_and(|layers| layers.len() >= 7), "{out}");
    let (_, err, code) = run(&["explain", "layers.json", "--case", "nine"]);
    assert!(code == 2 && err.contains("there is no case \"nine\""), "{err}");
}

/// The blocks of the page on policy tests in one language.
fn blocks(language: &str) -> Vec<&'static str> {
    let page = include_str!("../../../docs/policy-tests.md");
    let fence = format!("```{language}\n");
    page.match_indices(&fence).map(|(at, _)| page[at + fence.len()..].split("```").next().unwrap()).collect()
}

#[test]
fn the_cases_of_the_documentation_pass_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    for (language, count) in [("json", 2), ("yaml", 1), ("toml", 1)] {
        let blocks = blocks(language);
        assert_eq!(blocks.len(), count, "{language}");
        for (number, block) in blocks.iter().enumerate() {
            let file = folder.path().join(format!("example-{number}.{language}"));
            std::fs::write(&file, block).unwrap();
            let (out, err, code) = run(&["test", file.to_str().unwrap()]);
            assert_eq!((code, err.as_str()), (0, ""), "{block}\n{out}");
            assert!(out.contains("ok  ") && out.ends_with(" passed, 0 failed\n"), "{out}");
        }
    }
}

/// Whether `pattern`, with `...` for any lines, describes the lines.
fn describes(pattern: &[&str], lines: &[&str]) -> bool {
    match pattern.split_first() {
        None => lines.is_empty(),
        Some((&"...", rest)) => {
            (0..=lines.len()).any(|skipped| lines.get(skipped..).is_some_and(|lines| describes(rest, lines)))
        }
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, lines)| line == first && describes(rest, lines))
        }
    }
}

#[test]
fn the_sessions_of_the_documentation_are_what_the_command_prints() {
    let blocks = blocks("console");
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        let (command, shown) = block.split_once('\n').unwrap();
        let words = command.strip_prefix("$ gatekey policy ").unwrap();
        let (plain, quoted) = words.split_once(" '").unwrap_or((words, ""));
        let quoted = quoted.strip_suffix('\'').into_iter();
        let (out, _, _) = run(&plain.split(' ').chain(quoted).collect::<Vec<_>>());
        let (shown, lines): (Vec<_>, Vec<_>) = (shown.lines().collect(), out.lines().collect());
        assert!(describes(&shown, &lines), "{command}\n{out}");
    }
}

#[test]
fn what_is_not_readable_is_told_in_one_line_with_the_place_and_exits_with_two() {
    let folder = tempfile::tempdir().unwrap();
    let many = (1..10).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        let before = format!("*a{}", n - 1);
        format!("{text}a{n}: &a{n} [{}]\n", [before.as_str(); 9].join(", "))
    });
    for (name, text, told) in [
        ("deep.yaml", "- ".to_owned() + &"[".repeat(5000), "1:50: nested more than 48 deep"),
        ("deep.json", "[".repeat(5000), "1:49: nested more than 48 deep"),
        ("deep.toml", "a = ".to_owned() + &"[".repeat(5000), "1:"),
        (
            "twice.json",
            r#"[{"name": "a", "name": "b"}]"#.into(),
            "1:21: the member \"name\" stands here a second time",
        ),
        ("many.yaml", many, " repetition limit exceeded"),
        ("nothing.json", String::new(), "1:1: EOF while parsing a value"),
        ("null.json", "[null]".into(), "1:5: /0: this must be an object, and is null"),
        ("case.txt", "{}".into(), " what format is this?"),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let (out, err, code) = run(&["test", file.to_str().unwrap()]);
        assert_eq!((out.as_str(), code), ("", 2), "{name}: {err}");
        assert!(err.contains(&format!("{name}:{told}")) && err.lines().count() == 1, "{name}: {err}");
        assert!(err.len() < 300, "{name}: {err}");
    }
}
