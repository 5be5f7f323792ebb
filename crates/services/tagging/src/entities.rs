//! What of IAM has tags that this API knows.
//!
//! IAM is global: its resources are listed and changed in one Region only, the home of the partition's IAM.

use crate::{
    change::Change,
    fault::Failure,
    taggable::{Listing, Taggable, Tagged},
};
use core::marker::PhantomData;
use gatekey_directory::{
    Directory, Entities, Entity, EntityRecord, InstanceProfileRecord, ManagedPolicyRecord, MfaDeviceRecord,
    OidcProviderRecord, SamlProviderRecord, Tags,
};
use gatekey_gate::{On, Passage};
use gatekey_policy::{ConditionKey, Context, KeyName};
use gatekey_store::table::Edit;
use gatekey_types::Arn;
use std::sync::Arc;

/// Tags of one resource of IAM.
const MOST_TAGS: usize = 50;

/// The home of IAM.
const HOME: &str = "us-east-1";

/// The kind of these entities.
pub(crate) struct Kept<R>(PhantomData<fn() -> R>);

impl<R> Kept<R> {
    /// The kind, as the list of kinds has it.
    pub(crate) const AS_KIND: Self = Self(PhantomData);
}

/// What differs between IAM's kinds.
pub(crate) trait HasTags: EntityRecord {
    /// The action that adds tags, and the one that takes them.
    const ACTIONS: (&'static str, &'static str);
    /// CloudTrail's name for it.
    const KIND: &'static str;
    /// Where they are.
    fn all(directory: &Directory) -> &Entities<Self>;
}

macro_rules! has_tags {
    ($($record:ty: $all:ident, $tag:literal, $untag:literal, $kind:literal;)*) => {$(
        impl HasTags for $record {
            const ACTIONS: (&'static str, &'static str) = ($tag, $untag);
            const KIND: &'static str = $kind;
            fn all(directory: &Directory) -> &Entities<Self> {
                &directory.$all
            }
        }
    )*};
}

has_tags! {
    InstanceProfileRecord: instance_profiles, "iam:TagInstanceProfile", "iam:UntagInstanceProfile", "AWS::IAM::InstanceProfile";
    MfaDeviceRecord: mfa_devices, "iam:TagMFADevice", "iam:UntagMFADevice", "AWS::IAM::MFADevice";
    OidcProviderRecord: oidc_providers, "iam:TagOpenIDConnectProvider", "iam:UntagOpenIDConnectProvider", "AWS::IAM::OIDCProvider";
    ManagedPolicyRecord: policies, "iam:TagPolicy", "iam:UntagPolicy", "AWS::IAM::Policy";
    SamlProviderRecord: saml_providers, "iam:TagSAMLProvider", "iam:UntagSAMLProvider", "AWS::IAM::SAMLProvider";
}

impl<R: HasTags> Taggable for Kept<R> {
    fn service(&self) -> &'static str {
        "iam"
    }

    fn of_type(&self) -> &'static str {
        R::ARN_TYPE
    }

    fn after<'a>(&self, passage: &'a Passage<'_>, place: &str) -> Listing<'a> {
        if passage.region().as_str() != HOME {
            return Box::new(core::iter::empty());
        }
        let entities = R::all(&passage.snapshot().directory).after(passage.account(), place);
        Box::new(entities.filter(|entity| !entity.header().tags.is_empty()).map(shown))
    }

    fn named(&self, passage: &Passage<'_>, arn: &Arn) -> Option<Tagged> {
        let home = passage.region().as_str() == HOME;
        let entity = find::<R>(passage, arn).filter(|entity| !entity.header().tags.is_empty());
        entity.filter(|_| home).map(|entity| shown(&entity))
    }

    fn change(&self, passage: &mut Passage<'_>, arn: &Arn, change: &Change) -> Result<Vec<Edit>, Failure> {
        if passage.region().as_str() != HOME {
            return Err(Failure::invalid(format!("Resources of IAM are tagged in {HOME}.")));
        }
        if arn.account() != Some(passage.account()) {
            return Err(Failure::invalid(format!("{arn} is not a resource of this account.")));
        }
        let found = find::<R>(passage, arn);
        let account = passage.account();
        passage.draft().touch_resource(R::KIND, account, arn);
        let mut context = Context::new();
        if let Some(entity) = &found {
            set_resource_tags(&mut context, &entity.header().tags);
        }
        let action = match change {
            Change::Tag(tags) => {
                gatekey_keyring::set_request_tags(&mut context, tags);
                R::ACTIONS.0
            }
            Change::Untag(keys) => {
                gatekey_keyring::set_tag_keys(&mut context, keys.iter());
                R::ACTIONS.1
            }
        };
        passage.authorize_other(action, On::resource(arn), context)?;
        let Some(entity) = &found else {
            return Err(Failure::no_entity(format!("The resource {arn} cannot be found.")));
        };
        let mut record = entity.record.clone();
        record.header_mut().tags = changed(&entity.header().tags, change)?;
        Ok(vec![entity.update(&record)])
    }
}

/// The entity of this ARN in the caller's account. Names of providers and devices may hold slashes; those of others have a
/// path before them.
fn find<R: HasTags>(passage: &Passage<'_>, arn: &Arn) -> Option<Arc<Entity<R>>> {
    let all = R::all(&passage.snapshot().directory);
    let (_, name) = arn.resource().split_once('/')?;
    let last = name.rsplit('/').next().unwrap_or_default();
    let found = [name, last].into_iter().filter_map(|name| all.get(passage.account(), name));
    found.into_iter().find(|entity| entity.arn() == *arn).cloned()
}

/// The tags after the change. IAM takes keys that differ in case only for the same.
fn changed(present: &Tags, change: &Change) -> Result<Tags, Failure> {
    let mut tags = present.clone();
    match change {
        Change::Tag(more) => {
            for (key, value) in more {
                if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
                    let text = "System tags cannot be added. Tag keys cannot begin with aws:.";
                    return Err(Failure::bad_input(text));
                }
                tags.retain(|known, _| !known.eq_ignore_ascii_case(key));
                tags.insert(key.clone(), value.clone());
            }
        }
        Change::Untag(keys) => {
            tags.retain(|known, _| !keys.iter().any(|key| key.eq_ignore_ascii_case(known)));
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(Failure::quota("The number of tags has reached the maximum limit."));
    }
    Ok(tags)
}

fn set_resource_tags<'t>(context: &mut Context<'t>, tags: &'t Tags) {
    context
        .set_family(KeyName::AwsResourceTag, tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    for (key, value) in tags {
        context.set(ConditionKey::parse(format!("iam:ResourceTag/{key}")), value.as_str());
    }
}

fn shown<R: EntityRecord>(entity: &Arc<Entity<R>>) -> Tagged {
    Tagged { arn: entity.arn(), tags: entity.header().tags.clone(), place: R::folded(entity.name()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn keys_that_differ_in_case_only_are_the_same() {
        let present = tags(&[("Team", "a"), ("b", "c")]);
        let tagged = changed(&present, &Change::Tag(tags(&[("TEAM", "z")]))).unwrap();
        assert_eq!(tagged, tags(&[("TEAM", "z"), ("b", "c")]));
        assert_eq!(changed(&tagged, &Change::Untag(vec!["team".into()])).unwrap(), tags(&[("b", "c")]));
    }

    #[test]
    fn reserved_keys_and_too_many_are_refused() {
        assert!(changed(&Tags::new(), &Change::Tag(tags(&[("Aws:x", "")]))).is_err());
        let many = (0..51).map(|n| (n.to_string(), String::new())).collect();
        assert!(changed(&Tags::new(), &Change::Tag(many)).is_err());
    }
}
