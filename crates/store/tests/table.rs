//! Typed tables: what is written in an order of keys is read back, and other schemas are refused.

use gatekey_store::table::{Edit, Expected, Fate, Table};

struct Numbers;
impl Table for Numbers {
    const NAME: &'static str = "numbers";
    const SCHEMA: u8 = 2;
    type Key = u8;
    type Record = u32;
    fn encode_key(key: &u8) -> String {
        format!("{key:03}")
    }
    fn decode_key(text: &str) -> Option<u8> {
        text.parse().ok()
    }
    fn upgrade(schema: u8, body: &[u8]) -> Option<u32> {
        (schema == 1).then(|| u32::from(body.first().copied().unwrap_or_default()))
    }
}

#[test]
fn a_record_reads_back_as_it_was_written() {
    let edit = Edit::insert::<Numbers>(&7, &700);
    assert_eq!((edit.table, edit.key.as_str(), edit.expected), ("numbers", "007", Expected::Absent));
    let Fate::Put(bytes) = edit.fate else { panic!("an insert writes") };
    assert_eq!(Numbers::decode(&bytes), Some(700));
}

#[test]
fn an_older_schema_is_upgraded_and_an_unknown_one_refused() {
    assert_eq!(Numbers::decode(&[1, 9]), Some(9));
    assert_eq!(Numbers::decode(&[3, b'9']), None);
    assert_eq!(Numbers::decode(&[]), None);
}
