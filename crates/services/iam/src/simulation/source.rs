//! Where the policies of a simulation come from, as the simulator names it.

use gatekey_directory::{Directory, Permissions};
use gatekey_model::iam::{
    AttachmentType, PolicyIdentifier, PolicyIdentifierPolicyType as Excluded, PolicySourceType,
};
use gatekey_policy::Attachment;

/// An identity policy and where it comes from.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) attachment: Attachment,
    /// `SourcePolicyId`
    pub(crate) id: String,
    /// `SourcePolicyType`
    pub(crate) kind: PolicySourceType,
    /// The user, group or role that it is embedded in.
    holder: Option<(AttachmentType, String)>,
}

impl Source {
    /// A document that came with the request.
    pub(crate) fn given(attachment: Attachment) -> Self {
        let id = attachment.name.to_string();
        Self { attachment, id, kind: PolicySourceType::None, holder: None }
    }

    /// A managed policy, by its name.
    pub(crate) fn managed(attachment: Attachment) -> Self {
        let is_aws = attachment.name.contains(":iam::aws:");
        let kind = if is_aws { PolicySourceType::AwsManaged } else { PolicySourceType::UserManaged };
        let id = attachment.name.rsplit('/').next().unwrap_or_default().to_owned();
        Self { attachment, id, kind, holder: None }
    }

    /// The policies of a user, group or role: inline ones, then attached ones, in the order in which they are decided on.
    pub(crate) fn of_holder(
        directory: &Directory,
        (kind, holder): (PolicySourceType, &str),
        compiled: &[Attachment],
        permissions: &Permissions,
    ) -> Vec<Self> {
        let embedded = |attachment: &Attachment| Self {
            id: format!("{}_{holder}_{}", kind.as_str(), attachment.name),
            attachment: attachment.clone(),
            kind,
            holder: attachment_type(&kind).map(|kind| (kind, holder.to_owned())),
        };
        let attached = permissions.attached.iter().filter_map(|arn| directory.attachment(arn));
        compiled.iter().map(embedded).chain(attached.map(Self::managed)).collect()
    }

    /// Whether the request leaves it out.
    pub(crate) fn is_excluded(&self, by: &PolicyIdentifier) -> bool {
        let names_it = |arn: &str| arn == &*self.attachment.name;
        match by.policy_type.as_ref() {
            Some(Excluded::AwsManaged | Excluded::UserManaged) => {
                self.attachment.managed && by.policy_arn.as_deref().is_some_and(names_it)
            }
            Some(Excluded::Inline) => by.inline_policy_identifier.as_ref().is_some_and(|inline| {
                let holder = (inline.attachment_type, inline.attachment_name.clone());
                self.holder.as_ref() == Some(&holder) && *inline.policy_name == *self.attachment.name
            }),
            _ => false,
        }
    }
}

fn attachment_type(kind: &PolicySourceType) -> Option<AttachmentType> {
    match kind {
        PolicySourceType::User => Some(AttachmentType::User),
        PolicySourceType::Group => Some(AttachmentType::Group),
        PolicySourceType::Role => Some(AttachmentType::Role),
        _ => None,
    }
}

/// Whether the request leaves out all policies of this type.
pub(crate) fn excluded(list: Option<&Vec<PolicyIdentifier>>, kind: &Excluded) -> bool {
    list.into_iter().flatten().any(|identifier| identifier.policy_type.as_ref() == Some(kind))
}
