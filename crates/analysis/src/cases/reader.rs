//! Strict reading of a tree: what is not known is refused, with its place and the nearest known name.

use crate::nearest::suggestion;
use serde_json::Value;
use std::str::FromStr;

/// What is wrong, and the JSON pointer to where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) pointer: String,
    pub(super) message: String,
}

/// How strictly policies are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As AWS does when a policy is written: what it would refuse is refused.
    AsWritten,
    /// As policies that were stored once: a statement that AWS would refuse today never allows and always denies.
    AsStored,
}

/// A value of the tree and the way to it.
#[derive(Debug, Clone)]
pub(super) struct At<'v> {
    pub(super) value: &'v Value,
    pub(super) pointer: String,
    pub(super) reading: Reading,
}

impl<'v> At<'v> {
    pub(super) fn root(value: &'v Value, reading: Reading) -> Self {
        Self { value, pointer: String::new(), reading }
    }

    /// The same, and what is below it read as if it were stored, if that is so.
    pub(super) fn reading_as(self, is_stored: bool) -> Self {
        let reading = if is_stored { Reading::AsStored } else { self.reading };
        Self { reading, ..self }
    }

    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault { pointer: self.pointer.clone(), message: message.into() }
    }

    fn below(&self, step: &str, value: &'v Value) -> Self {
        let step = step.replace('~', "~0").replace('/', "~1");
        Self { value, pointer: format!("{}/{step}", self.pointer), reading: self.reading }
    }

    /// The last step of the pointer, to name the value by.
    fn name(&self) -> &str {
        match self.pointer.rsplit('/').next() {
            None | Some("") => "the case",
            Some(number) if number.bytes().all(|b| b.is_ascii_digit()) => "this",
            Some(name) => name,
        }
    }

    fn wrong_type(&self, wanted: &str) -> Fault {
        let is = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number (is it to stand in quotes?)",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.fault(format!("{} must be {wanted}, and is {is}", self.name()))
    }

    /// Demands an object with no members but these.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Fault> {
        match self.members()?.into_iter().find(|(name, _)| !known.contains(name)) {
            None => Ok(()),
            Some((name, at)) => {
                let hint = suggestion(name, known.iter().copied());
                Err(at.fault(format!("unknown member \"{name}\"{hint}")))
            }
        }
    }

    /// The members of an object.
    pub(super) fn members(&self) -> Result<Vec<(&'v str, Self)>, Fault> {
        let object = self.value.as_object().ok_or_else(|| self.wrong_type("an object"))?;
        Ok(object.iter().map(|(name, value)| (name.as_str(), self.below(name, value))).collect())
    }

    /// The member of this name, if it is there.
    pub(super) fn member(&self, name: &str) -> Option<Self> {
        self.value.get(name).map(|value| self.below(name, value))
    }

    /// The member of this name.
    pub(super) fn required(&self, name: &str) -> Result<Self, Fault> {
        self.member(name).ok_or_else(|| self.fault(format!("{} has no \"{name}\"", self.name())))
    }

    /// The elements of a list; an absent member has none.
    pub(super) fn list_of(&self, name: &str) -> Result<Vec<Self>, Fault> {
        self.member(name).map_or(Ok(Vec::new()), |list| list.elements())
    }

    /// The elements of a list.
    pub(super) fn elements(&self) -> Result<Vec<Self>, Fault> {
        let list = self.value.as_array().ok_or_else(|| self.wrong_type("a list"))?;
        Ok(list.iter().enumerate().map(|(index, value)| self.below(&index.to_string(), value)).collect())
    }

    pub(super) fn text(&self) -> Result<&'v str, Fault> {
        self.value.as_str().ok_or_else(|| self.wrong_type("a string"))
    }

    /// A whole number from nought.
    pub(super) fn number(&self) -> Result<u64, Fault> {
        self.value.as_u64().ok_or_else(|| self.wrong_type("a whole number"))
    }

    pub(super) fn boolean(&self) -> Result<bool, Fault> {
        self.value.as_bool().ok_or_else(|| self.wrong_type("true or false"))
    }

    /// The text of a member, if it is there.
    pub(super) fn text_of(&self, name: &str) -> Result<Option<&'v str>, Fault> {
        self.member(name).map(|at| at.text()).transpose()
    }

    /// A member that is `true` or `false`; `default` if it is not there.
    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, Fault> {
        self.member(name).map_or(Ok(default), |at| at.boolean())
    }

    /// A text as a value of its own kind; `what` names the kind.
    pub(super) fn parse<T: FromStr>(&self, what: &str) -> Result<T, Fault> {
        let text = self.text()?;
        text.parse().map_err(|_| self.fault(format!("\"{text}\" is not {what}")))
    }

    /// A member as a value of its own kind, if it is there.
    pub(super) fn parse_of<T: FromStr>(&self, name: &str, what: &str) -> Result<Option<T>, Fault> {
        self.member(name).map(|at| at.parse(what)).transpose()
    }

    /// One of some names; `what` says of which.
    pub(super) fn one_of<T: Copy>(&self, what: &str, choices: &[(&str, T)]) -> Result<T, Fault> {
        let text = self.text()?;
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        found.ok_or_else(|| {
            let names = choices.iter().map(|(name, _)| *name);
            self.fault(format!("\"{text}\" is no {what}{}", suggestion(text, names)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unknown_members_are_refused_with_the_nearest_known_one() {
        let value = json!({"principle": 1});
        let fault = At::root(&value, Reading::AsWritten).only(&["principal", "action"]).unwrap_err();
        assert_eq!(fault.pointer, "/principle");
        assert_eq!(fault.message, "unknown member \"principle\" (did you mean \"principal\"?)");
    }

    #[test]
    fn a_wrong_type_names_the_member() {
        let value = json!({"account": 111122223333_u64});
        let fault = At::root(&value, Reading::AsWritten).text_of("account").unwrap_err();
        assert!(fault.message.starts_with("account must be a string, and is a number"), "{fault:?}");
    }
}
