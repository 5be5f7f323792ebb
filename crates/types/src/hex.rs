//! Lower-case hexadecimal digits, eight at a time: every request writes several ids and hashes, and digit by digit they
//! cost more than what they name.

/// The eight digits of a word, the greatest first.
const fn digits(word: u32) -> [u8; 8] {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Spreads the eight halves of bytes over eight bytes.
    let mut wide = word as u64;
    wide = (wide | wide << 16) & 0x0000_ffff_0000_ffff;
    wide = (wide | wide << 8) & 0x00ff_00ff_00ff_00ff;
    wide = (wide | wide << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    // Ten and more, which six more carry over, are letters; `a` stands 39 behind where `:` does.
    let letters = (wide + 6 * ONES) >> 4 & ONES;
    (wide + 0x30 * ONES + letters * 39).to_be_bytes()
}

/// Writes two digits for each byte at the start of `to`, as far as there is room, and gives what is behind them.
pub fn put_hex<'t>(bytes: &[u8], mut to: &'t mut [u8]) -> &'t mut [u8] {
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        to = put(&digits(u32::from_be_bytes(*word)), to);
    }
    for byte in rest {
        let [.., high, low] = digits(u32::from(*byte));
        to = put(&[high, low], to);
    }
    to
}

/// Writes bytes at the start of `to`, as far as there is room, and gives what is behind them.
pub fn put<'t>(bytes: &[u8], to: &'t mut [u8]) -> &'t mut [u8] {
    if to.len() < bytes.len() {
        return to;
    }
    let (place, rest) = to.split_at_mut(bytes.len());
    place.copy_from_slice(bytes);
    rest
}

/// An id's 16 bytes as a UUID: groups of 8, 4, 4, 4 and 12 digits.
pub(crate) fn uuid(bytes: &[u8; 16]) -> [u8; 36] {
    let [a, b, c, d, e, f, g, h, i, j, node @ ..] = *bytes;
    let mut text = [b'-'; 36];
    let mut rest = put_hex(&[a, b, c, d], &mut text);
    for pair in [[e, f], [g, h], [i, j]] {
        rest = put_hex(&pair, put(b"-", rest));
    }
    put_hex(&node, put(b"-", rest));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_written_as_the_formatter_writes_it_wherever_it_stands() {
        for length in 0..=9 {
            for byte in 0..=255_u8 {
                let bytes = vec![byte; length];
                let mut text = vec![b' '; 2 * length + 1];
                assert_eq!(put_hex(&bytes, &mut text), b" ");
                assert_eq!(text, format!("{} ", format!("{byte:02x}").repeat(length)).as_bytes());
            }
        }
    }

    #[test]
    fn what_has_no_room_is_left_out_whole() {
        let mut text = *b"      ";
        assert_eq!(put(b"abc", &mut text).len(), 3);
        assert_eq!(put(b"1234567", &mut text).len(), 6);
        assert_eq!(&text, b"abc   ");
    }
}
