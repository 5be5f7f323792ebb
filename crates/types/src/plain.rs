//! Finding out whether JSON writes a text just as it is, many bytes at a time: nearly every text it does, so that none of its
//! bytes is a reason to stop.

/// Whether this byte is written with an escape: JSON says so of all but the last, which no line of a log should have.
pub const fn needs_escape(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\') | (byte == 0x7f)
}

/// Whether any byte of the text [needs an escape](needs_escape).
pub fn needs_escapes(text: &[u8]) -> bool {
    if let Some(last) = text.last_chunk() {
        // The last bytes may overlap those before.
        let mut seen = [0; 16];
        see(last, &mut seen);
        text.as_chunks().0.iter().for_each(|chunk| see(chunk, &mut seen));
        return u128::from_ne_bytes(seen) != 0;
    }
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return marks(*first) | marks(*last) != 0;
    }
    if let (Some(&[a, b, c, d]), Some(&[e, f, g, h])) = (text.first_chunk(), text.last_chunk()) {
        return marks([a, b, c, d, e, f, g, h]) != 0;
    }
    text.iter().fold(false, |found, byte| found | needs_escape(*byte))
}

/// Notes, each in its own place, which of the bytes need an escape: in this form it becomes a few instructions for all of them.
#[inline]
fn see(bytes: &[u8; 16], seen: &mut [u8; 16]) {
    for (seen, byte) in seen.iter_mut().zip(bytes) {
        *seen |= u8::from(needs_escape(*byte));
    }
}

/// Not zero if one of the bytes [needs an escape](needs_escape): the lowest that does has its highest bit set.
fn marks(eight: [u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let bytes = u64::from_le_bytes(eight);
    // Taking from a byte what is more than it sets its highest bit. A borrow can mark further bytes, but comes from a mark.
    let is = |byte: u8| (bytes ^ (u64::from(byte) * ONES)).wrapping_sub(ONES);
    let below = bytes.wrapping_sub(0x20 * ONES);
    (below | is(b'"') | is(b'\\') | is(0x7f)) & !bytes & (0x80 * ONES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_needs_an_escape_is_found_wherever_it_stands() {
        for length in 0..=40 {
            for others in [b'a', b' ', b'!', b'#', b'[', b']', b'~', 0x80, 0xa2, 0xdc, 0xff] {
                let mut text = vec![others; length];
                assert!(!needs_escapes(&text), "{length} times {others}");
                for at in 0..length {
                    for byte in 0..=255 {
                        text[at] = byte;
                        assert_eq!(needs_escapes(&text), needs_escape(byte), "{byte} at {at} of {length}");
                    }
                    text[at] = others;
                }
            }
        }
    }
}
