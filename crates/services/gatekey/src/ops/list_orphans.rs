//! ListOrphans: who is named by keys' policies and grants and is gone, each with a proposal whom to name instead. Nothing is changed.

use crate::{
    key::Asked,
    orphans,
    page::{Page, Wanted},
    world,
};
use gatekey_analysis::orphans::{Census, Orphan};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_keyring::Key;
use gatekey_model::{
    CommonError,
    gatekey::{ListOrphansError, ListOrphansRequest, ListOrphansResponse, calls},
};
use gatekey_policy::Context;
use gatekey_types::UniqueId;
use serde::Serialize;
use std::sync::Arc;

/// Most keys that are looked at.
const MOST: usize = 10_000;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a str>,
}

/// The handler.
pub(crate) struct ListOrphans;

impl Operation for ListOrphans {
    type Call = calls::ListOrphans;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListOrphansRequest,
    ) -> Result<Answered<ListOrphansResponse>, ListOrphansError> {
        let key_id = input.key_id.as_deref();
        passage.draft().set_parameters(&Parameters { key_id });
        let asked = key_id.map(|text| Asked::find(passage, text));
        let on = asked.as_ref().map_or_else(On::default, Asked::on);
        let allowed =
            passage.authorize_other("gatekey:ListOrphans", on, Context::new()).map_err(CommonError::from)?;
        let (keys, complete) = match asked {
            Some(asked) => (vec![asked.key::<ListOrphansError>()?], true),
            None => of_account(passage),
        };
        let all = passage.study(|| of_keys(passage, &keys)).await;
        let page = Page::take::<ListOrphansError>(
            all.iter(),
            Wanted { limit: input.limit, marker: input.marker.as_deref() },
        )?;
        let shown = page.items.into_iter().map(|(key, orphan)| orphans::orphan(passage, key, orphan));
        let answer = ListOrphansResponse {
            orphans: Some(shown.collect()),
            complete: Some(complete),
            truncated: Some(page.next.is_some()),
            next_marker: page.next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// The keys of the account and Region, and whether these are all.
fn of_account(passage: &Passage<'_>) -> (Vec<Arc<Key>>, bool) {
    let (account, region, now) = (passage.account(), passage.region(), passage.now());
    let mut keys = passage.snapshot().keyring.keys_of(account, region, None, now);
    let found = keys.by_ref().take(MOST).cloned().collect();
    (found, keys.next().is_none())
}

fn of_keys<'k>(passage: &Passage<'_>, keys: &'k [Arc<Key>]) -> Vec<(&'k Key, Orphan)> {
    let known = world::accounts(passage);
    let is_there = |id: &UniqueId| passage.snapshot().directory.current_arn(id).is_some();
    let census = Census::new(&known, &is_there);
    let mut all = Vec::new();
    for key in keys {
        let gone = census.orphans(&world::key(passage.snapshot(), key));
        all.extend(gone.into_iter().map(|one| (&**key, one)));
    }
    all
}
