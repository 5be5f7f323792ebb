/// Where a record belongs. A sealed record opens at its own place only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The record's key in the table, as encoded for the store.
    pub key: &'a [u8],
    /// Counts the record's states: every write takes a number that the record has not had.
    pub version: u64,
}

impl Place<'_> {
    /// Table and key, each preceded by its length, then the version: no two places look alike.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        for part in [self.table.as_bytes(), self.key] {
            out.extend((part.len() as u64).to_be_bytes());
            out.extend_from_slice(part);
        }
        out.extend(self.version.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_run_together_alike_are_encoded_apart() {
        let encoded = |table, key: &[u8], version| {
            let mut out = Vec::new();
            Place { table, key, version }.encode(&mut out);
            out
        };
        assert_ne!(encoded("ab", b"c", 1), encoded("a", b"bc", 1));
        assert_ne!(encoded("ab", b"c", 1), encoded("ab", b"c", 2));
        assert_ne!(encoded("", b"abc", 1), encoded("abc", b"", 1));
    }
}
