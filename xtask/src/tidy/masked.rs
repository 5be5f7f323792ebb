//! Source text with its comments and literals blanked out, so that a word found in it is code.

/// The same text, as long and with the same lines, in which comments, strings and characters are spaces.
pub(super) fn masked(source: &str) -> String {
    let letters: Vec<char> = source.chars().collect();
    let mut text = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        let length = opaque(&letters, at);
        let code = length == 0;
        for hidden in letters.iter().skip(at).take(length.max(1)) {
            text.push(if code || *hidden == '\n' { *hidden } else { ' ' });
        }
        at += length.max(1);
        // `r` of an identifier such as `for` does not begin a raw string.
        if code && is_word(*letter) {
            while let Some(next) = letters.get(at).filter(|next| is_word(**next)) {
                text.push(*next);
                at += 1;
            }
        }
    }
    text
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// How many characters of comment or literal begin here; none where code does.
fn opaque(letters: &[char], at: usize) -> usize {
    let letter = |offset: usize| letters.get(at + offset).copied().unwrap_or('\0');
    match (letter(0), letter(1)) {
        ('/', '/') => length_until(letters, at, |rest| rest.first() == Some(&'\n')),
        ('/', '*') => block_comment(letters, at),
        ('"', _) => 1 + quoted(letters, at + 1, '"'),
        ('b' | 'c', '"') => 2 + quoted(letters, at + 2, '"'),
        ('b', '\'') => 2 + quoted(letters, at + 2, '\''),
        ('r', '"' | '#') => raw(letters, at, 1),
        ('b' | 'c', 'r') if matches!(letter(2), '"' | '#') => raw(letters, at, 2),
        // A lifetime has no closing quote.
        ('\'', '\\') => 1 + quoted(letters, at + 1, '\''),
        ('\'', _) if letter(2) == '\'' => 3,
        _ => 0,
    }
}

fn length_until(letters: &[char], from: usize, ends: impl Fn(&[char]) -> bool) -> usize {
    let rest = letters.get(from..).unwrap_or_default();
    (0..rest.len()).find(|at| rest.get(*at..).is_some_and(&ends)).unwrap_or(rest.len())
}

/// The length to the end of a literal, the closing quote included.
fn quoted(letters: &[char], from: usize, quote: char) -> usize {
    let mut length = 0;
    while let Some(letter) = letters.get(from + length) {
        length += if *letter == '\\' { 2 } else { 1 };
        if *letter == quote {
            break;
        }
    }
    length
}

fn block_comment(letters: &[char], from: usize) -> usize {
    let (mut depth, mut length) = (0_usize, 0);
    loop {
        match (letters.get(from + length), letters.get(from + length + 1)) {
            (Some('/'), Some('*')) => (depth, length) = (depth + 1, length + 2),
            (Some('*'), Some('/')) => (depth, length) = (depth.saturating_sub(1), length + 2),
            (Some(_), _) => length += 1,
            (None, _) => return length,
        }
        if depth == 0 {
            return length;
        }
    }
}

/// A raw string, whose prefix is so long; a raw identifier is none.
fn raw(letters: &[char], from: usize, prefix: usize) -> usize {
    let hashes = letters.iter().skip(from + prefix).take_while(|letter| **letter == '#').count();
    let open = from + prefix + hashes;
    if letters.get(open) != Some(&'"') {
        return 0;
    }
    let closes = |rest: &[char]| {
        rest.first() == Some(&'"')
            && rest.iter().skip(1).take(hashes).filter(|letter| **letter == '#').count() == hashes
    };
    prefix + hashes + 1 + length_until(letters, open + 1, closes) + 1 + hashes
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn comments_and_literals_are_blanked_and_lines_stay() {
        let source = "let a = \"un//safe\"; // unsafe\n/* a /* b */ unsafe */ let r#type = 'x';\n";
        let expected = format!(
            "let a = {}; {}\n{} let r#type = {};\n",
            " ".repeat(10),
            " ".repeat(9),
            " ".repeat(22),
            "   "
        );
        assert_eq!(masked(source), expected);
    }

    #[test]
    fn raw_strings_lifetimes_and_escapes_are_told_apart() {
        let source = "fn f<'a>(x: &'a str) -> char { g(r##\"unsafe \"# \"##, br\"x\", '\\'', b'\\n', \"\\\"unsafe\") }";
        let text = masked(source);
        assert!(!text.contains("unsafe"), "{text}");
        assert!(text.starts_with("fn f<'a>(x: &'a str) -> char { g("), "{text}");
        assert!(text.ends_with(") }"), "{text}");
        assert_eq!(text.chars().count(), source.chars().count());
    }

    #[test]
    fn an_identifier_that_ends_in_r_begins_no_raw_string() {
        assert_eq!(masked("for\"x\""), "for   ");
    }
}
