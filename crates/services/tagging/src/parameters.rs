//! Parameters of Parameter Store.

use crate::{
    change::Change,
    fault::Failure,
    taggable::{Listing, Taggable, Tagged},
};
use gatekey_gate::{On, Passage};
use gatekey_keyring::{read_tags, set_request_tags, set_tag_keys};
use gatekey_parameters::{MOST_TAGS, Parameter, ParameterKey, ParameterName};
use gatekey_policy::{Context, KeyName};
use gatekey_store::table::Edit;
use gatekey_types::Arn;
use std::sync::Arc;

/// The kind.
pub(crate) struct StoredParameters;

impl Taggable for StoredParameters {
    fn service(&self) -> &'static str {
        "ssm"
    }

    fn of_type(&self) -> &'static str {
        "parameter"
    }

    fn after<'a>(&self, passage: &'a Passage<'_>, place: &str) -> Listing<'a> {
        let (account, region, after) = (passage.account(), passage.region(), ParameterName::of(place));
        let all = passage.snapshot().parameters.after(account, region, after, passage.now());
        Box::new(all.filter(|parameter| parameter.is_tagged()).map(shown))
    }

    fn named(&self, passage: &Passage<'_>, arn: &Arn) -> Option<Tagged> {
        found(passage, arn).filter(|parameter| parameter.is_tagged()).map(|parameter| shown(&parameter))
    }

    fn change(&self, passage: &mut Passage<'_>, arn: &Arn, change: &Change) -> Result<Vec<Edit>, Failure> {
        let found = found(passage, arn);
        let mut context = Context::new();
        let action = match change {
            Change::Tag(tags) => {
                set_request_tags(&mut context, tags);
                "ssm:AddTagsToResource"
            }
            Change::Untag(keys) => {
                set_tag_keys(&mut context, keys.iter());
                "ssm:RemoveTagsFromResource"
            }
        };
        if let Some(parameter) = &found {
            let tags = parameter.record.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
            context.set_family(KeyName::AwsResourceTag, tags);
            parameter.set_own_tag_keys(&mut context);
        }
        passage.authorize_other(action, On::resource(arn), context)?;
        let parameter = found.ok_or_else(Failure::no_parameter)?;
        match change {
            Change::Tag(tags) => {
                let pairs = tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
                let mut all = parameter.record.tags.clone();
                all.extend(read_tags(pairs)?);
                if all.len() > MOST_TAGS {
                    return Err(Failure::too_many_tags());
                }
                Ok(vec![parameter.changed(|record| record.tags = all)])
            }
            Change::Untag(keys) => Ok(vec![parameter.untagged(keys)]),
        }
    }
}

/// The caller's own parameter of this ARN in the request's Region. `db` and `/db` have the same ARN; the first that exists.
fn found(passage: &Passage<'_>, arn: &Arn) -> Option<Arc<Parameter>> {
    let path = arn.resource().strip_prefix("parameter")?;
    let here = arn.account() == Some(passage.account()) && arn.region() == passage.region().as_str();
    let names = [path.strip_prefix('/'), Some(path)];
    let get = |name: &str| {
        let (account, region) = (passage.account(), passage.region().clone());
        let key = ParameterKey { account, region, name: ParameterName::of(name)? };
        passage.snapshot().parameters.get(&key, passage.now()).filter(|one| one.arn == *arn).cloned()
    };
    names.into_iter().flatten().filter(|_| here).find_map(get)
}

fn shown(parameter: &Arc<Parameter>) -> Tagged {
    Tagged {
        arn: parameter.arn.clone(),
        tags: parameter.record.tags.clone(),
        place: parameter.key.name.to_string(),
    }
}
