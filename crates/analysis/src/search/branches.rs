//! What a request may carry under one key: a case for each kind of value, with the keys that go along with it.

use super::conditions::{Asked, Kinds, context_names, literal};
use super::identities::is_of_identity;
use super::texts::Pattern;
use super::{Search, points, value_of};
use crate::world::CallerKind;
use gatekey_policy::{
    ConditionKey, Context, KmsAction, Token, Value, Values,
    key::{KeyName as K, same_name},
};
use gatekey_types::Timestamp;

/// More kinds of one element than this are not combined to all their sets.
const MOST_ELEMENTS: usize = 6;

impl<'a> Search<'a> {
    /// The cases of this key, or of another on which it depends.
    pub(super) fn branches(
        &mut self,
        key: &ConditionKey<'static>,
        context: &Context<'a>,
    ) -> Vec<Context<'a>> {
        let is_set = |name: K| context.entries().any(|(known, _)| known.is(&name.into()));
        match key.name() {
            K::AwsCurrentTime | K::AwsEpochTime => self.times(context),
            K::AwsSecureTransport => each(context, key, ["true", "false"].map(one)),
            K::AwsMultiFactorAuthPresent => self.second_factor(context),
            K::AwsMultiFactorAuthAge | K::AwsTokenIssueTime if !is_set(K::AwsMultiFactorAuthPresent) => {
                self.second_factor(context)
            }
            K::AwsMultiFactorAuthAge | K::AwsTokenIssueTime => self.of_credentials(key, context),
            K::KmsViaService => self.services(context),
            K::AwsViaAwsService | K::AwsCalledVia | K::AwsCalledViaFirst | K::AwsCalledViaLast
                if !is_set(K::KmsViaService) =>
            {
                self.services(context)
            }
            K::AwsCalledVia | K::AwsCalledViaFirst | K::AwsCalledViaLast => self.chain(key, context),
            K::KmsEncryptionContext if key.rest().is_empty() => others(context),
            K::KmsEncryptionContextKeys => self.names(context),
            K::AwsUserId if self.is_any_session() => self.session_ids(context),
            name if is_of_identity(name) && self.has_open_identity() => self.identities(context),
            K::KmsGrantOperations => self.operations(key, context),
            name if name.facts().is_some_and(|facts| facts.multivalued) => self.sets(key, context),
            _ => {
                let kinds = self.kinds(key, context, None);
                let values = kinds.texts.into_iter().map(one);
                each(context, key, values.chain([Values::Absent]).collect::<Vec<_>>())
            }
        }
    }

    pub(super) fn asked(&self, context: &Context<'_>, is_meant: &dyn Fn(&ConditionKey<'_>) -> bool) -> Asked {
        let mut asked = Asked::default();
        for side in self.sides {
            side.inquiry.ask(context, |request, policies| asked.collect(request, policies, is_meant));
        }
        asked
    }

    /// A value of every kind. Where a policy variable has a part in it, it depends on the case.
    fn kinds(&mut self, key: &ConditionKey<'_>, context: &Context<'_>, domain: Option<&Pattern>) -> Kinds {
        let name = key.to_string().to_lowercase();
        if let Some(known) = self.known.get(&name) {
            return known.clone();
        }
        let asked = self.asked(context, &|asked| asked.is(key));
        let mut kinds = asked.kinds(key, domain);
        if kinds.texts.is_empty() {
            kinds.texts.push("x".to_owned());
        }
        self.doubt_unless(kinds.is_exact, key);
        if !asked.is_varying {
            self.known.insert(name, kinds.clone());
        }
        kinds
    }

    pub(super) fn doubt_unless(&mut self, is_exact: bool, key: &ConditionKey<'_>) {
        if !is_exact {
            self.doubts.insert(format!("not every kind of value of {key} could be tried"));
        }
    }

    fn times(&mut self, context: &Context<'a>) -> Vec<Context<'a>> {
        let asked = self.asked(context, &|key| matches!(key.name(), K::AwsCurrentTime | K::AwsEpochTime));
        let (mut moments, is_exact) = points::moments(&asked.moments, &asked.numbers);
        self.doubt_unless(
            is_exact && asked.patterns.is_empty() && !asked.is_vague,
            &K::AwsCurrentTime.into(),
        );
        let since = self.since.map_or(i64::MIN, |since| since.millis());
        moments.retain(|at| *at >= since);
        moments.extend(self.since.map(|since| since.millis()));
        if moments.is_empty() {
            moments.push(0);
        }
        let at = moments.into_iter().map(Timestamp::from_millis);
        at.map(|at| {
            let mut case = context.clone();
            case.set(K::AwsCurrentTime, Value::Time(at)).set(K::AwsEpochTime, at.seconds());
            case
        })
        .collect()
    }

    /// Long-term credentials say nothing of a second factor; a session of a role has temporary ones.
    fn second_factor(&self, context: &Context<'a>) -> Vec<Context<'a>> {
        let kind = self.sides.first().map(|side| side.inquiry.caller.kind);
        let is_session = matches!(kind, Some(CallerKind::Role | CallerKind::Session));
        let absent = (!is_session).then_some(Values::Absent);
        let values = [one("true"), one("false")].into_iter().chain(absent);
        each(context, &K::AwsMultiFactorAuthPresent.into(), values.collect::<Vec<_>>())
    }

    fn of_credentials(&mut self, key: &ConditionKey<'static>, context: &Context<'a>) -> Vec<Context<'a>> {
        let factor = value_of(context, K::AwsMultiFactorAuthPresent);
        let is_there = match key.name() {
            K::AwsMultiFactorAuthAge => factor.as_deref() == Some("true"),
            _ => factor.is_some(),
        };
        if !is_there {
            return each(context, key, [Values::Absent]);
        }
        let kinds = self.kinds(key, context, None);
        each(context, key, kinds.texts.into_iter().map(one).collect::<Vec<_>>())
    }

    /// Directly, or through a service: then the keys that say so go together.
    fn services(&mut self, context: &Context<'a>) -> Vec<Context<'a>> {
        let key = ConditionKey::from(K::KmsViaService);
        let mut asked = self.asked(context, &|asked| asked.is(&key));
        let of_chain = self.asked(context, &|key| {
            matches!(key.name(), K::AwsCalledVia | K::AwsCalledViaFirst | K::AwsCalledViaLast)
        });
        self.doubt_unless(!of_chain.has_wildcards(), &K::AwsCalledVia.into());
        asked.patterns.extend(of_chain.patterns.iter().filter_map(as_service));
        let kinds = asked.kinds(&key, Some(&domain_of_services()));
        self.doubt_unless(kinds.is_exact, &key);
        let mut direct = context.clone();
        direct.set(K::AwsViaAwsService, false);
        for absent in [K::KmsViaService, K::AwsCalledVia, K::AwsCalledViaFirst, K::AwsCalledViaLast] {
            direct.set_absent(absent);
        }
        let through = kinds.texts.into_iter().map(|service| {
            let mut case = context.clone();
            case.set(K::KmsViaService, service).set(K::AwsViaAwsService, true);
            case
        });
        std::iter::once(direct).chain(through).collect()
    }

    /// The services that called each other: the last is the one that calls KMS.
    fn chain(&mut self, key: &ConditionKey<'static>, context: &Context<'a>) -> Vec<Context<'a>> {
        let via = value_of(context, K::KmsViaService).unwrap_or_default();
        let label = via.split('.').next().unwrap_or_default();
        let last = format!("{label}.amazonaws.com");
        let before: Vec<String> = match key.name() {
            K::AwsCalledViaLast => Vec::new(),
            _ => self.kinds(key, context, None).texts.into_iter().filter(|text| *text != last).collect(),
        };
        if key.name() != K::AwsCalledVia {
            return each(context, key, before.into_iter().chain([last]).map(one).collect::<Vec<_>>());
        }
        let sets =
            self.subsets(key, before).into_iter().map(|set| many(set.into_iter().chain([last.clone()])));
        each(context, key, sets.collect::<Vec<_>>())
    }

    /// The names of the encryption context, once it is known of each that is mentioned whether it is there.
    fn names(&mut self, context: &Context<'a>) -> Vec<Context<'a>> {
        let mut mentioned = Vec::new();
        for side in self.sides {
            side.inquiry.ask(context, |request, policies| context_names(request, policies, &mut mentioned));
        }
        let entry = |name: &str| {
            let key = ConditionKey::of(K::KmsEncryptionContext, name.to_owned());
            context.entries().any(|(known, _)| known.is(&key))
        };
        if let Some(open) = mentioned.iter().find(|name| !entry(name)) {
            return self.branches(&ConditionKey::of(K::KmsEncryptionContext, open.clone()), context);
        }
        let key = ConditionKey::from(K::KmsEncryptionContextKeys);
        let mut asked = self.asked(context, &|asked| asked.is(&key));
        let has_wildcards = asked.has_wildcards();
        asked.patterns.extend(mentioned.iter().map(|name| literal(name)));
        let kinds = asked.kinds(&key, None);
        let there: Vec<String> = context.encryption_context().map(|(name, _)| name.to_owned()).collect();
        let is_other =
            |text: &String| !text.is_empty() && !mentioned.iter().any(|name| same_name(name, text));
        // A name that a wildcard matches in one spelling and not in another is tried in a few spellings only.
        let is_respelt = |text: &String| !text.is_empty() && !is_other(text) && !mentioned.contains(text);
        let is_unclear = has_wildcards && kinds.texts.iter().any(is_respelt);
        self.doubt_unless(kinds.is_exact && !is_unclear, &key);
        let kinds = kinds.texts;
        let extra = kinds.iter().filter(|text| is_other(text)).cloned().collect();
        let extras = self.subsets(&key, extra);
        let spelt = self.spellings(&there, &kinds, &key);
        let mut cases = Vec::new();
        for base in &spelt {
            cases.extend(extras.iter().map(|extra| with_names(context, base, extra)));
        }
        cases
    }

    /// The names that are there, as the policies may spell them.
    fn spellings(&mut self, there: &[String], kinds: &[String], key: &ConditionKey<'_>) -> Vec<Vec<String>> {
        let mut all = vec![Vec::new()];
        for name in there {
            let own = [name.clone(), name.to_lowercase(), name.to_uppercase()];
            let named = kinds.iter().filter(|text| same_name(text, name)).cloned();
            let mut ways: Vec<String> = own.into_iter().chain(named).collect();
            ways.sort();
            ways.dedup();
            all = all
                .iter()
                .flat_map(|base: &Vec<String>| {
                    ways.iter().map(|way| base.iter().chain([way]).cloned().collect::<Vec<String>>())
                })
                .collect();
            if all.len() > 64 {
                all.truncate(64);
                self.doubt_unless(false, key);
            }
        }
        all
    }

    fn is_any_session(&self) -> bool {
        self.sides.first().is_some_and(|side| side.inquiry.caller.kind == CallerKind::Role)
    }

    /// `AROA...:NAME`, with a name that a session can have.
    fn session_ids(&mut self, context: &Context<'a>) -> Vec<Context<'a>> {
        let role = self.sides.first().and_then(|side| side.inquiry.caller.entity);
        let id = role.map(|role| role.id.as_str().to_owned()).unwrap_or_default();
        let mut domain = literal(&format!("{id}:"));
        domain.tokens.extend([Token::OneInPart, Token::OneInPart, Token::RunInPart]);
        let key = ConditionKey::from(K::AwsUserId);
        let kinds = self.kinds(&key, context, Some(&domain));
        let is_name = |text: &str| {
            let name = text.split_once(':').map_or("", |(_, name)| name);
            (2..=64).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
        };
        let (names, others): (Vec<_>, Vec<_>) = kinds.texts.into_iter().partition(|text| is_name(text));
        self.doubt_unless(others.is_empty(), &key);
        each(context, &key, names.into_iter().map(one).collect::<Vec<_>>())
    }

    /// Sets of the operations that grants can hold.
    fn operations(&mut self, key: &ConditionKey<'static>, context: &Context<'a>) -> Vec<Context<'a>> {
        let asked = self.asked(context, &|asked| asked.is(key));
        let names = KmsAction::all().filter(|facts| facts.grantable).map(|facts| facts.name.to_owned());
        let mut seen = Vec::new();
        let kinds = names.filter(|name| {
            let kind: Vec<bool> = asked.patterns.iter().map(|pattern| pattern.matches(name)).collect();
            let is_new = !seen.contains(&kind);
            seen.push(kind);
            is_new
        });
        let kinds = kinds.collect();
        self.doubt_unless(!asked.is_vague, key);
        let sets = self.subsets(key, kinds).into_iter().filter(|set| !set.is_empty()).map(many);
        each(context, key, sets.collect::<Vec<_>>())
    }

    fn sets(&mut self, key: &ConditionKey<'static>, context: &Context<'a>) -> Vec<Context<'a>> {
        let kinds = self.kinds(key, context, None);
        let sets = self.subsets(key, kinds.texts).into_iter();
        let sets = sets.map(|set| if set.is_empty() { Values::Absent } else { many(set) });
        each(context, key, sets.collect::<Vec<_>>())
    }

    /// All sets of the elements, the empty one among them; of too many only those with few or almost all.
    fn subsets(&mut self, key: &ConditionKey<'_>, elements: Vec<String>) -> Vec<Vec<String>> {
        if elements.len() > MOST_ELEMENTS {
            self.doubt_unless(false, key);
            let singles = elements.iter().map(|one| vec![one.clone()]);
            let almost = elements
                .iter()
                .map(|one| elements.iter().filter(|other| *other != one).cloned().collect::<Vec<_>>());
            return [Vec::new(), elements.clone()].into_iter().chain(singles).chain(almost).collect();
        }
        let mut all = vec![Vec::new()];
        for element in elements {
            let with: Vec<Vec<String>> =
                all.iter().map(|set| set.iter().chain([&element]).cloned().collect()).collect();
            all.extend(with);
        }
        all
    }
}

fn one(text: impl Into<String>) -> Values<'static> {
    Values::One(Value::from(text.into()))
}

fn many(texts: impl IntoIterator<Item = String>) -> Values<'static> {
    Values::Many(texts.into_iter().map(Value::from).collect())
}

fn each<'a>(
    context: &Context<'a>,
    key: &ConditionKey<'static>,
    values: impl IntoIterator<Item = Values<'static>>,
) -> Vec<Context<'a>> {
    let case = |values| {
        let mut case = context.clone();
        case.put(key.clone(), values);
        case
    };
    values.into_iter().map(case).collect()
}

/// Nothing else in the encryption context, or something.
fn others<'a>(context: &Context<'a>) -> Vec<Context<'a>> {
    let mut none = context.clone();
    none.close(K::KmsEncryptionContext);
    let mut some = none.clone();
    some.put(ConditionKey::of(K::KmsEncryptionContext, "another-name"), one("x"));
    vec![none, some]
}

/// An encryption context of these names; those that are new have a value like any other.
fn with_names<'a>(context: &Context<'a>, there: &[String], extra: &[String]) -> Context<'a> {
    let mut case = context.clone();
    for name in extra {
        case.put(ConditionKey::of(K::KmsEncryptionContext, name.clone()), one("x"));
    }
    case.close(K::KmsEncryptionContext);
    let all: Vec<String> = there.iter().chain(extra).cloned().collect();
    let names = if all.is_empty() { Values::Absent } else { many(all) };
    case.put(K::KmsEncryptionContextKeys.into(), names);
    case
}

/// `SERVICE.REGION.amazonaws.com`
fn domain_of_services() -> Pattern {
    let mut domain = literal("");
    domain.tokens.extend([Token::One, Token::Run, Token::Is('.'), Token::One, Token::Run]);
    domain.tokens.extend(".amazonaws.com".chars().map(Token::Is));
    domain
}

/// What `kms:ViaService` looks like of a service that `aws:CalledVia` names.
fn as_service(pattern: &Pattern) -> Option<Pattern> {
    let tail: Vec<Token> = ".amazonaws.com".chars().map(Token::Is).collect();
    let label = pattern.tokens.strip_suffix(tail.as_slice())?;
    let tokens =
        label.iter().copied().chain([Token::Is('.'), Token::One, Token::Run]).chain(tail.iter().copied());
    Some(Pattern { tokens: tokens.collect(), any_case: pattern.any_case })
}
