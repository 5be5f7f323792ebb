use super::query::{Held, Query, folded};

/// A letter of a pattern. What a policy variable put in is always a `Plain` one, so that a `*` in a tag's value is only a star.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Letter {
    Plain(char),
    /// `*`: any run of characters
    Star,
    /// `?`: exactly one character
    Any,
}

/// Letters of a text in which nothing is replaced: Version 2008-10-17, or a place where variables do not count.
pub(super) fn literally(text: &str) -> Vec<Letter> {
    text.chars().map(letter).collect()
}

fn letter(c: char) -> Letter {
    match c {
        '*' => Letter::Star,
        '?' => Letter::Any,
        c => Letter::Plain(c),
    }
}

/// Letters of a text with its `${...}` replaced; nothing if a variable is absent and has no default.
pub(super) fn substituted(query: &Query<'_>, hidden: &[&str], text: &str) -> Option<Vec<Letter>> {
    let mut letters = Vec::new();
    let mut rest = text;
    while let Some((before, (inside, after))) =
        rest.split_once("${").and_then(|(before, tail)| Some((before, tail.split_once('}')?)))
    {
        letters.extend(literally(before));
        letters.extend(variable(query, hidden, inside)?.chars().map(Letter::Plain));
        rest = after;
    }
    letters.extend(literally(rest));
    Some(letters)
}

/// The value of what stands between `${` and `}`.
fn variable(query: &Query<'_>, hidden: &[&str], inside: &str) -> Option<String> {
    if matches!(inside, "*" | "?" | "$") {
        return Some(inside.to_owned());
    }
    let (key, default) = match inside.split_once(", ") {
        Some((key, quoted)) => (key, Some(quoted.strip_prefix('\'')?.strip_suffix('\'')?)),
        None => (inside, None),
    };
    let key = folded(key);
    match query.context.get(&key) {
        Some(Held::One(value)) if !hidden.contains(&key.as_str()) => Some(value.clone()),
        _ => default.map(str::to_owned),
    }
}

/// Whether the whole text matches the pattern with its wildcards.
pub(super) fn like(pattern: &[Letter], text: &[char]) -> bool {
    // reached[i]: the letters so far can have used up exactly the first i characters.
    let mut reached = vec![false; text.len() + 1];
    reached.iter_mut().take(1).for_each(|start| *start = true);
    for letter in pattern {
        let mut next = vec![false; text.len() + 1];
        let mut open = false;
        for (i, slot) in next.iter_mut().enumerate() {
            let before = i.checked_sub(1);
            let step = before.and_then(|b| reached.get(b)).copied().unwrap_or(false);
            open |= reached.get(i).copied().unwrap_or(false);
            *slot = match letter {
                Letter::Star => open,
                Letter::Any => step,
                Letter::Plain(c) => step && before.and_then(|b| text.get(b)) == Some(c),
            };
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

/// The same for a plain text.
pub(super) fn like_text(pattern: &[Letter], text: &str) -> bool {
    like(pattern, &text.chars().collect::<Vec<_>>())
}

/// The pattern as text, wildcards as the letters that they are.
pub(super) fn as_text(pattern: &[Letter]) -> String {
    let plain = |letter: &Letter| match letter {
        Letter::Plain(c) => *c,
        Letter::Star => '*',
        Letter::Any => '?',
    };
    pattern.iter().map(plain).collect()
}

/// Both sides cut at the first five colons, and each of the six parts matched alone; what is no ARN matches nothing.
pub(super) fn like_arn(pattern: &[Letter], text: &str) -> bool {
    let patterns: Vec<_> = pattern.splitn(6, |letter| *letter == Letter::Plain(':')).collect();
    let parts: Vec<_> = text.splitn(6, ':').collect();
    text.starts_with("arn:")
        && patterns.len() == 6
        && parts.len() == 6
        && patterns.iter().zip(parts).all(|(pattern, part)| like_text(pattern, part))
}
