"""Two accounts on one server: what a key policy opens to the other root user, and what it never can."""

import pytest

from harness import policies
from harness.clients import ACCOUNT, OTHER_ACCOUNT, Refusal, alias_arn, key_arn, outcome, refusal, root_arn
from harness.policies import account_may, document, statement

CLOAK = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


def cloaked(action: str, place: str = "on this resource") -> Refusal:
    """What the other account's root user is told of a key that it may not use, whether it exists or not."""
    return Refusal("AccessDeniedException", f"User: {root_arn(OTHER_ACCOUNT)} is not authorized to perform: {action} {place} {CLOAK}")


@pytest.fixture
def opened(kms, key):
    """A key whose policy lets the other account do everything."""
    kms.put_key_policy(KeyId=key["KeyId"], Policy=document(account_may(), statement(root_arn(OTHER_ACCOUNT), "kms:*")))
    return key


@pytest.fixture
def blob(kms, key):
    return kms.encrypt(KeyId=key["KeyId"], Plaintext=b"across")["CiphertextBlob"]


def test_a_key_that_does_not_name_the_other_account_is_closed_to_it_without_saying_that_it_exists(other_kms, key):
    unknown = key_arn("00000000-0000-4000-8000-000000000000")
    for arn in (key["Arn"], unknown):
        assert refusal(other_kms.describe_key, KeyId=arn) == cloaked("kms:DescribeKey")
        assert refusal(other_kms.encrypt, KeyId=arn, Plaintext=b"x") == cloaked("kms:Encrypt")
        assert refusal(other_kms.generate_data_key, KeyId=arn, KeySpec="AES_256") == cloaked("kms:GenerateDataKey")


def test_the_state_of_a_closed_key_is_not_told_either(kms, other_kms, key):
    kms.disable_key(KeyId=key["KeyId"])
    assert refusal(other_kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == cloaked("kms:Encrypt")
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    assert refusal(other_kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == cloaked("kms:Encrypt")


def test_decrypt_of_a_closed_keys_ciphertext_speaks_of_the_ciphertext(other_kms, key, blob):
    told = refusal(other_kms.decrypt, CiphertextBlob=blob)
    assert told == cloaked("kms:Decrypt", "on the resource associated with this ciphertext")
    assert refusal(other_kms.decrypt, CiphertextBlob=blob, KeyId=key["Arn"]) == cloaked("kms:Decrypt")


def test_an_alias_of_a_closed_key_is_closed_whether_it_exists_or_not(kms, other_kms, key):
    name = f"alias/closed-{key['KeyId']}"
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    for arn in (alias_arn(name), alias_arn("alias/no-such-alias")):
        assert refusal(other_kms.encrypt, KeyId=arn, Plaintext=b"x") == cloaked("kms:Encrypt")


def test_a_key_policy_opens_the_cryptographic_operations_to_the_other_account(kms, other_kms, opened, blob):
    arn = opened["Arn"]
    assert other_kms.describe_key(KeyId=arn)["KeyMetadata"] == kms.describe_key(KeyId=arn)["KeyMetadata"]
    theirs = other_kms.encrypt(KeyId=arn, Plaintext=b"x")
    assert theirs["KeyId"] == arn
    assert kms.decrypt(CiphertextBlob=theirs["CiphertextBlob"])["Plaintext"] == b"x"
    assert other_kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"across"
    assert other_kms.decrypt(CiphertextBlob=blob, KeyId=arn)["KeyId"] == arn
    assert other_kms.generate_data_key(KeyId=arn, KeySpec="AES_256")["KeyId"] == arn
    assert other_kms.generate_data_key_without_plaintext(KeyId=arn, KeySpec="AES_256")["KeyId"] == arn


def test_the_other_account_may_come_by_the_alias_arn(kms, other_kms, opened):
    name = f"alias/opened-{opened['KeyId']}"
    kms.create_alias(AliasName=name, TargetKeyId=opened["KeyId"])
    assert other_kms.encrypt(KeyId=alias_arn(name), Plaintext=b"x")["KeyId"] == opened["Arn"]


def test_a_bare_key_id_or_alias_means_the_callers_own_account(kms, other_kms, opened):
    own = Refusal("NotFoundException", f"Key '{key_arn(opened['KeyId'], OTHER_ACCOUNT)}' does not exist")
    assert refusal(other_kms.encrypt, KeyId=opened["KeyId"], Plaintext=b"x") == own
    name = f"alias/bare-{opened['KeyId']}"
    kms.create_alias(AliasName=name, TargetKeyId=opened["KeyId"])
    own = Refusal("NotFoundException", f"Alias {alias_arn(name, OTHER_ACCOUNT)} is not found.")
    assert refusal(other_kms.encrypt, KeyId=name, Plaintext=b"x") == own


def test_re_encrypt_crosses_accounts_when_both_keys_allow_it(other_kms, opened, blob):
    own = other_kms.create_key()["KeyMetadata"]
    moved = other_kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=own["KeyId"])
    assert (moved["SourceKeyId"], moved["KeyId"]) == (opened["Arn"], own["Arn"])
    assert other_kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"across"


def test_only_the_actions_that_the_policy_names_are_open(kms, other_kms, key, blob):
    kms.put_key_policy(KeyId=key["KeyId"], Policy=document(account_may(), statement(root_arn(OTHER_ACCOUNT), "kms:Decrypt")))
    assert outcome(other_kms.decrypt, CiphertextBlob=blob) == "ok"
    assert refusal(other_kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == cloaked("kms:Encrypt")


def test_an_explicit_deny_looks_like_no_access_at_all(kms, other_kms, opened):
    deny = statement(root_arn(OTHER_ACCOUNT), "kms:Encrypt", "Deny")
    kms.put_key_policy(
        KeyId=opened["KeyId"], Policy=document(account_may(), statement(root_arn(OTHER_ACCOUNT), "kms:*"), deny)
    )
    assert refusal(other_kms.encrypt, KeyId=opened["Arn"], Plaintext=b"x") == cloaked("kms:Encrypt")


def test_everyone_in_a_policy_includes_the_other_account(kms, other_kms, key):
    kms.put_key_policy(KeyId=key["KeyId"], Policy=document(account_may(), statement("*", "kms:Encrypt")))
    assert outcome(other_kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "ok"


def test_a_condition_on_the_caller_account_closes_everyone_to_the_other_account(kms, other_kms, key):
    own = statement("*", "kms:*", Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}})
    kms.put_key_policy(KeyId=key["KeyId"], Policy=document(own))
    assert outcome(kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "ok"
    assert refusal(other_kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == cloaked("kms:Encrypt")


def test_the_state_of_an_open_key_is_told(kms, other_kms, opened):
    kms.disable_key(KeyId=opened["KeyId"])
    told = refusal(other_kms.encrypt, KeyId=opened["Arn"], Plaintext=b"x")
    assert told == Refusal("DisabledException", f"{opened['Arn']} is disabled.")


NEVER_ACROSS = {
    "get_key_policy": {},
    "put_key_policy": {"Policy": policies.default_text()},
    "list_key_policies": {},
    "enable_key": {},
    "disable_key": {},
    "schedule_key_deletion": {},
    "cancel_key_deletion": {},
    "update_key_description": {"Description": "theirs"},
    "tag_resource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
    "untag_resource": {"TagKeys": ["a"]},
    "list_resource_tags": {},
}


@pytest.mark.parametrize("name", NEVER_ACROSS)
def test_management_never_crosses_accounts_even_when_the_policy_allows_it(kms, other_kms, opened, name):
    before = kms.get_key_policy(KeyId=opened["KeyId"])["Policy"]
    told = refusal(getattr(other_kms, name), KeyId=opened["Arn"], **NEVER_ACROSS[name])
    assert told.code in ("AccessDeniedException", "NotFoundException"), told
    assert kms.describe_key(KeyId=opened["KeyId"])["KeyMetadata"] == opened
    assert kms.get_key_policy(KeyId=opened["KeyId"])["Policy"] == before
    assert kms.list_resource_tags(KeyId=opened["KeyId"])["Tags"] == []


def test_no_alias_can_be_put_on_another_accounts_key(other_kms, opened):
    name = f"alias/foreign-{opened['KeyId']}"
    told = refusal(other_kms.create_alias, AliasName=name, TargetKeyId=opened["Arn"])
    assert told.code in ("AccessDeniedException", "NotFoundException"), told
    assert refusal(other_kms.describe_key, KeyId=name).code == "NotFoundException"


def test_lists_show_only_the_own_account(kms, other_kms, opened):
    kms.create_alias(AliasName=f"alias/mine-{opened['KeyId']}", TargetKeyId=opened["KeyId"])
    theirs = [entry for page in other_kms.get_paginator("list_keys").paginate() for entry in page["Keys"]]
    assert all(f":{OTHER_ACCOUNT}:" in entry["KeyArn"] for entry in theirs)
    aliases = [entry for page in other_kms.get_paginator("list_aliases").paginate() for entry in page["Aliases"]]
    assert all(f":{OTHER_ACCOUNT}:" in entry["AliasArn"] for entry in aliases)
