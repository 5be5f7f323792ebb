//! ListRoots: the root, and the policy types that are enabled in it.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event, shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{ListRootsError, ListRootsRequest, ListRootsResponse, calls};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListRoots;

impl Operation for ListRoots {
    type Call = calls::ListRoots;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListRootsRequest,
    ) -> Result<Answered<ListRootsResponse>, ListRootsError> {
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:ListRoots",
            who: Who::Readers,
            about: &[],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<ListRootsError>(passage, &asked)?;
        let roots = vec![shown::root(&org, org.record())];
        Ok(passage.answer(&allowed, ListRootsResponse { roots: Some(roots), next_token: None }))
    }
}
