use crate::{
    cut::cut,
    date::SignedDate,
    error::{SignatureError, echo},
};
use gatekey_types::Region;

/// The `Credential` of a signature, `keyid/date/region/service/aws4_request`, held against what is served.
pub(crate) struct Scope<'a> {
    pub(crate) access_key_id: &'a str,
    pub(crate) region: Region,
    pub(crate) service: &'static str,
    /// The last four parts, as the string to sign has them.
    pub(crate) text: &'a str,
}

impl<'a> Scope<'a> {
    /// Reads the credential. All that is wrong with the scope is said at once, as AWS does.
    pub(crate) fn check(
        credential: &'a str,
        date: &SignedDate<'_>,
        services: &[&'static str],
    ) -> Result<Self, SignatureError> {
        let Some((access_key_id, text, [day, region_name, service_name, terminator])) = five(credential)
        else {
            return Err(SignatureError::incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{}'",
                echo(credential)
            )));
        };
        let region = region_name.parse::<Region>().ok();
        let service = services.iter().copied().find(|served| *served == service_name);
        match (region, service) {
            (Some(region), Some(service)) if terminator == TERMINATOR && day == date.day() => {
                Ok(Self { access_key_id, region, service, text })
            }
            (region, service) => Err(SignatureError::mismatch(
                [
                    region.is_none().then(|| wrong_region(region_name)),
                    service.is_none().then(|| wrong_service(services)),
                    (terminator != TERMINATOR).then(|| wrong_terminator(terminator)),
                    (day != date.day()).then(|| wrong_day(day, date)),
                ]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
            )),
        }
    }
}

const TERMINATOR: &str = "aws4_request";

fn five(credential: &str) -> Option<(&str, &str, [&str; 4])> {
    let (id, text) = cut(credential, b'/')?;
    let (day, rest) = cut(text, b'/')?;
    let (region, rest) = cut(rest, b'/')?;
    let (service, terminator) = cut(rest, b'/')?;
    cut(terminator, b'/').is_none().then_some((id, text, [day, region, service, terminator]))
}

fn wrong_region(name: &str) -> String {
    format!("Credential should be scoped to a valid region, not '{}'.", echo(name))
}

fn wrong_service(services: &[&str]) -> String {
    format!("Credential should be scoped to correct service: '{}'.", services.join("' or '"))
}

fn wrong_terminator(name: &str) -> String {
    format!("Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{}'.", echo(name))
}

fn wrong_day(day: &str, date: &SignedDate<'_>) -> String {
    format!(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', \
         from '{}'.",
        echo(day),
        date.day(),
        date.text()
    )
}
