//! How what was recorded is found again: the question, the answer, and who answers. The composition root gives the real
//! index; a test its own.

use gatekey_types::Timestamp;

/// What an event is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Field {
    /// `recipientAccountId`
    Account = 1,
    /// `recipientAccountId`, a slash, `awsRegion`
    Place = 2,
    /// `eventID`
    Id = 3,
    /// `eventName`
    Name = 4,
    /// `readOnly`: `true` or `false`
    ReadOnly = 5,
    /// What LookupEvents calls the user name.
    User = 6,
    /// `type` of one of `resources`
    ResourceType = 7,
    /// `ARN` of one of `resources`, and its last part
    Resource = 8,
    /// `eventSource`
    Source = 9,
    /// `accessKeyId`
    AccessKey = 10,
    /// Any name of the caller: ARN, unique id, user name, the role of a session.
    Principal = 11,
    /// `errorCode`, or `Success`
    Outcome = 12,
}

/// Which events are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// All of these are so of each event.
    pub all: Vec<(Field, String)>,
    /// Events of this second and later.
    pub from: Option<Timestamp>,
    /// Events of this second and earlier.
    pub until: Option<Timestamp>,
    /// Only events recorded before the one of this number.
    pub before: Option<u64>,
    /// At most so many.
    pub most: usize,
}

/// One event that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its number in the log.
    pub number: u64,
    /// The event, as JSON.
    pub event: Vec<u8>,
}

/// Events that were found, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The events.
    pub events: Vec<Found>,
    /// Where it goes on, if there is more: for [`Query::before`].
    pub next: Option<u64>,
}

/// A key that digest files are signed with, as `ListPublicKeys` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// PKCS #1, in DER.
    pub der: Vec<u8>,
    /// What digest files know it by: 32 hex digits.
    pub fingerprint: String,
    /// From when it is used.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// Finds what was recorded. Both functions may wait for a disk.
pub trait History: Send + Sync {
    /// The newest events that are as the query says, up to what is recorded at this moment.
    ///
    /// # Errors
    /// They cannot be read; the text is for the operator.
    fn search(&self, query: &Query) -> Result<Page, String>;

    /// The keys that digest files are signed with.
    ///
    /// # Errors
    /// They cannot be read or made; the text is for the operator.
    fn public_keys(&self) -> Result<Vec<PublicKey>, String>;
}

/// Finds nothing, since nothing is kept.
#[derive(Debug, Clone, Copy)]
pub struct NoHistory;

impl History for NoHistory {
    fn search(&self, _: &Query) -> Result<Page, String> {
        Ok(Page::default())
    }
    fn public_keys(&self) -> Result<Vec<PublicKey>, String> {
        Ok(Vec::new())
    }
}
