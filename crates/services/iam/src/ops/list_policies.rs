//! ListPolicies: managed policies, the account's before AWS's.
//!
//! AWS: `Scope` tells whose; `PolicyUsageFilter` looks for those used in that way, and `OnlyAttached` for those that are
//! attached. Descriptions and tags are not listed.

use crate::{
    names,
    page::Page,
    policy::{Usage, View},
};
use gatekey_directory::Directory;
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    iam::{
        ListPoliciesError, ListPoliciesRequest, ListPoliciesResponse, PolicyScopeType, PolicyUsageType, calls,
    },
};
use gatekey_policy::Context;
use gatekey_types::AccountId;

/// The handler.
pub(crate) struct ListPolicies;

impl Operation for ListPolicies {
    type Call = calls::ListPolicies;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListPoliciesRequest,
    ) -> Result<Answered<ListPoliciesResponse>, ListPoliciesError> {
        passage.draft().set_parameters(&names::camel(input));
        let account = passage.account();
        let allowed = passage
            .authorize_other("iam:ListPolicies", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let all = candidates(&passage.snapshot().directory, account, input);
        let (marker, most) = (input.marker.as_ref(), input.max_items);
        let page = Page::take::<ListPoliciesError>(all, |(view, _)| view.order(), marker, most)?;
        let answer = ListPoliciesResponse {
            policies: Some(page.items.iter().map(|(view, usage)| view.listed(*usage)).collect()),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}

/// What is asked for, in order, with how it is used.
fn candidates(
    directory: &Directory,
    account: AccountId,
    input: &ListPoliciesRequest,
) -> impl Iterator<Item = (View, Usage)> {
    let scope = input.scope.unwrap_or(PolicyScopeType::All);
    let prefix = input.path_prefix.clone().unwrap_or_else(|| "/".to_owned());
    let (filter, only_attached) = (input.policy_usage_filter, input.only_attached.unwrap_or_default());
    let own = directory.policies.of(account).filter(move |_| scope != PolicyScopeType::Aws);
    let mut aws: Vec<View> = match scope {
        PolicyScopeType::Local => Vec::new(),
        _ => directory.aws_managed.all().iter().map(View::of_aws).collect(),
    };
    aws.sort_by_key(View::order);
    let all = own.map(|policy| View::of_own(policy)).chain(aws);
    let used = all.filter(move |view| view.path().starts_with(&prefix)).map(move |view| {
        let usage = Usage::of(directory, account, view.arn());
        (view, usage)
    });
    used.filter(move |(_, usage)| is_wanted(*usage, filter, only_attached))
}

fn is_wanted(usage: Usage, filter: Option<PolicyUsageType>, only_attached: bool) -> bool {
    let used_so = match filter {
        None => true,
        Some(PolicyUsageType::PermissionsPolicy) => usage.attached > 0,
        Some(PolicyUsageType::PermissionsBoundary) => usage.limits > 0,
    };
    let limits_only = filter == Some(PolicyUsageType::PermissionsBoundary);
    used_so && (!only_attached || usage.attached > 0 || limits_only)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_attached_leaves_out_what_nobody_has() {
        let (none, attached, limits) =
            (Usage::default(), Usage { attached: 1, limits: 0 }, Usage { attached: 0, limits: 1 });
        let boundary = Some(PolicyUsageType::PermissionsBoundary);
        assert!(is_wanted(none, None, false));
        assert!(!is_wanted(none, None, true) && is_wanted(attached, None, true));
        assert!(is_wanted(limits, boundary, true) && !is_wanted(attached, boundary, false));
    }
}
