"""Grants through boto3: who may use them, who may end them, and what a token is worth."""

import pytest

from harness import process
from harness.clients import ACCOUNT, Refusal, connect, fault, outcome, refusal, root_arn
from harness.identities import fresh, identity_policy, user_arn
from harness.policies import account_may, document
from harness.process import Keys

CONTEXT = {"Department": "IT"}


@pytest.fixture
def key(root) -> dict:
    return root.kms.create_key(Policy=document(account_may()))["KeyMetadata"]


def grant(who, key, grantee, operations, **parameters) -> dict:
    return who.kms.create_grant(KeyId=key["Arn"], GranteePrincipal=grantee, Operations=operations, **parameters)


def may(who, key, operation="encrypt", **parameters) -> str:
    extra = {"Plaintext": b"x"} if operation == "encrypt" else {}
    return outcome(getattr(who.kms, operation), KeyId=key["Arn"], **extra, **parameters)


def test_a_grant_allows_its_grantee_its_operations_and_nobody_anything_else(root, key):
    somebody, other = root.user(), root.user()
    assert may(somebody, key) == "AccessDeniedException"
    grant(root, key, somebody.arn, ["Encrypt"])
    assert may(somebody, key) == "ok"
    assert may(somebody, key, "describe_key") == "AccessDeniedException"
    assert may(other, key) == "AccessDeniedException"


def test_a_grant_on_a_role_is_its_sessions(root, key):
    role = root.role()
    session = root.user(None, identity_policy("sts:AssumeRole")).assume(role)
    assert may(session, key) == "AccessDeniedException"
    grant(root, key, role, ["Encrypt", "DescribeKey"])
    assert (may(session, key), may(session, key, "describe_key")) == ("ok", "ok")


def test_an_explicit_deny_wins_over_a_grant(root, key):
    somebody = root.user(None, identity_policy("kms:Encrypt", "Deny"))
    grant(root, key, somebody.arn, ["Encrypt"])
    assert may(somebody, key) == "AccessDeniedException"


def test_a_grant_alone_opens_a_key_to_another_account(root, key, other_root):
    stranger = other_root.user()
    assert may(stranger, key) == "AccessDeniedException"
    grant(root, key, stranger.arn, ["Encrypt"])
    assert may(stranger, key) == "ok"


@pytest.mark.parametrize(
    "constraint, right, wrong",
    [
        ("EncryptionContextSubset", CONTEXT | {"more": "1"}, {"Department": "HR"}),
        ("EncryptionContextEquals", CONTEXT, CONTEXT | {"more": "1"}),
    ],
)
def test_a_constraint_holds_the_encryption_context(root, key, constraint, right, wrong):
    somebody = root.user()
    grant(root, key, somebody.arn, ["Encrypt", "DescribeKey"], Constraints={constraint: CONTEXT})
    assert may(somebody, key, EncryptionContext=right) == "ok"
    assert may(somebody, key, EncryptionContext=wrong) == "AccessDeniedException"
    assert may(somebody, key) == "AccessDeniedException"
    assert may(somebody, key, "describe_key") == "ok"


def test_the_same_name_and_parameters_give_the_same_grant_with_another_token(root, key):
    somebody = root.user()
    first, again = (grant(root, key, somebody.arn, ["Encrypt"], Name="n") for _ in range(2))
    assert first["GrantId"] == again["GrantId"] and first["GrantToken"] != again["GrantToken"]
    assert grant(root, key, somebody.arn, ["Decrypt"], Name="n")["GrantId"] != first["GrantId"]
    assert grant(root, key, somebody.arn, ["Encrypt"])["GrantId"] != grant(root, key, somebody.arn, ["Encrypt"])["GrantId"]


def test_what_comes_from_a_grant_gives_no_more_than_that_has(root, key):
    parent, child = root.user(), root.user()
    grant(root, key, parent.arn, ["Encrypt", "CreateGrant"], Constraints={"EncryptionContextSubset": CONTEXT})
    narrow = {"EncryptionContextSubset": CONTEXT | {"more": "1"}}
    for operations, constraints in [(["Decrypt"], narrow), (["Encrypt"], {"EncryptionContextSubset": {"other": "1"}})]:
        assert outcome(lambda: grant(parent, key, child.arn, operations, Constraints=constraints)) == "AccessDeniedException"
    assert outcome(lambda: grant(parent, key, child.arn, ["Encrypt"])) == "AccessDeniedException"
    grant(parent, key, child.arn, ["Encrypt"], Constraints=narrow)
    assert may(child, key, EncryptionContext=narrow["EncryptionContextSubset"]) == "ok"
    assert may(child, key, EncryptionContext=CONTEXT) == "AccessDeniedException"


def test_grants_are_ended_by_those_who_may(root, key):
    grantee, retirer, other = root.user(), root.user(), root.user()
    made = [grant(root, key, grantee.arn, ["Encrypt"], RetiringPrincipal=retirer.arn) for _ in range(3)]
    ids = [one["GrantId"] for one in made]
    for nobody in (grantee, other):
        assert outcome(nobody.kms.retire_grant, KeyId=key["Arn"], GrantId=ids[0]) == "AccessDeniedException"
        assert outcome(nobody.kms.revoke_grant, KeyId=key["Arn"], GrantId=ids[0]) == "AccessDeniedException"
    listed = retirer.kms
    assert outcome(listed.list_retirable_grants, RetiringPrincipal=retirer.arn) == "AccessDeniedException"
    entries = root.kms.list_retirable_grants(RetiringPrincipal=retirer.arn)["Grants"]
    assert {entry["GrantId"] for entry in entries} == set(ids)
    retirer.kms.retire_grant(KeyId=key["Arn"], GrantId=ids[0])
    retirer.kms.retire_grant(GrantToken=made[1]["GrantToken"])
    assert may(grantee, key) == "ok"
    root.kms.revoke_grant(KeyId=key["Arn"], GrantId=ids[2])
    assert may(grantee, key) == "AccessDeniedException"
    assert may(grantee, key, GrantTokens=[made[2]["GrantToken"]]) == "AccessDeniedException", "its token is void"
    assert root.kms.list_grants(KeyId=key["Arn"])["Grants"] == []
    assert outcome(root.kms.revoke_grant, KeyId=key["Arn"], GrantId=ids[2]) == "NotFoundException"


def test_a_token_is_no_bearers_right_and_a_damaged_one_is_refused(root, key):
    grantee, other = root.user(), root.user()
    token = grant(root, key, grantee.arn, ["Encrypt"])["GrantToken"]
    assert may(grantee, key, GrantTokens=[token]) == "ok"
    assert may(other, key, GrantTokens=[token]) == "AccessDeniedException"
    damaged = token[:-8] + ("A" if token[-8] != "A" else "B") + token[-7:]
    for bad in (damaged, token[:-4], "bm90IGEgdG9rZW4="):
        assert may(grantee, key, GrantTokens=[bad]) == "InvalidGrantTokenException"


def test_a_grant_that_is_delayed_as_on_aws_counts_with_its_token_at_once(tmp_path):
    server = process.dev(tmp_path, [ACCOUNT], arguments=("--grant-delay", "1h"))
    try:
        iam, kms = (connect(server, server.keys("default"), service=service) for service in ("iam", "kms"))
        user = iam.create_user(UserName="late")["User"]["Arn"]
        made = iam.create_access_key(UserName="late")["AccessKey"]
        late = connect(server, Keys(made["AccessKeyId"], made["SecretAccessKey"]))
        key = kms.create_key()["KeyMetadata"]["Arn"]
        token = kms.create_grant(KeyId=key, GranteePrincipal=user, Operations=["Encrypt"])["GrantToken"]
        assert outcome(late.encrypt, KeyId=key, Plaintext=b"x") == "AccessDeniedException"
        assert outcome(late.encrypt, KeyId=key, Plaintext=b"x", GrantTokens=[token]) == "ok"
    finally:
        server.kill()


def test_a_principal_that_is_made_again_has_no_grants_and_the_old_one_is_shown_by_its_id(root, key):
    name = fresh("user")
    first = root.user(name)
    unique = root.iam.get_user(UserName=name)["User"]["UserId"]
    grant(root, key, first.arn, ["Encrypt"])
    shown = root.kms.list_grants(KeyId=key["Arn"])["Grants"][0]
    assert (shown["GranteePrincipal"], shown["IssuingAccount"]) == (first.arn, root_arn(ACCOUNT))
    root.delete_user(name)
    assert root.kms.list_grants(KeyId=key["Arn"])["Grants"][0]["GranteePrincipal"] == unique
    assert may(root.user(name), key) == "AccessDeniedException"


def test_whom_nobody_knows_and_what_a_key_cannot_do_is_refused(root, key):
    nobody = user_arn("nobody")
    told = refusal(lambda: grant(root, key, nobody, ["Encrypt"]))
    assert told == Refusal("InvalidArnException", f"ARN does not refer to a valid principal: {nobody}")
    assert outcome(lambda: grant(root, key, root_arn(ACCOUNT), ["Sign"])) == "ValidationException"
    assert outcome(lambda: grant(root, key, root_arn(ACCOUNT), [])) == "ValidationException"
    missing = "0" * 64
    assert outcome(root.kms.revoke_grant, KeyId=key["Arn"], GrantId=missing) == "NotFoundException"
    told = fault(root.kms.create_grant, KeyId=key["Arn"], GranteePrincipal=root_arn(ACCOUNT), Operations=["Encrypt"], DryRun=True)
    assert told.kind[0] == "DryRunOperationException"
    assert root.kms.list_grants(KeyId=key["Arn"])["Grants"] == []


def test_the_grants_of_a_key_are_listed_in_pages_and_by_grantee(root, key):
    one, two = root.user(), root.user()
    ids = {grant(root, key, who.arn, ["Encrypt"])["GrantId"] for who in (one, two) for _ in range(4)}
    pages = list(root.kms.get_paginator("list_grants").paginate(KeyId=key["Arn"], PaginationConfig={"PageSize": 3}))
    assert [len(page["Grants"]) for page in pages] == [3, 3, 2]
    assert {entry["GrantId"] for page in pages for entry in page["Grants"]} == ids
    of_one = root.kms.list_grants(KeyId=key["Arn"], GranteePrincipal=one.arn)["Grants"]
    assert len(of_one) == 4 and {entry["GranteePrincipal"] for entry in of_one} == {one.arn}
