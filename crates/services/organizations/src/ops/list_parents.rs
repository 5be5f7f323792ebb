//! ListParents: the root or unit right above an account or a unit; there is always one.

use crate::{
    entry::{Asked, Entry, Who, enter},
    event,
    resource::Resource,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    ChildNotFoundException, ListParentsError, ListParentsRequest, ListParentsResponse, Parent, ParentType,
    calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListParents;

impl Operation for ListParents {
    type Call = calls::ListParents;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListParentsRequest,
    ) -> Result<Answered<ListParentsResponse>, ListParentsError> {
        let child = input.child_id.as_str();
        event::note(passage, input);
        let asked = Asked {
            action: "organizations:ListParents",
            who: Who::Readers,
            about: &[child],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter::<ListParentsError>(passage, &asked)?;
        let parent = match Resource::find(&org, child) {
            Some(Resource::Account(_, member)) => member.record.parent.clone(),
            Some(Resource::Unit(_, unit)) => unit.record.parent.clone(),
            _ => {
                let text = "You specified a child that doesn't exist.";
                return Err(ChildNotFoundException::new(text).into());
            }
        };
        let kind = match parent == org.root() {
            true => ParentType::Root,
            false => ParentType::OrganizationalUnit,
        };
        let parents = vec![Parent { id: Some(parent), r#type: Some(kind) }];
        Ok(passage.answer(&allowed, ListParentsResponse { parents: Some(parents), next_token: None }))
    }
}
