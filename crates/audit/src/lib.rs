//! CloudTrail-shaped events in a hash-chained log.
