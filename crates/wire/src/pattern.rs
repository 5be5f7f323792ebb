//! The model's patterns, compiled on first use.

use gatekey_model::{Matcher, Pattern};
use regex::Regex;

/// A pattern, and what its text may not match.
struct Compiled {
    regex: Regex,
    except: Option<Regex>,
}

impl Matcher for Compiled {
    fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text) && !self.except.as_ref().is_some_and(|except| except.is_match(text))
    }
}

/// Stands for a pattern that could not be compiled: it matches nothing. A test compiles every one there is.
struct Nothing;

impl Matcher for Nothing {
    fn matches(&self, _text: &str) -> bool {
        false
    }
}

/// Whether the whole of the text matches. Time is linear in the text.
pub(crate) fn matches(pattern: &Pattern, text: &str) -> bool {
    pattern.matches(text, |pattern| match compile(pattern) {
        Ok(compiled) => Box::new(compiled),
        Err(_) => Box::new(Nothing),
    })
}

fn compile(pattern: &Pattern) -> Result<Compiled, regex::Error> {
    let whole = |source: &str| Regex::new(&format!(r"\A(?:{source})\z"));
    Ok(Compiled { regex: whole(pattern.regex)?, except: pattern.except.map(whole).transpose()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_must_match_and_the_line_end_counts() {
        let pattern = Pattern::new("[a-z]+", "[a-z]+");
        assert!(matches(&pattern, "abc"));
        for text in ["", "abc\n", "a b", "Abc"] {
            assert!(!matches(&pattern, text), "{text:?}");
        }
    }

    #[test]
    fn an_exception_is_refused_although_the_pattern_matches() {
        let pattern = Pattern::new(r"^(?!\s*$).+", ".+").except("[ ]*");
        assert!(matches(&pattern, " a "));
        assert!(!matches(&pattern, "   "));
    }

    #[test]
    fn every_pattern_of_every_served_model_compiles() {
        let mut seen = std::collections::BTreeSet::new();
        let operations = gatekey_model::kms::Operation::ALL.iter().map(|operation| operation.info());
        for info in operations {
            compile_all(info.input, &mut seen);
            info.output.into_iter().for_each(|output| compile_all(output, &mut seen));
        }
        assert!(seen.len() > 100, "only {} shapes were reached", seen.len());
    }

    fn compile_all(
        shape: &'static gatekey_model::Shape,
        seen: &mut std::collections::BTreeSet<&'static str>,
    ) {
        use gatekey_model::Kind;
        if !seen.insert(shape.name) {
            return;
        }
        if let Some(pattern) = shape.pattern {
            assert!(compile(pattern).is_ok(), "{}: {}", shape.name, pattern.regex);
        }
        match shape.kind {
            Kind::Structure(members) => members.iter().for_each(|member| compile_all(member.shape, seen)),
            Kind::List { member, .. } => compile_all(member, seen),
            Kind::Map { key, value, .. } => [key, value].into_iter().for_each(|part| compile_all(part, seen)),
            _ => {}
        }
    }
}
