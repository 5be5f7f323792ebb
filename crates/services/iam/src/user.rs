//! Users: finding them, and showing them as the model has them.

use crate::moment;
use gatekey_directory::{Permissions, User};
use gatekey_model::iam::{self, AttachedPermissionsBoundary, PermissionsBoundaryAttachmentType};

/// What CloudTrail calls a user.
pub(crate) const KIND: &str = "AWS::IAM::User";

/// The user as the model has it.
pub(crate) fn shown(user: &User) -> iam::User {
    let header = user.header();
    iam::User {
        path: header.path.clone(),
        user_name: header.name.clone(),
        user_id: header.id.to_string(),
        arn: user.arn().to_string(),
        create_date: moment(header.created),
        password_last_used: user.record.password_last_used.map(moment),
        permissions_boundary: boundary(&user.record.permissions),
        tags: crate::tag::shown(&header.tags),
    }
}

/// The permissions boundary as the model has it.
pub(crate) fn boundary(permissions: &Permissions) -> Option<AttachedPermissionsBoundary> {
    permissions.boundary.as_ref().map(|arn| AttachedPermissionsBoundary {
        permissions_boundary_type: Some(PermissionsBoundaryAttachmentType::PermissionsBoundaryPolicy),
        permissions_boundary_arn: Some(arn.to_string()),
    })
}
