//! One event as a line of a segment:
//!
//! `{"chain":"<64 hex>","tag":"<32 hex>","number":<20 wide>,["delivery":"<uuid>",]"event":{...}}` and an end of line.
//!
//! All before the tail (`"delivery"` or `"event"` and on) has a fixed length, so that the tail is written and hashed
//! before the event has its place, and the place is filled in afterwards, without another copy.

use crate::{
    AuditError, AuditKey, Event, EventId, MAX_EVENT_BYTES, Terms, What,
    chain::{self, Digest, Link, Tag},
    marks::Marks,
    spare::Spare,
};
use gatekey_types::{put, put_hex, take_hex};

const CHAIN: &[u8] = b"{\"chain\":\"";
const TAG: &[u8] = b"\",\"tag\":\"";
const NUMBER: &[u8] = b"\",\"number\":";
const COMMA: &[u8] = b",";
const DELIVERY: &[u8] = b"\"delivery\":\"";
const DELIVERED: &[u8] = b"\",";
const EVENT: &[u8] = b"\"event\":";
/// Numbers are right-aligned; JSON allows the spaces.
const NUMBER_WIDTH: usize = 20;
const UUID: usize = 36;
const PREFIX: usize = CHAIN.len() + 64 + TAG.len() + 32 + NUMBER.len() + NUMBER_WIDTH + COMMA.len();

/// A line is at most so long, its end included.
pub(crate) const MAX_LINE: usize = crate::MAX_EVENT_BYTES + PREFIX + DELIVERY.len() + UUID + 32;

/// An event that waits for its place in the chain: written and hashed, so that recording it is little work.
#[derive(Debug, Clone)]
pub struct Frame {
    line: Spare,
    digest: Digest,
    /// Where in the line the texts are that the event is found by, if that was noted when it was written.
    marks: Option<Marks>,
}

impl Frame {
    /// The frame of an event.
    pub fn of(event: &Event<'_>) -> Self {
        Self::new(None, |line| event.append_to(line))
    }

    /// The frame of an event that [`Event::to_bytes`] made, or that is a JSON object on one line.
    ///
    /// # Errors
    /// It is not, or is larger than [`MAX_EVENT_BYTES`](crate::MAX_EVENT_BYTES).
    pub fn of_bytes(event: &[u8]) -> Result<Self, AuditError> {
        check(event)?;
        Ok(Self::of_written(None, event))
    }

    /// The event as JSON.
    pub fn event(&self) -> &[u8] {
        let tail = self.line.get(PREFIX..).unwrap_or_default();
        let tail = delivery(tail).map_or(tail, |(_, event)| event);
        let event = tail.strip_prefix(EVENT).unwrap_or(tail);
        event.strip_suffix(b"}\n").unwrap_or(event)
    }

    /// A frame around an event that was written before, and is a JSON object on one line.
    pub(crate) fn of_written(delivery: Option<&EventId>, event: &[u8]) -> Self {
        Self::new(delivery, |line| {
            line.extend_from_slice(event);
            None
        })
    }

    /// A frame around the event that `write` appends; it may tell where the texts are that it is found by.
    fn new(delivery: Option<&EventId>, write: impl FnOnce(&mut Vec<u8>) -> Option<Marks>) -> Self {
        let mut line = Spare::take();
        line.resize(PREFIX, b' ');
        if let Some(id) = delivery {
            line.extend_from_slice(DELIVERY);
            crate::json::display(&mut line, id);
            line.extend_from_slice(DELIVERED);
        }
        line.extend_from_slice(EVENT);
        let marks = write(&mut line);
        line.push(b'}');
        let digest = chain::digest(line.get(PREFIX..).unwrap_or_default());
        line.push(b'\n');
        Self { line, digest, marks }
    }

    /// Fills in the place, and gives the event's link.
    pub(crate) fn place(&mut self, key: &AuditKey, previous: &Link, number: u64) -> Link {
        let link = chain::link(previous, number, &self.digest);
        let tag = key.tag_event(&link);
        let chain = put_hex(&link, put(CHAIN, &mut self.line));
        let tag = put_hex(&tag, put(TAG, chain));
        put(COMMA, put(&aligned(number), put(NUMBER, tag)));
        link
    }

    /// The line, with its end.
    pub(crate) fn line(&self) -> &[u8] {
        &self.line
    }

    /// What the event is found by. `None`: only the event itself tells.
    pub(crate) fn terms(&self) -> Option<Terms<'_>> {
        Terms::of(self.marks.as_ref()?, &self.line)
    }
}

/// Whether this is a JSON object on one line, as far as the log depends on it.
pub(crate) fn check(event: &[u8]) -> Result<(), AuditError> {
    let one_line = event.iter().fold(true, |so_far, byte| so_far & (*byte >= 0x20));
    let object = event.starts_with(b"{") && event.ends_with(b"}");
    if one_line && object && event.len() <= MAX_EVENT_BYTES { Ok(()) } else { Err(AuditError::NotAnEvent) }
}

/// A line as it was read.
#[derive(Debug)]
pub(crate) struct Line<'l> {
    pub(crate) link: Link,
    pub(crate) tag: Tag,
    pub(crate) number: u64,
    pub(crate) delivery: Option<EventId>,
    /// The event as JSON.
    pub(crate) event: &'l [u8],
    tail: &'l [u8],
}

impl<'l> Line<'l> {
    /// Takes a line apart, without its end. `None` if it is not of the form.
    pub(crate) fn parse(line: &'l [u8]) -> Option<Self> {
        let (prefix, tail) = line.split_at_checked(PREFIX)?;
        let (hex, rest) = prefix.strip_prefix(CHAIN)?.split_at_checked(64)?;
        let (short, rest) = rest.strip_prefix(TAG)?.split_at_checked(32)?;
        let (digits, rest) = rest.strip_prefix(NUMBER)?.split_at_checked(NUMBER_WIDTH)?;
        rest.strip_prefix(COMMA)?;
        let (mut link, mut tag) = (Link::default(), Tag::default());
        take_hex(hex, &mut link)?;
        take_hex(short, &mut tag)?;
        let number = core::str::from_utf8(digits).ok()?.trim_start().parse().ok()?;
        (digits == aligned(number)).then_some(())?;
        let (delivery, event) = delivery(tail)?;
        let event = event.strip_prefix(EVENT)?.strip_suffix(b"}")?;
        (event.starts_with(b"{") && event.ends_with(b"}")).then_some(Self {
            link,
            tag,
            number,
            delivery,
            event,
            tail,
        })
    }

    /// Whether this is what the holder of the key wrote behind `previous`.
    pub(crate) fn prove(&self, previous: &Link, key: &AuditKey) -> Result<(), What> {
        if chain::link(previous, self.number, &chain::digest(self.tail)) != self.link {
            return Err(What::Edited);
        }
        if chain::same_tag(&key.tag_event(&self.link), &self.tag) { Ok(()) } else { Err(What::Forged) }
    }
}

/// The digits of a number, behind spaces.
fn aligned(number: u64) -> [u8; NUMBER_WIDTH] {
    let mut digits = [b' '; NUMBER_WIDTH];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    digits
}

fn delivery(tail: &[u8]) -> Option<(Option<EventId>, &[u8])> {
    let Some(rest) = tail.strip_prefix(DELIVERY) else { return Some((None, tail)) };
    let (id, rest) = rest.split_at_checked(UUID)?;
    let id = core::str::from_utf8(id).ok()?.parse().ok()?;
    Some((Some(id), rest.strip_prefix(DELIVERED)?))
}
