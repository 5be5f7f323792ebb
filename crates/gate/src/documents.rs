//! Policy documents on their way in: parsed strictly, their principals found and pinned to their unique ids.

use crate::Passage;
use gatekey_policy::{Existence, Kind, Named, Party, Pins, Policy, PolicyError, PrincipalElement};
use gatekey_types::{PrincipalArn, UniqueId};

/// The header that says where a refused document is at fault.
const POSITION: &str = "x-gatekey-policy-position";
/// The header that says what is at fault, and what may be meant.
const HINT: &str = "x-gatekey-policy-hint";

impl Passage<'_> {
    /// Reads a document that a request brings. The principals that it names must exist; users and roles are pinned to the
    /// unique ids that they have now: keep [`Policy::pins`] beside the text.
    ///
    /// # Errors
    /// AWS's error. The place of the fault, which principal is missing and what it may be meant for go into headers of the
    /// answer and into the log.
    pub fn read_policy(&mut self, text: &str, kind: Kind) -> Result<Policy, PolicyError> {
        let mut nearest = None;
        let parsed = Policy::parse(text, kind);
        let pinned =
            parsed.and_then(|policy| policy.pin(&mut |element| self.exists(element, kind, &mut nearest)));
        pinned.map_err(|mut error| {
            if let Some(nearest) = nearest {
                error.hint = Some(format!("did you mean {nearest}?"));
            }
            self.tell_of(&error);
            error
        })
    }

    /// Whether a principal that a document names exists on this server (authorization.md 3.4 and 3.5).
    fn exists(&self, element: &PrincipalElement, kind: Kind, nearest: &mut Option<String>) -> Existence {
        let directory = &self.snapshot.directory;
        match &element.named {
            Named::Everyone | Named::Service(_) => Existence::Exists,
            Named::Account(account) if directory.has_account(*account) => Existence::Exists,
            Named::Principal { arn, .. } => match directory.resolve(arn) {
                Ok(None) => Existence::Exists,
                Ok(Some(id)) => Existence::Pinned(id),
                Err(unknown) => {
                    // Names of another account are not told.
                    *nearest = unknown.nearest.filter(|_| arn.account() == self.account());
                    Existence::Missing
                }
            },
            // A role may trust a provider before there is one.
            Named::Federated(_) if kind == Kind::Trust => Existence::Exists,
            Named::Account(_) | Named::Id(_) | Named::Federated(_) | Named::Nobody => Existence::Missing,
        }
    }

    /// Whom an ARN of a grant means: a user or a role, the one of a session too, is pinned to the unique id that it has now.
    /// Nobody, if it means no principal of this server.
    pub fn party(&self, arn: &str) -> Option<Party> {
        let arn: PrincipalArn = arn.parse().ok()?;
        let id = self.snapshot.directory.resolve(&arn).ok()?;
        Some(Party::Principal { arn, id })
    }

    /// A party of a grant as AWS shows it: by the ARN that it has now, or by its id if it is gone.
    pub fn show_party(&self, party: &Party) -> String {
        let current = |id: &UniqueId| self.snapshot.directory.current_arn(id);
        match party {
            Party::Service(service) => service.to_string(),
            Party::Id(id) => current(id).map_or_else(|| id.to_string(), |arn| arn.to_string()),
            Party::Principal { arn, id: None } => arn.to_string(),
            Party::Principal { arn, id: Some(id) } => match (arn.session_name(), current(id)) {
                (None, Some(current)) => current.to_string(),
                (None, None) => id.to_string(),
                (Some(_), Some(_)) => arn.to_string(),
                (Some(session), None) => format!("{id}:{session}"),
            },
        }
    }

    fn tell_of(&mut self, error: &PolicyError) {
        let PolicyError { detail, hint, at, .. } = error;
        tracing::info!(
            line = at.line,
            column = at.column,
            pointer = at.pointer,
            detail,
            hint = hint.as_deref(),
            "a policy was refused"
        );
        let position = format!("line {}, column {}, {}", at.line, at.column, at.pointer);
        let told = match hint {
            Some(hint) => format!("{detail}; {hint}"),
            None => detail.clone(),
        };
        self.draft.hint(POSITION, position);
        self.draft.hint(HINT, told);
    }

    /// A stored document as AWS shows it: users and roles by the ARNs that they have now, those that are gone by their ids.
    pub fn show_policy(&self, policy: &Policy) -> String {
        let current = |id: &UniqueId| self.snapshot.directory.current_arn(id).map(|arn| arn.to_string());
        policy.render(&current)
    }

    /// A stored document as services beside KMS show it: the text as it was put, unless somebody whom it names is gone or has
    /// another ARN by now.
    pub fn show_as_put(&self, text: &str, pins: &Pins, compiled: Option<&Policy>) -> String {
        let is_as_written = |(written, id): (&String, _)| match self.snapshot.directory.current_arn(id) {
            Some(arn) => arn.as_str() == written || written.contains(":assumed-role/"),
            None => false,
        };
        let moved = compiled.filter(|_| !pins.iter().all(is_as_written));
        moved.map_or_else(|| text.to_owned(), |policy| self.show_policy(policy))
    }
}
