//! The tags of entities that exist: adding, removing, listing.

use crate::{
    page::Page,
    tag,
    target::{Nameable, Target},
};
use gatekey_directory::Tags;
use gatekey_gate::{Answered, Passage, refused};
use gatekey_model::{
    CommonError, NoOutput,
    iam::{InvalidInputException, LimitExceededException, NoSuchEntityException, Tag},
};
use gatekey_policy::KeyName;

/// Adds tags; one whose key is there already, in whatever case, takes its place.
///
/// # Errors
/// Denial; NoSuchEntity; InvalidInput for keys that are not allowed; LimitExceeded.
pub(crate) async fn add<R: Nameable, E>(
    passage: &mut Passage<'_>,
    action: &str,
    target: &Target<R>,
    tags: &Vec<Tag>,
) -> Result<Answered<NoOutput>, E>
where
    E: From<CommonError>
        + From<NoSuchEntityException>
        + From<InvalidInputException>
        + From<LimitExceededException>,
{
    let added = tag::parse::<E>(Some(tags))?;
    let mut context = target.context();
    tag::set_request_tags(&mut context, &added);
    let allowed = target.authorize(passage, action, context)?;
    let entity = target.found::<E>()?;
    let mut record = entity.record.clone();
    merge(&mut record.header_mut().tags, added);
    if record.header().tags.len() > passage.identity_quotas().tags {
        let text = "The number of tags has reached the maximum limit.";
        return Err(LimitExceededException::new(text).into());
    }
    let edits = vec![entity.update(&record)];
    passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
}

/// Removes the tags of these keys, as far as they are there.
///
/// # Errors
/// Denial; NoSuchEntity.
pub(crate) async fn remove<R: Nameable, E>(
    passage: &mut Passage<'_>,
    action: &str,
    target: &Target<R>,
    keys: &[String],
) -> Result<Answered<NoOutput>, E>
where
    E: From<CommonError> + From<NoSuchEntityException>,
{
    let mut context = target.context();
    context.set_many(KeyName::AwsTagKeys, keys.iter().map(String::as_str));
    let allowed = target.authorize(passage, action, context)?;
    let entity = target.found::<E>()?;
    let mut record = entity.record.clone();
    let is_kept = |key: &String, _: &mut String| !keys.iter().any(|gone| gone.eq_ignore_ascii_case(key));
    record.header_mut().tags.retain(is_kept);
    let edits = vec![entity.update(&record)];
    passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
}

/// The tags in the order of their keys.
///
/// # Errors
/// Denial; NoSuchEntity.
pub(crate) fn list<R: Nameable, E, T>(
    passage: &mut Passage<'_>,
    action: &str,
    target: &Target<R>,
    (marker, most): (Option<&String>, Option<i32>),
    answer: impl FnOnce(Page<Tag>) -> T,
) -> Result<Answered<T>, E>
where
    E: From<CommonError> + From<NoSuchEntityException>,
{
    let allowed = target.authorize(passage, action, target.context())?;
    let tags = &target.found::<E>()?.header().tags;
    let all = tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() });
    let page = Page::take::<E>(all, |tag| tag.key.clone(), marker, most)?;
    Ok(passage.answer(&allowed, answer(page)))
}

fn merge(tags: &mut Tags, added: Tags) {
    for (key, value) in added {
        tags.retain(|known, _| !known.eq_ignore_ascii_case(&key));
        tags.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_takes_the_place_of_one_whose_key_differs_in_case_only() {
        let tags = |pairs: &[(&str, &str)]| -> Tags {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let mut present = tags(&[("Env", "a"), ("Team", "b")]);
        merge(&mut present, tags(&[("env", "c"), ("x", "y")]));
        assert_eq!(present, tags(&[("env", "c"), ("Team", "b"), ("x", "y")]));
    }
}
