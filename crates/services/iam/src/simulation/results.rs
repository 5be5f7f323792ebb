//! The results: one for each action on each resource, in pages.

use super::{Facts, Source};
use crate::page::Page;
use gatekey_directory::{Caller, ControlKind};
use gatekey_gate::{About, On, Passage, Supposed};
use gatekey_keyring::Key;
use gatekey_model::{
    CommonError,
    iam::{
        EvaluationResult, InvalidInputException, OrganizationsDecisionDetail,
        PermissionsBoundaryDecisionDetail, PolicyEvaluationDecisionType as Decision, PolicySourceType,
        Position, ResourceSpecificResult, Statement,
    },
};
use gatekey_policy::{Action, Context, Layer, MatchedStatement, Outcome, Policy, Simulated};
use gatekey_types::{AccountId, Arn, KeyArn};
use std::{collections::BTreeMap, sync::Arc};

/// Most pairs of an action and a resource in one request.
const MOST: usize = 100_000;

/// What is asked: every action on every resource.
pub(crate) struct Asked {
    actions: Vec<Action>,
    resources: Vec<Option<Arn>>,
}

impl Asked {
    /// Reads the actions and resources; without resources, `*`.
    ///
    /// # Errors
    /// InvalidInput.
    pub(crate) fn read<E: From<InvalidInputException>>(
        actions: &[String],
        resources: Option<&Vec<String>>,
    ) -> Result<Self, E> {
        let invalid =
            |what, text: &str| E::from(InvalidInputException::new(format!("Invalid {what}: {text}")));
        let action = |text: &String| text.parse().map_err(|_| invalid("Action", text));
        let resource = |text: &String| match text.as_str() {
            "*" => Ok(None),
            text => text.parse().map(Some).map_err(|_| invalid("Resource ARN", text)),
        };
        let actions: Vec<Action> = actions.iter().map(action).collect::<Result<_, E>>()?;
        let mut resources: Vec<Option<Arn>> =
            resources.into_iter().flatten().map(resource).collect::<Result<_, E>>()?;
        if resources.is_empty() {
            resources.push(None);
        }
        match actions.len().saturating_mul(resources.len()) {
            0..=MOST => Ok(Self { actions, resources }),
            _ => Err(InvalidInputException::new("There are too many actions and resources.").into()),
        }
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, &Action, Option<&Arn>)> {
        let each = |action| self.resources.iter().map(move |resource| (action, resource.as_ref()));
        let pairs = self.actions.iter().flat_map(each);
        pairs.enumerate().map(|(index, (action, resource))| (index, action, resource))
    }
}

/// What is supposed of every pair.
pub(crate) struct Simulation<'a> {
    /// The caller with the policies of `sources`.
    pub(crate) caller: &'a Caller,
    pub(crate) sources: &'a [Source],
    pub(crate) facts: &'a Facts,
    pub(crate) resource_policy: Option<&'a Policy>,
    pub(crate) owner: Option<AccountId>,
    /// Whether the keys of this server have a say.
    pub(crate) with_keys: bool,
    /// Control policies that are left out.
    pub(crate) without: &'a [ControlKind],
    /// Sets what is known to be absent, before the request's own entries.
    pub(crate) before: fn(&mut Context<'_>),
    /// Decides one supposed request.
    pub(crate) decide: &'a dyn Fn(&Supposed<'_>) -> Simulated,
}

/// One question of a simulation.
#[derive(Clone, Copy)]
struct Question<'a> {
    caller: &'a Caller,
    action: &'a Action,
    on: On<'a>,
    key: Option<&'a Key>,
}

/// The results of a page.
///
/// # Errors
/// Results of a page, at most.
const LONGEST_PAGE: i32 = 100;

/// A marker that is none.
pub(crate) fn results<E: From<CommonError>>(
    passage: &Passage<'_>,
    simulation: &Simulation<'_>,
    asked: &Asked,
    (marker, most): (Option<&String>, Option<i32>),
) -> Result<Page<EvaluationResult>, E> {
    let pairs = asked.pairs();
    // A page may be shorter than was asked for: no request is to keep a worker for long.
    let most = Some(most.unwrap_or(LONGEST_PAGE).min(LONGEST_PAGE));
    let page = Page::take::<E>(pairs, |(index, ..)| format!("{index:06}"), marker, most)?;
    let result = |(_, action, resource)| simulation.result(passage, action, resource);
    Ok(Page { items: page.items.into_iter().map(result).collect(), marker: page.marker })
}

impl Simulation<'_> {
    fn result(&self, passage: &Passage<'_>, action: &Action, resource: Option<&Arn>) -> EvaluationResult {
        let key = self.key_of(passage, action, resource);
        let owner = resource.and_then(Arn::account).or(self.owner);
        let on = On { arn: resource, owner, policy: self.resource_policy, named: None };
        let question = Question { caller: self.caller, action, on, key: key.as_deref() };
        let simulated = self.ask(question);
        // What another account's key policy says and asks for is not told, only what would come of it.
        let is_foreign = key.as_ref().is_some_and(|key| key.arn.account != passage.account());
        let missing = match is_foreign {
            false => simulated.missing_context.clone(),
            true => self.ask(Question { key: None, ..question }).missing_context,
        };
        let shown = simulated.matched.iter().filter(|m| !(is_foreign && m.at.layer == Layer::Resource));
        let resource_result = ResourceSpecificResult {
            eval_resource_name: resource.map_or_else(|| "*".to_owned(), Arn::to_string),
            eval_resource_decision: decision(simulated.verdict.outcome),
            matched_statements: Some(shown.map(|matched| self.statement(matched)).collect()),
            missing_context_values: Some(missing),
            eval_decision_details: self.details(passage, question),
            permissions_boundary_decision_detail: simulated.allowed_by_boundary.map(|allowed| {
                PermissionsBoundaryDecisionDetail { allowed_by_permissions_boundary: Some(allowed) }
            }),
        };
        let organizations = simulated.allowed_by_organizations;
        whole(action, organizations, resource_result, resource.is_some())
    }

    /// A key of the asker's account, where the request is about one. Its policy decides, with KMS's rules. What another
    /// account's key policy says is not told.
    fn key_of(&self, passage: &Passage<'_>, action: &Action, resource: Option<&Arn>) -> Option<Arc<Key>> {
        action.kms().filter(|_| self.with_keys)?;
        let arn: KeyArn = resource?.as_str().parse().ok()?;
        if arn.account != passage.account() {
            return None;
        }
        passage.snapshot().keyring.key(&arn, passage.now()).cloned()
    }

    fn ask(&self, question: Question<'_>) -> Simulated {
        let Question { caller, action, on, key } = question;
        let mut context = Context::new();
        (self.before)(&mut context);
        self.facts.set(&mut context);
        (self.decide)(&Supposed {
            caller,
            action,
            on,
            key,
            about: About::Nothing,
            context,
            without: self.without,
        })
    }

    /// What each side says across accounts; nothing within one, and not even that without a resource.
    fn details(&self, passage: &Passage<'_>, question: Question<'_>) -> Option<BTreeMap<String, Decision>> {
        let Question { on, caller, .. } = question;
        on.arn?;
        if on.owner.is_none_or(|owner| owner == caller.account) {
            return Some(BTreeMap::new());
        }
        // The caller's side alone, as if the resource were its own and had no policy; and the resource's side alone, as if
        // the caller's had nothing against it.
        let own = On { owner: Some(caller.account), policy: None, ..on };
        let own = self.ask(Question { on: own, key: None, ..question });
        let everything = "arn:aws:iam::aws:policy/AdministratorAccess";
        let everything = passage.snapshot().directory.aws_managed.get(everything);
        let identity = everything.map(gatekey_directory::AwsManagedPolicy::attachment).into_iter().collect();
        let willing = Caller { identity, boundary: None, ..caller.clone() };
        let theirs = self.ask(Question { caller: &willing, ..question });
        Some(BTreeMap::from([
            ("IAM Policy".to_owned(), decision(own.verdict.outcome)),
            ("Resource Policy".to_owned(), decision(theirs.verdict.outcome)),
        ]))
    }

    fn statement(&self, matched: &MatchedStatement) -> Statement {
        let (id, kind) = match matched.at.layer {
            Layer::Identity => match self.sources.get(usize::from(matched.at.policy)) {
                Some(source) => (source.id.clone(), source.kind),
                None => (matched.policy.clone(), PolicySourceType::None),
            },
            Layer::Resource => (matched.policy.clone(), PolicySourceType::Resource),
            _ => (matched.policy.clone(), PolicySourceType::None),
        };
        Statement {
            source_policy_id: Some(id),
            source_policy_type: Some(kind),
            start_position: Some(position(matched.start)),
            end_position: Some(position(matched.end)),
        }
    }
}

fn position((line, column): (u32, u32)) -> Position {
    Position { line: i32::try_from(line).ok(), column: i32::try_from(column).ok() }
}

fn decision(outcome: Outcome) -> Decision {
    match outcome {
        Outcome::Allow => Decision::Allowed,
        Outcome::ImplicitDeny => Decision::ImplicitDeny,
        Outcome::ExplicitDeny => Decision::ExplicitDeny,
    }
}

/// The result for an action on a resource, and in it once more as that of the resource.
fn whole(
    action: &Action,
    organizations: Option<bool>,
    of_resource: ResourceSpecificResult,
    has_resource: bool,
) -> EvaluationResult {
    let one = of_resource.clone();
    EvaluationResult {
        eval_action_name: action.to_string(),
        eval_resource_name: Some(one.eval_resource_name),
        eval_decision: one.eval_resource_decision,
        matched_statements: one.matched_statements,
        missing_context_values: one.missing_context_values,
        organizations_decision_detail: organizations
            .map(|allowed| OrganizationsDecisionDetail { allowed_by_organizations: Some(allowed) }),
        permissions_boundary_decision_detail: one.permissions_boundary_decision_detail,
        eval_decision_details: one.eval_decision_details,
        resource_specific_results: has_resource.then(|| vec![of_resource]),
    }
}
