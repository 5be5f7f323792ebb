//! ListSecrets: the account's secrets in this Region.
//!
//! AWS: identity policies alone decide, on no resource. What waits for its deletion is listed only where the request asks for it.

use crate::{
    event,
    filter::Filters,
    page::{self, Page},
    shown,
};
use gatekey_gate::{Allowed, Answered, Denied, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    secretsmanager::{
        ListSecretsError, ListSecretsRequest, ListSecretsResponse, SortByType, SortOrderType, calls,
    },
};
use gatekey_policy::Context;
use gatekey_secrets::Secret;
use gatekey_types::Timestamp;
use std::sync::Arc;

/// The handler.
pub(crate) struct ListSecrets;

impl Operation for ListSecrets {
    type Call = calls::ListSecrets;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListSecretsRequest,
    ) -> Result<Answered<ListSecretsResponse>, ListSecretsError> {
        event::note(passage, input);
        let allowed = may(passage).map_err(CommonError::from)?;
        let filters = Filters::read::<ListSecretsError>(input.filters.as_ref())?;
        let dying = input.include_planned_deletion.unwrap_or(false);
        let by = input.sort_by.unwrap_or(SortByType::CreatedDate);
        let descends = input.sort_order.unwrap_or_else(|| inferred_order(by)) == SortOrderType::Desc;
        let mut sorted: Vec<(String, Arc<Secret>)> =
            admitted(passage, &filters, dying).map(|secret| (place(by, &secret), secret)).collect();
        sorted.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        if descends {
            sorted.reverse();
        }
        let page = Page::take::<ListSecretsError>(
            sorted,
            |(place, _)| place.clone(),
            |(place, _), after| if descends { place.as_str() < after } else { place.as_str() > after },
            input.next_token.as_ref(),
            page::most(input.max_results, 100),
        )?;
        let list = page.items.iter().map(|(_, secret)| shown::listed(secret)).collect();
        let answer = ListSecretsResponse { secret_list: Some(list), next_token: page.next };
        Ok(passage.answer(&allowed, answer))
    }
}

/// Asks the gate.
pub(super) fn may(passage: &mut Passage<'_>) -> Result<Allowed, Denied> {
    let on = On { owner: Some(passage.account()), ..On::default() };
    passage.authorize_other("secretsmanager:ListSecrets", on, Context::new())
}

/// The caller's own secrets in the Region of the request that the filters admit.
pub(super) fn admitted<'a>(
    passage: &'a Passage<'_>,
    filters: &'a Filters<'_>,
    dying: bool,
) -> impl Iterator<Item = Arc<Secret>> + use<'a> {
    let all = passage.snapshot().secrets.of(passage.account(), passage.region(), "", passage.now());
    all.filter(move |secret| (dying || secret.record.due.is_none()) && filters.admit(secret)).cloned()
}

/// By what a secret is put in its place: the date, and the name among those of one date.
fn place(by: SortByType, secret: &Secret) -> String {
    let record = &secret.record;
    let date = match by {
        SortByType::Name => return secret.key.name.clone(),
        SortByType::CreatedDate => record.created,
        SortByType::LastChangedDate => record.changed,
        SortByType::LastAccessedDate => record.accessed.unwrap_or(Timestamp::from_seconds(0)),
    };
    format!("{:020} {}", date.millis(), secret.key.name)
}

/// AWS does not document which order it has where the request says none: the newest first, names from the beginning.
fn inferred_order(by: SortByType) -> SortOrderType {
    match by {
        SortByType::Name => SortOrderType::Asc,
        _ => SortOrderType::Desc,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inferred_order() {
        assert_eq!(super::inferred_order(SortByType::CreatedDate), SortOrderType::Desc);
        assert_eq!(super::inferred_order(SortByType::Name), SortOrderType::Asc);
    }
}
