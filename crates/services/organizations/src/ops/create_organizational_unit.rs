//! CreateOrganizationalUnit: a new unit below the root or another unit, five levels deep at most.

use crate::{
    entry::{Asked, Entry, Who, enter_with_tags},
    event,
    fault::constraint,
    shown, tag, unit,
};
use gatekey_directory::{DEEPEST, UnitRecord, UnitTable, short_id};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::organizations::{
    ConstraintViolationExceptionReason, CreateOrganizationalUnitError, CreateOrganizationalUnitRequest,
    CreateOrganizationalUnitResponse, calls,
};
use gatekey_policy::Context;
use gatekey_store::table::Edit;

/// The handler.
pub(crate) struct CreateOrganizationalUnit;

impl Operation for CreateOrganizationalUnit {
    type Call = calls::CreateOrganizationalUnit;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateOrganizationalUnitRequest,
    ) -> Result<Answered<CreateOrganizationalUnitResponse>, CreateOrganizationalUnitError> {
        event::note(passage, input);
        let (parent, name) = (input.parent_id.as_str(), input.name.as_str());
        let tags = tag::parse::<CreateOrganizationalUnitError>(input.tags.as_ref())?;
        let asked = Asked {
            action: "organizations:CreateOrganizationalUnit",
            who: Who::Management,
            about: &[parent],
            context: Context::new(),
        };
        let Entry { allowed, org } = enter_with_tags::<CreateOrganizationalUnitError>(passage, asked, &tags)?;
        org.parent::<CreateOrganizationalUnitError>(parent)?;
        unit::unique::<CreateOrganizationalUnitError>(&org, parent, name, None)?;
        if org.all.ancestors(&org.id, parent).len() > DEEPEST {
            let text = "You have exceeded the maximum depth of nested OUs.";
            return Err(constraint(ConstraintViolationExceptionReason::OuDepthLimitExceeded, text));
        }
        if org.all.units(&org.id).count() >= MOST {
            let text = "You have exceeded the allowed number of OUs in the organization.";
            return Err(constraint(ConstraintViolationExceptionReason::OuNumberLimitExceeded, text));
        }
        let root = org.root().trim_start_matches("r-");
        let id = format!("ou-{root}-{}", short_id::<8>(passage.entropy()));
        let record = UnitRecord { parent: parent.to_owned(), name: name.to_owned(), tags };
        let mut edits = vec![Edit::insert::<UnitTable>(&org.key(&id), &record)];
        edits.extend(org.all.adopt(&org.id, &id));
        edits.extend(org.all.unit(&org.id, parent).map(|above| above.touch::<UnitTable>(&org.key(parent))));
        let answer =
            CreateOrganizationalUnitResponse { organizational_unit: Some(shown::unit(&org, &id, &record)) };
        event::commit(passage, &allowed, edits, answer).await
    }
}

/// Units in one organization.
const MOST: usize = 2_000;
