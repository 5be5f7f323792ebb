//! GetAccessKeyLastUsed: when, for which service and in which Region an access key last signed a request.
//!
//! AWS: uses are noted coarsely (here once a minute); a key of another account is as unknown as one that does not exist, and
//! both are denied.

use crate::{access_key, moment, names};
use gatekey_directory::{AccessKeyId, Owner, Used, UserRecord, arn_of};
use gatekey_gate::{Answered, Named, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    iam::{
        AccessKeyLastUsed, GetAccessKeyLastUsedError, GetAccessKeyLastUsedRequest,
        GetAccessKeyLastUsedResponse, calls,
    },
};
use gatekey_policy::Context;
use gatekey_types::{Arn, Partition};

/// The handler.
pub(crate) struct GetAccessKeyLastUsed;

impl Operation for GetAccessKeyLastUsed {
    type Call = calls::GetAccessKeyLastUsed;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetAccessKeyLastUsedRequest,
    ) -> Result<Answered<GetAccessKeyLastUsedResponse>, GetAccessKeyLastUsedError> {
        passage.draft().set_parameters(&names::camel(input));
        let (account, directory) = (passage.account(), &passage.snapshot().directory);
        let known = directory.access_key(&input.access_key_id).map(|key| key.record.owner.clone());
        let own = known.filter(|owner| owner.account() == account);
        let user = match &own {
            Some(Owner::User(_, id)) => directory.users.by_id(id).cloned(),
            Some(Owner::Root(_)) | None => None,
        };
        let arn = match (&user, &own) {
            (Some(user), _) => user.arn(),
            (None, Some(Owner::Root(_))) => Arn::of_parts(Partition::Aws, "iam", "", account, &"root"),
            (None, _) => arn_of::<UserRecord>(account, "/", "*"),
        };
        let mut context = Context::new();
        if let Some(user) = &user {
            crate::tag::set_resource_tags(&mut context, &user.header().tags);
        }
        // Whose key it is only those learn who may ask.
        let named = Some(Named { noun: access_key::NOUN, name: &input.access_key_id });
        let allowed = passage
            .authorize_other("iam:GetAccessKeyLastUsed", On { named, ..On::resource(&arn) }, context)
            .map_err(CommonError::from)?;
        let id = input.access_key_id.parse::<AccessKeyId>().ok().filter(|_| own.is_some());
        let Some(id) = id else { return Err(access_key::hidden(passage, &input.access_key_id).into()) };
        let used = passage.last_use(&Used::AccessKey(id));
        let nowhere = || "N/A".to_owned();
        let answer = GetAccessKeyLastUsedResponse {
            user_name: user.map(|user| user.name().to_owned()),
            access_key_last_used: Some(AccessKeyLastUsed {
                last_used_date: used.as_ref().map(|used| moment(used.at)),
                service_name: used.as_ref().map_or_else(nowhere, |used| used.service.clone()),
                region: used.as_ref().map_or_else(nowhere, |used| used.region.clone()),
            }),
        };
        Ok(passage.answer(&allowed, answer))
    }
}
