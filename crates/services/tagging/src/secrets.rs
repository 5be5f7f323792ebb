//! Secrets of Secrets Manager.

use crate::{
    change::Change,
    fault::Failure,
    taggable::{Listing, Taggable, Tagged},
};
use gatekey_directory::Tags;
use gatekey_gate::{On, Passage};
use gatekey_keyring::{set_request_tags, set_tag_keys};
use gatekey_policy::Context;
use gatekey_secrets::{Secret, SecretId};
use gatekey_store::table::Edit;
use gatekey_types::Arn;
use std::sync::Arc;

/// Tags of one secret.
const MOST_TAGS: usize = 50;

/// The kind.
pub(crate) struct StoredSecrets;

impl Taggable for StoredSecrets {
    fn service(&self) -> &'static str {
        "secretsmanager"
    }

    fn of_type(&self) -> &'static str {
        "secret"
    }

    fn after<'a>(&self, passage: &'a Passage<'_>, place: &str) -> Listing<'a> {
        let (account, region) = (passage.account(), passage.region());
        let all = passage.snapshot().secrets.of(account, region, place, passage.now());
        Box::new(all.filter(|secret| secret.is_tagged()).map(shown))
    }

    fn named(&self, passage: &Passage<'_>, arn: &Arn) -> Option<Tagged> {
        found(passage, arn).filter(|secret| secret.is_tagged()).map(|secret| shown(&secret))
    }

    fn change(&self, passage: &mut Passage<'_>, arn: &Arn, change: &Change) -> Result<Vec<Edit>, Failure> {
        let found = found(passage, arn);
        let mut context = Context::new();
        let action = match change {
            Change::Tag(tags) => {
                set_request_tags(&mut context, tags);
                "secretsmanager:TagResource"
            }
            Change::Untag(keys) => {
                set_tag_keys(&mut context, keys.iter());
                "secretsmanager:UntagResource"
            }
        };
        context.set("secretsmanager:SecretId", arn.as_str());
        if let Some(secret) = &found {
            secret.set_own_keys(&mut context);
        }
        let policy = found.as_ref().and_then(|secret| secret.policy.as_deref());
        passage.authorize_other(action, On { policy, ..On::resource(arn) }, context)?;
        let secret = found.ok_or_else(Failure::no_secret)?;
        secret.live().map_err(Failure::secret_state)?;
        secret.own().map_err(Failure::secret_state)?;
        let tags = changed(&secret.record.tags, change)?;
        Ok(passage.snapshot().secrets.retagged(&secret, &tags, passage.now()))
    }
}

/// The caller's own secret of this whole ARN in the request's Region.
fn found(passage: &Passage<'_>, arn: &Arn) -> Option<Arc<Secret>> {
    let id = SecretId::parse(arn.as_str())?;
    let (account, region) = (passage.account(), passage.region());
    let found = passage.snapshot().secrets.find(&id, account, region, passage.now())?;
    let own = found.key.account == account && found.key.region == *region && found.arn == *arn;
    own.then(|| found.clone())
}

/// The tags after the change. Keys are distinct with case.
fn changed(present: &Tags, change: &Change) -> Result<Tags, Failure> {
    let mut tags = present.clone();
    match change {
        Change::Tag(more) => {
            if more.keys().any(|key| key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))) {
                return Err(Failure::bad_tags(
                    "Tag keys can't start with aws:. That prefix is reserved for AWS use.",
                ));
            }
            tags.extend(more.clone());
        }
        Change::Untag(keys) => tags.retain(|key, _| !keys.contains(key)),
    }
    if tags.len() > MOST_TAGS {
        return Err(Failure::bad_tags("You can't attach more than 50 tags to a secret."));
    }
    Ok(tags)
}

fn shown(secret: &Arc<Secret>) -> Tagged {
    Tagged { arn: secret.arn.clone(), tags: secret.record.tags.clone(), place: secret.key.name.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_differ_in_case_are_two_and_reserved_ones_are_refused() {
        let tags = |key: &str| Tags::from([(key.to_owned(), "v".to_owned())]);
        assert_eq!(changed(&tags("a"), &Change::Tag(tags("A"))).unwrap().len(), 2);
        assert_eq!(changed(&tags("a"), &Change::Untag(vec!["A".into()])).unwrap(), tags("a"));
        assert!(changed(&tags("a"), &Change::Tag(tags("AWS:a"))).is_err());
        let many: Tags = (0..51).map(|n| (n.to_string(), String::new())).collect();
        assert!(changed(&Tags::new(), &Change::Tag(many)).is_err());
    }
}
