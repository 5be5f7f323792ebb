"""Pagination: every page follows from the marker of the one before, nothing twice, nothing missed, bad markers refused."""

import pytest

from harness.clients import OTHER_ACCOUNT, connect, outcome, refusal

REGION = "ca-west-1"


@pytest.fixture(scope="module")
def quiet(server):
    """A Region where only this module's keys are."""
    return connect(server, server.keys(), region=REGION)


@pytest.fixture(scope="module")
def key_ids(quiet) -> set[str]:
    return {quiet.create_key()["KeyMetadata"]["KeyId"] for _ in range(7)}


def walk(call, member: str, **parameters) -> list[list]:
    """The pages, by following NextMarker by hand; checks Truncated against it."""
    pages, more = [], {}
    while True:
        page = call(**parameters, **more)
        pages.append(page[member])
        assert page["Truncated"] == ("NextMarker" in page)
        if not page["Truncated"]:
            return pages
        more = {"Marker": page["NextMarker"]}


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8, 1000])
def test_list_keys_gives_every_key_once_whatever_the_page_size(quiet, key_ids, limit):
    pages = walk(quiet.list_keys, "Keys", Limit=limit)
    seen = [entry["KeyId"] for page in pages for entry in page]
    assert sorted(seen) == sorted(key_ids)
    assert all(len(page) == limit for page in pages[:-1]) and len(pages[-1]) <= limit
    assert all(entry["KeyArn"].endswith(f":key/{entry['KeyId']}") for page in pages for entry in page)


def test_list_keys_gives_100_a_page_by_default(server):
    many = connect(server, server.keys(f"root-{OTHER_ACCOUNT}"), region="sa-east-1")
    made = {many.create_key()["KeyMetadata"]["KeyId"] for _ in range(101)}
    pages = walk(many.list_keys, "Keys")
    assert [len(page) for page in pages] == [100, 1]
    assert {entry["KeyId"] for page in pages for entry in page} == made


@pytest.mark.parametrize("limit", [1, 3, 50, 100])
def test_list_aliases_gives_every_alias_once_whatever_the_page_size(quiet, key_ids, limit):
    key_id = min(key_ids)
    names = {f"alias/page-{limit}-{n}" for n in range(5)}
    for name in names:
        quiet.create_alias(AliasName=name, TargetKeyId=key_id)
    pages = walk(quiet.list_aliases, "Aliases", KeyId=key_id, Limit=limit)
    seen = [entry["AliasName"] for page in pages for entry in page]
    assert sorted(seen) == sorted(names)
    for name in names:
        quiet.delete_alias(AliasName=name)


def test_list_resource_tags_gives_every_tag_once_whatever_the_page_size(kms, key):
    wanted = [{"TagKey": f"k{i:02}", "TagValue": str(i)} for i in range(11)]
    kms.tag_resource(KeyId=key["KeyId"], Tags=wanted)
    for limit in (1, 5, 11, 50):
        pages = walk(kms.list_resource_tags, "Tags", KeyId=key["KeyId"], Limit=limit)
        seen = [tag for page in pages for tag in page]
        assert sorted(seen, key=lambda t: t["TagKey"]) == wanted


def test_list_key_policies_names_the_default_policy(kms, key):
    assert walk(kms.list_key_policies, "PolicyNames", KeyId=key["KeyId"]) == [["default"]]
    assert walk(kms.list_key_policies, "PolicyNames", KeyId=key["Arn"], Limit=1) == [["default"]]


def test_a_limit_that_the_model_takes_and_the_service_does_not_gives_the_services_most(server):
    """The pages of AWS say 1 to 100 here, and nobody has recorded what more than that does: no client may depend on it."""
    region = connect(server, server.keys(), region="ap-northeast-3")
    for number in range(3):
        key_id = region.create_key()["KeyMetadata"]["KeyId"]
        for n in range(50):
            region.create_alias(AliasName=f"alias/many-{number}-{n}", TargetKeyId=key_id)
    page = region.list_aliases(Limit=1000)
    assert len(page["Aliases"]) == 100 and page["Truncated"]


def test_a_limit_outside_the_model_is_refused_by_its_constraint(raw):
    for limit, text in ((0, "greater than or equal to 1"), (1001, "less than or equal to 1000")):
        answer = raw.call("ListKeys", {"Limit": limit})
        assert answer.error == (
            "ValidationException",
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value {text}",
        )


BAD_MARKERS = ["x", "AAAA", "00000000-0000-4000-8000-000000000000", "m" * 1024, "''; --", "é"]


@pytest.mark.parametrize("marker", BAD_MARKERS)
def test_a_marker_that_the_service_never_gave_is_invalid(kms, key, marker):
    assert refusal(kms.list_keys, Marker=marker).code == "InvalidMarkerException"
    assert refusal(kms.list_aliases, Marker=marker).code == "InvalidMarkerException"
    assert refusal(kms.list_resource_tags, KeyId=key["KeyId"], Marker=marker).code == "InvalidMarkerException"


def test_a_marker_that_was_changed_is_invalid(quiet, key_ids):
    marker = quiet.list_keys(Limit=1)["NextMarker"]
    for changed in (marker[::-1], "AAAA" + marker, marker[4:], marker + "=", marker + "!"):
        assert refusal(quiet.list_keys, Marker=changed).code == "InvalidMarkerException", changed


def test_a_marker_of_one_operation_is_invalid_in_another(quiet, key_ids):
    marker = quiet.list_keys(Limit=1)["NextMarker"]
    assert refusal(quiet.list_aliases, Marker=marker).code == "InvalidMarkerException"


def test_a_marker_of_one_account_gives_another_nothing(server, quiet, key_ids):
    other = connect(server, server.keys(f"root-{OTHER_ACCOUNT}"), region=REGION)
    marker = quiet.list_keys(Limit=1)["NextMarker"]
    assert outcome(other.list_keys, Marker=marker) in ("InvalidMarkerException", "ok")
    if outcome(other.list_keys, Marker=marker) == "ok":
        assert other.list_keys(Marker=marker)["Keys"] == []


def test_a_page_does_not_repeat_or_lose_keys_when_one_is_created_between_pages(server):
    region = connect(server, server.keys(), region="ca-central-1")
    before = {region.create_key()["KeyMetadata"]["KeyId"] for _ in range(5)}
    first = region.list_keys(Limit=2)
    region.create_key()
    rest = walk(lambda **p: region.list_keys(**({"Marker": first["NextMarker"]} | p)), "Keys", Limit=2)
    seen = [entry["KeyId"] for page in [first["Keys"], *rest] for entry in page]
    assert len(seen) == len(set(seen))
    assert before <= set(seen)


def test_list_keys_of_oneself_is_list_keys(quiet, key_ids):
    assert {entry["KeyId"] for entry in quiet.list_keys(ResourceOwners=["SELF"])["Keys"]} == key_ids
    assert quiet.list_keys(ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM"])["Keys"] == []
