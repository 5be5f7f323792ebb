//! What a request carries beside who, what and on what: the condition keys.

use crate::key::{ConditionKey, KeyName};
use gatekey_types::Timestamp;
use std::borrow::Cow;

/// One value of a condition key.
#[derive(Clone, PartialEq, Debug)]
pub enum Value<'a> {
    /// Text, and everything that has no kind of its own here (ARNs, addresses).
    Text(Cow<'a, str>),
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A moment.
    Time(Timestamp),
}

impl Value<'_> {
    /// As text: what string operators compare and what traces show.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Time(time) => Cow::Owned(time.to_string()),
        }
    }

    /// Without borrowing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Bool(truth) => Value::Bool(truth),
            Self::Integer(number) => Value::Integer(number),
            Self::Time(time) => Value::Time(time),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}
impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}
impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}
impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}
impl From<Timestamp> for Value<'_> {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}

/// The values of one key. Whether a key is single- or multivalued decides how conditions without a set operator read it.
#[derive(Clone, PartialEq, Debug)]
pub enum Values<'a> {
    /// A single-valued key.
    One(Value<'a>),
    /// A multivalued key, even with one element. An empty list is an absent key.
    Many(Vec<Value<'a>>),
    /// The key is absent, whatever would be derived.
    Absent,
}

/// The condition keys of one request.
///
/// Holds only what is set: what depends on the caller alone comes from [`Principal`](crate::Principal), and some keys
/// from the rest of the [`Request`](crate::Request). A key that is set here wins over the derived one.
#[derive(Clone, Debug, Default)]
pub struct Context<'a> {
    entries: Vec<(ConditionKey<'a>, Values<'a>)>,
    unknown: Vec<UnknownKeys<'a>>,
    closed: Vec<KeyName>,
}

/// Keys whose presence and values are not known, for partial evaluation.
#[derive(Clone, PartialEq, Debug)]
pub enum UnknownKeys<'a> {
    /// This key.
    Key(ConditionKey<'a>),
    /// Every key of this family, `aws:ResourceTag/NAME` for instance.
    Family(KeyName),
    /// Every key that is neither set nor derived.
    Everything,
}

impl<'a> Context<'a> {
    /// With nothing set.
    pub fn new() -> Self {
        // Room for what a request about a key has, so that it is not moved while it grows.
        Self { entries: Vec::with_capacity(20), unknown: Vec::new(), closed: Vec::new() }
    }

    /// Sets a single-valued key. The last to be set wins.
    pub fn set(&mut self, key: impl Into<ConditionKey<'a>>, value: impl Into<Value<'a>>) -> &mut Self {
        self.put(key.into(), Values::One(value.into()))
    }

    /// Sets a multivalued key.
    pub fn set_many<V: Into<Value<'a>>>(
        &mut self,
        key: impl Into<ConditionKey<'a>>,
        values: impl IntoIterator<Item = V>,
    ) -> &mut Self {
        self.put(key.into(), Values::Many(values.into_iter().map(Into::into).collect()))
    }

    /// Makes a key absent, even one that would be derived.
    pub fn set_absent(&mut self, key: impl Into<ConditionKey<'a>>) -> &mut Self {
        self.put(key.into(), Values::Absent)
    }

    /// Sets a key to values of either kind. Keys are the same if their names differ in case only.
    pub fn put(&mut self, key: ConditionKey<'a>, values: Values<'a>) -> &mut Self {
        match self.entries.iter_mut().find(|(known, _)| known.is(&key)) {
            Some(entry) => entry.1 = values,
            None => self.entries.push((key, values)),
        }
        self
    }

    /// Sets `kms:EncryptionContext:NAME` for each pair, and `kms:EncryptionContextKeys`.
    ///
    /// The names of an encryption context are distinct with case, those of condition keys without. Names that differ in
    /// case only are kept apart here.
    pub fn set_encryption_context(
        &mut self,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> &mut Self {
        let mut names = Vec::new();
        let pairs = pairs.into_iter().inspect(|(name, _)| names.push(Value::from(*name)));
        self.set_family(KeyName::KmsEncryptionContext, pairs);
        self.put(KeyName::KmsEncryptionContextKeys.into(), Values::Many(names))
    }

    /// Sets a key of a family, `aws:ResourceTag/NAME` for instance, for each pair.
    ///
    /// The names of tags too are distinct with case: `Env` and `env` can be on one key, and neither hides the other.
    pub fn set_family(
        &mut self,
        family: KeyName,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> &mut Self {
        let entry = |(name, value): (&'a str, &'a str)| {
            (ConditionKey::of(family, name), Values::One(Value::from(value)))
        };
        self.entries.extend(pairs.into_iter().map(entry));
        self
    }

    /// The same for a family of another service, of which only the text is known: `ssm:resourceTag/`.
    pub fn set_family_named(
        &mut self,
        prefix: &str,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> &mut Self {
        let entry = |(name, value): (&'a str, &'a str)| {
            (ConditionKey::parse(format!("{prefix}{name}")), Values::One(Value::from(value)))
        };
        self.entries.extend(pairs.into_iter().map(entry));
        self
    }

    /// Sets the keys of a request that a service makes on behalf of the caller. `service` is the label of its principal,
    /// `ssm`, and `region` where it runs. `kms:ViaService` ends in `.amazonaws.com` in every partition.
    pub fn set_via_service(&mut self, service: &str, region: &str) -> &mut Self {
        let principal = format!("{service}.amazonaws.com");
        self.set(KeyName::KmsViaService, format!("{service}.{region}.amazonaws.com"))
            .set(KeyName::AwsViaAwsService, true)
            .set_many(KeyName::AwsCalledVia, [principal.clone()])
            .set(KeyName::AwsCalledViaFirst, principal.clone())
            .set(KeyName::AwsCalledViaLast, principal)
    }

    /// Says that keys are not known: [`decide_partially`](crate::decide_partially) reports what depends on them.
    pub fn set_unknown(&mut self, keys: UnknownKeys<'a>) -> &mut Self {
        self.unknown.push(keys);
        self
    }

    /// Says that no key of this name or family is in the request but those that are set or derived, even where
    /// [`UnknownKeys::Everything`] else is unknown: the tags of a key are known, and it has no others.
    /// [`KeyName::Other`] closes every key that has no name here.
    pub fn close(&mut self, name: KeyName) -> &mut Self {
        self.closed.push(name);
        self
    }

    /// Takes over what another context sets, which wins, and what it says is unknown or closed.
    pub fn add(&mut self, other: &Self) -> &mut Self {
        // Names of a family that differ in case only stay beside each other.
        self.entries.retain(|(known, _)| !other.entries.iter().any(|(key, _)| known.is(key)));
        self.entries.extend(other.entries.iter().cloned());
        self.unknown.extend(other.unknown.iter().cloned());
        self.closed.extend_from_slice(&other.closed);
        self
    }

    /// What is set, in the order of setting.
    pub fn entries(&self) -> impl Iterator<Item = (&ConditionKey<'a>, &Values<'a>)> {
        self.entries.iter().map(|(key, values)| (key, values))
    }

    /// The encryption context: each `kms:EncryptionContext:NAME` that is set, name and value.
    pub fn encryption_context(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.entries.iter().filter_map(|(key, values)| match (key.name(), values) {
            (KeyName::KmsEncryptionContext, Values::One(value)) => Some((key.rest(), value)),
            _ => None,
        })
    }

    /// What is set under a key of a family, each value of names that differ in case only.
    pub(crate) fn values_of<'c>(&'c self, key: &ConditionKey<'_>) -> impl Iterator<Item = &'c Value<'a>> {
        self.entries.iter().filter_map(move |(known, values)| match values {
            Values::One(value) if known.is(key) => Some(value),
            _ => None,
        })
    }

    /// Looks at what is set, not at what is derived.
    pub(crate) fn set_values(&self, key: &ConditionKey<'_>) -> Option<&Values<'a>> {
        self.entries.iter().find(|(known, _)| known.is(key)).map(|(_, values)| values)
    }

    /// Whether the key was said to be unknown by name or by family, which hides even what is derived.
    pub(crate) fn is_unknown(&self, key: &ConditionKey<'_>) -> bool {
        self.unknown.iter().any(|unknown| match unknown {
            UnknownKeys::Key(named) => named.is(key),
            UnknownKeys::Family(family) => *family == key.name(),
            UnknownKeys::Everything => false,
        })
    }

    /// Whether a key or a family was said to be unknown that is as wanted; a family is shown as a key without its chosen part.
    pub(crate) fn names_unknown(&self, is_wanted: impl Fn(&ConditionKey<'_>) -> bool) -> bool {
        self.unknown.iter().any(|unknown| match unknown {
            UnknownKeys::Key(key) => is_wanted(key),
            UnknownKeys::Family(family) => is_wanted(&ConditionKey::from(*family)),
            UnknownKeys::Everything => false,
        })
    }

    /// Whether it was said that no further key of this name or family is there.
    pub(crate) fn is_closed(&self, name: KeyName) -> bool {
        self.closed.contains(&name)
    }

    /// Whether all that is neither set nor derived is unknown.
    pub(crate) fn rest_is_unknown(&self) -> bool {
        self.unknown.contains(&UnknownKeys::Everything)
    }
}

impl<'a> From<&'a str> for ConditionKey<'a> {
    fn from(text: &'a str) -> Self {
        ConditionKey::parse(text)
    }
}
