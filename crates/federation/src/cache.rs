//! What issuers answered, for a while.

use gatekey_gate::IssuerFault;
use gatekey_types::Timestamp;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// How long keys are used, in milliseconds.
const FRESH: i64 = 60 * 60 * 1000;
/// How long no issuer is asked again, whatever a token names and however it failed, in milliseconds.
const PAUSE: i64 = 30 * 1000;
/// How long keys outlive failures to ask anew, in milliseconds.
const STALE: i64 = 24 * 60 * 60 * 1000;
/// Most issuers that are remembered.
const MOST: usize = 1024;

/// One place for each issuer: whoever asks while another already does waits for that.
#[derive(Default)]
pub(crate) struct Cache {
    places: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Place>>>>,
}

/// What one issuer answered last.
#[derive(Default)]
pub(crate) struct Place {
    asked: Option<Timestamp>,
    /// When the keys were had.
    had: Option<Timestamp>,
    keys: Option<Arc<str>>,
    fault: Option<IssuerFault>,
}

impl Cache {
    pub(crate) fn place(&self, url: &str) -> Arc<tokio::sync::Mutex<Place>> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if !places.contains_key(url)
            && places.len() >= MOST
            && let Some(victim) = places.keys().next().cloned()
        {
            places.remove(&victim);
        }
        Arc::clone(places.entry(url.to_owned()).or_default())
    }
}

impl Place {
    /// The answer that stands, unless it is time to ask anew.
    pub(crate) fn usable(&self, now: Timestamp, lacking: bool) -> Option<Result<Arc<str>, IssuerFault>> {
        let age = now.millis_since(self.asked?);
        let lasts = if lacking || self.fault.is_some() { PAUSE } else { FRESH };
        (age < lasts).then(|| self.standing())
    }

    /// Notes an answer. Keys that were had before outlive a failure to ask anew, for a
    /// day.
    pub(crate) fn keep(
        &mut self,
        now: Timestamp,
        outcome: Result<Arc<str>, IssuerFault>,
    ) -> Result<Arc<str>, IssuerFault> {
        self.asked = Some(now);
        match outcome {
            Ok(keys) => (self.keys, self.fault, self.had) = (Some(keys), None, Some(now)),
            Err(fault) => {
                if self.had.is_none_or(|had| now.millis_since(had) >= STALE) {
                    self.keys = None;
                }
                self.fault = Some(fault);
            }
        }
        self.standing()
    }

    fn standing(&self) -> Result<Arc<str>, IssuerFault> {
        let none = || IssuerFault::Unreachable("it was not asked yet".into());
        self.keys.clone().ok_or_else(|| self.fault.clone().unwrap_or_else(none))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn keys_last_an_hour_and_a_missing_one_is_asked_for_every_half_minute() {
        let mut place = Place::default();
        assert!(place.usable(at(0), false).is_none());
        place.keep(at(0), Ok("k".into())).unwrap();
        assert!(place.usable(at(3599), false).is_some() && place.usable(at(3600), false).is_none());
        assert!(place.usable(at(29), true).is_some() && place.usable(at(30), true).is_none());
    }

    #[test]
    fn a_failure_is_not_repeated_at_once_and_old_keys_outlive_it() {
        let mut place = Place::default();
        let fault = || Err(IssuerFault::Unreachable("down".into()));
        assert!(place.keep(at(0), fault()).is_err());
        assert!(place.usable(at(29), true).is_some_and(|kept| kept.is_err()));
        place.keep(at(30), Ok("k".into())).unwrap();
        assert_eq!(&*place.keep(at(4000), fault()).unwrap(), "k");
        assert!(place.usable(at(4029), false).is_some_and(|kept| kept.is_ok()));
        assert!(place.usable(at(4030), false).is_none());
    }

    #[test]
    fn no_more_than_a_bounded_number_of_issuers_is_remembered() {
        let cache = Cache::default();
        for number in 0..MOST + 10 {
            drop(cache.place(&format!("https://{number}")));
        }
        assert_eq!(cache.places.lock().unwrap().len(), MOST);
    }
}
