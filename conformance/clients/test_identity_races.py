"""Many at once on the same identities: one wins, and nothing that refers to something is left without it."""

import concurrent.futures
import json

import pytest

from harness.clients import ACCOUNT, outcome, root_arn
from harness.identities import ADMINISTRATOR, fresh, identity_policy, role_arn, trust
from harness.policies import account_may, document, statement

AT_ONCE = 12
ROUNDS = 6
READ_KEYS = json.dumps(identity_policy("kms:DescribeKey"))


@pytest.fixture(scope="module")
def pool():
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as running:
        yield running


def together(pool, *calls) -> list[str]:
    """The outcomes of calls that are made at the same time."""
    return [future.result() for future in [pool.submit(outcome, call, **parameters) for call, parameters in calls]]


def test_of_many_that_take_one_name_one_gets_it(root, pool):
    name = fresh("race")
    for call, more, taken in (
        (root.iam.create_user, {"UserName": name}, "EntityAlreadyExists"),
        (root.iam.create_role, {"RoleName": name, "AssumeRolePolicyDocument": trust(root_arn())}, "EntityAlreadyExists"),
        (root.iam.create_policy, {"PolicyName": name, "PolicyDocument": READ_KEYS}, "EntityAlreadyExists"),
    ):
        assert sorted(together(pool, *[(call, more)] * AT_ONCE)) == [taken] * (AT_ONCE - 1) + ["ok"]


def test_a_quota_holds_against_many_at_once(root, pool):
    name = fresh("race")
    root.iam.create_user(UserName=name)
    told = together(pool, *[(root.iam.create_access_key, {"UserName": name})] * AT_ONCE)
    assert (told.count("ok"), told.count("LimitExceeded")) == (2, AT_ONCE - 2)
    assert len(root.iam.list_access_keys(UserName=name)["AccessKeyMetadata"]) == 2


def test_a_policy_is_not_deleted_while_it_is_attached(root, pool):
    for _ in range(ROUNDS):
        name, arn = fresh("race"), root.policy(identity_policy("kms:*"))
        root.iam.create_user(UserName=name)
        attached, deleted = together(
            pool,
            (root.iam.attach_user_policy, {"UserName": name, "PolicyArn": arn}),
            (root.iam.delete_policy, {"PolicyArn": arn}),
        )
        assert (attached, deleted) in (("ok", "DeleteConflict"), ("NoSuchEntity", "ok"))
        listed = [policy["PolicyArn"] for policy in root.iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]]
        assert listed == ([arn] if attached == "ok" else [])


def test_a_user_is_not_deleted_while_something_of_it_is_made(root, pool):
    group = fresh("race")
    root.iam.create_group(GroupName=group)
    for make, more in (
        (root.iam.create_access_key, {}),
        (root.iam.put_user_policy, {"PolicyName": "p", "PolicyDocument": READ_KEYS}),
        (root.iam.attach_user_policy, {"PolicyArn": ADMINISTRATOR}),
        (root.iam.add_user_to_group, {"GroupName": group}),
    ):
        name = fresh("race")
        root.iam.create_user(UserName=name)
        told = together(pool, (make, {"UserName": name} | more), (root.iam.delete_user, {"UserName": name}))
        assert told in (["ok", "DeleteConflict"], ["NoSuchEntity", "ok"]), (make, told)


def test_a_key_policy_never_names_a_role_that_was_gone_before(root, kms, pool):
    for _ in range(ROUNDS):
        name, key_id = fresh("race"), kms.create_key()["KeyMetadata"]["KeyId"]
        root.role(name)
        gone = root.iam.get_role(RoleName=name)["Role"]["RoleId"]
        policy = document(account_may(), statement(role_arn(name), "kms:Encrypt"))
        put, deleted = together(
            pool, (kms.put_key_policy, {"KeyId": key_id, "Policy": policy}), (root.iam.delete_role, {"RoleName": name})
        )
        assert deleted == "ok" and put in ("ok", "MalformedPolicyDocumentException")
        kept = json.loads(kms.get_key_policy(KeyId=key_id)["Policy"])["Statement"]
        assert [part["Principal"]["AWS"] for part in kept] == [root_arn(), gone][: len(kept)]
        assert len(kept) == (2 if put == "ok" else 1)


def test_a_right_that_is_taken_is_not_used_afterwards(root, kms, pool):
    """Whatever was allowed was allowed before the answer that took the right away."""
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(ROUNDS):
        somebody = root.user(None, identity_policy("kms:*"))
        name = somebody.arn.rsplit("/", 1)[1]
        uses = [pool.submit(outcome, somebody.kms.update_key_description, KeyId=key_id, Description="d") for _ in range(6)]
        root.iam.delete_user_policy(UserName=name, PolicyName="inline-0")
        assert outcome(somebody.kms.update_key_description, KeyId=key_id, Description="late") == "AccessDeniedException"
        assert {use.result() for use in uses} <= {"ok", "AccessDeniedException"}


def test_many_sessions_are_made_at_once_and_all_are_good(root, pool):
    maker, arn = root.user(None, identity_policy("sts:AssumeRole")), root.role(None, identity_policy("kms:ListKeys"))
    maker.sts.get_caller_identity()
    sessions = list(pool.map(lambda number: maker.assume(arn, f"session-{number}"), range(40)))
    assert len({session.keys.access for session in sessions}) == len({session.keys.token for session in sessions}) == 40
    assert {outcome(session.kms.list_keys) for session in sessions} == {"ok"}
    assert sessions[7].arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/{arn.rsplit('/', 1)[1]}/session-7"
