//! ListAliases: the account's aliases in the Region, the predefined ones of AWS managed keys included.
//!
//! AWS: a predefined alias whose key was never used has no target. Identity policies alone decide, so a `KeyId` must be
//! of the caller's own account: no key policy was asked about it.

use crate::{
    fault::{denied, missing},
    marker,
    metadata::epoch,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::{AliasRecord, Page, managed_aliases};
use gatekey_model::kms::{
    AliasListEntry, InvalidMarkerException, ListAliasesError, ListAliasesRequest, ListAliasesResponse, calls,
};
use gatekey_policy::{Context, KmsAction};
use gatekey_types::{AliasArn, AliasName};
use std::collections::BTreeMap;

/// What of a listing bounds its marker.
const LISTING: &str = "ListAliases";

/// The handler.
pub(crate) struct ListAliases;

impl Operation for ListAliases {
    type Call = calls::ListAliases;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListAliasesRequest,
    ) -> Result<Answered<ListAliasesResponse>, ListAliasesError> {
        let allowed = passage
            .authorize_without_key(KmsAction::ListAliases, Context::new())
            .map_err(denied::<ListAliasesError>)?;
        let after = match marker::read::<ListAliasesError>(LISTING, input.marker.as_deref())? {
            Some(text) => Some(text.parse::<AliasName>().map_err(|_| InvalidMarkerException::bare())?),
            None => None,
        };
        let size = marker::page_size(input.limit, 50, 100);
        let page = match &input.key_id {
            Some(key_id) => of_key(passage, key_id, after.as_ref(), size)?,
            None => of_account(passage, after.as_ref(), size),
        };
        let last = page.items.last().and_then(|entry| entry.alias_name.as_deref());
        let next = page.truncated.then(|| last.map(|name| marker::after(LISTING, name))).flatten();
        let answer = ListAliasesResponse {
            truncated: Some(page.truncated),
            aliases: Some(page.items),
            next_marker: next,
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// The aliases of one key.
fn of_key(
    passage: &Passage<'_>,
    key_id: &str,
    after: Option<&AliasName>,
    size: usize,
) -> Result<Page<AliasListEntry>, ListAliasesError> {
    let found = passage.find_own(key_id, KmsAction::ListAliases).map_err(missing::<ListAliasesError>)?;
    let keyring = &passage.snapshot().keyring;
    let entries = keyring.aliases_of(&found.key.arn).filter(|alias| after.is_none_or(|after| *alias > after));
    let arn = |alias: &AliasName| AliasArn {
        account: found.key.arn.account,
        region: found.key.arn.region.clone(),
        alias: alias.clone(),
    };
    Ok(Page::take(
        entries.map(|alias| entry(&arn(alias), keyring.alias(&arn(alias)).map(|(record, _)| record))),
        size,
    ))
}

/// All aliases of the account. What is made and what is predefined are merged in the order of names.
fn of_account(passage: &Passage<'_>, after: Option<&AliasName>, size: usize) -> Page<AliasListEntry> {
    let (account, region) = (passage.account(), passage.region());
    let predefined = managed_aliases().iter().filter_map(|managed| {
        let alias: AliasName = managed.alias_text().parse().ok()?;
        after.is_none_or(|after| alias > *after).then(|| AliasArn { account, region: region.clone(), alias })
    });
    // One more than the page, of each kind, is all that the page and its end can need.
    let made = passage.snapshot().keyring.aliases_in(account, region, after).take(size + 1);
    let mut merged: BTreeMap<AliasArn, AliasListEntry> =
        predefined.map(|arn| (arn.clone(), entry(&arn, None))).collect();
    merged.extend(made.map(|(arn, record)| (arn.clone(), entry(arn, Some(record)))));
    Page::take(merged.into_values(), size)
}

fn entry(arn: &AliasArn, record: Option<&AliasRecord>) -> AliasListEntry {
    AliasListEntry {
        alias_name: Some(arn.alias.to_string()),
        alias_arn: Some(arn.to_string()),
        target_key_id: record.map(|record| record.target.to_string()),
        creation_date: record.map(|record| epoch(record.created)),
        last_updated_date: record.map(|record| epoch(record.updated)),
    }
}
