//! Where in an event's line the texts stand that it is found by: noted while they are written, so that an index need not read the
//! event again.

use crate::{
    IdentityKind,
    terms::{Findable, Names},
};
use gatekey_types::Timestamp;

/// Of an event about more resources no marks are kept: hardly a call is about more than two.
const FEW_RESOURCES: usize = 2;
/// Texts beside the id.
const SPANS: usize = 12 + 2 * FEW_RESOURCES;

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    begin: u32,
    end: u32,
}

impl Span {
    /// A text that is not there.
    pub(crate) const NOTHING: Self = Self { begin: 0, end: 0 };
    /// A text that stands there with escapes, so that it would have to be read.
    const ESCAPED: Self = Self { begin: 0, end: 1 };

    /// Of a text of so many bytes that was written from `begin` to `end`.
    pub(crate) fn new(begin: usize, end: usize, bytes: usize) -> Self {
        let is_plain = end.checked_sub(begin) == Some(bytes);
        match (u32::try_from(begin), u32::try_from(end)) {
            (Ok(begin), Ok(end)) if is_plain => Self { begin, end },
            _ => Self::ESCAPED,
        }
    }

    /// What stands there in its line.
    pub(crate) fn of(self, line: &[u8]) -> Option<&str> {
        core::str::from_utf8(self.bytes(line)?).ok()
    }

    /// The same in bytes.
    pub(crate) fn bytes(self, line: &[u8]) -> Option<&[u8]> {
        if self == Self::NOTHING { None } else { line.get(self.begin as usize..self.end as usize) }
    }
}

/// The texts that an event is found by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks {
    time: Timestamp,
    read_only: bool,
    caller_kind: IdentityKind,
    pub(crate) account: Span,
    pub(crate) region: Span,
    pub(crate) id: Span,
    pub(crate) name: Span,
    pub(crate) source: Span,
    pub(crate) error: Span,
    pub(crate) caller: CallerMarks,
    resources: [(Span, Span); FEW_RESOURCES],
    too_many: bool,
}

/// Those of the caller.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CallerMarks {
    pub(crate) principal_id: Span,
    pub(crate) arn: Span,
    pub(crate) access_key: Span,
    pub(crate) user_name: Span,
    pub(crate) invoked_by: Span,
    pub(crate) issuer_arn: Span,
    pub(crate) issuer_name: Span,
}

impl Marks {
    /// Of an event of which nothing is written yet.
    pub(crate) fn new(time: Timestamp, read_only: bool, caller_kind: IdentityKind) -> Self {
        let nothing = Span::NOTHING;
        Self {
            time,
            read_only,
            caller_kind,
            account: nothing,
            region: nothing,
            id: nothing,
            name: nothing,
            source: nothing,
            error: nothing,
            caller: CallerMarks::default(),
            resources: [(nothing, nothing); FEW_RESOURCES],
            too_many: false,
        }
    }

    /// Notes a resource, by its type and ARN.
    pub(crate) fn resource(&mut self, kind: Span, arn: Span) {
        match self.resources.iter_mut().find(|(kind, _)| *kind == Span::NOTHING) {
            Some(free) => *free = (kind, arn),
            None => self.too_many = true,
        }
    }

    /// Whether each text stands there as it is.
    pub(crate) fn are_complete(&self) -> bool {
        !self.too_many && self.id != Span::ESCAPED && self.spans().iter().all(|span| *span != Span::ESCAPED)
    }

    /// When the event was.
    pub(crate) fn time(&self) -> Timestamp {
        self.time
    }

    /// Whether all of it but the id reads the same in this line as the other in that one.
    pub(crate) fn read_as(&self, line: &[u8], other: &Self, other_line: &[u8]) -> bool {
        let mut pairs = self.spans().into_iter().zip(other.spans());
        self.read_only == other.read_only
            && self.caller_kind == other.caller_kind
            && pairs.all(|(one, other)| one.bytes(line) == other.bytes(other_line))
    }

    /// All but that of the id.
    fn spans(&self) -> [Span; SPANS] {
        let Self { account, region, name, source, error, caller, resources, .. } = self;
        let CallerMarks { principal_id, arn, access_key, user_name, invoked_by, issuer_arn, issuer_name } =
            caller;
        let [(kind, resource), (other_kind, other_resource)] = resources;
        [
            // What tells callers and keys apart comes first.
            *access_key,
            *arn,
            *resource,
            *name,
            *error,
            *account,
            *region,
            *source,
            *principal_id,
            *user_name,
            *invoked_by,
            *issuer_arn,
            *issuer_name,
            *kind,
            *other_kind,
            *other_resource,
        ]
    }

    /// The event, as its line has it.
    pub(crate) fn findable<'e>(&self, line: &'e [u8]) -> Option<Findable<'e>> {
        Some(Findable {
            account: self.account.of(line)?,
            region: self.region.of(line)?,
            id: self.id.of(line)?,
            name: self.name.of(line)?,
            read_only: self.read_only,
            source: self.source.of(line)?,
            error: self.error.of(line),
            caller: self.caller.names(self.caller_kind, line),
        })
    }

    /// The types and ARNs of its resources.
    pub(crate) fn resources<'e>(&self, line: &'e [u8]) -> impl Iterator<Item = (&'e str, &'e str)> {
        self.resources.into_iter().filter_map(move |(kind, arn)| kind.of(line).zip(arn.of(line)))
    }
}

impl CallerMarks {
    fn names<'e>(&self, kind: IdentityKind, line: &'e [u8]) -> Names<'e> {
        Names {
            kind: kind.as_str(),
            principal_id: self.principal_id.of(line),
            arn: self.arn.of(line),
            access_key: self.access_key.of(line),
            user_name: self.user_name.of(line),
            invoked_by: self.invoked_by.of(line),
            issuer: [self.issuer_arn.of(line), self.issuer_name.of(line)],
        }
    }
}
