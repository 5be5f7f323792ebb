//! What is told of a request that is wrong.

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// More than one attribute, or one that cannot be looked for.
    Attributes,
    /// An end before the beginning.
    Times,
    /// A token of something else, or of nothing.
    Token,
}

/// The exceptions' texts: AWS documents what they mean, not what they say. Here they say it in the documentation's sense.
pub(crate) fn inferred_words(wrong: Wrong) -> &'static str {
    match wrong {
        Wrong::Attributes => "You can specify only one lookup attribute, with a value that is valid for it.",
        Wrong::Times => "The start time must not be after the end time.",
        Wrong::Token => "The token is not valid, or was returned by a request with other parameters.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inferred_words_say_what_is_wrong() {
        assert!(inferred_words(Wrong::Attributes).contains("one lookup attribute"));
        assert!(inferred_words(Wrong::Times).contains("start time"));
        assert!(inferred_words(Wrong::Token).contains("token"));
    }
}
