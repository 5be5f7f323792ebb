//! Lower-case hexadecimal digits, eight at a time: every request writes several ids and hashes, and digit by digit they
//! cost more than what they name.

use core::ops::Range;

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

/// The word that has these digits; of what are none, any. They are its digits if it has them: see [`digits`].
const fn word(digits: [u8; 8]) -> u32 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let wide = u64::from_be_bytes(digits);
    // Only letters have this bit, and count from nine.
    let letters = wide >> 6 & ONES;
    let mut wide = (wide & (0x0f * ONES)) + letters * 9;
    wide = (wide | wide >> 4) & 0x00ff_00ff_00ff_00ff;
    wide = (wide | wide >> 8) & 0x0000_ffff_0000_ffff;
    (wide | wide >> 16) as u32
}

/// Reads two lower-case digits for each byte of `to`, and nothing else: upper case would be a second spelling of the same. What
/// is in `to` counts only if this succeeds.
pub fn take_hex(text: &[u8], to: &mut [u8]) -> Option<()> {
    (text.len() == to.len().checked_mul(2)?).then_some(())?;
    let (eights, rest) = text.as_chunks::<8>();
    let (words, bytes) = to.as_chunks_mut::<4>();
    let mut right = true;
    for (eight, place) in eights.iter().zip(words) {
        let read = word(*eight);
        right &= digits(read) == *eight;
        *place = read.to_be_bytes();
    }
    for ([high, low], place) in rest.as_chunks::<2>().0.iter().zip(bytes) {
        let eight = [b'0', b'0', b'0', b'0', b'0', b'0', *high, *low];
        let read = word(eight);
        right &= digits(read) == eight;
        [.., *place] = read.to_be_bytes();
    }
    right.then_some(())
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
    let mut hex = [0; 32];
    put_hex(bytes, &mut hex);
    let mut text = [b'-'; 36];
    for (in_text, in_hex) in UUID_GROUPS {
        if let (Some(place), Some(group)) = (text.get_mut(in_text), hex.get(in_hex)) {
            place.copy_from_slice(group);
        }
    }
    text
}

/// The inverse of [`uuid`]; every other text is none.
pub(crate) fn take_uuid(text: &str) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let mut hex = [0; 32];
    for (in_text, in_hex) in UUID_GROUPS {
        hex.get_mut(in_hex)?.copy_from_slice(text.get(in_text)?);
    }
    let mut bytes = [0; 16];
    take_hex(&hex, &mut bytes)?;
    [8, 13, 18, 23].iter().all(|at| text.get(*at) == Some(&b'-')).then_some(bytes)
}

/// Where the groups of digits stand in a UUID, and where among its digits alone.
const UUID_GROUPS: [(Range<usize>, Range<usize>); 5] =
    [(0..8, 0..8), (9..13, 8..12), (14..18, 12..16), (19..23, 16..20), (24..36, 20..32)];

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
    fn what_is_written_is_read_again_and_no_other_spelling_is() {
        for byte in 0..=255_u8 {
            let mut read = [0; 2];
            let text = format!("{byte:02x}{:02x}", !byte);
            assert_eq!(take_hex(text.as_bytes(), &mut read), Some(()));
            assert_eq!(read, [byte, !byte]);
            let bad = |digits: [u8; 4]| take_hex(&digits, &mut [0; 2]).is_none();
            let digit = char::from(byte).is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            assert!(digit || (bad([byte, b'0', b'0', b'0']) && bad([b'0', b'0', b'0', byte])), "{byte}");
        }
        for text in ["", "0", "00", "000", "00000", "000000"] {
            assert_eq!(take_hex(text.as_bytes(), &mut [0; 2]), None, "{text}");
        }
    }

    #[test]
    fn a_bad_digit_is_found_wherever_it_stands_in_a_text_of_any_length() {
        for length in 0..=20 {
            let text = "0189abef".repeat(5);
            let good = text.get(..2 * length).unwrap();
            let mut read = vec![0; length];
            assert_eq!(take_hex(good.as_bytes(), &mut read), Some(()));
            assert_eq!(read.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), good);
            assert_eq!(take_hex(good.as_bytes(), &mut vec![0; length + 1]), None);
            for at in 0..good.len() {
                for bad in [b'/', b':', b'@', b'A', b'`', b'g', b'p', 0, 0x10, 0x7f, 0x80, 0xb0, 0xe1, 0xff] {
                    let mut text = good.as_bytes().to_vec();
                    *text.get_mut(at).unwrap() = bad;
                    assert_eq!(take_hex(&text, &mut read), None, "{bad} at {at} of {length}");
                }
            }
        }
    }

    #[test]
    fn only_a_uuid_as_it_is_written_is_read() {
        let bytes = core::array::from_fn(|at| u8::try_from(at * 17).unwrap());
        let text = String::from_utf8(uuid(&bytes).to_vec()).unwrap();
        assert_eq!(text, "00112233-4455-6677-8899-aabbccddeeff");
        assert_eq!(take_uuid(&text), Some(bytes));
        for at in 0..36 {
            for bad in ["-", "0", "A", "_", "é"] {
                let mut other = text.clone();
                other.replace_range(at..at + 1, bad);
                let is_same = other == text;
                assert_eq!(
                    take_uuid(&other).is_some(),
                    is_same || (bad == "0" && text.as_bytes()[at] != b'-'),
                    "{other}"
                );
            }
            assert_eq!(take_uuid(&text[..at]), None);
        }
        assert_eq!(take_uuid(&format!("{text}0")), None);
    }

    #[test]
    fn what_has_no_room_is_left_out_whole() {
        let mut text = *b"      ";
        assert_eq!(put(b"abc", &mut text).len(), 3);
        assert_eq!(put(b"1234567", &mut text).len(), 6);
        assert_eq!(&text, b"abc   ");
    }
}
