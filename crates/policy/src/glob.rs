//! Wildcards: `*` for any run of characters, `?` for exactly one. Matching takes linear time whatever the pattern.

use std::collections::BTreeMap;

/// A part of a pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Piece<'a> {
    /// These characters.
    Text(&'a str),
    /// `*`
    Star,
    /// `?`
    Question,
}

/// A compiled pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Glob {
    /// What the text must begin with; all of it, where there is no star.
    first: Segment,
    /// What must follow, after each star; the last of them at the end. Empty: there is no star.
    after_stars: Box<[Segment]>,
}

/// The pattern between two stars.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Segment {
    Literal(Box<str>),
    /// With `?`, which is `None` here.
    Mixed(Box<[Option<char>]>),
}

impl Glob {
    /// Compiles a pattern.
    pub(crate) fn of_pieces<'a>(pieces: impl IntoIterator<Item = Piece<'a>>) -> Self {
        let mut segments: Vec<Vec<Option<char>>> = Vec::new();
        let mut current = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => current.extend(text.chars().map(Some)),
                Piece::Question => current.push(None),
                // Two stars in a row are one.
                Piece::Star if current.is_empty() && !segments.is_empty() => {}
                Piece::Star => segments.push(std::mem::take(&mut current)),
            }
        }
        segments.push(current);
        let mut segments = segments.into_iter().map(Segment::new);
        Self {
            first: segments.next().unwrap_or_else(|| Segment::new(Vec::new())),
            after_stars: segments.collect(),
        }
    }

    /// Compiles a pattern from its text.
    pub(crate) fn of_text(text: &str) -> Self {
        Self::of_pieces(pieces(text))
    }

    /// Whether it matches every text.
    pub(crate) fn is_everything(&self) -> bool {
        self.first.is_empty() && matches!(&*self.after_stars, [only] if only.is_empty())
    }

    /// Whether it matches the whole of the text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some((last, middle)) = self.after_stars.split_last() else {
            return self.first.strip_start(text) == Some("");
        };
        let Some(mut rest) = self.first.strip_start(text) else { return false };
        for segment in middle {
            match segment.find_and_skip(rest) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        last.ends(rest)
    }
}

/// The pieces of a pattern without variables.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    text.split_inclusive(['*', '?']).flat_map(|run| {
        let (plain, wildcard) = match run.as_bytes().last() {
            Some(b'*') => (run.strip_suffix('*').unwrap_or(run), Some(Piece::Star)),
            Some(b'?') => (run.strip_suffix('?').unwrap_or(run), Some(Piece::Question)),
            _ => (run, None),
        };
        std::iter::once(Piece::Text(plain)).chain(wildcard)
    })
}

impl Segment {
    fn new(chars: Vec<Option<char>>) -> Self {
        match chars.iter().copied().collect::<Option<String>>() {
            Some(literal) => Self::Literal(literal.into()),
            None => Self::Mixed(chars.into()),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Literal(text) if text.is_empty())
    }

    fn strip_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Literal(literal) => text.strip_prefix(&**literal),
            Self::Mixed(wanted) => {
                let mut chars = text.chars();
                let all = wanted.iter().all(|want| chars.next().is_some_and(|c| want.is_none_or(|w| w == c)));
                all.then_some(chars.as_str())
            }
        }
    }

    fn ends(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => text.ends_with(&**literal),
            Self::Mixed(wanted) => {
                let mut chars = text.chars().rev();
                wanted.iter().rev().all(|want| chars.next().is_some_and(|c| want.is_none_or(|w| w == c)))
            }
        }
    }

    /// What follows the first place where the segment occurs.
    fn find_and_skip<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Literal(literal) => {
                let at = text.find(&**literal)?;
                text.get(at + literal.len()..)
            }
            Self::Mixed(wanted) => find_mixed(wanted, text),
        }
    }
}

/// Searches for a segment with `?` by the bit-parallel Shift-And method: one step for each character of the text and each
/// 64 characters of the segment, so that no pattern makes it quadratic.
fn find_mixed<'t>(wanted: &[Option<char>], text: &'t str) -> Option<&'t str> {
    let words = wanted.len().div_ceil(64);
    let mut any = vec![0_u64; words];
    let mut of_char: BTreeMap<char, Vec<u64>> = BTreeMap::new();
    for (index, want) in wanted.iter().enumerate() {
        let row = match want {
            None => &mut any,
            Some(c) => of_char.entry(*c).or_insert_with(|| vec![0; words]),
        };
        if let Some(word) = row.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }
    let goal = 1_u64 << ((wanted.len().saturating_sub(1)) % 64);
    let nothing = vec![0; words];
    let mut state = vec![0_u64; words];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let row = of_char.get(&c).unwrap_or(&nothing);
        let mut carry = 1;
        for ((word, own), any) in state.iter_mut().zip(row).zip(&any) {
            let carried = *word >> 63;
            *word = ((*word << 1) | carry) & (own | any);
            carry = carried;
        }
        if state.last().is_some_and(|word| word & goal != 0) {
            return Some(chars.as_str());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By definition, and slowly.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => (0..=text.len()).any(|n| by_definition(rest, &text[n..])),
            (Some((p, rest)), Some((t, more))) => (*p == '?' || p == t) && by_definition(rest, more),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_the_definition(pattern in "[ab*?é]{0,9}", text in "[abé]{0,9}") {
            let chars = |s: &str| s.chars().collect::<Vec<_>>();
            let glob = Glob::of_text(&pattern);
            prop_assert_eq!(glob.matches(&text), by_definition(&chars(&pattern), &chars(&text)));
        }

        #[test]
        fn long_segments_agree_with_a_plain_search(
            segment in proptest::collection::vec(proptest::option::weighted(0.7, prop_oneof![Just('a'), Just('b')]), 60..140),
            text in "[ab]{0,400}",
        ) {
            let wanted: Vec<Option<char>> = segment;
            let chars: Vec<char> = text.chars().collect();
            let fits = |w: &[char]| w.iter().zip(&wanted).all(|(c, want)| want.is_none_or(|x| x == *c));
            let plain = chars.windows(wanted.len()).position(fits);
            let found = find_mixed(&wanted, &text).map(|rest| chars.len() - rest.chars().count() - wanted.len());
            prop_assert_eq!(found, plain);
        }
    }

    #[test]
    fn everything_is_recognized() {
        for (text, all) in [("*", true), ("**", true), ("", false), ("*a", false), ("?*", false)] {
            assert_eq!(Glob::of_text(text).is_everything(), all, "{text}");
        }
    }

    #[test]
    fn hostile_patterns_end() {
        let text = "a".repeat(8_000);
        assert!(!Glob::of_text(&format!("{}b", "*a".repeat(2_000))).matches(&text));
        assert!(!Glob::of_text(&format!("*{}b*", "?".repeat(3_000))).matches(&text));
        assert!(!Glob::of_text(&format!("{}b*", "*?a".repeat(2_000))).matches(&text));
    }
}
