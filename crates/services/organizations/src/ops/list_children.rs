//! ListChildren: the ids of the accounts or the units right below the root or a unit.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    page::Page,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    Child, ChildType, ListChildrenError, ListChildrenRequest, ListChildrenResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListChildren;

impl Operation for ListChildren {
    type Call = calls::ListChildren;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListChildrenRequest,
    ) -> Result<Answered<ListChildrenResponse>, ListChildrenError> {
        let (parent, kind) = (input.parent_id.as_str(), input.child_type);
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:ListChildren",
            who: Who::Readers,
            about: &[parent],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<ListChildrenError>(passage, &asked)?;
        org.parent::<ListChildrenError>(parent)?;
        let ids: Vec<String> = match kind {
            ChildType::Account => org.accounts_of(parent).map(|(account, _)| account.to_string()).collect(),
            ChildType::OrganizationalUnit => org.units_of(parent).map(|(id, _)| id.to_owned()).collect(),
        };

        let all = ids.into_iter();
        let page = Page::take::<ListChildrenError>(
            all,
            String::clone,
            input.next_token.as_ref(),
            input.max_results,
        )?;
        let children = page.items.into_iter().map(|id| Child { id: Some(id), r#type: Some(kind) }).collect();
        let answer = ListChildrenResponse { children: Some(children), next_token: page.next };
        Ok(passage.answer(&allowed, answer))
    }
}
