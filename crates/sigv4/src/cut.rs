//! Texts cut at an ASCII byte: for the short texts of a signature that is a fraction of what a search for a character takes.

use memchr::memchr;
/// The text before and behind the first such byte, which is ASCII.
pub(crate) fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let index = memchr(at, text.as_bytes())?;
    Some((text.get(..index)?, text.get(index + 1..)?))
}

/// The pieces between all such bytes, as [`str::split`] gives them: at least one, and empty ones too.
pub(crate) fn pieces(text: &str, at: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let (piece, more) = cut(text, at).map_or((text, None), |(piece, more)| (piece, Some(more)));
        rest = more;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_wherever_the_byte_first_stands() {
        for length in 0..=20 {
            for (wanted, other) in
                [(',', '-'), ('/', '.'), (' ', '!'), ('\0', '\u{1}'), ('=', 'é'), ('\x7f', '\u{ff}')]
            {
                for at in 0..=length {
                    for second in at..=length {
                        let letter = |i| if i == at || i == second { wanted } else { other };
                        let text: String = (0..length).map(letter).collect();
                        assert_eq!(
                            cut(&text, u8::try_from(wanted).unwrap()),
                            text.split_once(wanted),
                            "{text:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn texts_are_cut_as_the_standard_library_cuts_them() {
        for text in ["", ",", "a", "a,b", ",a,,b,", "é,ü", "é"] {
            assert_eq!(cut(text, b','), text.split_once(','), "{text}");
            assert!(pieces(text, b',').eq(text.split(',')), "{text}");
        }
    }
}
