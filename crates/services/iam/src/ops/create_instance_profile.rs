//! CreateInstanceProfile: a new instance profile, without a role.
//!
//! AWS: names are unique in an account; `Tags` need `iam:TagInstanceProfile` too.

use crate::{moment, names, quota, tag, target::Nameable};
use gatekey_directory::{Header, InstanceProfileRecord, arn_of, insert};
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError,
    iam::{
        CreateInstanceProfileError, CreateInstanceProfileRequest, CreateInstanceProfileResponse,
        EntityAlreadyExistsException, InstanceProfile, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct CreateInstanceProfile;

impl Operation for CreateInstanceProfile {
    type Call = calls::CreateInstanceProfile;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateInstanceProfileRequest,
    ) -> Result<Answered<CreateInstanceProfileResponse>, CreateInstanceProfileError> {
        passage.draft().set_parameters(&names::camel(input));
        let (account, path) = (passage.account(), input.path.as_deref().unwrap_or("/"));
        let name = &input.instance_profile_name;
        let arn = arn_of::<InstanceProfileRecord>(account, path, name);
        let tags = tag::parse::<CreateInstanceProfileError>(input.tags.as_ref())?;
        let mut context = Context::new();
        tag::set_request_tags(&mut context, &tags);
        passage.draft().touch_resource(InstanceProfileRecord::KIND, account, &arn);
        let on = On::resource(&arn);
        let allowed = passage
            .authorize_other("iam:CreateInstanceProfile", on, context.clone())
            .map_err(CommonError::from)?;
        if !tags.is_empty() {
            passage.authorize_other("iam:TagInstanceProfile", on, context).map_err(CommonError::from)?;
        }
        if passage.snapshot().directory.instance_profiles.get(account, name).is_some() {
            let text = format!("Instance Profile {name} already exists.");
            return Err(EntityAlreadyExistsException::new(text).into());
        }
        quota::has_room::<InstanceProfileRecord, CreateInstanceProfileError>(passage)?;
        let mut header = Header::new::<InstanceProfileRecord>(name, path, passage.now(), passage.entropy());
        header.tags = tags;
        let shown = InstanceProfile {
            path: path.to_owned(),
            instance_profile_name: name.clone(),
            instance_profile_id: header.id.to_string(),
            arn: arn.to_string(),
            create_date: moment(header.created),
            roles: Vec::new(),
            tags: tag::shown(&header.tags),
        };
        let edits = vec![insert(account, &InstanceProfileRecord { header, role: None })];
        let answer = CreateInstanceProfileResponse { instance_profile: shown };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}
