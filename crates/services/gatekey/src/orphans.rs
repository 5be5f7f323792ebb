//! Principals who are gone, as the API shows them: where they are named, and what may be done about it.

use gatekey_analysis::orphans::{Orphan, Place, Rebind};
use gatekey_gate::Passage;
use gatekey_keyring::Key;
use gatekey_model::gatekey as shape;
use gatekey_policy::{KmsAction, Party};
use gatekey_types::{GrantId, UniqueId};

/// One who is gone.
pub(crate) fn orphan(passage: &Passage<'_>, key: &Key, orphan: &Orphan) -> shape::Orphan {
    let grant = match &orphan.place {
        Place::Statement { .. } => None,
        Place::Grantee(id) | Place::Retiring(id) => Some(id),
    };
    // What is in a grant is told to whom KMS would list it.
    let grant = grant.filter(|_| passage.may_with_key(KmsAction::ListGrants, key));
    shape::Orphan {
        key_arn: key.name.to_string(),
        place: place(&orphan.place),
        written: orphan.written.clone(),
        unique_id: orphan.id.clone(),
        proposal: proposal(&orphan.rebind),
        grant: grant.and_then(|id| held(passage, key, id)),
    }
}

/// Where one is named.
pub(crate) fn place(place: &Place) -> shape::OrphanPlace {
    let none = shape::OrphanPlace {
        kind: shape::OrphanPlaceKind::Statement,
        statement: None,
        sid: None,
        effect: None,
        negated: None,
        grant_id: None,
    };
    match place {
        Place::Statement { index, sid, denies, is_negated } => shape::OrphanPlace {
            statement: Some(number(index)),
            sid: sid.clone(),
            effect: Some(if *denies { shape::EffectType::Deny } else { shape::EffectType::Allow }),
            negated: Some(*is_negated),
            ..none
        },
        Place::Grantee(id) => shape::OrphanPlace {
            kind: shape::OrphanPlaceKind::Grantee,
            grant_id: Some(id.to_string()),
            ..none
        },
        Place::Retiring(id) => shape::OrphanPlace {
            kind: shape::OrphanPlaceKind::Retiring,
            grant_id: Some(id.to_string()),
            ..none
        },
    }
}

/// Statements are counted from 1.
fn number(index: &usize) -> i32 {
    i32::try_from(index.saturating_add(1)).unwrap_or(i32::MAX)
}

fn proposal(rebind: &Rebind) -> shape::RebindProposal {
    let of = |kind| shape::RebindProposal { kind, arn: None, unique_id: None };
    match rebind {
        Rebind::SameName { arn, id } => shape::RebindProposal {
            arn: Some(arn.clone()),
            unique_id: Some(id.clone()),
            ..of(shape::RebindProposalKind::SameName)
        },
        Rebind::Nobody => of(shape::RebindProposalKind::Nobody),
        Rebind::NameUnknown => of(shape::RebindProposalKind::NameUnknown),
        Rebind::OtherAccount => of(shape::RebindProposalKind::OtherAccount),
    }
}

/// What a grant says, for whoever makes it anew: with the names that its parties have now.
fn held(passage: &Passage<'_>, key: &Key, id: &GrantId) -> Option<shape::OrphanedGrant> {
    let held = key.grants.get(id)?;
    let grant = &held.record.grant;
    let constraints = &grant.terms.constraints;
    Some(shape::OrphanedGrant {
        name: held.record.name.clone(),
        grantee: name(passage, &grant.grantee),
        retiring: grant.retiring.as_ref().and_then(|party| name(passage, party)),
        operations: grant.terms.operations.iter().map(|action| action.name().to_owned()).collect(),
        encryption_context_equals: constraints.encryption_context_equals.clone(),
        encryption_context_subset: constraints.encryption_context_subset.clone(),
        source_arn: constraints.source_arn.clone(),
    })
}

/// The name of a party that is there; nothing for one that is gone.
fn name(passage: &Passage<'_>, party: &Party) -> Option<String> {
    let gone = |id: &UniqueId| passage.snapshot().directory.current_arn(id).is_none();
    match party {
        Party::Principal { id: Some(id), .. } | Party::Id(id) if gone(id) => None,
        _ => Some(passage.show_party(party)),
    }
}
