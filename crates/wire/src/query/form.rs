//! A form's fields as a tree: `Tags.member.1.Key=a` is a list of structures.

use super::pairs;
use crate::limits::Budget;
use crate::node::Node;
use crate::{WireError, scalar};
use gatekey_model::{Kind, Location, Member, Shape};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A form's fields, by the parts of their names.
#[derive(Debug, Default)]
pub(super) struct Fields {
    value: Option<String>,
    inner: BTreeMap<String, Fields>,
}

impl Fields {
    /// Takes a form apart. A name of more parts than a request may have levels is refused.
    pub(super) fn parse(text: &[u8]) -> Result<Self, WireError> {
        let mut root = Self::default();
        let mut budget = Budget::new();
        for (name, value) in pairs(text)? {
            if !name.contains('.') {
                budget.spend()?;
                root.inner.entry(name).or_default().value = Some(value);
                continue;
            }
            let mut field = &mut root;
            // A list and a map take two or three parts for a level; twice the levels is plenty.
            if name.split('.').count() > crate::limits::DEPTH * 2 {
                return Err(WireError::serialization("The request has too many levels"));
            }
            for part in name.split('.') {
                budget.spend()?;
                field = field.inner.entry(part.to_owned()).or_default();
            }
            field.value = Some(value);
        }
        Ok(root)
    }

    /// The value of a field without inner fields.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.inner.get(name)?.value.as_deref()
    }

    /// The members of the input, by its shape.
    pub(super) fn node(&self, shape: &'static Shape) -> Result<Node<'_>, WireError> {
        let mut budget = Budget::new();
        Ok(self.value_of(shape, &mut budget)?.unwrap_or_else(|| Node::Structure(Vec::new())))
    }

    fn value_of(&self, shape: &'static Shape, budget: &mut Budget) -> Result<Option<Node<'_>>, WireError> {
        budget.spend()?;
        budget.descend()?;
        let value = match shape.kind {
            Kind::Structure(members) => Some(self.structure(members, budget)?),
            Kind::List { member, name, flattened } => {
                let elements = if flattened { Some(self) } else { self.inner.get(name) };
                self.list(elements, member, budget)?
            }
            Kind::Map { .. } => self.map(shape, budget)?,
            _ => match &self.value {
                Some(text) => Some(scalar::from_text(shape, Cow::Borrowed(text))?),
                None => None,
            },
        };
        budget.ascend();
        Ok(value)
    }

    fn structure(&self, members: &'static [Member], budget: &mut Budget) -> Result<Node<'_>, WireError> {
        let mut found = Vec::new();
        for member in members.iter().filter(|member| member.location == Location::Body) {
            let Some(field) = self.inner.get(wire_name(member)) else { continue };
            found.extend(field.value_of(member.shape, budget)?.map(|value| (member, value)));
        }
        Ok(Node::Structure(found))
    }

    /// The elements, by their numbers; a list that is given as an empty value has none.
    fn list<'a>(
        &'a self,
        elements: Option<&'a Self>,
        member: &'static Shape,
        budget: &mut Budget,
    ) -> Result<Option<Node<'a>>, WireError> {
        let numbered = elements.map(Self::numbered).unwrap_or_default();
        if numbered.is_empty() && self.value.is_none() {
            return Ok(None);
        }
        let mut values = Vec::with_capacity(numbered.len());
        for field in numbered {
            values.extend(field.value_of(member, budget)?);
        }
        Ok(Some(Node::List(values)))
    }

    fn map(&self, shape: &'static Shape, budget: &mut Budget) -> Result<Option<Node<'_>>, WireError> {
        let Kind::Map { value, key_name, value_name, flattened, .. } = shape.kind else { return Ok(None) };
        let entries = if flattened { Some(self) } else { self.inner.get("entry") };
        let numbered = entries.map(Self::numbered).unwrap_or_default();
        if numbered.is_empty() && self.value.is_none() {
            return Ok(None);
        }
        let mut found = Vec::with_capacity(numbered.len());
        for field in numbered {
            let Some(key) = field.text(key_name) else { continue };
            let entry = match field.inner.get(value_name) {
                Some(entry) => entry.value_of(value, budget)?,
                None => None,
            };
            found.push((Cow::Borrowed(key), entry));
        }
        Ok(Some(Node::Map(found)))
    }

    /// The inner fields whose names are numbers, in the order of the numbers.
    fn numbered(&self) -> Vec<&Self> {
        let mut numbered: Vec<(u32, &Self)> =
            self.inner.iter().filter_map(|(name, field)| Some((name.parse().ok()?, field))).collect();
        numbered.sort_by_key(|(number, _)| *number);
        numbered.into_iter().map(|(_, field)| field).collect()
    }
}

/// How a member is called in a form: a flattened list goes by the name of its elements.
fn wire_name(member: &'static Member) -> &'static str {
    match member.shape.kind {
        Kind::List { name, flattened: true, .. } if name != "member" && member.wire_name == member.name => {
            name
        }
        _ => member.wire_name,
    }
}
