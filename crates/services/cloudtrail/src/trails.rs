//! Trails, of which there are none.

use gatekey_gate::Passage;
use gatekey_types::{Arn, Partition};

/// The ARN of the trail that a request names.
pub(crate) fn arn(passage: &Passage<'_>, name: &str) -> Arn {
    match name.parse() {
        Ok(arn) => arn,
        Err(_) => Arn::of_parts(
            Partition::Aws,
            "cloudtrail",
            passage.region().as_str(),
            passage.account(),
            &format_args!("trail/{name}"),
        ),
    }
}

/// AWS's text for a trail that is not there.
pub(crate) fn unknown(passage: &Passage<'_>, name: &str) -> String {
    format!("Unknown trail: {name} for the user: {}", passage.account())
}
