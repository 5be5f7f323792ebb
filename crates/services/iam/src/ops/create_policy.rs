//! CreatePolicy: a new managed policy; its document is version `v1`.
//!
//! AWS: names are unique in an account whatever the path; at most 6,144 characters; `Tags` need `iam:TagPolicy` too.

use crate::{
    names,
    policy::{self, Usage, View},
    quota, tag,
    target::Nameable,
};
use gatekey_directory::{Header, ManagedPolicyRecord, PolicyVersion, arn_of, insert};
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError,
    iam::{
        CreatePolicyError, CreatePolicyRequest, CreatePolicyResponse, EntityAlreadyExistsException, calls,
    },
};
use gatekey_policy::Context;
use std::collections::BTreeMap;

/// The handler.
pub(crate) struct CreatePolicy;

impl Operation for CreatePolicy {
    type Call = calls::CreatePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreatePolicyRequest,
    ) -> Result<Answered<CreatePolicyResponse>, CreatePolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let (account, path) = (passage.account(), input.path.as_deref().unwrap_or("/"));
        let arn = arn_of::<ManagedPolicyRecord>(account, path, &input.policy_name);
        let tags = tag::parse::<CreatePolicyError>(input.tags.as_ref())?;
        let mut context = Context::new();
        tag::set_request_tags(&mut context, &tags);
        passage.draft().touch_resource(ManagedPolicyRecord::KIND, account, &arn);
        let on = On::resource(&arn);
        let allowed =
            passage.authorize_other("iam:CreatePolicy", on, context.clone()).map_err(CommonError::from)?;
        if !tags.is_empty() {
            passage.authorize_other("iam:TagPolicy", on, context).map_err(CommonError::from)?;
        }
        if passage.snapshot().directory.policies.get(account, &input.policy_name).is_some() {
            let name = &input.policy_name;
            let text = format!("A policy called {name} already exists. Duplicate names are not allowed.");
            return Err(EntityAlreadyExistsException::new(text).into());
        }
        quota::has_room::<ManagedPolicyRecord, CreatePolicyError>(passage)?;
        policy::check::<CreatePolicyError>(passage, &input.policy_document)?;
        let now = passage.now();
        let mut header = Header::new::<ManagedPolicyRecord>(&input.policy_name, path, now, passage.entropy());
        header.tags = tags;
        let first = PolicyVersion { document: input.policy_document.clone(), created: now };
        let record = ManagedPolicyRecord {
            header,
            description: input.description.clone(),
            versions: BTreeMap::from([(1, first)]),
            default_version: 1,
            next_version: 2,
            updated: now,
        };
        let shown = View::of_record(account, &record).shown(Usage::default());
        let answer = CreatePolicyResponse { policy: Some(shown) };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, vec![insert(account, &record)], answer).await.map_err(refused)
    }
}
