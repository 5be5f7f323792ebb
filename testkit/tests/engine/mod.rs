//! The policy engine as the other evaluator.

use gatekey_analysis::cases;
use gatekey_testkit::differential::{Said, Verdict};
use serde_json::Value;

/// What the policy engine says of a case.
pub(crate) fn engine(case: &Value) -> Verdict {
    let result = cases::from_value(case).map_err(|error| error.to_string())?.run();
    Ok(Said {
        decision: result.decision.as_str().to_owned(),
        layer: result.layer.unwrap_or_default().to_owned(),
        message: result.message.unwrap_or_default(),
    })
}
