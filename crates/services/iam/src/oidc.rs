//! OpenID Connect providers: what their URLs, audiences and thumbprints may be.

use crate::quota;
use gatekey_gate::Passage;
use gatekey_model::iam::{InvalidInputException, LimitExceededException};

/// Most thumbprints of a provider.
const MOST_THUMBPRINTS: usize = 5;

/// The provider's name, which is its URL without the scheme. A URL has a host, perhaps a port and a path, and nothing
/// else; what a token's issuer says is compared with it letter by letter.
///
/// # Errors
/// InvalidInput.
pub(crate) fn name<E: From<InvalidInputException>>(url: &str) -> Result<&str, E> {
    let invalid = || InvalidInputException::new("Invalid Open ID Connect Provider URL");
    let rest = url.strip_prefix("https://").ok_or_else(invalid)?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host_name = host.split_once(':').map_or(host, |(name, _)| name);
    let port = host.split_once(':').map_or("1", |(_, port)| port);
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_path = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '"' | '<' | '>' | '\\' | '*');
    let lawful = !host_name.is_empty()
        && host_name.chars().all(is_host)
        && port.parse::<u16>().is_ok_and(|port| port != 0)
        && path.chars().all(is_path)
        && !path.contains("//");
    lawful.then(|| rest.trim_end_matches('/')).ok_or_else(|| invalid().into())
}

/// Audiences, each once, in the order in which they came.
///
/// # Errors
/// LimitExceeded.
pub(crate) fn clients<E>(
    passage: &Passage<'_>,
    given: impl IntoIterator<Item = String>,
) -> Result<Vec<String>, E>
where
    E: From<LimitExceededException>,
{
    let most = passage.identity_quotas().clients_per_provider;
    let mut clients: Vec<String> = Vec::new();
    for client in given {
        // One more than the limit is enough to be refused.
        if clients.len() <= most && !clients.contains(&client) {
            clients.push(client);
        }
    }
    quota::hold::<E>("ClientIdsPerOpenIdConnectProvider", clients.len(), most)?;
    Ok(clients)
}

/// The thumbprints of the provider's certificates: SHA-1, in hexadecimal digits.
///
/// # Errors
/// InvalidInput.
pub(crate) fn thumbprints<E: From<InvalidInputException>>(given: &[String]) -> Result<Vec<String>, E> {
    if given.len() > MOST_THUMBPRINTS {
        let text = format!("Thumbprint list must contain fewer than {MOST_THUMBPRINTS} entries.");
        return Err(InvalidInputException::new(text).into());
    }
    let is_sha_1 = |text: &String| text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
    match given.iter().all(is_sha_1) {
        true => Ok(given.to_vec()),
        false => Err(InvalidInputException::new("Thumbprint must be 40 hexadecimal digits.").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::iam::CreateOpenIDConnectProviderError as Error;

    #[test]
    fn a_name_is_the_url_without_its_scheme() {
        for (url, expected) in [
            ("https://accounts.example.com", Some("accounts.example.com")),
            ("https://oidc.example.com/id/ABC", Some("oidc.example.com/id/ABC")),
            ("https://kubernetes.default.svc:6443/", Some("kubernetes.default.svc:6443")),
            ("http://accounts.example.com", None),
            ("https://", None),
            ("https:///path", None),
            ("https://a.example.com?x=1", None),
            ("https://a.example.com/x#y", None),
            ("https://user@a.example.com", None),
            ("https://a.example.com:0", None),
        ] {
            assert_eq!(name::<Error>(url).ok(), expected, "{url}");
        }
    }

    #[test]
    fn thumbprints_are_five_at_most_and_have_forty_digits() {
        let print = "a".repeat(40);
        assert_eq!(thumbprints::<Error>(&vec![print.clone(); 5]).unwrap().len(), 5);
        assert!(thumbprints::<Error>(&vec![print; 6]).is_err());
        assert!(thumbprints::<Error>(&["g".repeat(40)]).is_err());
    }
}
