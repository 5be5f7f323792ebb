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
    /// The names of all entries: most keys are looked for where they are not, and set where nothing is yet.
    names: Names,
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

/// Names of condition keys, a bit for each. Names are added and not taken away, so that some may be of keys that are gone.
#[derive(Clone, Copy, Debug, Default)]
struct Names(u128);

// The last name is the one of all others.
const _: () = assert!((KeyName::Other as u32) < u128::BITS, "every name has a bit");

impl Names {
    const fn bit(name: KeyName) -> u128 {
        1 << name as u32
    }

    const fn add(&mut self, name: KeyName) {
        self.0 |= Self::bit(name);
    }

    const fn add_all(&mut self, others: Self) {
        self.0 |= others.0;
    }

    /// Whether a key of this name may be there.
    const fn may_have(self, name: KeyName) -> bool {
        self.0 & Self::bit(name) != 0
    }
}

impl<'a> Context<'a> {
    /// With nothing set.
    pub fn new() -> Self {
        // Room for what most operations say, so that it is not moved while it grows, and no more than what the allocator has
        // at hand.
        Self { entries: Vec::with_capacity(8), ..Self::default() }
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
        match self.entry(&key) {
            Some(entry) => *entry = values,
            None => self.append(key, values),
        }
        self
    }

    fn entry(&mut self, key: &ConditionKey<'_>) -> Option<&mut Values<'a>> {
        if !self.names.may_have(key.name()) {
            return None;
        }
        self.entries.iter_mut().find(|(known, _)| known.is(key)).map(|(_, values)| values)
    }

    /// Adds a key, whether or not there is one of the same name.
    fn append(&mut self, key: ConditionKey<'a>, values: Values<'a>) {
        self.names.add(key.name());
        self.entries.push((key, values));
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
        for (name, value) in pairs {
            self.append(ConditionKey::of(family, name), Values::One(Value::from(value)));
        }
        self
    }

    /// The same for a family of another service, of which only the text is known: `ssm:resourceTag/`.
    pub fn set_family_named(
        &mut self,
        prefix: &str,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> &mut Self {
        for (name, value) in pairs {
            self.append(ConditionKey::parse(format!("{prefix}{name}")), Values::One(Value::from(value)));
        }
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
        self.names.add_all(other.names);
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
        if !self.names.may_have(key.name()) {
            return None;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whatever one may set, of few enough keys that they meet.
    fn steps() -> impl Strategy<Value = Vec<(bool, usize, &'static str, i64)>> {
        let names = KeyName::all().count() + 1;
        let name = prop_oneof![0..names, (names - 3)..names];
        proptest::collection::vec(
            (any::<bool>(), name, prop_oneof!["a", "A", ""].prop_map(leaked), 0_i64..9),
            0..40,
        )
    }

    fn leaked(text: String) -> &'static str {
        text.leak()
    }

    fn key(name: usize, rest: &'static str) -> ConditionKey<'static> {
        let name = KeyName::all().nth(name).map_or(KeyName::Other, |facts| facts.name);
        ConditionKey::of(name, rest)
    }

    proptest! {
        /// Names are a short cut: the same is found and replaced as by looking at every entry.
        #[test]
        fn what_is_set_is_what_looking_at_every_entry_gives(steps in steps(), more in steps()) {
            let mut all: Vec<(ConditionKey<'_>, Values<'_>)> = Vec::new();
            let mut context = Context::new();
            let mut other = Context::new();
            more.iter().for_each(|(_, name, rest, value)| {
                other.set(key(*name, rest), *value);
            });
            for (beside, name, rest, value) in steps {
                let (key, values) = (key(name, rest), Values::One(value.into()));
                let known = all.iter_mut().find(|(known, _)| *known == key && !beside);
                match known {
                    Some(known) => known.1 = values.clone(),
                    None => all.push((key.clone(), values.clone())),
                }
                if beside { context.append(key, values) } else { context.put(key, values); }
            }
            prop_assert_eq!(context.entries().map(|(key, values)| (key.clone(), values.clone())).collect::<Vec<_>>(), all.clone());
            context.add(&other);
            all.retain(|(key, _)| !other.entries.iter().any(|(known, _)| known == key));
            all.extend(other.entries.iter().cloned());
            for name in 0..=KeyName::all().count() {
                for rest in ["", "a", "b"] {
                    let key = key(name, rest);
                    let found = all.iter().find(|(known, _)| *known == key).map(|(_, values)| values);
                    prop_assert_eq!(context.set_values(&key), found);
                }
            }
        }
    }

    #[test]
    fn a_family_that_is_named_by_its_text_is_found_by_its_name() {
        let mut context = Context::new();
        context
            .set_family_named("aws:ResourceTag/", [("Team", "a")])
            .set_family_named("ssm:resourceTag/", [("x", "b")]);
        let found = |key: &str| context.set_values(&ConditionKey::parse(key.to_owned())).cloned();
        assert_eq!(found("aws:resourcetag/TEAM"), Some(Values::One("a".into())));
        assert_eq!(found("ssm:ResourceTag/x"), Some(Values::One("b".into())));
        assert_eq!(found("aws:RequestTag/Team"), None);
    }

    #[test]
    fn room_for_the_keys_of_a_request_is_at_hand() {
        assert!(Context::new().entries.capacity() * size_of::<(ConditionKey<'_>, Values<'_>)>() <= 1024);
    }
}
