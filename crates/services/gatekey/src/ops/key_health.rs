//! KeyHealth: how the keys of the account and Region stand: who can change their policies, and how few deletions it takes until
//! nobody can. Those that nobody can change come first, then those that are nearest to it.

use crate::{page::Page, standing, world};
use gatekey_analysis::lockout::health;
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    gatekey::{KeyHealthError, KeyHealthRequest, KeyHealthResponse, calls},
};
use gatekey_policy::Context;

/// Most keys that are looked at.
const MOST: usize = 10_000;

/// The handler.
pub(crate) struct KeyHealth;

impl Operation for KeyHealth {
    type Call = calls::KeyHealth;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &KeyHealthRequest,
    ) -> Result<Answered<KeyHealthResponse>, KeyHealthError> {
        let allowed = passage
            .authorize_other("gatekey:KeyHealth", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let (all, complete) = passage.study(|| health(&world::with_keys(passage), MOST)).await;
        let page = Page::take::<KeyHealthError>(all.iter(), input.limit, input.marker.as_deref())?;
        let answer = KeyHealthResponse {
            keys: Some(page.items.into_iter().map(standing::standing).collect()),
            complete: Some(complete),
            truncated: Some(page.next.is_some()),
            next_marker: page.next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
