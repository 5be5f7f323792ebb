//! Static keys: a JSON object from issuer URLs to JSON Web Key Sets.

use gatekey_types::Timestamp;
use serde_json::Value;
use std::{
    collections::HashMap,
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// Largest file that is read, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Why the file of static keys cannot be used.
#[derive(Debug)]
pub enum KeysFileFault {
    /// It cannot be read.
    Unreadable(PathBuf, io::Error),
    /// It is not what it should be.
    Malformed(PathBuf, String),
}

impl core::fmt::Display for KeysFileFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Unreadable(path, error) => write!(f, "{} cannot be read: {error}", path.display()),
            Self::Malformed(path, why) => write!(f, "{} does not hold issuers' keys: {why}", path.display()),
        }
    }
}

impl std::error::Error for KeysFileFault {}

type Sets = HashMap<String, Arc<str>>;

/// Issuers' keys from a file. It is read again when a token names a key that is not in it.
pub struct KeysFile {
    path: PathBuf,
    sets: Mutex<Sets>,
    /// When it was last read again.
    read: Mutex<Option<Timestamp>>,
}

/// Milliseconds between two readings, however many tokens name keys that are not there.
const PAUSE: i64 = 1000;

impl KeysFile {
    /// Reads the file.
    ///
    /// # Errors
    /// [`KeysFileFault`]
    pub fn open(path: PathBuf) -> Result<Self, KeysFileFault> {
        let sets = read(&path)?;
        Ok(Self { path, sets: Mutex::new(sets), read: Mutex::default() })
    }

    /// The keys of this issuer, if the file has any. With `anew` the file is read again; if it is no longer in order, what
    /// it last held stands.
    pub(crate) fn keys(&self, url: &str, anew: bool, now: Timestamp) -> Option<Arc<str>> {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if anew && sets.contains_key(url) && self.is_due(now) {
            match read(&self.path) {
                Ok(read) => *sets = read,
                Err(fault) => tracing::error!(%fault, "the keys of identity providers stay as they were"),
            }
        }
        sets.get(url).cloned()
    }
}

impl KeysFile {
    fn is_due(&self, now: Timestamp) -> bool {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let due = read.is_none_or(|last| now.millis_since(last) >= PAUSE);
        if due {
            *read = Some(now);
        }
        due
    }
}

fn read(path: &PathBuf) -> Result<Sets, KeysFileFault> {
    let unreadable = |error| KeysFileFault::Unreadable(path.clone(), error);
    let malformed = |why: &str| KeysFileFault::Malformed(path.clone(), why.to_owned());
    if fs::metadata(path).map_err(unreadable)?.len() > LARGEST {
        return Err(malformed("it is larger than 4 MiB"));
    }
    let text = fs::read(path).map_err(unreadable)?;
    let sets: HashMap<String, Value> =
        serde_json::from_slice(&text).map_err(|error| malformed(&error.to_string()))?;
    for (issuer, set) in &sets {
        if !issuer.starts_with("https://") {
            return Err(malformed(&format!("{issuer} is not the URL of an issuer")));
        }
        if set.get("keys").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            return Err(malformed(&format!("{issuer} has no keys")));
        }
    }
    Ok(sets.into_iter().map(|(issuer, set)| (issuer, set.to_string().into())).collect())
}
