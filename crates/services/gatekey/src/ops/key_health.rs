//! KeyHealth: how the keys of the account and Region stand: who can change their policies, and how few deletions it takes until
//! nobody can. Those that nobody can change come first, then those that are nearest to it.

use crate::{
    page::{Page, Wanted, Whole},
    standing, world,
};
use gatekey_analysis::lockout::health;
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    gatekey::{KeyHealthError, KeyHealthRequest, KeyHealthResponse, Standing, calls},
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
        let wanted = Wanted { limit: input.limit, marker: input.marker.as_deref() };
        let weight = |key: &Standing| 1 + key.admins.len();
        let study = || Ok::<_, KeyHealthError>(all(passage));
        let (page, complete) = Page::of_study(passage, "", wanted, weight, study).await?;
        let answer = KeyHealthResponse {
            keys: Some(page.items),
            complete: Some(complete),
            truncated: Some(page.next.is_some()),
            next_marker: page.next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}

fn all(passage: &Passage<'_>) -> Whole<Standing, bool> {
    let (all, complete) = health(&world::with_keys(passage), MOST);
    Whole { items: all.iter().map(standing::standing).collect(), besides: complete }
}
