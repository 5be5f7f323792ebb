//! Session policies: a document and managed policies that limit one session.

use crate::{fault::invalid, tag::SessionTags};
use flate2::{Compression, write::DeflateEncoder};
use gatekey_gate::Passage;
use gatekey_model::{
    CommonError,
    sts::{MalformedPolicyDocumentException, PackedPolicyTooLargeException, PolicyDescriptorType},
};
use gatekey_policy::{ErrorClass, Kind, PolicyError};
use gatekey_types::{AccountId, Arn};
use std::io::Write as _;

/// Most managed policies that a request passes.
const MOST: usize = 10;
/// Packed, the policies and tags of a session may have this many bytes.
const PACKED: usize = 2048;
/// Not packed, this many: the token must fit into a header.
const PLAIN: usize = 8192;

/// The policies of a session that is being made.
#[derive(Default, Debug)]
pub(crate) struct SessionPolicies {
    pub(crate) document: Option<String>,
    pub(crate) arns: Vec<Arn>,
    /// How much of the allotted space policies and tags take; nothing where there are none.
    pub(crate) percent: Option<i32>,
}

/// What a request passes.
#[derive(Clone, Copy)]
pub(crate) struct Passed<'r> {
    pub(crate) document: Option<&'r String>,
    pub(crate) arns: Option<&'r Vec<PolicyDescriptorType>>,
}

impl Passed<'_> {
    /// Reads them, for a session of this account. Managed policies are AWS's or the account's own.
    ///
    /// # Errors
    /// MalformedPolicyDocument, PackedPolicyTooLarge, or ValidationError for a managed policy that does not exist.
    pub(crate) fn read<E>(
        self,
        passage: &mut Passage<'_>,
        account: AccountId,
        tags: &SessionTags,
    ) -> Result<SessionPolicies, E>
    where
        E: From<MalformedPolicyDocumentException> + From<PackedPolicyTooLargeException> + From<CommonError>,
    {
        if let Some(text) = self.document {
            passage.read_policy(text, Kind::Session).map_err(refused::<E>)?;
        }
        let arns = self.managed(passage, account)?;
        let percent = packed(self.document, &arns, tags);
        if percent.is_some_and(|percent| percent > 100) {
            return Err(
                too_large(percent.unwrap_or_default(), self.document.is_none() && arns.is_empty()).into()
            );
        }
        Ok(SessionPolicies { document: self.document.cloned(), arns, percent })
    }

    fn managed(self, passage: &Passage<'_>, account: AccountId) -> Result<Vec<Arn>, CommonError> {
        let named = self.arns.map(Vec::as_slice).unwrap_or_default();
        if named.len() > MOST {
            let text = "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must \
                        have length less than or equal to 10";
            return Err(invalid(text));
        }
        let directory = &passage.snapshot().directory;
        let found = |text: &str| {
            let arn: Arn = text.parse().ok()?;
            let own = arn.account().is_none_or(|owner| owner == account);
            (own && directory.attachment(&arn).is_some()).then_some(arn)
        };
        let texts = named.iter().map(|policy| policy.arn.as_deref().unwrap_or_default());
        texts.map(|text| found(text).ok_or_else(|| invalid(format!("ARN {text} is not valid.")))).collect()
    }
}

fn refused<E>(error: PolicyError) -> E
where
    E: From<MalformedPolicyDocumentException> + From<PackedPolicyTooLargeException>,
{
    match error.class {
        ErrorClass::TooLarge => PackedPolicyTooLargeException::new(error.message).into(),
        ErrorClass::Malformed | ErrorClass::Validation => {
            MalformedPolicyDocumentException::new(error.message).into()
        }
    }
}

fn too_large(percent: i32, by_tags_alone: bool) -> PackedPolicyTooLargeException {
    PackedPolicyTooLargeException::new(match by_tags_alone {
        true => format!("Packed size of session tags consumes {percent}% of allotted space."),
        false => {
            format!("Packed policy consumes {percent}% of allotted space, please use smaller policy.")
        }
    })
}

/// How much of the allotted space policies and tags take, in percent, rounded up.
fn packed(document: Option<&String>, arns: &[Arn], tags: &SessionTags) -> Option<i32> {
    let mut plain: Vec<u8> = document.map(|text| text.as_bytes().to_vec()).unwrap_or_default();
    plain.extend(arns.iter().flat_map(|arn| [arn.as_str().as_bytes(), b";"].concat()));
    plain.extend(tags.packed());
    if plain.is_empty() {
        return None;
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    let packed =
        encoder.write_all(&plain).and_then(|()| encoder.finish()).map_or(plain.len(), |out| out.len());
    let percent = |bytes: usize, space: usize| (bytes * 100).div_ceil(space);
    let most = percent(packed, PACKED).max(percent(plain.len(), PLAIN));
    Some(i32::try_from(most).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_is_told_in_percent_and_text_that_packs_well_is_limited_too() {
        let none = SessionTags::default();
        assert_eq!(packed(None, &[], &none), None);
        assert_eq!(packed(Some(&"{}".to_owned()), &[], &none), Some(1));
        assert!(packed(Some(&"a".repeat(8193)), &[], &none) > Some(100));
    }
}
