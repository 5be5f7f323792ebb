//! Texts cut at an ASCII byte: for the short texts of a signature that is a fraction of what a search for a character takes.

/// The text before and behind the first such byte, which is ASCII.
pub(crate) fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let index = find(text.as_bytes(), at)?;
    Some((text.get(..index)?, text.get(index + 1..)?))
}

/// Where the first such byte is: eight are looked at at once.
fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (eights, rest) = bytes.as_chunks();
    let wanted_bytes = u64::from(wanted) * ONES;
    for (index, eight) in eights.iter().enumerate() {
        // A wanted byte is zero now; taking one from zero sets the highest bit. Higher bytes may be marked by the borrow.
        let differences = u64::from_le_bytes(*eight) ^ wanted_bytes;
        let marks = differences.wrapping_sub(ONES) & !differences & (0x80 * ONES);
        if marks != 0 {
            return Some(index * 8 + usize::try_from(marks.trailing_zeros() / 8).ok()?);
        }
    }
    let in_rest = rest.iter().position(|byte| *byte == wanted)?;
    Some(eights.len() * 8 + in_rest)
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
    fn a_byte_is_found_wherever_it_first_stands() {
        for length in 0..=20 {
            for (wanted, other) in [(b',', b'-'), (b'/', b'.'), (b' ', b'!'), (0, 1), (0x80, 0), (0xff, 0x7f)]
            {
                for at in 0..=length {
                    for second in at..=length {
                        let byte = |i| if i == at || i == second { wanted } else { other };
                        let bytes: Vec<u8> = (0..length).map(byte).collect();
                        let found = bytes.iter().position(|byte| *byte == wanted);
                        assert_eq!(find(&bytes, wanted), found, "{bytes:?}");
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
