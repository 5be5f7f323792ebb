//! Two evaluators on one case: where they differ, and the smallest case on which they still do.

use crate::naive;
use serde_json::Value;

/// What another evaluator says of a case, in a case's own words; the error is why it does not take the case at all.
pub type Verdict = Result<Said, String>;

/// A verdict in a case's own words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// `allow`, `implicit-deny` or `explicit-deny`.
    pub decision: String,
    /// The layer, as `expect` names it.
    pub layer: String,
    /// What a client reads; empty for an allow.
    pub message: String,
}

/// What the naive evaluator says.
pub fn naive_verdict(case: &Value) -> Said {
    let answer = naive::evaluate(case);
    Said {
        decision: answer.decision.as_str().to_owned(),
        layer: answer.layer.as_str().to_owned(),
        message: answer.message,
    }
}

/// Which of the three parts of a verdict differs first; nothing if both say the same.
fn difference(case: &Value, other: &Verdict) -> Option<String> {
    let naive = naive_verdict(case);
    let other = match other {
        Ok(other) => other,
        Err(why) => return Some(format!("not taken: {why}")),
    };
    let parts = [
        ("decision", &naive.decision, &other.decision),
        ("layer", &naive.layer, &other.layer),
        ("message", &naive.message, &other.message),
    ];
    let (what, naive, other) = parts.into_iter().find(|(_, naive, other)| naive != other)?;
    Some(format!("{what}\n  naive: {naive}\n  other: {other}"))
}

/// What must stay the same while a case shrinks: which part differs, or why it is not taken (wherever in the case that is).
fn kind(difference: &str) -> &str {
    match difference.strip_prefix("not taken: ") {
        Some(why) => why.split_once(": ").map_or(why, |(_, text)| text),
        None => difference.lines().next().unwrap_or_default(),
    }
}

/// A report of the smallest case, made from this one, on which another evaluator differs from the naive one; nothing if they agree.
pub fn disagreement(case: &Value, other: impl Fn(&Value) -> Verdict) -> Option<String> {
    let first = difference(case, &other(case))?;
    let still =
        |smaller: &Value| difference(smaller, &other(smaller)).is_some_and(|it| kind(&it) == kind(&first));
    let smallest = shrink(case.clone(), &still);
    let differs = difference(&smallest, &other(&smallest)).unwrap_or(first);
    Some(format!("{differs}\n{smallest:#}"))
}

/// Takes away members and elements, one after the other, as long as the property holds.
fn shrink(mut case: Value, still: &impl Fn(&Value) -> bool) -> Value {
    loop {
        let smaller = paths(&case, "").into_iter().find_map(|path| {
            let smaller = without(&case, &path)?;
            still(&smaller).then_some(smaller)
        });
        match smaller {
            Some(smaller) => case = smaller,
            None => return case,
        }
    }
}

/// JSON pointers to everything inside a value, outer before inner.
fn paths(value: &Value, prefix: &str) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(key, child)| (key.replace('~', "~0").replace('/', "~1"), child)).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(n, child)| (n.to_string(), child)).collect(),
        _ => Vec::new(),
    };
    let mut paths = Vec::new();
    for (key, child) in children {
        let path = format!("{prefix}/{key}");
        let inner = self::paths(child, &path);
        paths.push(path);
        paths.extend(inner);
    }
    paths
}

/// What a policy or a request cannot do without: a case is to shrink to a smaller one, not to a malformed one.
const NEEDED: &[&str] = &[
    "request",
    "principal",
    "action",
    "resource",
    "mode",
    "policy",
    "Statement",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
];

/// The value without what a pointer points to.
fn without(value: &Value, path: &str) -> Option<Value> {
    let (parent, key) = path.rsplit_once('/')?;
    let is_needed = NEEDED.contains(&key) && !path.contains("/Condition/");
    let holder = parent.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap_or_default();
    let mut smaller = value.clone();
    match smaller.pointer_mut(parent)? {
        Value::Object(map) if !is_needed && !matches!(holder, "Principal" | "NotPrincipal") => {
            drop(map.remove(&key.replace("~1", "/").replace("~0", "~")))
        }
        Value::Array(items) if items.len() > 1 || !NEEDED.contains(&holder) => {
            drop(items.remove(key.parse().ok().filter(|n| *n < items.len())?));
        }
        _ => return None,
    }
    Some(smaller)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::case_of_seed;
    use serde_json::json;

    /// An evaluator like the naive one that has forgotten explicit denials by identity policies.
    fn forgetful(case: &Value) -> Verdict {
        let mut case = case.clone();
        for policy in case["identityPolicies"].as_array_mut().into_iter().flatten() {
            if let Some(statements) = policy["policy"]["Statement"].as_array_mut() {
                statements.retain(|statement| statement["Effect"] != "Deny");
            }
        }
        Ok(naive_verdict(&case))
    }

    #[test]
    fn an_evaluator_that_forgets_a_rule_is_found_out_and_the_case_shrinks_to_the_rule() {
        let mut reports = (0..3000).filter_map(|seed| disagreement(&case_of_seed(seed), forgetful));
        let report = reports.find(|report| report.starts_with("decision\n  naive: explicit-deny\n")).unwrap();
        assert!(report.lines().count() < 60, "{report}");
    }

    #[test]
    fn an_evaluator_agrees_with_itself() {
        assert_eq!(
            (0..100).find_map(|seed| disagreement(&case_of_seed(seed), |case| Ok(naive_verdict(case)))),
            None
        );
    }

    #[test]
    fn a_case_that_is_not_taken_is_a_disagreement() {
        let case = json!({"request": {"principal": "anonymous", "action": "kms:Decrypt", "resource": "*"}});
        let report = disagreement(&case, |_| Err("no".to_owned())).unwrap();
        assert!(report.starts_with("not taken: no"), "{report}");
    }
}
