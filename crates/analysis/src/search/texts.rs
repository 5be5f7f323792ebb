//! Texts, one of each kind that patterns can tell apart.

use gatekey_policy::{Token, key::same_name};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How far into a pattern a text may have come, in order.
type Places = Vec<u16>;

/// A pattern of texts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Pattern {
    pub(super) tokens: Vec<Token>,
    pub(super) any_case: bool,
}

/// Texts, and whether there is one of every kind.
#[derive(Clone, Debug)]
pub(super) struct Texts {
    pub(super) texts: Vec<String>,
    pub(super) is_exact: bool,
}

/// More states of the automaton than this are not visited.
const MOST_STATES: usize = 2_000;
/// Longer patterns than this, together, are not compared.
const MOST_TOKENS: usize = 6_000;

impl Pattern {
    /// The text, if it matches just one.
    fn literal(&self) -> Option<String> {
        let text = self.tokens.iter().map(|token| match token {
            Token::Is(character) => Some(*character),
            _ => None,
        });
        text.collect::<Option<String>>().filter(|_| !self.any_case)
    }

    fn is(&self, wanted: char, seen: char) -> bool {
        wanted == seen
            || (self.any_case && same_name(wanted.encode_utf8(&mut [0; 4]), seen.encode_utf8(&mut [0; 4])))
    }

    fn start(&self) -> Places {
        self.closed(vec![0])
    }

    fn token(&self, at: u16) -> Option<Token> {
        self.tokens.get(usize::from(at)).copied()
    }

    /// Runs may be empty.
    fn closed(&self, at: Places) -> Places {
        let mut all = Places::with_capacity(at.len() + 1);
        for mut place in at {
            all.push(place);
            while matches!(self.token(place), Some(Token::Run | Token::RunInPart)) {
                place += 1;
                all.push(place);
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    fn step(&self, at: &Places, seen: char) -> Places {
        let next = at.iter().filter_map(|place| match self.token(*place)? {
            Token::Is(wanted) => self.is(wanted, seen).then_some(place + 1),
            Token::One => Some(place + 1),
            Token::OneInPart => (seen != ':').then_some(place + 1),
            Token::Run => Some(*place),
            Token::RunInPart => (seen != ':').then_some(*place),
        });
        self.closed(next.collect())
    }

    fn ends(&self, at: &Places) -> bool {
        at.last().is_some_and(|last| usize::from(*last) == self.tokens.len())
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        let at = text.chars().fold(self.start(), |at, seen| self.step(&at, seen));
        self.ends(&at)
    }
}

/// One text of each kind: for every set of patterns that some text matches while it matches none of the others, one that
/// does. Of those only that match `domain`, where there is one.
pub(super) fn one_of_each(patterns: &[Pattern], domain: Option<&Pattern>) -> Texts {
    let all: BTreeSet<&Pattern> = patterns.iter().collect();
    let literals: BTreeSet<String> = all.iter().filter_map(|pattern| pattern.literal()).collect();
    let wild: Vec<&Pattern> =
        all.into_iter().filter(|pattern| pattern.literal().is_none()).chain(domain).collect();
    let size: usize = wild.iter().map(|pattern| pattern.tokens.len()).sum();
    let fits = |text: &str| domain.is_none_or(|domain| domain.matches(text));
    let mut texts: Vec<String> = literals.iter().filter(|text| fits(text)).cloned().collect();
    if size > MOST_TOKENS {
        return Texts { texts, is_exact: false };
    }
    // A literal that a wildcard matches takes part, so that the others which that one matches are found too.
    let caught: Vec<Pattern> = literals
        .iter()
        .filter(|text| wild.iter().any(|pattern| pattern.matches(text)))
        .map(|text| Pattern { tokens: text.chars().map(Token::Is).collect(), any_case: false })
        .collect();
    let walked: Vec<&Pattern> = wild.iter().copied().chain(&caught).collect();
    let fresh = fresh_character(&literals, &walked);
    let walk = Walk::over(&walked, alphabet(&walked, fresh));
    let mut is_exact = walk.is_whole;
    for (accepted, text) in &walk.found {
        if !fits(text) {
            continue;
        }
        if !texts.contains(text) {
            texts.push(text.clone());
        } else if accepted.iter().all(|accepts| !accepts) {
            // A literal that no wildcard matches stands for itself; those that nothing matches need another text.
            let other = other_of_none(&literals, &walked, fresh);
            is_exact &= other.is_some();
            texts.extend(other);
        }
    }
    Texts { texts, is_exact }
}

/// A character that stands in no pattern: a text with it is none of the literals.
fn fresh_character(literals: &BTreeSet<String>, walked: &[&Pattern]) -> char {
    let is_used = |wanted: char| {
        literals.iter().any(|text| text.contains(wanted))
            || walked.iter().any(|pattern| pattern.tokens.contains(&Token::Is(wanted)))
    };
    ('a'..='z')
        .rev()
        .chain('0'..='9')
        .chain('A'..='Z')
        .chain('\u{4e00}'..'\u{9fff}')
        .find(|c| !is_used(*c))
        .unwrap_or('\u{a000}')
}

/// The characters that can make a difference, those first that look best in an answer.
fn alphabet(walked: &[&Pattern], fresh: char) -> Vec<char> {
    let mut alphabet = BTreeSet::from([fresh, ':']);
    for pattern in walked {
        for token in &pattern.tokens {
            let Token::Is(character) = token else { continue };
            alphabet.insert(*character);
            if pattern.any_case {
                alphabet.extend(character.to_lowercase().chain(character.to_uppercase()));
            }
        }
    }
    let mut sorted: Vec<char> = alphabet.into_iter().collect();
    sorted.sort_by_key(|character| (*character != fresh, !character.is_alphanumeric(), *character));
    sorted
}

type State = Vec<Places>;

/// All that can be told apart by reading a text from left to right, shortest texts first.
struct Walk {
    found: BTreeMap<Vec<bool>, String>,
    is_whole: bool,
}

impl Walk {
    fn over(patterns: &[&Pattern], alphabet: Vec<char>) -> Self {
        let start: State = patterns.iter().map(|pattern| pattern.start()).collect();
        let mut walk = Self { found: BTreeMap::new(), is_whole: true };
        let mut seen = BTreeSet::from([start.clone()]);
        let accepted = |state: &State| -> Vec<bool> {
            patterns.iter().zip(state).map(|(pattern, at)| pattern.ends(at)).collect()
        };
        let nothing_read = accepted(&start);
        let mut waiting = VecDeque::from([(start, String::new())]);
        while let Some((state, text)) = waiting.pop_front() {
            for character in &alphabet {
                let next: State =
                    patterns.iter().zip(&state).map(|(pattern, at)| pattern.step(at, *character)).collect();
                let mut longer = text.clone();
                longer.push(*character);
                walk.found.entry(accepted(&next)).or_insert_with(|| longer.clone());
                if seen.len() >= MOST_STATES {
                    walk.is_whole = false;
                    return walk;
                }
                if seen.insert(next.clone()) {
                    waiting.push_back((next, longer));
                }
            }
        }
        // The empty text stands for its kind only where no other does: some conditions read it as none at all.
        walk.found.entry(nothing_read).or_default();
        walk
    }
}

/// A text that no pattern matches and that is no literal: one with the fresh character, if any.
fn other_of_none(literals: &BTreeSet<String>, walked: &[&Pattern], fresh: char) -> Option<String> {
    let candidates = [fresh.to_string(), format!("{fresh}{fresh}{fresh}"), format!("{fresh}:{fresh}")];
    let is_matched =
        |text: &String| walked.iter().any(|pattern| pattern.matches(text)) || literals.contains(text);
    candidates.into_iter().find(|text| !is_matched(text))
}
