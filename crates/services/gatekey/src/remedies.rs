//! What would allow a request, and who may do that.

use crate::{context, view::View};
use gatekey_directory::{Bearer, Caller};
use gatekey_gate::{About, Explained, On, Passage, Supposed};
use gatekey_keyring::Key;
use gatekey_model::gatekey::{Fix, FixKind};
use gatekey_policy::{Action, Change, Context, Identity, KeyName, KmsAction, Layer, Principal};
use gatekey_types::Arn;

/// Most principals that are asked about; of a larger account the first, in the order of their names.
const MOST_ASKED: usize = 500;
/// Most principals that are named.
const MOST_NAMED: usize = 20;

/// The fixes of a decision, each with those of the account who may apply it.
pub(crate) fn fixes(
    passage: &Passage<'_>,
    explained: &Explained,
    (principal, key): (&Principal, Option<&Key>),
    view: View,
) -> Vec<Fix> {
    let candidates = if explained.trace.changes.is_empty() { Vec::new() } else { candidates(passage, view) };
    let fix = |change: &Change| {
        let kind = kind(change);
        let what = match change.document.is_some() || view.shows(change.layer) {
            true => change.what.clone(),
            false => format!("remove or narrow what denies it in the {} policies", change.layer.name()),
        };
        let allowed_to = Application::of(&kind, explained, principal, key)
            .map(|application| application.appliers(passage, &candidates, key));
        // Whoever may not know of others is told of itself alone, and else nothing.
        let allowed_to = allowed_to.filter(|names| view.others || !names.is_empty());
        Fix {
            kind,
            layer: change.layer.name().to_owned(),
            what,
            document: change.document.clone(),
            allowed_to,
        }
    };
    explained.trace.changes.iter().map(fix).collect()
}

fn kind(change: &Change) -> FixKind {
    match (change.layer, &change.document) {
        (Layer::Resource, Some(_)) => FixKind::KeyPolicy,
        (Layer::Identity, Some(_)) => FixKind::IdentityPolicy,
        (Layer::Grant, Some(_)) => FixKind::Grant,
        _ => FixKind::Other,
    }
}

/// Who might apply a fix: the reader, or everybody of the account.
fn candidates(passage: &Passage<'_>, view: View) -> Vec<Caller> {
    if !view.others {
        return vec![passage.caller().clone()];
    }
    let (account, directory) = (passage.account(), &passage.snapshot().directory);
    let root = directory.caller(&Bearer::Root(account));
    let users = directory.users.of(account).filter_map(|user| directory.as_user(user));
    let roles = directory.roles.of(account);
    let roles = roles.filter_map(|role| directory.as_role(role, "supposed", passage.now()));
    root.into_iter().chain(roles).chain(users).take(MOST_ASKED).collect()
}

/// The request by which a fix is applied.
struct Application {
    action: Action,
    on: Option<Arn>,
    context: Context<'static>,
}

impl Application {
    fn of(kind: &FixKind, explained: &Explained, principal: &Principal, key: Option<&Key>) -> Option<Self> {
        let mut context = Context::new();
        match kind {
            FixKind::KeyPolicy => {
                key?;
                Some(Self { action: KmsAction::PutKeyPolicy.into(), on: None, context })
            }
            FixKind::Grant => {
                key?;
                let operation = explained.action.strip_prefix("kms:").unwrap_or_default().to_owned();
                context.set_many(KeyName::KmsGrantOperations, [operation]);
                if let Some(grantee) = principal.condition_arn() {
                    context.set(KeyName::KmsGranteePrincipal, grantee.to_string());
                }
                Some(Self { action: KmsAction::CreateGrant.into(), on: None, context })
            }
            FixKind::IdentityPolicy => {
                let action = match &principal.identity {
                    Identity::User { .. } => "iam:PutUserPolicy",
                    Identity::RoleSession { .. } => "iam:PutRolePolicy",
                    _ => return None,
                };
                let on = principal.condition_arn()?.arn().clone();
                Some(Self { action: action.parse().ok()?, on: Some(on), context })
            }
            FixKind::Other => None,
        }
    }

    /// Those of the candidates who may, by their ARNs: users and roles, not sessions.
    fn appliers(&self, passage: &Passage<'_>, candidates: &[Caller], key: Option<&Key>) -> Vec<String> {
        let may = |caller: &&Caller| {
            let mut context = context::present(passage);
            for (name, values) in self.context.entries() {
                context.put(name.clone(), values.clone());
            }
            passage.suppose_allowed(&Supposed {
                caller,
                action: &self.action,
                on: self.on.as_ref().map(On::resource).unwrap_or_default(),
                key: key.filter(|_| self.on.is_none()),
                about: About::Nothing,
                context,
                without: &[],
            })
        };
        let name = |caller: &Caller| caller.principal.condition_arn().map(ToString::to_string);
        candidates.iter().filter(may).filter_map(name).take(MOST_NAMED).collect()
    }
}
