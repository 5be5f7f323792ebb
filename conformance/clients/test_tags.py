"""Tag rules: TagResource, UntagResource, ListResourceTags, and AWS's words when a tag is refused."""

import pytest

from harness.clients import Refusal, refusal


def tag(key: str, value: str = "v") -> dict[str, str]:
    return {"TagKey": key, "TagValue": value}


def tags(kms, key) -> dict[str, str]:
    pages = kms.get_paginator("list_resource_tags").paginate(KeyId=key["KeyId"])
    return {t["TagKey"]: t["TagValue"] for page in pages for t in page["Tags"]}


def test_tags_are_added_replaced_and_removed(kms, key):
    kms.tag_resource(KeyId=key["KeyId"], Tags=[tag("a", "1"), tag("b", "2")])
    kms.tag_resource(KeyId=key["Arn"], Tags=[tag("b", "3"), tag("c", "")])
    assert tags(kms, key) == {"a": "1", "b": "3", "c": ""}
    kms.untag_resource(KeyId=key["Arn"], TagKeys=["a", "never-there"])
    assert tags(kms, key) == {"b": "3", "c": ""}


def test_tag_keys_are_case_sensitive(kms, key):
    kms.tag_resource(KeyId=key["KeyId"], Tags=[tag("Team"), tag("team")])
    assert tags(kms, key) == {"Team": "v", "team": "v"}


def test_a_key_may_have_50_tags_and_no_more(kms, key):
    kms.tag_resource(KeyId=key["KeyId"], Tags=[tag(f"k{i}") for i in range(50)])
    assert len(tags(kms, key)) == 50
    told = refusal(kms.tag_resource, KeyId=key["KeyId"], Tags=[tag("k51")])
    assert told == Refusal("TagException", "Too many tags")
    kms.tag_resource(KeyId=key["KeyId"], Tags=[tag("k0", "replaced")])
    assert len(tags(kms, key)) == 50


def test_51_tags_at_creation_are_too_many(kms):
    assert refusal(kms.create_key, Tags=[tag(f"k{i}") for i in range(51)]) == Refusal("TagException", "Too many tags")


@pytest.mark.parametrize("name", ["aws:x", "AWS:x", "aWs:"])
def test_tags_that_begin_with_aws_are_reserved_in_any_case(kms, key, name):
    reserved = Refusal("TagException", "Tags beginning with aws: are reserved")
    assert refusal(kms.tag_resource, KeyId=key["KeyId"], Tags=[tag(name)]) == reserved
    assert refusal(kms.create_key, Tags=[tag(name)]) == reserved
    assert tags(kms, key) == {}


def test_a_tag_key_may_not_come_twice_in_one_request(kms, key):
    twice = [tag("a", "1"), tag("a", "2")]
    duplicate = Refusal("TagException", "Duplicate tag keys")
    assert refusal(kms.tag_resource, KeyId=key["KeyId"], Tags=twice) == duplicate
    assert refusal(kms.create_key, Tags=twice) == duplicate
    assert tags(kms, key) == {}


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        (tag("k" * 129), "at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128"),
        (tag("k", "v" * 257), "at 'tags.1.member.tagValue' failed to satisfy constraint: Member must have length less than or equal to 256"),
    ],
    ids=["key", "value"],
)
def test_an_overlong_tag_is_refused_by_its_constraint(kms, key, bad, text):
    told = refusal(kms.tag_resource, KeyId=key["KeyId"], Tags=[bad])
    assert told.code == "ValidationException"
    assert told.message.startswith("1 validation error detected: Value '") and told.message.endswith(text)


def test_the_second_overlong_tag_is_named_by_its_place(kms, key):
    told = refusal(kms.tag_resource, KeyId=key["KeyId"], Tags=[tag("fine"), tag("k" * 129)])
    assert "at 'tags.2.member.tagKey'" in told.message


def test_a_refused_tag_request_changes_nothing(kms, key):
    refusal(kms.tag_resource, KeyId=key["KeyId"], Tags=[tag("fine"), tag("aws:not")])
    assert tags(kms, key) == {}


def test_the_longest_tag_is_kept_whole(kms, key):
    kms.tag_resource(KeyId=key["KeyId"], Tags=[tag("k" * 128, "v" * 256)])
    assert tags(kms, key) == {"k" * 128: "v" * 256}
