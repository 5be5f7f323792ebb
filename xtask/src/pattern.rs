//! The model's patterns are Java's; what checks them is Rust's `regex`.

use crate::{Outcome, fail};

/// The same pattern for `regex`: `\w`, `\d` and `\s` mean ASCII only, as in Java, and `^`, `$` at the ends go, since the
/// whole of a text is matched anyway. What neither can say alike (look-around, back-references) is refused.
pub(crate) fn to_rust(source: &str) -> Outcome<String> {
    if let Some(what) = ["(?=", "(?!", "(?<", "\\1"].into_iter().find(|what| source.contains(what)) {
        return fail(format!("{what} has no counterpart"));
    }
    let mut regex = String::with_capacity(source.len() + 16);
    let mut in_class = false;
    let mut letters = source.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => regex += &escape(letters.next(), in_class),
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
    use super::to_rust;

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
    fn look_around_is_refused() {
        assert!(to_rust("(?!aws).*").is_err());
    }
}
