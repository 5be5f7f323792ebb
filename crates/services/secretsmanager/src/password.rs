//! Random passwords.

use gatekey_types::Entropy;
use zeroize::Zeroizing;

/// The kinds of characters that a password has; spaces are of no kind that it must have.
const KINDS: [&str; 4] = [
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
];

/// What a password is to be made of.
pub(crate) struct Recipe {
    /// How long.
    pub(crate) length: usize,
    /// Of each kind (upper case, lower case, digits, punctuation) the characters that are left.
    kinds: Vec<Vec<u8>>,
    /// Whether a space is one more.
    space: bool,
    /// Whether each kind must occur.
    each: bool,
}

/// Why no password can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPassword {
    /// No character is left.
    NothingLeft,
    /// There is no room for one of each kind.
    TooShort,
}

impl Recipe {
    /// `excluded` says of each kind whether it is left out as a whole; `characters` are left out one by one.
    ///
    /// # Errors
    /// [`NoPassword`]
    pub(crate) fn new(
        length: usize,
        excluded: [bool; 4],
        characters: &str,
        (space, each): (bool, bool),
    ) -> Result<Self, NoPassword> {
        let left = |kind: &str| kind.bytes().filter(|byte| !characters.as_bytes().contains(byte)).collect();
        let kinds = KINDS.iter().zip(excluded).filter(|(_, excluded)| !excluded).map(|(kind, _)| left(kind));
        let kinds: Vec<Vec<u8>> = kinds.filter(|kind: &Vec<u8>| !kind.is_empty()).collect();
        let space = space && !characters.contains(' ');
        if kinds.is_empty() && !space {
            return Err(NoPassword::NothingLeft);
        }
        if each && length < kinds.len() {
            return Err(NoPassword::TooShort);
        }
        Ok(Self { length, kinds, space, each })
    }

    /// Makes one: every password of the recipe is as likely as any other.
    pub(crate) fn make(&self, entropy: &dyn Entropy) -> Zeroizing<String> {
        let mut letters: Vec<u8> = self.kinds.concat();
        letters.extend(self.space.then_some(b' '));
        loop {
            let mut password = Zeroizing::new(String::with_capacity(self.length));
            while password.len() < self.length {
                password.extend(drawn(&letters, entropy).map(char::from));
            }
            let has = |kind: &Vec<u8>| password.bytes().any(|byte| kind.contains(&byte));
            if !self.each || self.kinds.iter().all(has) {
                return password;
            }
        }
    }
}

/// One of the letters, each as likely as any other; nothing for a byte that would favour some.
fn drawn(letters: &[u8], entropy: &dyn Entropy) -> Option<u8> {
    let [byte] = entropy.bytes::<1>();
    let whole = 256_usize.checked_div(letters.len())?.checked_mul(letters.len())?;
    let at = usize::from(byte).checked_rem(letters.len())?;
    letters.get(at).copied().filter(|_| usize::from(byte) < whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// A stream of numbers that differ enough (the generator of Knuth's MMIX).
    struct Stream(AtomicU64);

    impl Entropy for Stream {
        fn fill(&self, buffer: &mut [u8]) {
            for byte in buffer {
                let next = |x: u64| {
                    x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)
                };
                let x = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |x| Some(next(x))).unwrap();
                *byte = u8::try_from(x >> 56).unwrap();
            }
        }
    }

    fn made(recipe: &Recipe) -> Vec<String> {
        let entropy = Stream(AtomicU64::new(1));
        (0..200).map(|_| recipe.make(&entropy).to_string()).collect()
    }

    #[test]
    fn a_password_has_each_kind_and_nothing_that_is_excluded() {
        let recipe = Recipe::new(6, [false; 4], "aeiou'\"", (false, true)).unwrap_or_else(|_| panic!());
        for password in made(&recipe) {
            assert_eq!(password.len(), 6);
            for kind in KINDS {
                assert!(password.bytes().any(|byte| kind.as_bytes().contains(&byte)), "{password}");
            }
            assert!(!password.contains(['a', 'e', 'i', 'o', 'u', '\'', '"', ' ']), "{password}");
        }
    }

    #[test]
    fn kinds_are_left_out_and_spaces_let_in_where_the_request_says_so() {
        let recipe =
            Recipe::new(40, [true, true, false, true], "", (true, true)).unwrap_or_else(|_| panic!());
        let all = made(&recipe).concat();
        assert!(all.bytes().all(|byte| byte.is_ascii_digit() || byte == b' '), "{all}");
        assert!((b'0'..=b'9').chain([b' ']).all(|byte| all.as_bytes().contains(&byte)));
    }

    #[test]
    fn without_characters_or_room_there_is_none() {
        let none =
            |length, excluded, characters| Recipe::new(length, excluded, characters, (false, true)).err();
        assert_eq!(none(8, [true; 4], ""), Some(NoPassword::NothingLeft));
        assert_eq!(none(8, [true, true, false, true], "0123456789"), Some(NoPassword::NothingLeft));
        assert_eq!(none(3, [false; 4], ""), Some(NoPassword::TooShort));
        assert_eq!(none(3, [false, false, false, true], ""), None);
    }
}
