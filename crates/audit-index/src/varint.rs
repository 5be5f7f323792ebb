//! Numbers in as few bytes as they need: seven bits in each, the lowest first.

/// Appends a number.
pub(crate) fn put(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

/// Takes a number off the front; `None` at the end, and for what is none.
pub(crate) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0_u64, 0_u32);
    loop {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f).checked_shl(shift)?;
        if first & 0x80 == 0 {
            return Some(number);
        }
        shift += 7;
    }
}

/// A signed number as one without a sign, small if it is near zero.
pub(crate) fn fold(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

/// What [`fold`] was given.
pub(crate) fn unfold(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_taken() {
        let all = [0, 1, 127, 128, 300, 1 << 32, u64::MAX];
        let mut bytes = Vec::new();
        all.iter().for_each(|number| put(*number, &mut bytes));
        let mut rest = &*bytes;
        assert_eq!(core::iter::from_fn(|| take(&mut rest)).collect::<Vec<_>>(), all);
        for number in [0, 1, -1, i64::MAX, i64::MIN] {
            assert_eq!(unfold(fold(number)), number);
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        assert_eq!(take(&mut &[0xff_u8; 20][..]), None);
        assert_eq!(take(&mut &[0x80_u8][..]), None);
    }
}
