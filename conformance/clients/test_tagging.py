"""The tagging API through boto3: keys and IAM's entities by their tags, pages, and changes of many at once."""

import pytest

from harness.clients import OTHER_ACCOUNT, fault, outcome
from harness.identities import fresh, identity_policy

DENIED = ("AccessDeniedException", 400)


@pytest.fixture
def team() -> str:
    return fresh("team")


def made(kms, **tags: str) -> str:
    """The ARN of a new key with these tags."""
    return kms.create_key(Tags=[{"TagKey": key, "TagValue": value} for key, value in tags.items()])["KeyMetadata"]["Arn"]


def found(tagging, **parameters) -> dict[str, dict[str, str]]:
    """The tags of what is found, by ARN, over all pages."""
    pages = tagging.get_paginator("get_resources").paginate(**parameters)
    items = [item for page in pages for item in page["ResourceTagMappingList"]]
    assert len(items) == len({item["ResourceARN"] for item in items}), "something is listed twice"
    return {item["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in item["Tags"]} for item in items}


def test_keys_are_found_by_their_tags(root, kms, team):
    one, two = made(kms, team=team, stage="test"), made(kms, team=team, stage="live")
    other = made(kms, team="nobody")
    by_team = {"Key": "team", "Values": [team]}
    assert found(root.tagging, TagFilters=[by_team]) == {
        one: {"team": team, "stage": "test"},
        two: {"team": team, "stage": "live"},
    }
    live = {"Key": "stage", "Values": ["live", "never"]}
    assert found(root.tagging, TagFilters=[by_team, live]).keys() == {two}
    everything = found(root.tagging, TagFilters=[{"Key": "team"}], ResourceTypeFilters=["kms"])
    assert {one, two, other} <= everything.keys()
    assert found(root.tagging, TagFilters=[by_team], ResourceTypeFilters=["kms:key"]).keys() == {one, two}
    assert found(root.tagging, TagFilters=[by_team], ResourceTypeFilters=["secretsmanager"]) == {}


def test_keys_are_found_in_their_region_and_account_alone(root, other_root, kms, team):
    arn, by_team = made(kms, team=team), [{"Key": "team", "Values": [team]}]
    elsewhere = made(root.client("kms", "eu-central-1"), team=team)
    assert found(root.tagging, TagFilters=by_team).keys() == {arn}
    assert found(root.client("resourcegroupstaggingapi", "eu-central-1"), TagFilters=by_team).keys() == {elsewhere}
    assert found(other_root.tagging, TagFilters=by_team) == {}
    assert found(other_root.tagging, ResourceARNList=[arn]) == {}


def test_what_never_had_tags_is_not_found(root, kms):
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    assert arn not in found(root.tagging, ResourceTypeFilters=["kms:key"])


def test_pages_join_without_gap_or_repetition(root, kms, team):
    arns = {made(kms, team=team) for _ in range(7)}
    by_team = [{"Key": "team", "Values": [team]}]
    first = root.tagging.get_resources(TagFilters=by_team, ResourcesPerPage=3)
    assert len(first["ResourceTagMappingList"]) == 3 and first["PaginationToken"]
    assert found(root.tagging, TagFilters=by_team, ResourcesPerPage=3).keys() == arns
    told = fault(root.tagging.get_resources, TagFilters=by_team, PaginationToken="no token")
    assert told.code in ("PaginationTokenExpiredException", "InvalidParameterException") and told.status == 400


def test_tags_are_put_on_many_and_taken_from_many(root, kms, team):
    arns = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(3)]
    missing = arns[0][:-36] + "00000000-0000-4000-8000-000000000000"
    said = root.tagging.tag_resources(ResourceARNList=[*arns, missing], Tags={"team": team})
    assert said["FailedResourcesMap"].keys() == {missing}
    assert found(root.tagging, TagFilters=[{"Key": "team", "Values": [team]}]).keys() == set(arns)
    tags = kms.list_resource_tags(KeyId=arns[0])["Tags"]
    assert tags == [{"TagKey": "team", "TagValue": team}]
    assert root.tagging.untag_resources(ResourceARNList=arns, TagKeys=["team"])["FailedResourcesMap"] == {}
    assert found(root.tagging, TagFilters=[{"Key": "team", "Values": [team]}]) == {}
    assert kms.list_resource_tags(KeyId=arns[0])["Tags"] == []


def test_names_and_values_of_tags(root, kms, team):
    made(kms, **{team: "one"})
    made(kms, **{team: "two"})
    keys = [key for page in root.tagging.get_paginator("get_tag_keys").paginate() for key in page["TagKeys"]]
    assert keys.count(team) == 1
    values = [v for page in root.tagging.get_paginator("get_tag_values").paginate(Key=team) for v in page["TagValues"]]
    assert sorted(values) == ["one", "two"]


def test_a_managed_policy_has_tags_that_are_found(root, team):
    arn = root.policy(identity_policy("kms:*"), Tags=[{"Key": "team", "Value": team}])
    assert found(root.tagging, TagFilters=[{"Key": "team", "Values": [team]}]) == {arn: {"team": team}}


def test_finding_needs_a_right_and_changing_needs_two(root, kms, team):
    arn = made(kms, team=team)
    nobody = root.user()
    for call, more in (
        (nobody.tagging.get_resources, {}),
        (nobody.tagging.get_tag_keys, {}),
        (nobody.tagging.get_tag_values, {"Key": "team"}),
        (nobody.tagging.tag_resources, {"ResourceARNList": [arn], "Tags": {"a": "b"}}),
        (nobody.tagging.untag_resources, {"ResourceARNList": [arn], "TagKeys": ["team"]}),
    ):
        assert fault(call, **more).kind == DENIED, call
    reader = root.user(None, identity_policy("tag:GetResources"))
    assert arn in found(reader.tagging, TagFilters=[{"Key": "team", "Values": [team]}])
    half = root.user(None, identity_policy("tag:*"))
    said = half.tagging.tag_resources(ResourceARNList=[arn], Tags={"a": "b"})
    assert said["FailedResourcesMap"][arn]["ErrorCode"] == "AccessDeniedException"
    whole = root.user(None, identity_policy(["tag:*", "kms:TagResource"]))
    assert whole.tagging.tag_resources(ResourceARNList=[arn], Tags={"a": "b"})["FailedResourcesMap"] == {}


def test_inferred_on_nothing_is_where_finding_is_allowed(root, kms, team):
    arn = made(kms, team=team)
    on_keys = root.user(None, identity_policy("tag:GetResources", resource=f"{arn.partition('key/')[0]}key/*"))
    assert fault(on_keys.tagging.get_resources).kind == DENIED
    on_all = root.user(None, identity_policy("tag:GetResources"))
    assert arn in found(on_all.tagging, TagFilters=[{"Key": "team", "Values": [team]}])


def test_a_tag_that_is_put_here_changes_rights_at_once(root, kms, team):
    may = identity_policy("kms:DescribeKey", Condition={"StringEquals": {"aws:ResourceTag/team": team}})
    somebody, arn = root.user(None, may), kms.create_key()["KeyMetadata"]["Arn"]
    assert outcome(somebody.kms.describe_key, KeyId=arn) == "AccessDeniedException"
    root.tagging.tag_resources(ResourceARNList=[arn], Tags={"team": team})
    assert outcome(somebody.kms.describe_key, KeyId=arn) == "ok"
    root.tagging.untag_resources(ResourceARNList=[arn], TagKeys=["team"])
    assert outcome(somebody.kms.describe_key, KeyId=arn) == "AccessDeniedException"


def test_another_accounts_key_is_not_tagged(root, other_root, kms):
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    said = other_root.tagging.tag_resources(ResourceARNList=[arn], Tags={"owner": OTHER_ACCOUNT})
    assert said["FailedResourcesMap"].keys() == {arn}
    assert kms.list_resource_tags(KeyId=arn)["Tags"] == []


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("tag_resources", {"ResourceARNList": ["not an arn"], "Tags": {"a": "b"}}),
        ("get_resources", {"ResourceTypeFilters": ["kms:"]}),
        ("get_resources", {"ResourcesPerPage": 1000}),
        ("get_resources", {"TagFilters": [{"Key": "a"}, {"Key": "a"}]}),
    ],
)
def test_requests_that_are_wrong(root, name, parameters):
    """Told as such or answered without harm: no record of AWS's own answers is known for each."""
    assert outcome(getattr(root.tagging, name), **parameters) in ("ok", "InvalidParameterException", "ValidationException")
