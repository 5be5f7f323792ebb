//! The hand-written sources, and the rules for files.

use super::masked::masked;
use crate::{Outcome, workspace};
use std::path::Path;
use std::process::Command;

/// A Rust file that a person wrote.
pub(super) struct Source {
    /// Its path from the workspace's root, with slashes.
    pub(super) path: String,
    /// How many lines it has.
    pub(super) lines: usize,
    /// Its text without comments and literals.
    pub(super) code: String,
}

impl Source {
    /// Whether it is a test, an example or a benchmark as a whole.
    pub(super) fn is_test(&self) -> bool {
        ["/tests/", "/examples/", "/benches/"].iter().any(|part| self.path.contains(part))
            || self.path.ends_with("/tests.rs")
            || self.path.starts_with("testkit/")
            || self.path.starts_with("fuzz/")
    }
    /// Its crate's folder, such as `crates/policy`.
    pub(super) fn folder(&self) -> &str {
        self.path
            .find("/src/")
            .or_else(|| self.path.find("/tests/"))
            .map_or("", |end| self.path.get(..end).unwrap_or(""))
    }
    /// The code that is no test: all before the first module for tests.
    pub(super) fn production(&self) -> &str {
        if self.is_test() {
            return "";
        }
        self.code.split("#[cfg(test)]\nmod ").next().unwrap_or_default()
    }
}

/// Lines that a file may have at all, and as a rule.
const MOST: usize = 1000;
const RULE: usize = 500;

/// One file in so many may be longer than the rule.
const EXCEPTIONS: usize = 20;

/// Names that say nothing about what is in a file.
const EMPTY_NAMES: [&str; 8] = ["manager", "helper", "helpers", "util", "utils", "common", "misc", "shared"];

/// Every hand-written Rust file that is committed or about to be.
pub(super) fn read() -> Outcome<Vec<Source>> {
    let mut sources = Vec::new();
    for path in listed(&["*.rs"])? {
        let Ok(text) = std::fs::read_to_string(workspace::root().join(&path)) else { continue };
        if !text.starts_with("// @generated") {
            sources.push(Source { path, lines: text.lines().count(), code: masked(&text) });
        }
    }
    Ok(sources)
}

/// The files that git knows, or would if they were added.
fn listed(patterns: &[&str]) -> Outcome<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "--"]).args(patterns);
    let output = git.current_dir(workspace::root()).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

/// What is wrong with files as such.
pub(super) fn broken(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    let long: Vec<&Source> = sources.iter().filter(|source| source.lines > RULE).collect();
    if long.len() * EXCEPTIONS > sources.len() {
        let names: Vec<&str> = long.iter().map(|source| source.path.as_str()).collect();
        broken
            .push(format!("more than one file in {EXCEPTIONS} has over {RULE} lines: {}", names.join(", ")));
    }
    for source in sources {
        if source.lines > MOST {
            broken.push(format!("{} has {} lines; {MOST} is the most", source.path, source.lines));
        }
        let stem = Path::new(&source.path).file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        if EMPTY_NAMES.contains(&&*stem) {
            broken.push(format!("{} is called '{stem}', which says nothing", source.path));
        }
    }
    broken
}

/// Files in which a machine's own paths stand: nothing committed may depend on where it was written.
pub(super) fn texts() -> Outcome<Vec<String>> {
    // Put together, so that this file is not found.
    let marks = ["root", "home", "work", "Users"].map(|folder| format!("/{folder}/"));
    let mut broken = Vec::new();
    let patterns = ["*.rs", "*.toml", "*.md", "*.py", "*.sh", "*.yml", "*.json", "Makefile", ".ci/*"];
    for path in listed(&patterns)? {
        let Ok(text) = std::fs::read_to_string(workspace::root().join(&path)) else { continue };
        let line_of = |mark: &String| text.lines().position(|line| holds_path(line, mark));
        for (mark, line) in marks.iter().filter_map(|mark| Some((mark, line_of(mark)?))) {
            broken.push(format!("{path}:{} names a machine's path, {mark}", line + 1));
        }
    }
    Ok(broken)
}

/// Whether a path that begins with this mark stands in the line, and not only a part of an ARN or an address.
fn holds_path(line: &str, mark: &str) -> bool {
    line.match_indices(mark).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().last());
        before.is_none_or(|before| matches!(before, ' ' | '"' | '\'' | '`' | '=' | '('))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_from_a_part_of_a_name() {
        let mark = format!("/{}/", "root");
        assert!(holds_path(&format!("cd {mark}x"), &mark));
        assert!(holds_path(&format!("path = \"{mark}x\""), &mark));
        assert!(!holds_path(&format!("arn:aws:iam::1:user{mark}x"), &mark));
    }

    #[test]
    fn tests_are_no_production_code() {
        let source = |path: &str| Source {
            path: path.to_owned(),
            lines: 1,
            code: "a\n#[cfg(test)]\nmod tests {".to_owned(),
        };
        assert_eq!(source("crates/x/src/y.rs").production(), "a\n");
        assert_eq!(source("crates/x/tests/y.rs").production(), "");
        assert_eq!(source("crates/services/kms/src/ops/y.rs").folder(), "crates/services/kms");
    }
}
