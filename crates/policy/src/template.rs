//! Texts with wildcards and policy variables: `arn:aws:s3:::home/${aws:username, 'nobody'}/*`.

use crate::glob::{Glob, Piece, pieces};
use crate::key::ConditionKey;
use std::borrow::Cow;

/// A text of a policy, compiled as far as it can be before the request is known.
#[derive(Clone, Debug)]
pub(crate) enum Template {
    /// Without variables.
    Fixed(Box<str>),
    /// With variables or escapes.
    Varying(Box<[Part]>),
}

/// A part of a text with variables.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// As written: wildcards in it are wildcards.
    Written(Box<str>),
    /// `${*}`, `${?}` or `${$}`: the character itself.
    Escaped(char),
    /// `${KEY}` or `${KEY, 'default'}`.
    Variable { key: ConditionKey<'static>, default: Option<Box<str>> },
}

/// What a variable stands for in a request.
pub(crate) enum Variable<'a> {
    /// This text.
    Is(Cow<'a, str>),
    /// Nothing: the key is absent, or multivalued.
    Absent,
    /// It cannot be told.
    Unknown,
}

/// A template with its variables filled in.
pub(crate) enum Filled<'a> {
    /// These parts: written text, and literal text.
    Parts(Vec<(bool, Cow<'a, str>)>),
    /// A variable stands for nothing, so the text matches nothing.
    Nothing,
    /// A variable cannot be told.
    Unknown,
}

impl Template {
    /// Finds the variables of a text that begin at or after the byte `from`.
    pub(crate) fn new(text: &str, from: usize) -> Self {
        let mut parts = Vec::new();
        let mut written = String::new();
        let mut rest = text;
        while let Some((before, inside, after)) =
            next_variable(rest, from.saturating_sub(text.len() - rest.len()))
        {
            written.push_str(before);
            if !written.is_empty() {
                parts.push(Part::Written(std::mem::take(&mut written).into()));
            }
            parts.push(Part::of(inside));
            rest = after;
        }
        if parts.is_empty() {
            return Self::Fixed(text.into());
        }
        if !rest.is_empty() {
            parts.push(Part::Written(rest.into()));
        }
        Self::Varying(parts.into())
    }

    /// The variables.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &ConditionKey<'static>> {
        let parts: &[Part] = match self {
            Self::Fixed(_) => &[],
            Self::Varying(parts) => parts,
        };
        parts.iter().filter_map(|part| match part {
            Part::Variable { key, .. } => Some(key),
            _ => None,
        })
    }

    /// Puts the values of a request in place of the variables.
    pub(crate) fn fill<'a>(&'a self, look: &dyn Fn(&ConditionKey<'_>) -> Variable<'a>) -> Filled<'a> {
        let parts = match self {
            Self::Fixed(text) => return Filled::Parts(vec![(true, Cow::Borrowed(text))]),
            Self::Varying(parts) => parts,
        };
        let mut filled = Vec::with_capacity(parts.len());
        let mut is_unknown = false;
        for part in parts {
            let (is_written, text) = match part {
                Part::Written(text) => (true, Cow::Borrowed(&**text)),
                Part::Escaped(c) => (false, Cow::Owned(c.to_string())),
                Part::Variable { key, default } => match (look(key), default) {
                    (Variable::Is(text), _) => (false, text),
                    (Variable::Absent, Some(default)) => (false, Cow::Borrowed(&**default)),
                    (Variable::Absent, None) => return Filled::Nothing,
                    (Variable::Unknown, _) => {
                        is_unknown = true;
                        continue;
                    }
                },
            };
            filled.push((is_written, text));
        }
        if is_unknown { Filled::Unknown } else { Filled::Parts(filled) }
    }
}

/// The first variable at or after `from`: the text before it, what is between the braces, and the text after it.
fn next_variable(text: &str, from: usize) -> Option<(&str, &str, &str)> {
    let start = from + text.get(from..)?.find("${")?;
    let inside = text.get(start + 2..)?;
    let length = inside.find('}')?;
    Some((text.get(..start)?, inside.get(..length)?, inside.get(length + 1..)?))
}

impl Part {
    fn of(inside: &str) -> Self {
        match inside {
            "*" | "?" | "$" => Self::Escaped(inside.chars().next().unwrap_or_default()),
            _ => {
                // The documented form and no other: a comma, one space, and the default in single quotes at the end.
                let with_default = inside.strip_suffix('\'').and_then(|text| text.split_once(", '"));
                let (key, default) = match with_default {
                    Some((key, default)) => (key, Some(default)),
                    None => (inside, None),
                };
                let key = ConditionKey::parse(key).into_owned();
                Self::Variable { key, default: default.map(Into::into) }
            }
        }
    }
}

/// Where variables begin to count in a `Resource`: after the fifth colon.
pub(crate) fn after_fifth_colon(text: &str) -> usize {
    text.match_indices(':').nth(4).map_or(text.len(), |(at, _)| at + 1)
}

/// Filled parts as the pieces of a pattern.
pub(crate) fn as_pieces<'t>(parts: &'t [(bool, Cow<'_, str>)]) -> impl Iterator<Item = Piece<'t>> {
    parts.iter().flat_map(|(is_written, text)| {
        let wild = is_written.then(|| pieces(text)).into_iter().flatten();
        let plain = (!is_written).then(|| inferred_substituted_text(text));
        wild.chain(plain)
    })
}

/// What a variable stood for. That a `*` in it is no wildcard is not documented; otherwise whoever sets a tag widens a policy.
fn inferred_substituted_text(text: &str) -> Piece<'_> {
    Piece::Text(text)
}

/// Filled parts as one text, for operators without wildcards.
pub(crate) fn as_text(parts: &[(bool, Cow<'_, str>)]) -> String {
    parts.iter().map(|(_, text)| &**text).collect()
}

/// Six patterns for the six parts of an ARN. A wildcard does not reach across one of the first five colons.
#[derive(Clone, Debug)]
pub(crate) struct ArnPattern([Glob; 6]);

impl ArnPattern {
    /// Splits pieces at their first five colons; fewer make no pattern of an ARN.
    pub(crate) fn of_pieces<'a>(pieces: impl IntoIterator<Item = Piece<'a>>) -> Option<Self> {
        let mut fields: Vec<Vec<Piece<'a>>> = vec![Vec::new()];
        for piece in pieces {
            let Piece::Text(mut text) = piece else {
                fields.last_mut()?.push(piece);
                continue;
            };
            while let Some((before, after)) = text.split_once(':').filter(|_| fields.len() < 6) {
                fields.last_mut()?.push(Piece::Text(before));
                fields.push(Vec::new());
                text = after;
            }
            fields.last_mut()?.push(Piece::Text(text));
        }
        let globs: Vec<Glob> = fields.into_iter().map(Glob::of_pieces).collect();
        globs.try_into().ok().map(Self)
    }

    /// Whether the value is an ARN that the pattern matches.
    pub(crate) fn matches(&self, value: &str) -> bool {
        let mut fields = value.splitn(6, ':');
        value.starts_with("arn:")
            && self.0.iter().all(|glob| fields.next().is_some_and(|field| glob.matches(field)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look<'a>(key: &ConditionKey<'_>) -> Variable<'a> {
        match key.to_string().as_str() {
            "aws:username" => Variable::Is("al*ce".into()),
            "aws:PrincipalArn" => Variable::Is("arn:aws:iam::111122223333:user/a".into()),
            "aws:SourceIp" => Variable::Unknown,
            _ => Variable::Absent,
        }
    }

    fn glob_matches(pattern: &str, from: usize, text: &str) -> bool {
        match Template::new(pattern, from).fill(&look) {
            Filled::Parts(parts) => Glob::of_pieces(as_pieces(&parts)).matches(text),
            _ => false,
        }
    }

    #[test]
    fn inferred_substituted_text_is_literal() {
        assert!(glob_matches("home/${aws:username}/*", 0, "home/al*ce/x"));
        assert!(!glob_matches("home/${aws:username}/*", 0, "home/alice/x"));
    }

    #[test]
    fn a_default_stands_in_for_an_absent_key_only() {
        assert!(glob_matches("t/${aws:PrincipalTag/team, 'none'}", 0, "t/none"));
        assert!(glob_matches("t/${aws:username, 'none'}", 0, "t/al*ce"));
        assert!(!glob_matches("t/${aws:PrincipalTag/team}", 0, "t/"));
        for other_form in [
            "${aws:PrincipalTag/team, none}",
            "${aws:PrincipalTag/team,'none'}",
            "${aws:PrincipalTag/team,  'none'}",
        ] {
            assert!(!glob_matches(&format!("t/{other_form}"), 0, "t/none"), "{other_form}");
        }
        assert!(!glob_matches("t/${ aws:username }", 0, "t/al*ce"), "there are no blanks around the name");
        assert!(glob_matches("t/${aws:PrincipalTag/team, 'a, 'b'}", 0, "t/a, 'b"));
    }

    #[test]
    fn escapes_are_the_characters_themselves() {
        assert!(glob_matches("a${*}b${?}${$}{*}", 0, "a*b?${zzz}"));
        assert!(!glob_matches("a${*}b", 0, "axxb"));
    }

    #[test]
    fn a_hole_that_names_no_key_matches_nothing_and_an_open_brace_is_text() {
        assert!(!glob_matches("x${SOME_ACCOUNT_ID}", 0, "x${SOME_ACCOUNT_ID}"));
        assert!(glob_matches("x${aws:username", 0, "x${aws:username"));
    }

    #[test]
    fn variables_count_only_from_the_given_place() {
        let pattern = "arn:aws:s3:${aws:username}::b/${aws:username}";
        let from = after_fifth_colon(pattern);
        assert!(glob_matches(pattern, from, "arn:aws:s3:${aws:username}::b/al*ce") || from > pattern.len());
        assert_eq!(after_fifth_colon("a:b:c:d:e:f:g"), 10);
        assert_eq!(after_fifth_colon("*"), 1);
    }

    #[test]
    fn arn_patterns_are_split_after_substitution_and_do_not_cross_colons() {
        let matches = |pattern: &str, value: &str| match Template::new(pattern, 0).fill(&look) {
            Filled::Parts(parts) => {
                ArnPattern::of_pieces(as_pieces(&parts)).is_some_and(|p| p.matches(value))
            }
            _ => false,
        };
        let user = "arn:aws:iam::111122223333:user/a";
        assert!(matches("${aws:PrincipalArn}", user));
        assert!(matches("arn:aws:iam::*:user/*", user));
        assert!(!matches("arn:*:user/a", user));
        assert!(!matches("*", user));
        assert!(matches("arn:aws:logs:*:*:log-group:*:x", "arn:aws:logs:us-east-1:1:log-group:a:b:x"));
        assert!(!matches("*:*:*:*:*:*", "not:an:arn:at:all:x"));
    }
}
