"""S2, "prevent IAM policies from allowing access to a KMS key": the account's root user alone, and whom the key policy names."""

import json

import pytest

from harness import process
from harness.clients import ACCOUNT, Refusal, outcome, refusal, root_arn
from harness.identities import ADMINISTRATOR, Root, identity_policy, role_arn, user_arn
from harness.policies import account_may, document, statement

ROOT_ONLY = {"StringEquals": {"aws:PrincipalType": "Account"}}
ADMINISTRATORS = [user_arn("KMSAdminUser"), role_arn("KMSAdminRole")]
USERS = [user_arn("ExampleUser"), role_arn("ExampleRole")]
ADMINISTRATION = [
    "kms:Create*",
    "kms:Describe*",
    "kms:Enable*",
    "kms:List*",
    "kms:Put*",
    "kms:Update*",
    "kms:Revoke*",
    "kms:Disable*",
    "kms:Get*",
    "kms:Delete*",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
]
USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
GRANTS = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
# The article's policy.
FULL = document(
    account_may(Sid="EnableRootAccessAndPreventPermissionDelegation", Condition=ROOT_ONLY),
    statement(ADMINISTRATORS, ADMINISTRATION, Sid="Allow access for Key Administrators"),
    statement(USERS, USE, Sid="Allow use of the key"),
    statement(
        USERS,
        GRANTS,
        Sid="Allow attachment of persistent resources",
        Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}},
    ),
    Id="key-consolepolicy-1",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of its own, where the article's names are free."""
    running = process.dev(tmp_path_factory.mktemp("s2"), [ACCOUNT])
    yield running
    running.kill()


@pytest.fixture(scope="module")
def root(server):
    return Root(server)


@pytest.fixture(scope="module")
def cast(root):
    """Everybody in the story, by name; who is named in the key policy has no identity policy."""
    alice = root.user("alice", managed=(ADMINISTRATOR,))
    people = {
        "root": root,
        "alice": alice,
        "kmsadmin": root.user("KMSAdminUser"),
        "exampleuser": root.user("ExampleUser"),
    }
    root.role("KMSAdminRole")
    root.role("ExampleRole")
    root.role("Administrator", managed=(ADMINISTRATOR,))
    people["kmsadminrole"] = alice.assume(role_arn("KMSAdminRole"))
    people["examplerole"] = alice.assume(role_arn("ExampleRole"))
    people["admin"] = alice.assume(role_arn("Administrator"))
    return people


@pytest.fixture
def guarded(root, cast):
    """Metadata of a key under the article's policy."""
    return root.kms.create_key(Policy=FULL)["KeyMetadata"]


def unnamed(caller: str, action: str, arn: str) -> Refusal:
    why = f"because no resource-based policy allows the {action} action"
    return Refusal("AccessDeniedException", f"User: {caller} is not authorized to perform: {action} on resource: {arn} {why}")


def test_under_the_default_policy_identity_policies_open_the_key_and_no_more_than_they_say(root, cast):
    """S2-02 and S2-03: the baseline."""
    key = root.kms.create_key()["KeyMetadata"]
    everything = root.user("s2-everything", identity_policy("kms:*"))
    little = root.user("s2-little", identity_policy("kms:DescribeKey"))
    assert outcome(everything.kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == "ok"
    assert outcome(little.kms.describe_key, KeyId=key["KeyId"]) == "ok"
    why = "because no identity-based policy allows the kms:Encrypt action"
    text = f"User: {little.arn} is not authorized to perform: kms:Encrypt on resource: {key['Arn']} {why}"
    assert refusal(little.kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == Refusal("AccessDeniedException", text)


def test_the_policy_is_kept_as_it_was_put(root, guarded):
    """S2-04 and S2-12."""
    kept = json.loads(root.kms.get_key_policy(KeyId=guarded["KeyId"])["Policy"])
    assert kept == json.loads(FULL)
    assert kept["Id"] == "key-consolepolicy-1"
    assert kept["Statement"][0]["Sid"] == "EnableRootAccessAndPreventPermissionDelegation"


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("Account", {"root", "root's session"}),
        ("User", {"alice", "alice's session"}),
        ("AssumedRole", {"admin"}),
        ("FederatedUser", {"alice's friend"}),
        ("Anonymous", set()),
    ],
)
def test_the_type_of_each_kind_of_principal(root, cast, kind, names):
    """S2-05."""
    alice = cast["alice"]
    callers = {name: cast[name] for name in ("root", "alice", "admin")}
    callers |= {"root's session": root.session(), "alice's session": alice.session()}
    callers["alice's friend"] = alice.federate("friend", identity_policy("kms:*"))
    tried = account_may("kms:Encrypt", Condition={"StringEquals": {"aws:PrincipalType": kind}})
    key = root.kms.create_key(Policy=document(account_may("kms:PutKeyPolicy"), tried))["KeyMetadata"]
    called = {name: outcome(who.kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") for name, who in callers.items()}
    assert {name for name, result in called.items() if result == "ok"} == names, called


def test_root_is_not_locked_out_by_the_condition(root, guarded):
    """S2-06."""
    root.kms.put_key_policy(KeyId=guarded["KeyId"], Policy=FULL)
    assert outcome(root.kms.encrypt, KeyId=guarded["KeyId"], Plaintext=b"x") == "ok"
    assert outcome(root.kms.schedule_key_deletion, KeyId=guarded["KeyId"], PendingWindowInDays=7) == "ok"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("root", "ok"),
        ("kmsadmin", "ok"),
        ("kmsadminrole", "ok"),
        ("alice", "AccessDeniedException"),
        ("admin", "AccessDeniedException"),
        ("exampleuser", "AccessDeniedException"),
    ],
)
def test_who_may_put_the_policy_again(cast, guarded, name, expected):
    """S2-08, on a key that has it already."""
    assert outcome(cast[name].kms.put_key_policy, KeyId=guarded["KeyId"], Policy=FULL) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("root", "ok"),
        ("alice", "MalformedPolicyDocumentException"),
        ("admin", "MalformedPolicyDocumentException"),
        ("kmsadmin", "AccessDeniedException"),
        ("exampleuser", "AccessDeniedException"),
    ],
)
def test_who_may_create_a_key_with_the_policy(cast, name, expected):
    """S2-08: the check is on the caller; and `kms:Create*` in a key policy gives no CreateKey (S2-09)."""
    told = outcome(cast[name].kms.create_key, Policy=FULL)
    assert told == expected


def test_an_administrator_with_the_right_to_create_may_create_with_it(root, cast):
    """S2-08: "or a principal that is allowed in Key Administrators"."""
    root.iam.put_user_policy(
        UserName="KMSAdminUser", PolicyName="create", PolicyDocument=json.dumps(identity_policy("kms:CreateKey"))
    )
    told = outcome(cast["kmsadmin"].kms.create_key, Policy=FULL)
    root.iam.delete_user_policy(UserName="KMSAdminUser", PolicyName="create")
    assert told == "ok"


def matrix(key_id: str, blob: bytes) -> dict[str, dict[str, tuple[str, dict]]]:
    """Calls that change nothing which the others need, by kind."""
    on = {"KeyId": key_id}
    tags = [{"TagKey": "a", "TagValue": "b"}]
    return {
        "manage": {
            "update_key_description": on | {"Description": "d"},
            "tag_resource": on | {"Tags": tags},
            "untag_resource": on | {"TagKeys": ["a"]},
            "list_resource_tags": on,
            "get_key_policy": on,
            "list_key_policies": on,
            "put_key_policy": on | {"Policy": FULL},
            "disable_key": on,
            "enable_key": on,
            "schedule_key_deletion": on | {"PendingWindowInDays": 7},
            "cancel_key_deletion": on,
        },
        "enable again": {"enable_key": on},
        "describe": {"describe_key": on},
        "use": {
            "encrypt": on | {"Plaintext": b"x"},
            "decrypt": {"CiphertextBlob": blob},
            "generate_data_key": on | {"KeySpec": "AES_256"},
            "generate_data_key_without_plaintext": on | {"KeySpec": "AES_256"},
            "re_encrypt": {"CiphertextBlob": blob, "DestinationKeyId": key_id},
        },
        "of the account": {"list_keys": {}, "list_aliases": {}, "create_key": {}},
    }


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("root", {"manage", "describe", "use", "of the account"}),
        ("kmsadmin", {"manage", "describe"}),
        ("kmsadminrole", {"manage", "describe"}),
        ("exampleuser", {"describe", "use"}),
        ("examplerole", {"describe", "use"}),
        ("alice", {"of the account"}),
        ("admin", {"of the account"}),
    ],
)
def test_the_final_list_of_permissions(root, cast, name, kinds):
    """S2-03, S2-09, S2-10 and S2-13: the access matrix; administrators of the account get nothing of the key."""
    key = root.kms.create_key(Policy=FULL)["KeyMetadata"]
    blob = root.kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    for kind, calls in matrix(key["KeyId"], blob).items():
        if kind == "enable again":
            root.kms.enable_key(KeyId=key["KeyId"])
            continue
        for call, parameters in calls.items():
            told = outcome(getattr(cast[name].kms, call), **parameters)
            assert told == ("ok" if kind in kinds else "AccessDeniedException"), (name, call)


def test_the_denial_of_an_account_administrator_names_the_key_policy(cast, guarded):
    """S2-13: the text says where to look."""
    for name in ("alice", "admin"):
        told = refusal(cast[name].kms.encrypt, KeyId=guarded["KeyId"], Plaintext=b"x")
        assert told == unnamed(cast[name].arn, "kms:Encrypt", guarded["Arn"])


@pytest.mark.parametrize("value", ["true", True, ["true"]])
def test_the_condition_on_services_grants_is_taken_as_text_and_as_boolean(root, cast, value):
    """S2-11: who is not a service gets nothing by it."""
    condition = {"Bool": {"kms:GrantIsForAWSResource": value}}
    policy = document(account_may(Condition=ROOT_ONLY), statement(USERS, [*GRANTS, "kms:Encrypt"], Condition=condition))
    key = root.kms.create_key(Policy=policy)["KeyMetadata"]
    kept = json.loads(root.kms.get_key_policy(KeyId=key["KeyId"])["Policy"])
    assert kept["Statement"][1]["Condition"] == condition
    told = refusal(cast["exampleuser"].kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
    assert told == unnamed(cast["exampleuser"].arn, "kms:Encrypt", key["Arn"])


def test_who_may_grant_for_services_only_grants_nothing_itself(root, cast, guarded):
    """S2-11: "Allow attachment of persistent resources" is for services that act for the user; called directly it is denied."""
    grant = {"KeyId": guarded["KeyId"], "GranteePrincipal": role_arn("ExampleRole"), "Operations": ["Decrypt"]}
    for name in ("exampleuser", "examplerole"):
        who = cast[name]
        assert refusal(who.kms.create_grant, **grant) == unnamed(who.arn, "kms:CreateGrant", guarded["Arn"])
        assert refusal(who.kms.list_grants, KeyId=guarded["KeyId"]) == unnamed(who.arn, "kms:ListGrants", guarded["Arn"])
    told = refusal(cast["alice"].kms.create_grant, **grant)
    assert told == unnamed(cast["alice"].arn, "kms:CreateGrant", guarded["Arn"])
    assert outcome(root.kms.create_grant, **grant) == "ok"
    assert outcome(cast["kmsadmin"].kms.list_grants, KeyId=guarded["KeyId"]) == "ok", "kms:List*"


def test_an_alias_needs_the_key_and_an_identity_policy(root, cast, guarded):
    """S2-14: the key policy alone is not enough for KMSAdminUser."""
    alias, kms = f"alias/s2-{guarded['KeyId']}", cast["kmsadmin"].kms
    wanted = {"AliasName": alias, "TargetKeyId": guarded["KeyId"]}
    told = refusal(kms.create_alias, **wanted)
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:{alias}"
    assert told.code == "AccessDeniedException"
    assert f"not authorized to perform: kms:CreateAlias on resource: {arn} because no identity-based policy" in told.message
    may = json.dumps(identity_policy("kms:CreateAlias", resource=arn))
    root.iam.put_user_policy(UserName="KMSAdminUser", PolicyName="alias", PolicyDocument=may)
    told = outcome(kms.create_alias, **wanted)
    root.iam.delete_user_policy(UserName="KMSAdminUser", PolicyName="alias")
    assert told == "ok"
    assert refusal(cast["alice"].kms.create_alias, AliasName=f"{alias}-2", TargetKeyId=guarded["KeyId"]) == unnamed(
        cast["alice"].arn, "kms:CreateAlias", guarded["Arn"]
    )


def test_a_deny_in_an_identity_policy_beats_the_key_policy(root, cast, guarded):
    """S2-15."""
    deny = json.dumps(identity_policy("kms:Encrypt", "Deny"))
    root.iam.put_user_policy(UserName="ExampleUser", PolicyName="deny", PolicyDocument=deny)
    told = refusal(cast["exampleuser"].kms.encrypt, KeyId=guarded["KeyId"], Plaintext=b"x")
    root.iam.delete_user_policy(UserName="ExampleUser", PolicyName="deny")
    text = f"User: {user_arn('ExampleUser')} is not authorized to perform: kms:Encrypt on resource: {guarded['Arn']}"
    assert told == Refusal("AccessDeniedException", f"{text} with an explicit deny in an identity-based policy")
    assert outcome(cast["exampleuser"].kms.encrypt, KeyId=guarded["KeyId"], Plaintext=b"x") == "ok"


def test_another_accounts_number_in_the_statement_locks_the_caller_out(root):
    """S2-07: whoever forgets to replace the number is refused, as it is nobody's here."""
    other = account_may(account="999988887777", Condition=ROOT_ONLY)
    told = refusal(root.kms.create_key, Policy=document(other))
    assert told.code == "MalformedPolicyDocumentException"
    assert root_arn() not in told.message
