//! What AWS does not document: each choice stands in one function named `inferred_*`, is shown by a test whose name begins with
//! the function's, and is told in `docs/undocumented.md`.

use super::sources::Source;
use crate::{Outcome, workspace};
use std::collections::BTreeSet;

const PAGE: &str = "docs/undocumented.md";

/// What is wrong, a line each.
pub(super) fn broken(sources: &[Source]) -> Outcome<Vec<String>> {
    let page = std::fs::read_to_string(workspace::root().join(PAGE))?;
    let mut functions = Vec::new();
    let mut tests = BTreeSet::new();
    for source in sources {
        let production = source.production();
        functions.extend(names(production, "fn "));
        tests.extend(names(source.code.get(production.len()..).unwrap_or_default(), "fn "));
    }
    for entry in std::fs::read_dir(workspace::root().join("conformance/clients"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "py") {
            tests.extend(names(&std::fs::read_to_string(path)?, "def test_"));
        }
    }
    Ok(compared(&functions, &tests, &page))
}

/// The names that begin with `inferred_`, after `keyword`.
fn names(code: &str, keyword: &str) -> Vec<String> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let after = code.match_indices(keyword).filter_map(|(at, _)| code.get(at + keyword.len()..));
    let inferred = after.filter(|rest| rest.starts_with("inferred_"));
    inferred.map(|rest| rest.chars().take_while(|c| is_of_name(*c)).collect()).collect()
}

fn compared(functions: &[String], tests: &BTreeSet<String>, page: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let once: BTreeSet<&String> = functions.iter().collect();
    let is_of = |test: &str, function: &str| {
        test.strip_prefix(function).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    for function in &once {
        if functions.iter().filter(|other| other == function).count() > 1 {
            broken.push(format!("{function} stands in two places; a choice stands in one"));
        }
        if !tests.iter().any(|test| is_of(test, function)) {
            broken.push(format!("{function} is shown by no test whose name begins with its name"));
        }
        if !page.contains(&format!("`{function}`")) {
            broken.push(format!("{PAGE} does not tell of {function}"));
        }
    }
    let untold = tests.iter().filter(|test| !once.iter().any(|function| is_of(test, function)));
    broken.extend(untold.map(|test| format!("{test} is the test of no function of that name")));
    let gone = names(page, "`").into_iter().filter(|name| !once.contains(name));
    broken.extend(gone.map(|name| format!("{PAGE} tells of {name}, which is not there")));
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_has_one_function_a_test_and_a_place_on_the_page() {
        let told = |functions: &[&str], tests: &[&str], page: &str| {
            let functions: Vec<_> = functions.iter().map(|&name| name.to_owned()).collect();
            let tests = tests.iter().map(|&name| name.to_owned()).collect();
            compared(&functions, &tests, page)
        };
        assert!(told(&["inferred_a"], &["inferred_a_is_so"], "| `inferred_a` |").is_empty());
        for (functions, tests, page) in [
            (&["inferred_a", "inferred_a"][..], &["inferred_a"][..], "`inferred_a`"),
            (&["inferred_a"], &["inferred_ab", "inferred_a"], "`inferred_a`"),
            (&["inferred_a"], &[], "`inferred_a`"),
            (&["inferred_a"], &["inferred_a"], ""),
            (&["inferred_a"], &["inferred_a"], "`inferred_a` `inferred_b`"),
        ] {
            assert_eq!(told(functions, tests, page).len(), 1, "{functions:?} {tests:?} {page}");
        }
    }

    #[test]
    fn names_are_read_to_their_end() {
        assert_eq!(
            names("fn inferred_a1(x) fn b() pub fn inferred_c<T>", "fn "),
            ["inferred_a1", "inferred_c"]
        );
    }
}
