//! Session tags: those that a request passes, and those that go along a chain of roles.

use crate::{fault::invalid, session};
use gatekey_gate::Passage;
use gatekey_model::{CommonError, sts::Tag};
use gatekey_policy::{ConditionKey, Context, KeyName};

/// Most tags that a session is given.
const MOST: usize = 50;

/// The tags of a session that is being made.
#[derive(Default, Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionTags {
    /// What the request, or an identity provider, passes.
    passed: Vec<(String, String)>,
    /// Which of them go on to the next session.
    transitive: Vec<String>,
    /// What the caller's session hands on: nobody can set these anew.
    inherited: Vec<(String, String)>,
}

impl SessionTags {
    /// The tags of a signed request.
    ///
    /// # Errors
    /// ValidationError with AWS's texts.
    pub(crate) fn of_request(
        passage: &Passage<'_>,
        tags: Option<&Vec<Tag>>,
        transitive: Option<&Vec<String>>,
    ) -> Result<Self, CommonError> {
        let pairs = tags.into_iter().flatten().map(|tag| (tag.key.clone(), tag.value.clone()));
        let inherited = inherited(passage);
        Self::new(pairs.collect(), transitive.cloned().unwrap_or_default(), inherited)
    }

    /// The tags that an identity provider vouches for.
    ///
    /// # Errors
    /// ValidationError with AWS's texts.
    pub(crate) fn of_provider(
        passed: Vec<(String, String)>,
        transitive: Vec<String>,
    ) -> Result<Self, CommonError> {
        Self::new(passed, transitive, Vec::new())
    }

    fn new(
        passed: Vec<(String, String)>,
        transitive: Vec<String>,
        inherited: Vec<(String, String)>,
    ) -> Result<Self, CommonError> {
        if passed.len() > MOST || transitive.len() > MOST {
            return Err(invalid("The number of session tags must be at most 50."));
        }
        let mut seen: Vec<String> = Vec::new();
        for (key, value) in &passed {
            check(key, value)?;
            let folded = folded(key);
            if seen.contains(&folded) {
                let text = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
                return Err(invalid(text));
            }
            seen.push(folded);
        }
        let is_passed = |key: &String| seen.contains(&folded(key));
        if !transitive.iter().all(is_passed) {
            return Err(invalid("The specified transitive tag key must be included in the requested tags."));
        }
        if inherited.iter().any(|(key, _)| is_passed(key)) {
            let text = "One of the specified transitive tag keys can't be set because it conflicts with a \
                        transitive tag key from the calling session.";
            return Err(invalid(text));
        }
        Ok(Self { passed, transitive, inherited })
    }

    /// Whether the session has tags, so that `sts:TagSession` is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.passed.is_empty() && self.inherited.is_empty()
    }

    /// Sets `aws:RequestTag/NAME`, `aws:TagKeys` and `sts:TransitiveTagKeys`.
    pub(crate) fn set_keys<'t>(&'t self, context: &mut Context<'t>) {
        if !self.passed.is_empty() {
            let pairs = self.passed.iter().map(|(key, value)| (key.as_str(), value.as_str()));
            context.set_family(KeyName::AwsRequestTag, pairs);
            context.set_many(KeyName::AwsTagKeys, self.passed.iter().map(|(key, _)| key.as_str()));
        }
        if !self.transitive.is_empty() {
            let keys = self.transitive.iter().map(String::as_str);
            context.set_many(ConditionKey::parse("sts:TransitiveTagKeys"), keys);
        }
    }

    /// How many bytes they have, and the text that is packed.
    pub(crate) fn packed(&self) -> Vec<u8> {
        let all = self.passed.iter().chain(&self.inherited);
        all.flat_map(|(key, value)| [key.as_bytes(), b"=", value.as_bytes(), b";"].concat()).collect()
    }

    /// All tags of the session, and which of them go on.
    pub(crate) fn into_session(self) -> (Vec<(String, String)>, Vec<String>) {
        let mut transitive = self.transitive;
        transitive.extend(self.inherited.iter().map(|(key, _)| key.clone()));
        let mut tags = self.passed;
        tags.extend(self.inherited);
        (tags, transitive)
    }
}

/// What the caller's session hands on.
fn inherited(passage: &Passage<'_>) -> Vec<(String, String)> {
    let Some(session) = session::of_caller(passage) else { return Vec::new() };
    let claims = &session.claims;
    let goes_on = |key: &str| claims.transitive.iter().any(|known| folded(known) == folded(key));
    claims.tags.iter().filter(|(key, _)| goes_on(key)).cloned().collect()
}

/// Letter by letter, as conditions compare names.
fn folded(key: &str) -> String {
    key.chars().flat_map(char::to_lowercase).collect()
}

fn check(key: &str, value: &str) -> Result<(), CommonError> {
    if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
        return Err(invalid("Tag keys cannot begin with aws:."));
    }
    let lawful = |text: &str| {
        text.chars().all(|c| c.is_alphanumeric() || c == ' ' || c.is_whitespace() || "_.:/=+-@".contains(c))
    };
    let sized = (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256;
    match sized && lawful(key) && lawful(value) {
        true => Ok(()),
        false => Err(invalid(format!("The session tag {key} has a key or a value that is not allowed."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
    }

    #[test]
    fn inherited_tags_go_on_and_cannot_be_set_anew() {
        let inherited = pairs(&[("Team", "red")]);
        let tags = SessionTags::new(pairs(&[("a", "1")]), vec!["A".into()], inherited.clone()).unwrap();
        let (all, transitive) = tags.into_session();
        assert_eq!(all, pairs(&[("a", "1"), ("Team", "red")]));
        assert_eq!(transitive, ["A", "Team"]);
        assert!(SessionTags::new(pairs(&[("team", "blue")]), Vec::new(), inherited).is_err());
    }

    #[test]
    fn keys_are_distinct_without_case_and_not_awss() {
        assert!(SessionTags::new(pairs(&[("a", "1"), ("A", "2")]), Vec::new(), Vec::new()).is_err());
        assert!(SessionTags::new(pairs(&[("AWS:x", "1")]), Vec::new(), Vec::new()).is_err());
        assert!(SessionTags::new(pairs(&[("a", "x\n")]), vec!["b".into()], Vec::new()).is_err());
        assert!(SessionTags::new(pairs(&[("é", "ü 1")]), vec!["É".into()], Vec::new()).is_ok());
    }
}
