//! Labels of versions.

/// Whether a text may be a label: letters, digits, `.`, `-` and `_`, not beginning with a digit, `aws` or `ssm`, and not
/// longer than 100 characters.
pub(crate) fn is_lawful(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let begins_well = !text.starts_with(|first: char| first.is_ascii_digit());
    let reserved = lower.starts_with("aws") || lower.starts_with("ssm");
    let characters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    !text.is_empty() && text.len() <= 100 && begins_well && !reserved && characters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_awss() {
        for (text, lawful) in [
            ("prod", true),
            ("Prod_1.x-y", true),
            ("1prod", false),
            ("awsome", false),
            ("SSMx", false),
            ("a b", false),
            ("a:b", false),
            ("", false),
            (&"x".repeat(100), true),
            (&"x".repeat(101), false),
        ] {
            assert_eq!(is_lawful(text), lawful, "{text}");
        }
    }
}
