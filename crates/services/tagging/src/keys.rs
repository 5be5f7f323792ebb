//! Keys of KMS.

use crate::{
    change::Change,
    fault::Failure,
    taggable::{Listing, Taggable, Tagged},
};
use gatekey_gate::Passage;
use gatekey_keyring::{Key, read_tags, set_request_tags, set_tag_keys};
use gatekey_policy::{Context, KmsAction};
use gatekey_store::table::Edit;
use gatekey_types::{Arn, KeyArn};
use std::sync::Arc;

/// The kind.
pub(crate) struct Keys;

impl Taggable for Keys {
    fn service(&self) -> &'static str {
        "kms"
    }

    fn of_type(&self) -> &'static str {
        "key"
    }

    fn after<'a>(&self, passage: &'a Passage<'_>, place: &str) -> Listing<'a> {
        let keyring = &passage.snapshot().keyring;
        let keys = keyring.keys_of(passage.account(), passage.region(), place.parse().ok(), passage.now());
        Box::new(keys.filter(|key| key.is_tagged()).map(shown))
    }

    fn named(&self, passage: &Passage<'_>, arn: &Arn) -> Option<Tagged> {
        let arn: KeyArn = arn.as_str().parse().ok()?;
        let key = passage.snapshot().keyring.key(&arn, passage.now())?;
        let here = arn.account == passage.account() && arn.region == *passage.region();
        (here && key.is_tagged()).then(|| shown(key))
    }

    fn change(&self, passage: &mut Passage<'_>, arn: &Arn, change: &Change) -> Result<Vec<Edit>, Failure> {
        let action = match change {
            Change::Tag(_) => KmsAction::TagResource,
            Change::Untag(_) => KmsAction::UntagResource,
        };
        let found = passage.find_by_id(arn.as_str(), action)?;
        let mut context = Context::new();
        match change {
            Change::Tag(tags) => set_request_tags(&mut context, tags),
            Change::Untag(keys) => set_tag_keys(&mut context, keys.iter()),
        }
        passage.authorize(action, &found, context)?;
        Ok(vec![match change {
            Change::Tag(tags) => {
                let pairs = tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
                found.key.tagged(read_tags(pairs)?, passage.quotas())?
            }
            Change::Untag(keys) => found.key.untagged(keys)?,
        }])
    }
}

fn shown(key: &Arc<Key>) -> Tagged {
    Tagged { arn: key.name.clone(), tags: key.record.tags.clone(), place: key.arn.key.to_string() }
}
