//! From the model's names to Rust's.

use std::collections::BTreeSet;

/// Words that cannot be the name of a field.
const KEYWORDS: [&str; 14] = [
    "type", "match", "ref", "use", "where", "in", "as", "move", "static", "enum", "impl", "loop", "mod", "fn",
];

/// The words of a name: `XksProxyUriEndpoint` gives xks, proxy, uri, endpoint; `RSA_2048` gives rsa, 2048.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| letters.get(at));
        if starts_word(before.copied(), *letter, letters.get(index + 1).copied()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_ascii_alphanumeric() {
            word.push(letter.to_ascii_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether a word begins at this letter: after a separator, at a hump, and at the last capital of a run.
fn starts_word(before: Option<char>, letter: char, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    if !before.is_ascii_alphanumeric() || !letter.is_ascii_alphanumeric() {
        return true;
    }
    let hump = letter.is_ascii_uppercase() && !before.is_ascii_uppercase();
    let end_of_run = letter.is_ascii_uppercase() && after.is_some_and(|next| next.is_ascii_lowercase());
    hump || end_of_run
}

/// `KeyId` as `key_id`.
pub(crate) fn snake(name: &str) -> String {
    words(name).join("_")
}

/// A member's name as the name of a field.
pub(crate) fn field(name: &str) -> String {
    let snake = snake(name);
    if KEYWORDS.contains(&snake.as_str()) { format!("r#{snake}") } else { snake }
}

/// `RSA_2048` as `Rsa2048`.
pub(crate) fn pascal(name: &str) -> String {
    words(name).iter().map(|word| capitalised(word)).collect()
}

/// A shape's name as the name of a static.
pub(crate) fn constant(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

/// An enum's value as the name of a variant.
pub(crate) fn variant(value: &str) -> String {
    let name = pascal(value);
    match name.as_str() {
        "Self" => "SelfValue".to_owned(),
        "" => "Empty".to_owned(),
        _ if name.starts_with(|first: char| first.is_ascii_digit()) => format!("V{name}"),
        _ => name,
    }
}

/// The first letter in upper case, the rest as it is.
pub(crate) fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// This name, or where it is taken the name with the first number that is free.
pub(crate) fn unique(name: String, separator: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number: u32| format!("{name}{separator}{number}"));
    let free = std::iter::once(name.clone()).chain(numbered).find(|candidate| !taken.contains(candidate));
    let free = free.unwrap_or_else(|| name.clone());
    taken.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_snake_case() {
        assert_eq!(field("KeyId"), "key_id");
        assert_eq!(field("XksProxyURIPath"), "xks_proxy_uri_path");
        assert_eq!(field("AWSAccountId"), "aws_account_id");
        assert_eq!(field("Type"), "r#type");
    }

    #[test]
    fn variants_are_camel_case_and_never_keywords() {
        assert_eq!(variant("RSA_2048"), "Rsa2048");
        assert_eq!(variant("SYMMETRIC_DEFAULT"), "SymmetricDefault");
        assert_eq!(variant("GenerateDataKeyWithoutPlaintext"), "GenerateDataKeyWithoutPlaintext");
        assert_eq!(variant("SELF"), "SelfValue");
        assert_eq!(variant("4096"), "V4096");
    }
}
