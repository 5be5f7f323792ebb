//! What is wrong with a policy document, and where.

use std::fmt;

/// A stretch of a document, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Line and column of the start, both from 1; the column counts characters.
    pub fn line_and_column(self, text: &str) -> (u32, u32) {
        let before = text.get(..self.start as usize).unwrap_or(text);
        let line = before.bytes().filter(|b| *b == b'\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        let counted = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1);
        (counted(line), counted(column))
    }

    /// The text that it covers.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// A place in a document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Location {
    /// In bytes.
    pub span: Span,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// JSON pointer to the element, `/Statement/0/Principal`; empty for the document.
    pub pointer: String,
}

/// Which of AWS's errors a faulty document is answered with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorClass {
    /// `MalformedPolicyDocumentException` (KMS) or `MalformedPolicyDocument` (IAM, STS).
    Malformed,
    /// `LimitExceededException` (KMS) or `LimitExceeded`, `PackedPolicyTooLarge` (IAM, STS).
    TooLarge,
    /// `ValidationException`: characters that the API's model does not admit.
    Validation,
}

/// Why a document is refused. [`fmt::Display`] gives what the client may read; the rest is for the operator and for tools.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyError {
    /// Which error of AWS.
    pub class: ErrorClass,
    /// What the client may read.
    pub message: String,
    /// What exactly is wrong.
    pub detail: String,
    /// What to do.
    pub hint: Option<String>,
    /// Where.
    pub at: Location,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PolicyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let text = "{\n  \"é\": x";
        let at = u32::try_from(text.find('x').unwrap()).unwrap();
        assert_eq!(Span { start: at, end: at + 1 }.line_and_column(text), (2, 8));
        assert_eq!(Span::default().line_and_column(text), (1, 1));
        assert_eq!(Span { start: 900, end: 901 }.line_and_column(text).0, 2);
    }
}
