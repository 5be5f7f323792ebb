//! DescribeParameters: what is known of the account's parameters, without their values.
//!
//! AWS: `ssm:DescribeParameters` on everything; it is not asked for each parameter.

use crate::{
    fault::invalid,
    filter::{self, For},
    page, shown,
};
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    ssm::{
        DescribeParametersError, DescribeParametersRequest, DescribeParametersResult, ParameterStringFilter,
        calls,
    },
};
use gatekey_parameters::ParameterName;
use gatekey_policy::Context;
use gatekey_types::Arn;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter_filters: &'a Option<Vec<ParameterStringFilter>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i32>,
}

/// The handler.
pub(crate) struct DescribeParameters;

impl Operation for DescribeParameters {
    type Call = calls::DescribeParameters;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DescribeParametersRequest,
    ) -> Result<Answered<DescribeParametersResult>, DescribeParametersError> {
        let (parameter_filters, max_results) = (&input.parameter_filters, input.max_results);
        passage.draft().set_parameters(&Parameters { parameter_filters, max_results });
        if input.filters.is_some() && parameter_filters.is_some() {
            return Err(invalid("You can use either Filters or ParameterFilters in a single request.").into());
        }
        let mut filters =
            filter::read::<DescribeParametersError>(parameter_filters.as_ref(), For::Description)?;
        filters.extend(filter::of_old(input.filters.as_deref().unwrap_or_default()));
        let region = passage.region();
        let arn = Arn::of_parts(region.partition(), "ssm", region.as_str(), passage.account(), &"*");
        let allowed = passage.authorize_other("ssm:DescribeParameters", On::resource(&arn), Context::new());
        let allowed = allowed.map_err(CommonError::from)?;
        let listing = page::listing("DescribeParameters", &(&input.filters, parameter_filters, input.shared));
        let after = page::read(&listing, input.next_token.as_ref())?;
        let after = after.and_then(|last| ParameterName::of(&last));
        let (account, region, now) = (passage.account(), passage.region(), passage.now());
        let all = passage.snapshot().parameters.after(account, region, after, now);
        // Nothing is shared with other accounts here.
        let own = all.filter(|_| !input.shared.unwrap_or_default());
        let mut found = own.filter(|one| filters.iter().all(|filter| filter.matches(one)));
        let size = page::size(max_results, 50);
        let page: Vec<_> = found.by_ref().take(size).collect();
        let last = found.next().and(page.last());
        let next_token = last.map(|last| page::after(&listing, last.key.name.as_str()));
        let parameters = page.iter().map(|one| shown::metadata(one)).collect();
        Ok(passage.answer(&allowed, DescribeParametersResult { parameters: Some(parameters), next_token }))
    }
}
