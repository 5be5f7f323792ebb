//! RebindPrincipal: names another user or role in a key's policy instead of one who is gone.
//!
//! It opens nothing that PutKeyPolicy would not: whoever rebinds needs `kms:PutKeyPolicy` under the present policy too, and must be able
//! to put the policy again under the new one; there is no way around that. Nobody else becomes meant by it: the others who are gone stay
//! gone, whoever has their names by now. A dry run tells what would be gained and lost, and gives an approval of just that.

use super::diff_policy::{change, untold};
use crate::{key, orphans, versions, world};
use gatekey_analysis::{difference::difference, orphans::Place};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_keyring::Key;
use gatekey_model::gatekey::{
    InvalidQuestionException, NotFoundException, RebindPrincipalError, RebindPrincipalRequest,
    RebindPrincipalResponse, calls,
};
use gatekey_policy::{Effect, KmsAction, Named, NotRebound, Policy, PrincipalElement, Statement, Substitute};
use gatekey_types::{PrincipalArn, UniqueId};
use serde::Serialize;
use std::sync::Arc;

type Fault = RebindPrincipalError;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    from: &'a str,
    to: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    dry_run: bool,
    include_not_principal: bool,
}

/// The handler.
pub(crate) struct RebindPrincipal;

impl Operation for RebindPrincipal {
    type Call = calls::RebindPrincipal;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RebindPrincipalRequest,
    ) -> Result<Answered<RebindPrincipalResponse>, Fault> {
        let is_dry = input.dry_run == Some(true);
        passage.draft().set_parameters(&Parameters {
            key_id: &input.key_id,
            from: &input.from,
            to: &input.to,
            reason: input.reason.as_deref(),
            dry_run: is_dry,
            include_not_principal: input.include_not_principal == Some(true),
        });
        let (allowed, key) = key::to_put_policy::<Fault>(passage, "gatekey:RebindPrincipal", &input.key_id)?;
        let rebinding = Rebinding::of(passage, &key, input)?;
        let policy = Arc::new(rebinding.policy(passage)?);
        if !passage.keeps_control(&key, &policy) {
            return Err(wrong("Under the new policy you could not put the policy again."));
        }
        if passage.foresee(&key, &policy).is_err() {
            return Err(wrong("Under the new policy nobody could change the policy any more."));
        }
        let mut answer = rebinding.answer();
        if is_dry {
            tell(passage, &key, &policy, &mut answer).await;
            return Ok(passage.answer(&allowed, answer));
        }
        rebinding.is_approved(input.approval.as_deref())?;
        let told = passage.policy_told(&key, &policy, rebinding.why(input.reason.as_deref()));
        let record = passage.policy_record(&policy);
        let edits = passage.with_policy(&key, record, told).await;
        let mut edits = edits.map_err(|unread| versions::internal(&unread))?;
        edits.push(key.kept());
        edits.extend(passage.way_back_of_caller(&key));
        answer.number = i32::try_from(key.next_policy_version()).ok();
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}

/// Completes the answer to a dry run: who would gain and lose what; and the policy, for whoever may read it.
async fn tell(passage: &Passage<'_>, key: &Key, policy: &Arc<Policy>, answer: &mut RebindPrincipalResponse) {
    let present = world::key(passage.snapshot(), key);
    let new = present.under(Arc::clone(policy));
    let question = || difference(&world::accounts(passage), &present, &new, Some(passage.now()));
    let found = passage.study(question).await;
    answer.changes = Some(found.changes.iter().map(change).collect());
    answer.untold = Some(found.untold.iter().map(untold).collect());
    let may_read = passage.may_with_key(KmsAction::GetKeyPolicy, key);
    answer.policy = may_read.then(|| passage.show_policy(policy));
}

/// Who is named instead of whom.
struct Rebinding<'i> {
    key: Arc<Key>,
    present: Arc<Policy>,
    from: &'i str,
    to: Substitute,
    places: Vec<Place>,
}

impl<'i> Rebinding<'i> {
    fn of(passage: &Passage<'_>, key: &Arc<Key>, input: &'i RebindPrincipalRequest) -> Result<Self, Fault> {
        let to = substitute(passage, &input.to)?;
        let policy = key.policy.as_ref().map(|policy| Arc::clone(&policy.compiled));
        let present = policy.ok_or_else(|| versions::internal(&"a customer's key has no policy"))?;
        let from = &*input.from;
        let places: Vec<Place> = places(passage, &present, from).collect();
        if places.is_empty() {
            let text = format!("The key's policy names nobody who is gone as '{from}'.");
            return Err(NotFoundException::new(text).into());
        }
        let is_negated = |place: &Place| matches!(place, Place::Statement { is_negated: true, .. });
        if places.iter().any(is_negated) && input.include_not_principal != Some(true) {
            let text = "is named by a NotPrincipal: whoever is named instead is excepted from that statement. If that is meant, say \
                        so with IncludeNotPrincipal.";
            return Err(wrong(format!("'{from}' {text}")));
        }
        Ok(Self { key: Arc::clone(key), present, from, to, places })
    }

    /// The policy with the other name.
    fn policy(&self, passage: &Passage<'_>) -> Result<Policy, Fault> {
        let is_user = matches!(self.to.arn, PrincipalArn::User(..));
        let meant = || self.present.principals().filter(|element| is_gone(passage, element, self.from));
        if is_user && meant().any(|element| session(element).is_some()) {
            let text =
                "is named with the name of a session, and a user has no sessions: name a role instead.";
            return Err(wrong(format!("'{}' {text}", self.from)));
        }
        let instead = |element: &PrincipalElement| {
            is_gone(passage, element, self.from).then(|| match session(element) {
                None => self.to.clone(),
                Some(session) => of_session(&self.to, session),
            })
        };
        let policy = self.present.rebind(&instead).map_err(|why| match why {
            NotRebound::Unsound => Fault::from(versions::internal(&why)),
            NotRebound::Ambiguous(_) => wrong(format!("It cannot be named: {why}. Rebind that one first.")),
            NotRebound::Refused(_) => wrong(format!("It cannot be named: {why}")),
        })?;
        let (bytes, most) = (policy.text().len(), passage.quotas().policy_bytes);
        match bytes > most {
            true => Err(wrong(format!("The new policy has {bytes} bytes, and the longest one {most}."))),
            false => Ok(policy),
        }
    }

    fn answer(&self) -> RebindPrincipalResponse {
        RebindPrincipalResponse {
            key_arn: Some(self.key.name.to_string()),
            places: Some(self.places.iter().map(orphans::place).collect()),
            to: Some(self.to.arn.to_string()),
            to_unique_id: Some(self.to.id.to_string()),
            approval: Some(self.approval()),
            ..RebindPrincipalResponse::default()
        }
    }

    /// What is approved: this user or role, under just this version of the policy.
    fn approval(&self) -> String {
        format!("{}.{}", self.key.policy_version().unwrap_or_default(), self.to.id)
    }

    fn is_approved(&self, approval: Option<&str>) -> Result<(), Fault> {
        match approval.is_none_or(|approval| approval == self.approval()) {
            true => Ok(()),
            false => Err(wrong(
                "The key's policy, or the user or role of that name, is no longer the one that was approved: look at it again.",
            )),
        }
    }

    /// What the history tells.
    fn why(&self, reason: Option<&str>) -> String {
        let what = format!("RebindPrincipal of {} to {}", self.from, self.to.arn);
        match reason {
            Some(reason) => format!("{what}: {reason}"),
            None => what,
        }
    }
}

/// The user or role of this ARN, as a policy would be pinned to it. Of another account no more is told than PutKeyPolicy tells.
fn substitute(passage: &Passage<'_>, text: &str) -> Result<Substitute, Fault> {
    let arn: Option<PrincipalArn> = text.parse().ok();
    let arn = arn.filter(|arn| matches!(arn, PrincipalArn::User(..) | PrincipalArn::Role(..)));
    let arn = arn.ok_or_else(|| wrong(format!("'{text}' is not the ARN of a user or a role.")))?;
    match passage.snapshot().directory.resolve(&arn) {
        Ok(Some(id)) => Ok(Substitute { arn, id }),
        _ => Err(NotFoundException::new(format!("There is no user or role '{text}'.")).into()),
    }
}

/// The session of this name of the role.
fn of_session(role: &Substitute, session: &str) -> Substitute {
    let arn = PrincipalArn::assumed_role(role.arn.account(), role.arn.name(), session);
    Substitute { arn, id: role.id.clone() }
}

fn session(element: &PrincipalElement) -> Option<&str> {
    match &element.named {
        Named::Principal { arn, .. } => arn.session_name(),
        _ => None,
    }
}

/// Whether the element names one who is gone as `from`: as it is written, or by the unique id. Who has no id that is known cannot be
/// told from whoever may get the name.
fn is_gone(passage: &Passage<'_>, element: &PrincipalElement, from: &str) -> bool {
    let gone = |id: &UniqueId| passage.snapshot().directory.current_arn(id).is_none();
    match &element.named {
        Named::Principal { id: Some(id), .. } | Named::Id(id) => {
            (&*element.written.text == from || id.as_str() == from) && gone(id)
        }
        _ => false,
    }
}

/// Where one who is gone is named.
fn places<'a>(
    passage: &'a Passage<'_>,
    policy: &'a Policy,
    from: &'a str,
) -> impl Iterator<Item = Place> + use<'a> {
    let named = |statement: &'a Statement| statement.principal.iter().flat_map(|block| &block.elements);
    policy.statements().iter().enumerate().flat_map(move |(index, statement)| {
        let meant = named(statement).filter(|element| is_gone(passage, element, from));
        meant.map(move |_| Place::Statement {
            index,
            sid: statement.sid.as_ref().map(|sid| sid.text.to_string()),
            denies: statement.effect == Effect::Deny,
            is_negated: statement.principal.as_ref().is_some_and(|block| block.negated),
        })
    })
}

fn wrong(text: impl Into<String>) -> Fault {
    InvalidQuestionException::new(text).into()
}
