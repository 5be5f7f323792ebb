//! Places in a text.

use core::fmt;

/// A place in a text, as an editor shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A text and where its lines begin.
#[derive(Debug, Clone)]
pub(crate) struct Source<'t> {
    text: &'t str,
    /// Byte offset of the first character of each line.
    lines: Vec<usize>,
}

impl<'t> Source<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let after_newlines = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        Self { text, lines: core::iter::once(0).chain(after_newlines).collect() }
    }

    /// Line and column of a byte offset. An offset behind the end is the end.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.lines.get(index)).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        Position { line, column: before.chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let source = Source::new("é\nab\r\n\nc");
        let at = |offset| source.position(offset).to_string();
        assert_eq!(
            [at(0), at(2), at(3), at(4), at(7), at(8), at(99)],
            ["1:1", "1:2", "2:1", "2:2", "3:1", "4:1", "4:2"]
        );
    }

    #[test]
    fn an_offset_inside_a_character_does_not_panic() {
        assert_eq!(Source::new("éé").position(1).line, 1);
        assert_eq!(Source::new("").position(0).to_string(), "1:1");
    }
}
