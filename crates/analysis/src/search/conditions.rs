//! What the policies that have a say ask of one condition key.

use super::points;
use super::texts::{Pattern, one_of_each};
use gatekey_policy::{
    ConditionKey, GrantQuery, KmsAction, Layer, Policies, Policy, Request, Statement, Token, Wanted,
    condition::{Comparison, Condition, Quantifier},
    key::{KeyName, KeyType, same_name},
};
use std::collections::BTreeSet;

/// All that is asked of one key: by which its values are told apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) patterns: Vec<Pattern>,
    pub(super) numbers: Vec<String>,
    pub(super) moments: Vec<String>,
    networks: Vec<String>,
    truths: bool,
    bytes: Vec<String>,
    /// Some condition reads an empty text as none at all.
    has_all: bool,
    /// A policy variable stands in it for what is not known yet.
    pub(super) is_vague: bool,
    /// A policy variable has a part in what it is compared with.
    pub(super) is_varying: bool,
}

/// Values of a key, and whether there is one of every kind.
#[derive(Clone, Debug)]
pub(super) struct Kinds {
    pub(super) texts: Vec<String>,
    pub(super) is_exact: bool,
}

/// Gives each policy that may have a say.
pub(super) fn each_policy<'p>(policies: &Policies<'p>, give: &mut dyn FnMut(Layer, &'p Policy)) {
    let controls = [
        (Layer::ServiceControl, policies.service_control),
        (Layer::ResourceControl, policies.resource_control),
    ];
    for (layer, control) in controls {
        let levels = control.map(|control| control.levels).unwrap_or_default();
        levels.iter().flat_map(|level| level.iter()).for_each(|attached| give(layer, &attached.policy));
    }
    let lists = [
        (Layer::Identity, policies.identity),
        (Layer::Boundary, policies.boundary.map(std::slice::from_ref).unwrap_or_default()),
        (Layer::Session, policies.session),
    ];
    for (layer, list) in lists {
        list.iter().for_each(|attached| give(layer, &attached.policy));
    }
    if let Some(policy) = policies.resource {
        give(Layer::Resource, policy);
    }
}

impl Asked {
    /// What one request's policies and grants ask of the keys that `is_meant`.
    pub(super) fn collect(
        &mut self,
        request: &Request<'_>,
        policies: &Policies<'_>,
        is_meant: &dyn Fn(&ConditionKey<'_>) -> bool,
    ) {
        let names = |statement: &&Statement| {
            statement.action.as_ref().is_some_and(|block| block.contains(request.action))
        };
        each_policy(policies, &mut |layer, policy| {
            for statement in policy.statements().iter().filter(names) {
                self.is_vague |= statement.resource_variables().any(is_meant);
                for condition in &statement.conditions {
                    // A variable is compared with whatever the key of the condition is compared with.
                    self.is_vague |= condition.variables().any(is_meant);
                    if is_meant(&condition.key) {
                        self.is_varying |= condition.variables().next().is_some();
                        self.add(condition, request, layer);
                    }
                }
            }
        });
        self.collect_grants(request, policies, is_meant);
    }

    fn add(&mut self, condition: &Condition, request: &Request<'_>, layer: Layer) {
        self.has_all |= condition.operator.quantifier == Quantifier::All;
        let Some(wanted) = condition.wanted(request, layer) else {
            self.is_vague = true;
            return;
        };
        for value in wanted {
            match value {
                Wanted::Text(tokens) => self.patterns.push(Pattern { tokens, any_case: false }),
                Wanted::TextInAnyCase(tokens) => self.patterns.push(Pattern { tokens, any_case: true }),
                Wanted::Nothing => {}
                Wanted::Written(text) => self.add_written(condition.operator.comparison, text),
            }
        }
    }

    fn add_written(&mut self, comparison: Comparison, text: String) {
        match comparison {
            Comparison::IpAddress => self.networks.push(text),
            Comparison::Bool => self.truths = true,
            Comparison::BinaryEquals => self.bytes.push(text),
            Comparison::Null | Comparison::Unreadable => {}
            dates if dates.is_date() => self.moments.push(text),
            _ => self.numbers.push(text),
        }
    }

    fn collect_grants(
        &mut self,
        request: &Request<'_>,
        policies: &Policies<'_>,
        is_meant: &dyn Fn(&ConditionKey<'_>) -> bool,
    ) {
        let (Some(grants), Some(action)) = (policies.grants, request.action.kms()) else { return };
        if !action.facts().grantable || matches!(action, KmsAction::CreateGrant | KmsAction::RetireGrant) {
            return;
        }
        let query = GrantQuery { principal: request.principal, operation: action, context: request.context };
        grants.visit_candidates(&query, &mut |view| {
            let constraints = &view.grant.terms.constraints;
            let maps =
                constraints.encryption_context_equals.iter().chain(&constraints.encryption_context_subset);
            for (name, value) in maps.flatten() {
                if is_meant(&ConditionKey::of(KeyName::KmsEncryptionContext, name.as_str())) {
                    self.patterns.push(literal(value));
                }
            }
            if let Some(source) =
                constraints.source_arn.as_ref().filter(|_| is_meant(&KeyName::AwsSourceArn.into()))
            {
                // A wildcard in it is found as one; what it may reach is narrower, which tells more apart, not less.
                self.is_vague |= source.contains(['*', '?']);
                self.patterns.push(literal(source));
            }
            false
        });
    }

    /// A value of every kind.
    pub(super) fn kinds(&self, key: &ConditionKey<'_>, domain: Option<&Pattern>) -> Kinds {
        if key.name().facts().is_some_and(|facts| facts.kind == KeyType::Bool) {
            let texts = ["true", "false"].map(str::to_owned).to_vec();
            return Kinds { texts, is_exact: !self.is_vague };
        }
        let mut texts: BTreeSet<String> = BTreeSet::new();
        texts.extend(points::numbers(&self.numbers));
        texts.extend(points::addresses_if_any(&self.networks));
        let (moments, whole_moments) = points::moments(&self.moments, &[]);
        texts.extend(moments.iter().map(|at| gatekey_types::Timestamp::from_millis(*at).to_string()));
        texts.extend(self.bytes.iter().cloned());
        if self.truths {
            texts.extend(["true", "false"].map(str::to_owned));
        }
        let of_texts = one_of_each(&self.patterns, domain);
        texts.extend(of_texts.texts);
        if self.has_all {
            texts.insert(String::new());
        }
        let is_exact = of_texts.is_exact && whole_moments && !self.is_vague && !self.is_mixed();
        Kinds { texts: texts.into_iter().collect(), is_exact }
    }

    /// Several ways to read the values of one key: not every mixture of kinds has a value here.
    fn is_mixed(&self) -> bool {
        let ways = [
            self.patterns.is_empty(),
            self.numbers.is_empty(),
            self.moments.is_empty(),
            self.networks.is_empty(),
            self.bytes.is_empty(),
            !self.truths,
        ];
        ways.iter().filter(|is_unused| !**is_unused).count() > 1
    }

    /// Names that the patterns spell out: `a` of `ForAnyValue:StringEquals` `a`.
    pub(super) fn has_wildcards(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.tokens.iter().any(|token| !matches!(token, Token::Is(_))))
    }
}

pub(super) fn literal(text: &str) -> Pattern {
    Pattern { tokens: text.chars().map(Token::Is).collect(), any_case: false }
}

/// The names of the encryption context that policies and grants mention, each once.
pub(super) fn context_names(request: &Request<'_>, policies: &Policies<'_>, into: &mut Vec<String>) {
    let mut add = |name: &str| {
        if !name.is_empty() && !into.iter().any(|known| same_name(known, name)) {
            into.push(name.to_owned());
        }
    };
    each_policy(policies, &mut |_, policy| {
        let keys = policy.condition_keys().filter(|key| key.name() == KeyName::KmsEncryptionContext);
        keys.for_each(|key| add(key.rest()));
    });
    let (Some(grants), Some(action)) = (policies.grants, request.action.kms()) else { return };
    let query = GrantQuery { principal: request.principal, operation: action, context: request.context };
    grants.visit_candidates(&query, &mut |view| {
        let constraints = &view.grant.terms.constraints;
        let maps = constraints.encryption_context_equals.iter().chain(&constraints.encryption_context_subset);
        maps.flatten().for_each(|(name, _)| add(name));
        false
    });
}
