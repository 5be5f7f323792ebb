use crate::{
    claim::Claim,
    date::SignedDate,
    headers::SignedHeaders,
    limits,
    query::{self, Parameter},
    request::{RawRequest, sha256},
    scope::Scope,
    verify::SignedVia,
};
use gatekey_types::put_hex;

/// The canonical request: what the signature is ultimately over.
///
/// `method \n path \n query \n (name:values \n)* \n signed-headers \n hex(SHA-256(body))`
pub(crate) fn canonical_request(
    request: &RawRequest<'_>,
    query: &[Parameter],
    signed: &SignedHeaders<'_>,
    via: SignedVia,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    out.extend_from_slice(request.method.as_bytes());
    out.push(b'\n');
    push_path(request.path, &mut out);
    out.push(b'\n');
    let left_out = (via == SignedVia::Query).then_some(b"X-Amz-Signature".as_slice());
    query::canonical(query, left_out, &mut out);
    out.push(b'\n');
    signed.write(&mut out);
    out.push(b'\n');
    push_hex(&request.body.sha256(), &mut out);
    out
}

/// The string that is signed: algorithm, date, scope and the digest of the canonical request, a line each.
pub(crate) fn string_to_sign(
    claim: &Claim<'_>,
    date: &SignedDate<'_>,
    scope: &Scope<'_>,
    canonical: &[u8],
) -> Vec<u8> {
    let mut out = Vec::with_capacity(192);
    for line in [claim.algorithm, date.text(), scope.text] {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    push_hex(&sha256(canonical), &mut out);
    out
}

/// Appends the path with dot segments and doubled slashes resolved, then encoded. It came encoded once, so a `%` is
/// encoded again: that is the rule of every service but S3.
fn push_path(path: &str, out: &mut Vec<u8>) {
    // Nearly every request.
    if path == "/" {
        return out.push(b'/');
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    for segment in &kept {
        out.push(b'/');
        query::encode(segment.as_bytes(), out);
    }
    if kept.is_empty() || path.ends_with('/') {
        out.push(b'/');
    }
}

/// Whether a path is one (not `*`, nor a whole URL), and short enough to be looked at.
pub(crate) fn path_is_lawful(path: &str) -> bool {
    path.len() <= limits::PATH && (path.is_empty() || path.starts_with('/'))
}

pub(crate) fn push_hex(bytes: &[u8; 32], out: &mut Vec<u8>) {
    let mut text = [0; 64];
    put_hex(bytes, &mut text);
    out.extend_from_slice(&text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_and_encoded_twice() {
        for (path, expected) in [
            ("/", "/"),
            ("", "/"),
            ("//", "/"),
            ("/./", "/"),
            ("/a/..", "/"),
            ("/a/../..", "/"),
            ("/./a", "/a"),
            ("//a//", "/a/"),
            ("/a/b/../c", "/a/c"),
            ("/a b/", "/a%20b/"),
            ("/a%20b", "/a%2520b"),
            ("/...", "/..."),
        ] {
            let mut out = Vec::new();
            push_path(path, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{path}");
        }
    }
}
