//! EnableAllFeatures: an organization for consolidated billing gets policies.
//!
//! AWS asks every invited account by a handshake. Here an operator put the accounts together, so all have agreed: the
//! handshake is accepted when the answer comes.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event, moment,
};
use gatekey_directory::short_id;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Sensitive,
    organizations::{
        ActionType, EnableAllFeaturesError, EnableAllFeaturesRequest, EnableAllFeaturesResponse, Handshake,
        HandshakeConstraintViolationException, HandshakeConstraintViolationExceptionReason, HandshakeParty,
        HandshakePartyType, HandshakeResource, HandshakeResourceType, HandshakeState, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct EnableAllFeatures;

impl Operation for EnableAllFeatures {
    type Call = calls::EnableAllFeatures;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &EnableAllFeaturesRequest,
    ) -> Result<Answered<EnableAllFeaturesResponse>, EnableAllFeaturesError> {
        let asked = Asked {
            action: "organizations:EnableAllFeatures",
            who: Who::Management,
            about: &[],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<EnableAllFeaturesError>(passage, &asked)?;
        if org.record().all_features {
            let reason = HandshakeConstraintViolationExceptionReason::OrganizationAlreadyHasAllFeatures;
            return Err(HandshakeConstraintViolationException {
                message: Some("The organization already has all features enabled.".to_owned()),
                reason: Some(reason.to_string()),
            }
            .into());
        }
        let mut record = org.record().clone();
        record.all_features = true;
        let id = format!("h-{}", short_id::<8>(passage.entropy()));
        let party = |id: &str, r#type| HandshakeParty { id: Sensitive::new(id.to_owned()), r#type };
        let resource = |value: &str, r#type| HandshakeResource {
            value: Some(Sensitive::new(value.to_owned())),
            r#type: Some(r#type),
            resources: None,
        };
        let handshake = Handshake {
            arn: Some(org.arn(&format!("handshake/{}/enable_all_features/{id}", org.id)).to_string()),
            id: Some(id),
            parties: Some(vec![party(org.id.trim_start_matches("o-"), HandshakePartyType::Organization)]),
            state: Some(HandshakeState::Accepted),
            requested_timestamp: Some(moment(passage.now())),
            expiration_timestamp: Some(moment(passage.now())),
            action: Some(ActionType::EnableAllFeatures),
            resources: Some(vec![resource(&org.id, HandshakeResourceType::Organization)]),
        };
        let answer = EnableAllFeaturesResponse { handshake: Some(handshake) };
        event::commit(passage, &allowed, vec![org.update(&record)], answer).await
    }
}
