//! What an event is found by.

use crate::{Field, marks::Marks};
use gatekey_types::Timestamp;

/// What stands for an outcome that is no error.
const SUCCESS: &str = "Success";

/// An event, as far as people look for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Findable<'e> {
    pub(crate) account: &'e str,
    pub(crate) region: &'e str,
    pub(crate) id: &'e str,
    pub(crate) name: &'e str,
    pub(crate) read_only: bool,
    pub(crate) source: &'e str,
    pub(crate) error: Option<&'e str>,
    pub(crate) caller: Names<'e>,
}

/// What the caller of an event is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'e> {
    pub(crate) kind: &'e str,
    pub(crate) principal_id: Option<&'e str>,
    pub(crate) arn: Option<&'e str>,
    pub(crate) access_key: Option<&'e str>,
    pub(crate) user_name: Option<&'e str>,
    pub(crate) invoked_by: Option<&'e str>,
    /// The ARN and the name of whose session it is.
    pub(crate) issuer: [Option<&'e str>; 2],
}

impl<'e> Findable<'e> {
    /// `errorCode`, or `Success`.
    pub(crate) fn outcome(&self) -> &'e str {
        self.error.unwrap_or(SUCCESS)
    }

    /// Shows all that the event is found by, with its resources, each by its type and ARN. The same may be shown twice.
    pub(crate) fn each<'r>(
        &self,
        resources: impl Iterator<Item = (&'r str, &'r str)>,
        mut see: impl FnMut(Field, &str),
    ) {
        see(Field::Account, self.account);
        see(Field::Place, &[self.account, "/", self.region].concat());
        see(Field::Id, self.id);
        see(Field::Name, self.name);
        see(Field::ReadOnly, if self.read_only { "true" } else { "false" });
        see(Field::Source, self.source);
        see(Field::Outcome, self.outcome());
        for (kind, arn) in resources {
            see(Field::ResourceType, kind);
            inferred_resource_names(arn).for_each(|name| see(Field::Resource, name));
        }
        self.caller.each(&mut see);
    }
}

impl<'e> Names<'e> {
    /// What LookupEvents calls the user name: a user's own, a session's, `root` for a root user.
    pub(crate) fn user(&self) -> Option<&'e str> {
        match (self.user_name, self.kind) {
            (Some(name), _) => Some(name),
            (None, "Root") => Some("root"),
            (None, _) => self.inferred_session_as_user(),
        }
    }

    /// Whom LookupEvents calls the user of a session: the session's name, behind the colon of its unique id. AWS documents it
    /// for sessions of roles only; here it is so for federated users too.
    fn inferred_session_as_user(&self) -> Option<&'e str> {
        let id = self.principal_id?;
        id.split_once(':').map(|(_, session)| session).or(self.invoked_by)
    }

    fn each(&self, see: &mut impl FnMut(Field, &str)) {
        if let Some(user) = self.user() {
            see(Field::User, user);
        }
        if let Some(key) = self.access_key {
            see(Field::AccessKey, key);
        }
        let names = [self.arn, self.principal_id, self.user_name, self.invoked_by];
        for name in names.into_iter().chain(self.issuer).flatten() {
            see(Field::Principal, name);
        }
    }
}

/// What a resource is found by in LookupEvents: AWS shows ARNs of some resources and names of others. Here both find it: the ARN,
/// and what is behind its last slash or colon.
fn inferred_resource_names(arn: &str) -> impl Iterator<Item = &str> {
    let name = arn.rsplit(['/', ':']).next().filter(|name| *name != arn);
    core::iter::once(arn).chain(name)
}

/// What an event is found by, where it stands in the event's line.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'e> {
    marks: &'e Marks,
    line: &'e [u8],
}

impl<'e> Terms<'e> {
    /// `None` if they cannot be told without reading the event.
    pub(crate) fn of(marks: &'e Marks, line: &'e [u8]) -> Option<Self> {
        marks.are_complete().then_some(Self { marks, line })
    }

    /// When the event was.
    pub fn time(&self) -> Timestamp {
        self.marks.time()
    }

    /// The event's id.
    pub fn id(&self) -> Option<&'e [u8]> {
        self.marks.id.bytes(self.line)
    }

    /// Whether the other event is found by the same, but for its id. Its time does not count.
    pub fn are_as_of(&self, other: &Terms<'_>) -> bool {
        self.marks.read_as(self.line, other.marks, other.line)
    }

    /// Shows each of them, as [`Facts::each`](crate::Facts::each) does.
    pub fn each(&self, see: impl FnMut(Field, &str)) {
        if let Some(event) = self.marks.findable(self.line) {
            event.each(self.marks.resources(self.line), see);
        }
    }

    /// Keeps them in place of others.
    pub fn keep_in(&self, kept: &mut KeptTerms) {
        kept.marks = Some(*self.marks);
        kept.line.clear();
        kept.line.extend_from_slice(self.line);
    }
}

/// The terms of an event that is gone.
#[derive(Debug, Default)]
pub struct KeptTerms {
    marks: Option<Marks>,
    line: Vec<u8>,
}

impl KeptTerms {
    /// What was kept last, if anything was.
    pub fn terms(&self) -> Option<Terms<'_>> {
        Terms::of(self.marks.as_ref()?, &self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inferred_session_as_user_is_the_name_behind_the_colon_or_else_the_service() {
        let names = Names {
            kind: "AssumedRole",
            principal_id: Some("AROA1:deploy"),
            arn: None,
            access_key: None,
            user_name: None,
            invoked_by: Some("kms.amazonaws.com"),
            issuer: [None; 2],
        };
        assert_eq!(names.user(), Some("deploy"));
        assert_eq!(Names { principal_id: Some("AIDA"), ..names }.user(), names.invoked_by);
        assert_eq!(Names { principal_id: None, ..names }.user(), None);
        assert_eq!(Names { kind: "Root", ..names }.user(), Some("root"));
        assert_eq!(Names { user_name: Some("ann"), ..names }.user(), Some("ann"));
    }

    #[test]
    fn inferred_resource_names_are_the_arn_and_its_last_part() {
        let names = |arn| inferred_resource_names(arn).collect::<Vec<_>>();
        assert_eq!(names("arn:aws:kms:us-east-1:1:key/k"), ["arn:aws:kms:us-east-1:1:key/k", "k"]);
        assert_eq!(names("plain"), ["plain"]);
    }
}
