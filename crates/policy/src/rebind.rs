//! Other principals in place of some that a stored document names: only their names and their pins change.

use crate::error::PolicyError;
use crate::named::{Named, PrincipalElement};
use crate::policy::Policy;
use crate::render::quote;
use gatekey_types::{PrincipalArn, UniqueId};
use std::fmt;

/// Whom to name instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Substitute {
    /// The name to write.
    pub arn: PrincipalArn,
    /// The unique id that it has now, of a session its role's: what the name is pinned to.
    pub id: UniqueId,
}

/// Why a principal cannot be named instead of another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotRebound {
    /// The document has this name elsewhere and means somebody else by it. Pins go with the name as it is written, so that both
    /// would be meant, or neither.
    Ambiguous(String),
    /// What would come of it is no document.
    Refused(PolicyError),
    /// More would change than was asked for. It is a fault of this program.
    Unsound,
}

impl fmt::Display for NotRebound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ambiguous(name) => {
                write!(f, "the policy names '{name}' elsewhere and means one who is gone by it")
            }
            Self::Refused(error) => write!(f, "the new document is no policy: {error}"),
            Self::Unsound => f.write_str("more of the policy would change than this"),
        }
    }
}

/// An element of the document, and whom to name instead.
type Wanted<'a> = (&'a PrincipalElement, Option<Substitute>);

impl Policy {
    /// The document with the principals that `substitute` gives, pinned to their ids. All other text stays as it is, and every
    /// other principal means whom it meant.
    ///
    /// # Errors
    /// [`NotRebound`].
    pub fn rebind(
        &self,
        substitute: &dyn Fn(&PrincipalElement) -> Option<Substitute>,
    ) -> Result<Self, NotRebound> {
        let wanted: Vec<Wanted<'_>> =
            self.principals().map(|element| (element, substitute(element))).collect();
        let mut pins = self.pins().clone();
        let replaced = || wanted.iter().filter(|(_, instead)| instead.is_some());
        for (element, _) in replaced() {
            pins.remove(&*element.written.text);
        }
        for instead in replaced().filter_map(|(_, instead)| instead.as_ref()) {
            pins.insert(instead.arn.to_string(), instead.id.clone());
        }
        // Pins of those who stay were taken away only where the same name was replaced.
        for (element, _) in wanted.iter().filter(|(_, instead)| instead.is_none()) {
            let name = &*element.written.text;
            if self.pins().get(name) != pins.get(name) {
                return Err(NotRebound::Ambiguous(name.to_owned()));
            }
        }
        let text = self.spliced(&wanted);
        Self::parse(&text, self.kind()).map_err(NotRebound::Refused)?;
        let new = Self::read_stored(&text, self.kind(), pins);
        if new.is_just(&wanted) { Ok(new) } else { Err(NotRebound::Unsound) }
    }

    /// The text with other names.
    fn spliced(&self, wanted: &[Wanted<'_>]) -> String {
        let named = wanted.iter().filter_map(|(element, instead)| Some((element, instead.as_ref()?)));
        let mut edits: Vec<_> =
            named.map(|(element, instead)| (element.written.span, instead.arn.to_string())).collect();
        edits.sort();
        let (mut text, mut at) = (String::with_capacity(self.text().len()), 0);
        for (span, name) in edits {
            text.push_str(self.text().get(at..span.start as usize).unwrap_or_default());
            quote(&mut text, &name);
            at = span.end as usize;
        }
        text.push_str(self.text().get(at..).unwrap_or_default());
        text
    }

    /// Whether the document means just those who were wanted: everybody as before, but for those who were to be named.
    fn is_just(&self, wanted: &[Wanted<'_>]) -> bool {
        let is_so = |(element, (before, instead)): (&PrincipalElement, &Wanted<'_>)| match instead {
            None => element.named == before.named,
            Some(Substitute { arn, id }) => {
                element.named == Named::Principal { arn: arn.clone(), id: Some(id.clone()) }
            }
        };
        self.principals().count() == wanted.len() && self.principals().zip(wanted).all(is_so)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Kind, Pins};

    const TEXT: &str = r#"{ "Version":"2012-10-17",
      "Statement":[{"Sid":"arn:aws:iam::111122223333:role/gone","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:role\/gone",
       "arn:aws:iam::111122223333:user/other", "arn:aws:sts::111122223333:assumed-role/gone/s", "arn:aws:iam::111122223333:root"]},
       "Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/gone"}}}]}"#;
    const GONE: &str = "arn:aws:iam::111122223333:role/gone";
    const OTHER: &str = "arn:aws:iam::111122223333:user/other";

    fn id(text: &str) -> UniqueId {
        text.parse().unwrap()
    }

    fn stored() -> Policy {
        let session = "arn:aws:sts::111122223333:assumed-role/gone/s";
        let pins = [(GONE, "AROAGONEGONEGONEGONE"), (session, "AROAGONEGONEGONEGONE")]
            .into_iter()
            .chain([(OTHER, "AIDAGONEGONEGONEGONE")]);
        let pins: Pins = pins.map(|(name, pin)| (name.to_owned(), id(pin))).collect();
        Policy::read_stored(TEXT, Kind::Key, pins)
    }

    fn to(name: &str, pin: &str) -> Substitute {
        Substitute { arn: name.parse().unwrap(), id: id(pin) }
    }

    fn named<'a>(name: &'a str, to: &'a Substitute) -> impl Fn(&PrincipalElement) -> Option<Substitute> + 'a {
        move |element| (&*element.written.text == name).then(|| to.clone())
    }

    #[test]
    fn only_the_name_and_its_pin_change() {
        let new = to("arn:aws:iam::111122223333:role/a\"b/new", "AROANEWNEWNEWNEWNEWN");
        let rebound = stored().rebind(&named(GONE, &new)).unwrap();
        let written = r#""arn:aws:iam::111122223333:role/a\"b/new""#;
        let expected = TEXT.replacen(r#""arn:aws:iam::111122223333:role\/gone""#, written, 1);
        assert_eq!(&**rebound.text(), expected);
        assert_eq!(rebound.pins().get(OTHER), Some(&id("AIDAGONEGONEGONEGONE")));
        assert_eq!(rebound.pins().get(GONE), None);
        assert_eq!(rebound.pins().get("arn:aws:iam::111122223333:role/a\"b/new"), Some(&new.id));
        let again = Policy::read_stored(rebound.text(), Kind::Key, rebound.pins().clone());
        assert!(again.principals().eq(rebound.principals()), "what is stored is what was looked at");
    }

    #[test]
    fn a_namesake_is_pinned_to_its_own_id_and_nobody_else_is() {
        let new = to(GONE, "AROANEWNEWNEWNEWNEWN");
        let rebound = stored().rebind(&named(GONE, &new)).unwrap();
        let named: Vec<_> = rebound.principals().map(|element| element.named.clone()).collect();
        let session = "arn:aws:sts::111122223333:assumed-role/gone/s";
        let pinned =
            |name: &str, pin: &str| Named::Principal { arn: name.parse().unwrap(), id: Some(id(pin)) };
        assert_eq!(
            named,
            [
                pinned(GONE, "AROANEWNEWNEWNEWNEWN"),
                pinned(OTHER, "AIDAGONEGONEGONEGONE"),
                pinned(session, "AROAGONEGONEGONEGONE"),
                Named::Account("111122223333".parse().unwrap()),
            ]
        );
    }

    #[test]
    fn a_name_that_means_somebody_else_in_the_document_is_refused() {
        let new = to(OTHER, "AIDANEWNEWNEWNEWNEWN");
        let refused = stored().rebind(&named(GONE, &new)).unwrap_err();
        assert_eq!(refused, NotRebound::Ambiguous(OTHER.to_owned()));
        let same = to(OTHER, "AIDAGONEGONEGONEGONE");
        assert!(stored().rebind(&named(GONE, &same)).is_ok(), "the same name for the same one");
    }

    #[test]
    fn a_name_that_is_replaced_in_one_place_only_is_refused() {
        let text = TEXT.replace("user/other", "role/gone");
        let pins = Pins::from([(GONE.to_owned(), id("AROAGONEGONEGONEGONE"))]);
        let policy = Policy::read_stored(&text, Kind::Key, pins);
        let new = to("arn:aws:iam::111122223333:role/new", "AROANEWNEWNEWNEWNEWN");
        let first = std::cell::Cell::new(true);
        let refused = policy.rebind(&|_| first.replace(false).then(|| new.clone())).unwrap_err();
        assert_eq!(refused, NotRebound::Ambiguous(GONE.to_owned()));
    }

    #[test]
    fn nothing_to_replace_leaves_the_document_as_it_is() {
        let same = stored().rebind(&|_| None).unwrap();
        assert_eq!((&**same.text(), same.pins()), (TEXT, stored().pins()));
    }
}
