"""Parameter Store with boto3 and the real command line."""

import base64

import pytest

from harness import pages
from harness.clients import ACCOUNT, REGION, outcome, refusal
from harness.identities import fresh, identity_policy

CANARY = "canary-of-parameter-store-5b1d"


@pytest.fixture
def ssm(root):
    return root.ssm


def named(prefix: str = "/t") -> str:
    return f"{prefix}/{fresh('p')}"


def arn(name: str) -> str:
    return f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}"


def test_every_type_is_put_and_got(ssm, key):
    for kind, more, value in [
        ("String", {}, "v"),
        ("StringList", {}, "a,b"),
        ("SecureString", {}, "secret"),
        ("SecureString", {"KeyId": key["Arn"]}, "s\u00e9cret"),
        ("SecureString", {"KeyId": key["KeyId"], "Tier": "Advanced"}, "x" * 8192),
    ]:
        name = named()
        assert ssm.put_parameter(Name=name, Type=kind, Value=value, **more)["Version"] == 1
        got = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        assert (got["Type"], got["Value"], got["ARN"]) == (kind, value, arn(name))
        assert ssm.get_parameters(Names=[name], WithDecryption=True)["Parameters"] == [got]
        history = ssm.get_parameter_history(Name=name, WithDecryption=True)["Parameters"]
        assert [one["Value"] for one in history] == [value]
        assert history[0].get("KeyId") == (more.get("KeyId", "alias/aws/ssm") if kind == "SecureString" else None)


def test_pages_are_walked_by_boto3s_own_paginators(ssm):
    path = named()
    names = [f"{path}/{number:02}" for number in range(23)]
    for name in names:
        ssm.put_parameter(Name=name, Type="String", Value="v")
    pages_of = ssm.get_paginator("get_parameters_by_path").paginate(Path=path)
    assert [one["Name"] for page in pages_of for one in page["Parameters"]] == names
    filters = [{"Key": "Path", "Values": [path]}]
    pages_of = ssm.get_paginator("describe_parameters").paginate(ParameterFilters=filters, PaginationConfig={"PageSize": 5})
    assert [one["Name"] for page in pages_of for one in page["Parameters"]] == names


def test_a_user_without_the_key_reads_no_secret(root, key):
    name = named()
    root.ssm.put_parameter(Name=name, Type="SecureString", Value=CANARY, KeyId=key["KeyId"])
    reader = root.user(None, identity_policy("ssm:*"))
    told = refusal(reader.ssm.get_parameter, Name=name, WithDecryption=True)
    assert told.code == "AccessDeniedException"
    assert "is not authorized to perform: kms:Decrypt on resource: " + key["Arn"] in told.message
    assert "(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: " in told.message
    assert outcome(reader.ssm.put_parameter, Name=named(), Type="SecureString", Value="v", KeyId=key["KeyId"]) == told.code
    closed = reader.ssm.get_parameter(Name=name)["Parameter"]["Value"]
    assert CANARY not in closed
    # The ciphertext is KMS's own, and bound to the parameter.
    blob = base64.b64decode(closed)
    context = {"PARAMETER_ARN": arn(name)}
    assert root.kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == CANARY.encode()
    assert outcome(root.kms.decrypt, CiphertextBlob=blob) == "InvalidCiphertextException"


def test_the_managed_key_serves_everybody_in_the_account_through_the_service_alone(root):
    name = named()
    root.ssm.put_parameter(Name=name, Type="SecureString", Value="v")
    reader = root.user(None, identity_policy("ssm:GetParameter"))
    assert reader.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "v"
    assert outcome(root.kms.encrypt, KeyId="alias/aws/ssm", Plaintext=b"x") == "AccessDeniedException"


def test_parameters_are_found_and_tagged_by_the_tagging_api(root):
    name, team = named(), fresh("team")
    root.ssm.put_parameter(Name=name, Type="String", Value="v", Tags=[{"Key": "team", "Value": team}])
    filters = [{"Key": "team", "Values": [team]}]
    found = root.tagging.get_resources(TagFilters=filters, ResourceTypeFilters=["ssm:parameter"])
    assert [one["ResourceARN"] for one in found["ResourceTagMappingList"]] == [arn(name)]
    assert root.tagging.tag_resources(ResourceARNList=[arn(name)], Tags={"b": "2"})["FailedResourcesMap"] == {}
    root.tagging.untag_resources(ResourceARNList=[arn(name)], TagKeys=["team"])
    assert root.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"] == [{"Key": "b", "Value": "2"}]


def test_values_are_in_no_file_of_the_server(ssm, key, server):
    for kind, more in [("String", {}), ("SecureString", {"KeyId": key["KeyId"]}), ("SecureString", {"Tier": "Advanced"})]:
        name = named()
        ssm.put_parameter(Name=name, Type=kind, Value=CANARY, **more)
        ssm.get_parameter(Name=name, WithDecryption=True)
        outcome(ssm.put_parameter, Name=name, Type=kind, Value=CANARY, AllowedPattern="^x", Overwrite=True)
    log = b"".join(path.read_bytes() for path in server.folder.rglob("*") if path.is_file() and path.suffix != ".sock")
    assert b"PutParameter" in log
    assert CANARY.encode() not in log


def test_what_a_chamber_does(root, key):
    """Secrets of services in the way of chamber: a level for each service, a key behind an alias, every version kept."""
    service = named("/chamber")
    alias = f"alias/{fresh('parameter_store_key')}"
    root.kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    for value in ("one", "two"):
        root.ssm.put_parameter(Name=f"{service}/db", Type="SecureString", KeyId=alias, Value=value, Overwrite=True)
    filters = [{"Key": "Path", "Option": "OneLevel", "Values": [service]}]
    described = root.ssm.describe_parameters(ParameterFilters=filters)["Parameters"]
    assert [(one["Name"], one["Version"], one["KeyId"]) for one in described] == [(f"{service}/db", 2, alias)]
    read = root.ssm.get_parameters_by_path(Path=service, WithDecryption=True)["Parameters"]
    assert [one["Value"] for one in read] == ["two"]
    history = root.ssm.get_parameter_history(Name=f"{service}/db", WithDecryption=True)["Parameters"]
    assert [one["Value"] for one in history] == ["one", "two"]
    root.ssm.delete_parameter(Name=f"{service}/db")
    assert refusal(root.ssm.get_parameter, Name=f"{service}/db") == ("ParameterNotFound", "")


def test_the_commands_of_the_page_run(aws, tmp_path):
    said = pages.run("parameter-store.md", aws, tmp_path)
    assert "correct-horse" in said
    assert "/shop/color\t/shop/password" in said
    assert "green" in said and "1\tgreen\n2\tblue" in said
    assert "/shop/guest\tAdvanced" in said
