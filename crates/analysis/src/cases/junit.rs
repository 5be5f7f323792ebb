//! Results of cases as a JUnit report, which continuous integration reads.

use super::{Case, CaseResult};
use std::fmt::Write as _;

/// The cases of one file.
#[derive(Debug, Clone, Copy)]
pub struct Suite<'r> {
    /// The name of the file.
    pub name: &'r str,
    /// The cases and how they came out.
    pub cases: &'r [(Case, CaseResult)],
}

impl Suite<'_> {
    fn failed(&self) -> usize {
        self.cases.iter().filter(|(_, result)| !result.passed()).count()
    }
}

/// The report, as XML.
pub fn report<'r>(suites: impl IntoIterator<Item = Suite<'r>>) -> String {
    let suites: Vec<Suite<'_>> = suites.into_iter().collect();
    let tests: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    let failures: usize = suites.iter().map(Suite::failed).sum();
    let head = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"gatekey policy test\" tests=\"{tests}\" failures=\"{failures}\">\n"
    );
    suites.iter().fold(head, |text, suite| text + &suite_element(suite)) + "</testsuites>\n"
}

fn suite_element(suite: &Suite<'_>) -> String {
    let (name, tests, failures) = (escaped(suite.name), suite.cases.len(), suite.failed());
    let head = format!("  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\">\n");
    suite.cases.iter().fold(head, |text, (case, result)| text + &case_element(&name, case, result))
        + "  </testsuite>\n"
}

fn case_element(suite: &str, case: &Case, result: &CaseResult) -> String {
    let head = format!("    <testcase classname=\"{suite}\" name=\"{}\"", escaped(&case.name));
    let Some(first) = result.mismatches.first() else { return head + "/>\n" };
    let mut details = String::new();
    for mismatch in &result.mismatches {
        // Writing to a String cannot fail.
        let _ =
            writeln!(details, "{}: expected {}, got {}", mismatch.what, mismatch.expected, mismatch.actual);
    }
    details += result.message.as_deref().unwrap_or_default();
    let summary = escaped(&format!("{}: expected {}, got {}", first.what, first.expected, first.actual));
    format!(
        "{head}>\n      <failure message=\"{summary}\">{}</failure>\n    </testcase>\n",
        escaped(&details)
    )
}

/// A text as XML has it. Characters that XML 1.0 cannot hold at all are replaced.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |out, c| match c {
        '&' => out + "&amp;",
        '<' => out + "&lt;",
        '>' => out + "&gt;",
        '"' => out + "&quot;",
        '\n' | '\t' => out + &c.to_string(),
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out + "\u{fffd}",
        c => out + &c.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_inside_their_attributes() {
        assert_eq!(escaped("a\"<b>&\u{1b}"), "a&quot;&lt;b&gt;&amp;\u{fffd}");
    }
}
