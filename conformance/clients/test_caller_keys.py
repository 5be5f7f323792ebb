"""The condition keys of each kind of caller, as AWS's table of principal key values has them."""

import json

import pytest

from harness.clients import ACCOUNT, outcome, root_arn
from harness.identities import fresh, identity_policy
from harness.policies import account_may, document

KINDS = ["root", "root's session", "user", "user's session", "role", "federated"]
ABSENT = None


@pytest.fixture(scope="module")
def callers(root):
    """One of each kind; all may do everything with keys that delegate to identity policies."""
    name = fresh("caller")
    user = root.user(name, identity_policy(["kms:*", "sts:*"]), Tags=[{"Key": "team", "Value": "blue"}])
    role = root.role(name, identity_policy("kms:*"), Tags=[{"Key": "team", "Value": "red"}])
    return {
        "root": root,
        "root's session": root.session(),
        "user": user,
        "user's session": user.session(),
        "role": user.assume(role, "work"),
        "federated": user.federate("guest", identity_policy("kms:*")),
    }


@pytest.fixture(scope="module")
def known(root, callers) -> dict[str, dict]:
    """What each of them must have."""
    name = callers["user"].arn.rsplit("/", 1)[1]
    user_id = root.iam.get_user(UserName=name)["User"]["UserId"]
    role = root.iam.get_role(RoleName=name)["Role"]
    of_root = {"aws:userid": ACCOUNT, "aws:username": ABSENT, "aws:PrincipalType": "Account", "aws:PrincipalArn": root_arn()}
    of_user = {
        "aws:userid": user_id,
        "aws:username": name,
        "aws:PrincipalType": "User",
        "aws:PrincipalArn": callers["user"].arn,
        "aws:PrincipalTag/team": "blue",
    }
    of_role = {
        "aws:userid": f"{role['RoleId']}:work",
        "aws:username": ABSENT,
        "aws:PrincipalType": "AssumedRole",
        "aws:PrincipalArn": role["Arn"],
        "aws:PrincipalTag/team": "red",
    }
    of_guest = {
        "aws:userid": f"{ACCOUNT}:guest",
        "aws:username": ABSENT,
        "aws:PrincipalType": "FederatedUser",
        "aws:PrincipalArn": callers["federated"].arn,
    }
    return {
        "root": of_root,
        "root's session": of_root,
        "user": of_user,
        "user's session": of_user,
        "role": of_role,
        "federated": of_guest,
    }


def key_for(root, condition: dict) -> str:
    """A key that whoever meets the condition may describe."""
    manage = account_may(["kms:PutKeyPolicy", "kms:GetKeyPolicy"])
    policy = document(manage, account_may("kms:DescribeKey", Condition=condition))
    return root.kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]


def met(root, caller, condition: dict) -> bool:
    return outcome(caller.kms.describe_key, KeyId=key_for(root, condition)) == "ok"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_known_of_a_caller(root, callers, known, kind):
    always = {"aws:PrincipalAccount": ACCOUNT, "kms:CallerAccount": ACCOUNT, "aws:PrincipalIsAWSService": "false"}
    always |= {"aws:ViaAWSService": "false", "aws:SecureTransport": "false"}
    for key, value in (known[kind] | always).items():
        if value is ABSENT:
            assert met(root, callers[kind], {"Null": {key: "true"}}), (kind, key)
            continue
        operator = "Bool" if value in ("true", "false") else "StringEquals"
        assert met(root, callers[kind], {operator: {key: value}}), (kind, key, value)
        assert not met(root, callers[kind], {operator: {key: "true" if operator == "Bool" else f"{value}x"}}), (kind, key)


@pytest.mark.parametrize("kind", KINDS)
def test_temporary_credentials_alone_have_a_time_of_issue(root, callers, kind):
    temporary = kind not in ("root", "user")
    assert met(root, callers[kind], {"Null": {"aws:TokenIssueTime": "false" if temporary else "true"}})
    assert met(root, callers[kind], {"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}}) is temporary


@pytest.mark.parametrize(
    ("kind", "present"),
    [("root", False), ("user", False), ("user's session", True), ("root's session", True)],
)
def test_a_second_factor_is_unknown_of_long_term_keys_and_denied_of_sessions_without_one(root, callers, kind, present):
    """AWS: the key is absent with long-term credentials, and false in sessions that were asked for without a factor."""
    assert met(root, callers[kind], {"Null": {"aws:MultiFactorAuthPresent": "false"}}) is present
    assert met(root, callers[kind], {"Bool": {"aws:MultiFactorAuthPresent": "false"}}) is present
    assert not met(root, callers[kind], {"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    assert met(root, callers[kind], {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}) is not present


def test_the_account_may_be_named_by_its_number_and_is_shown_as_its_root(root):
    policy = document(account_may()).replace(f'"{root_arn()}"', f'"{ACCOUNT}"')
    key = root.kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    shown = json.loads(root.kms.get_key_policy(KeyId=key)["Policy"])
    assert shown["Statement"][0]["Principal"]["AWS"] in (root_arn(), ACCOUNT)
