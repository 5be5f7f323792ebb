//! How long functions are: the one figure that sets admired code apart.

use super::sources::Source;

/// The longest that the median function may be, in lines.
const MEDIAN: usize = 10;

/// Nine functions in ten are shorter than this.
const NINTH_DECILE: usize = 40;

/// A function, with its signature and its braces.
#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// What is wrong with the functions taken together.
pub(super) fn broken(sources: &[Source]) -> Vec<String> {
    let lengths = lengths(sources);
    let mut broken = Vec::new();
    let (median, decile) = (at(&lengths, 1, 2), at(&lengths, 9, 10));
    if median > MEDIAN {
        broken.push(format!("the median function has {median} lines; {MEDIAN} is the most"));
    }
    if decile >= NINTH_DECILE {
        broken.push(format!(
            "the ninth decile of functions is {decile} lines; it must be under {NINTH_DECILE}"
        ));
    }
    broken
}

/// The figures, and the longest functions, in a few lines.
pub(super) fn summary(sources: &[Source]) -> String {
    let lengths = lengths(sources);
    let mut text = format!(
        "{} functions in {} files: median {} lines, ninth decile {}; the longest:",
        lengths.len(),
        sources.len(),
        at(&lengths, 1, 2),
        at(&lengths, 9, 10)
    );
    let mut all: Vec<(&str, Function)> = sources.iter().flat_map(located).collect();
    all.sort_by_key(|(_, function)| std::cmp::Reverse(function.lines));
    for (path, function) in all.iter().take(5) {
        text += &format!("\n  {:4} {} ({path}:{})", function.lines, function.name, function.line);
    }
    text
}

fn located(source: &Source) -> impl Iterator<Item = (&str, Function)> {
    functions(&source.code).into_iter().map(|function| (source.path.as_str(), function))
}

fn lengths(sources: &[Source]) -> Vec<usize> {
    let mut lengths: Vec<usize> =
        sources.iter().flat_map(located).map(|(_, function)| function.lines).collect();
    lengths.sort_unstable();
    lengths
}

/// The value at this fraction of a sorted list.
fn at(sorted: &[usize], part: usize, of: usize) -> usize {
    sorted.get(sorted.len() * part / of).copied().unwrap_or_default()
}

/// The functions of a masked source; a signature without a body is none.
fn functions(code: &str) -> Vec<Function> {
    let starts = code.match_indices("fn ").filter(|(at, _)| begins_word(code, *at));
    starts.filter_map(|(at, _)| function(code, at)).collect()
}

fn begins_word(code: &str, at: usize) -> bool {
    let before = code.get(..at).and_then(|before| before.chars().last());
    before.is_none_or(|letter| !letter.is_alphanumeric() && letter != '_')
}

fn function(code: &str, at: usize) -> Option<Function> {
    let rest = code.get(at..)?;
    let name: String = rest.get(3..)?.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let length = body_end(rest)?;
    let line = code.get(..at)?.matches('\n').count() + 1;
    let lines = rest.get(..length)?.matches('\n').count() + 1;
    (!name.is_empty()).then_some(Function { name, line, lines })
}

/// Where the body ends that begins after this signature; a semicolon outside of brackets ends it without one.
fn body_end(rest: &str) -> Option<usize> {
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    for (at, letter) in rest.char_indices() {
        match letter {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            ';' if braces == 0 && brackets == 0 => return None,
            '{' => braces += 1,
            '}' => {
                braces = braces.checked_sub(1)?;
                if braces == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_measured_from_signature_to_brace() {
        let code = "trait A { fn a(x: [u8; 3]); }\nimpl B {\n    pub fn b(&self) -> u8 {\n        if x { 1 }\n        2\n    }\n}\nfn c() {}\n";
        let expected = [("b", 3, 4), ("c", 8, 1)];
        let found: Vec<_> = functions(code).into_iter().map(|f| (f.name, f.line, f.lines)).collect();
        assert_eq!(found, expected.map(|(name, line, lines)| (name.to_owned(), line, lines)));
    }

    #[test]
    fn medians_and_deciles_are_of_the_sorted_list() {
        let sorted: Vec<usize> = (1..=100).collect();
        assert_eq!((at(&sorted, 1, 2), at(&sorted, 9, 10)), (51, 91));
        assert_eq!(at(&[], 1, 2), 0);
    }
}
