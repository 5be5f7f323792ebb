//! What ARNs, accounts, access keys, addresses and secrets look like within a text, whatever stands before and after them.

use super::redact::Kind;

/// What stands at a place of a text.
#[derive(Debug)]
pub(super) enum Mark<'a> {
    /// An ARN.
    Arn(Arn<'a>),
    /// The id of a key or of a request, which stays.
    Uuid,
    /// Something of this kind, after so many bytes that stay.
    Is(Kind, usize),
}

/// The parts of an ARN.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arn<'a> {
    pub(super) partition: &'a str,
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The whole text, if it is an ARN.
    pub(super) fn whole(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [start, partition, service, region, account, resource] = parts.try_into().ok()?;
        let is_named = |part: &str| {
            part.len() <= 24 && part.chars().all(|c| c.is_ascii_lowercase() || "-*?0123456789".contains(c))
        };
        let is_arn =
            start.eq_ignore_ascii_case("arn") && [partition, service, region].into_iter().all(is_named);
        (is_arn && !resource.is_empty()).then_some(Self { partition, service, region, account, resource })
    }
}

/// What stands at the start of `rest`, `before` being the character before it, and how long it is: an ARN, or else the longest. Nothing
/// reaches into an ARN.
pub(super) fn at(rest: &str, before: Option<char>) -> Option<(usize, Mark<'_>)> {
    // Most places are within something that began before, which is seen quickest.
    let unless = |is_within: fn(char) -> bool| Some(rest).filter(|_| !before.is_some_and(is_within));
    let is = |kind| move |length| (length, Mark::Is(kind, 0));
    let is_digit = |c: char| c.is_ascii_digit();
    // Of those that are equally long, the last one counts.
    let found = [
        unless(is_of_token).and_then(opaque).map(is(Kind::Opaque)),
        unless(is_digit).and_then(four).map(is(Kind::Address)),
        unless(is_of_six).and_then(six).map(is(Kind::Address)),
        unless(is_of_local_part).and_then(email).map(is(Kind::Email)),
        unless(is_digit).and_then(account),
        id_of_aws(rest),
        unless(char::is_alphanumeric).and_then(assigned),
        unless(char::is_alphanumeric).and_then(uuid).map(|length| (length, Mark::Uuid)),
    ];
    arn(rest).or_else(|| {
        let (length, mark) = found.into_iter().flatten().max_by_key(|(length, _)| *length)?;
        Some((before_arn(rest, length), mark))
    })
}

/// Where the first ARN begins, if it begins within this length.
fn before_arn(rest: &str, length: usize) -> usize {
    let starts = rest.char_indices().map(|(at, _)| at).take_while(|at| *at < length);
    let is_arn = |at: &usize| rest.get(*at..).is_some_and(|rest| arn(rest).is_some());
    starts.skip(1).find(is_arn).unwrap_or(length)
}

/// How many bytes at the start of the text are of this kind.
fn run(text: &str, is_of: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_of(c)).unwrap_or(text.len())
}

/// Whether it is of a name, so that a name does not end before it.
pub(super) fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

fn arn(rest: &str) -> Option<(usize, Mark<'_>)> {
    rest.get(..4).filter(|start| start.eq_ignore_ascii_case("arn:"))?;
    let length = run(rest, |c| !(c.is_whitespace() || "\"'`<>[]|\\;()".contains(c)));
    let text = rest.get(..length)?;
    // Several may follow each other without spaces.
    let text = text.find(",arn:").and_then(|end| text.get(..end)).unwrap_or(text);
    let text = text.trim_end_matches(['.', ',', ':', '!']);
    Arn::whole(text).map(|arn| (text.len(), Mark::Arn(arn)))
}

/// `0a1b2c3d-0000-4000-8000-000000000001`, or `mrk-` and 32 hexadecimal digits.
fn uuid(rest: &str) -> Option<usize> {
    let text = rest
        .get(..36)
        .filter(|_| !rest.get(36..).is_some_and(|tail| tail.starts_with(char::is_alphanumeric)))?;
    is_uuid(text).then_some(36)
}

/// Whether it is the id of a key or of a request, wholly.
pub(super) fn is_uuid(text: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    if let Some(digits) = text.strip_prefix("mrk-") {
        return digits.len() == 32 && is_hex(digits);
    }
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.into_iter().all(is_hex)
}

/// Words before `=` or `:` after which something secret stands.
const SECRETS: [&str; 14] = [
    "aws_secret_access_key",
    "aws_session_token",
    "x-amz-security-token",
    "x-amz-signature",
    "secretaccesskey",
    "sessiontoken",
    "authorization",
    "passphrase",
    "signature",
    "password",
    "api_key",
    "passwd",
    "secret",
    "token",
];

/// `password=...`, `"token": ...`, `Bearer ...`.
fn assigned(rest: &str) -> Option<(usize, Mark<'_>)> {
    let starts = |word: &&&str| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let bearer = |text: &str| {
        let scheme = text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer "));
        if scheme { 7 } else { 0 }
    };
    let head = match SECRETS.iter().find(starts) {
        None => bearer(rest),
        Some(word) => {
            let value =
                rest.get(word.len()..)?.trim_start_matches(['"', '\'', ' ']).strip_prefix(['=', ':'])?;
            let value = value.trim_start_matches(['"', '\'', ' ', '=']);
            rest.len().saturating_sub(value.len()).saturating_add(bearer(value))
        }
    };
    let length = run(rest.get(head..)?, |c| !(c.is_whitespace() || "\"'&,;<>)}]".contains(c)));
    (head > 0 && length > 0).then(|| (head.saturating_add(length), Mark::Is(Kind::Secret, head)))
}

/// Access keys and unique ids of AWS: four letters, and digits in base 32.
fn id_of_aws(rest: &str) -> Option<(usize, Mark<'_>)> {
    let kind = match rest.get(..4)? {
        "AKIA" | "ASIA" | "ABIA" | "ACCA" => Kind::AccessKey,
        "AIDA" | "AROA" | "AGPA" | "ANPA" | "ANVA" | "AIPA" | "APKA" | "ASCA" => Kind::Id,
        _ => return None,
    };
    let length = run(rest, |c| c.is_ascii_uppercase() || c.is_ascii_digit());
    (length >= 16).then_some((length, Mark::Is(kind, 0)))
}

/// Twelve digits, or four, four and four. More than twelve may have an account in them.
fn account(rest: &str) -> Option<(usize, Mark<'_>)> {
    let digits = |text: &str| run(text, |c| c.is_ascii_digit());
    match digits(rest) {
        12 => return Some((12, Mark::Is(Kind::Account, 0))),
        more @ 13.. => return Some((more, Mark::Is(Kind::Opaque, 0))),
        _ => {}
    }
    let groups: Vec<&str> = rest.get(..14)?.split('-').collect();
    let is_group = |group: &&str| group.len() == 4 && digits(group) == 4;
    let ends = digits(rest.get(14..)?) == 0;
    (groups.len() == 3 && groups.iter().all(is_group) && ends).then_some((14, Mark::Is(Kind::Account, 0)))
}

fn is_of_local_part(c: char) -> bool {
    c.is_alphanumeric() || "._%+'-".contains(c)
}

fn email(rest: &str) -> Option<usize> {
    let local = run(rest, is_of_local_part);
    let domain = rest.get(local..)?.strip_prefix('@')?;
    let domain = run(domain, |c| c.is_alphanumeric() || ".-".contains(c));
    (local > 0 && domain > 0).then(|| local.saturating_add(1).saturating_add(domain))
}

fn is_of_six(c: char) -> bool {
    c.is_ascii_hexdigit() || c == ':'
}

/// Anything of hexadecimal digits and colons that an address may be; a time of day is none.
fn six(rest: &str) -> Option<usize> {
    let text = rest.get(..run(rest, |c| is_of_six(c) || c == '.'))?.trim_end_matches('.');
    let colons = text.bytes().filter(|b| *b == b':').count();
    let is_there = text.bytes().any(|b| b.is_ascii_hexdigit());
    (is_there && (colons >= 5 || text.contains("::"))).then_some(text.len())
}

/// Four numbers or more with dots between them.
fn four(rest: &str) -> Option<usize> {
    let digits = |text: &str| run(text, |c| c.is_ascii_digit());
    let (mut length, mut count) = (digits(rest), 1_usize);
    while let Some(more) = rest.get(length..)?.strip_prefix('.').map(digits).filter(|more| *more > 0) {
        (length, count) = (length.saturating_add(1).saturating_add(more), count.saturating_add(1));
    }
    (count >= 4 && !rest.starts_with('.')).then_some(length)
}

/// Shorter tokens hold too little to be keys.
const SHORTEST: usize = 20;
/// Longer ones are no words.
const LONGEST: usize = 39;

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/_-".contains(c)
}

/// The length of a token that may be a key, a hash or an encoded text: too long, or too mixed, for a word.
fn opaque(rest: &str) -> Option<usize> {
    let length = run(rest, is_of_token);
    let token = rest.get(..length)?;
    let padded = length.saturating_add(run(rest.get(length..)?, |c| c == '='));
    let is_lower = |piece: &str| piece.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let is_path = || token.split('/').all(|piece| is_uuid(piece) || is_lower(piece));
    let is_one_word = || token.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-' || b == b'_');
    let is_word = match length {
        0..SHORTEST => true,
        SHORTEST..=LONGEST => is_one_word() || is_algorithm(token) || is_path(),
        _ => token.contains(['-', '/']) && is_path(),
    };
    (!is_word).then_some(padded)
}

/// `RSASSA_PKCS1_V1_5_SHA_256`.
fn is_algorithm(token: &str) -> bool {
    let is_part =
        |part: &str| part.len() <= 11 && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    token.contains('_') && token.split('_').all(is_part)
}
