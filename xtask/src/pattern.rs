//! The model's patterns are Java's; what checks them is Rust's `regex`.

use crate::{Outcome, fail};

/// A pattern in the syntax of `regex`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Translated {
    pub(crate) regex: String,
    /// What the whole text may not match.
    pub(crate) except: Option<String>,
}

/// Patterns that no rule here covers, with what says the same or, in the last two, a little less: `regex` does not count
/// to 100,000, and has no back-references, so that a date may mix separators.
const BY_HAND: [(&str, &str, Option<&str>); 3] = [
    (r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", "[a-z0-9]([a-z0-9]|-){1,61}[a-z0-9]", Some(".*--.*")),
    ("^.{1,100000}$", ".+", None),
    (
        r"^([\-]?\d{4}(?!\d{2}\b))((-?)((0[1-9]|1[0-2])(\3([12]\d|0[1-9]|3[01]))?|W([0-4]\d|5[0-2])(-?[1-7])?|(00[1-9]|0[1-9]\d|[12]\d{2}|3([0-5]\d|6[1-6])))([T\s]((([01]\d|2[0-3])((:?)[0-5]\d)?|24\:?00)([\.,]\d(?!:))?)?(\17[0-5]\d([\.,]\d)?)?([zZ]|([\-])([01]\d|2[0-3]):?([0-5]\d)?)?)?)?$",
        r"-?[0-9]{4}(-?[0-9W]{1,3}(-?[0-9]{1,2})?([T ][0-9:.,]+([zZ]|-[0-9:]+)?)?)?",
        None,
    ),
];

/// The same pattern for `regex`, which has been asked whether it takes it.
pub(crate) fn translated(source: &str) -> Outcome<Translated> {
    let translated = translation(source)?;
    for part in std::iter::once(&translated.regex).chain(&translated.except) {
        regex::Regex::new(&format!(r"\A(?:{part})\z"))?;
    }
    Ok(translated)
}

fn translation(source: &str) -> Outcome<Translated> {
    if let Some((_, regex, except)) = BY_HAND.iter().find(|(by_hand, ..)| *by_hand == source) {
        return Ok(Translated { regex: (*regex).to_owned(), except: except.map(str::to_owned) });
    }
    match source.strip_prefix("^(?!").and_then(|rest| rest.split_once("$)")) {
        // `^(?!X$)Y`: the text is no X.
        Some((except, rest)) => Ok(Translated { regex: to_rust(rest)?, except: Some(to_rust(except)?) }),
        None => Ok(Translated { regex: to_rust(source)?, except: None }),
    }
}

/// `\w`, `\d` and `\s` mean ASCII only, as in Java. Look-around and back-references are refused.
fn to_rust(source: &str) -> Outcome<String> {
    if let Some(what) = ["(?=", "(?!", "(?<", "\\1"].into_iter().find(|what| source.contains(what)) {
        return fail(format!("{what} has no counterpart"));
    }
    // Java writes what is beyond 16 bits as two halves.
    let source = source.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF");
    let mut regex = String::with_capacity(source.len() + 16);
    let mut in_class = false;
    let mut letters = source.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let escaped = letters.next();
                regex += &escape(escaped, in_class);
                // After a class within a class a dash is only a dash.
                let shorthand = matches!(escaped, Some('w' | 'd' | 's' | 'W' | 'D' | 'S'));
                if in_class && shorthand && letters.next_if_eq(&'-').is_some() {
                    regex += "\\-";
                }
            }
            '[' if in_class => regex += "\\[",
            '[' => {
                in_class = true;
                regex.push('[');
            }
            ']' => {
                in_class = false;
                regex.push(']');
            }
            // `&&`, `--` and `~~` are set operations to `regex`.
            '&' | '~' if in_class => regex.extend(['\\', letter]),
            other => regex.push(other),
        }
    }
    Ok(regex)
}

/// An escape sequence, of which this is the letter after the backslash.
fn escape(letter: Option<char>, in_class: bool) -> String {
    let class = match letter {
        Some('w') => "0-9A-Za-z_",
        Some('d') => "0-9",
        Some('s') => r" \t\n\x0B\f\r",
        Some('W') => return r"[^0-9A-Za-z_]".to_owned(),
        Some('D') => return r"[^0-9]".to_owned(),
        Some('S') => return r"[^ \t\n\x0B\f\r]".to_owned(),
        Some(other) if needs_no_escape(other) => return other.to_string(),
        Some(other) => return format!("\\{other}"),
        None => return String::new(),
    };
    if in_class { class.to_owned() } else { format!("[{class}]") }
}

/// Java lets any punctuation be escaped; `regex` refuses what has no meaning to it.
fn needs_no_escape(letter: char) -> bool {
    matches!(letter, '/' | '"' | '\'' | ',' | ':' | ';' | '=' | '@' | '_' | '!' | '%' | '<' | '>' | '`' | ' ')
}

#[cfg(test)]
mod tests {
    use super::{Translated, to_rust, translated};

    #[test]
    fn shorthand_classes_become_ascii() {
        assert_eq!(to_rust(r"[\w]+").unwrap_or_default(), "[0-9A-Za-z_]+");
        assert_eq!(to_rust(r"^\d{1,2}$").unwrap_or_default(), "^[0-9]{1,2}$");
        assert_eq!(to_rust(r"^[a-z\s.-]+$").unwrap_or_default(), "^[a-z \\t\\n\\x0B\\f\\r.-]+$");
    }

    #[test]
    fn needless_escapes_go_and_needed_ones_stay() {
        assert_eq!(to_rust(r"[a\/]\.\u0020").unwrap_or_default(), r"[a/]\.\u0020");
    }

    #[test]
    fn a_dash_after_a_class_and_halves_of_letters_are_read_as_java_reads_them() {
        assert_eq!(to_rust(r"[\w-\/.]").unwrap_or_default(), r"[0-9A-Za-z_\-/.]");
        let halves = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF]*";
        let whole = r"[\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]*";
        assert_eq!(to_rust(halves).unwrap_or_default(), whole);
        assert!(translated(halves).is_ok());
    }

    #[test]
    fn what_regex_does_not_take_is_refused_when_the_code_is_generated() {
        assert!(translated("[z-a]").is_err());
        assert!(translated("(a").is_err());
    }

    #[test]
    fn look_around_is_refused() {
        assert!(translated("(?!aws).*").is_err());
    }

    #[test]
    fn a_leading_look_ahead_for_the_whole_text_becomes_an_exception() {
        let expected = Translated { regex: ".+".to_owned(), except: Some(r"[ \t\n\x0B\f\r]*".to_owned()) };
        assert_eq!(translated(r"^(?!\s*$).+").unwrap_or_default(), expected);
    }
}
