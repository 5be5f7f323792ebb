//! Who can do what, as the API shows it.

use crate::shown::matched_by;
use gatekey_analysis::who_can::{Access, Who, needs_in_words, residue_in_words};
use gatekey_model::gatekey as shape;
use gatekey_policy::KmsAction;

/// A principal, and what it can do.
pub(crate) fn holder(who: &Who, access: Vec<shape::Access>) -> shape::Holder {
    shape::Holder {
        principal: who.name.to_string(),
        kind: format!("{:?}", who.kind),
        account: who.account.map(|account| account.to_string()),
        unique_id: who.id.as_ref().map(ToString::to_string),
        access,
    }
}

/// What somebody can do; nothing for what is not possible.
pub(crate) fn access(action: KmsAction, access: &Access) -> Option<shape::Access> {
    let through = access.through()?;
    let conditions = access.residue().map(|residue| {
        let needs = needs_in_words(residue);
        // Several ways are one sentence, or it would seem that all of them were needed.
        if residue.ways.len() > 1 || !residue.is_complete { vec![residue_in_words(residue)] } else { needs }
    });
    Some(shape::Access {
        action: format!("kms:{}", action.name()),
        always: access.is_always(),
        conditions: Some(conditions.unwrap_or_default()),
        decided_by: through.layer.name().to_owned(),
        matched_by: through.class.map(matched_by),
    })
}
