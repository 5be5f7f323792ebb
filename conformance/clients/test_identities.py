"""IAM through boto3: names, conflicts, documents, rights and boundaries, listings; every refusal with its status."""

import json

import pytest
from botocore.exceptions import ClientError

from harness.clients import ACCOUNT, OTHER_ACCOUNT, fault, outcome, root_arn
from harness.identities import ADMINISTRATOR, fresh, identity_policy, role_arn, trust, user_arn
from harness.policies import account_may, document, statement

NOT_FOUND = ("NoSuchEntity", 404)
TAKEN = ("EntityAlreadyExists", 409)
CONFLICT = ("DeleteConflict", 409)
MALFORMED = ("MalformedPolicyDocument", 400)
DENIED = ("AccessDenied", 403)
LIMIT = ("LimitExceeded", 409)
READ_KEYS = json.dumps(identity_policy("kms:DescribeKey"))


def denied(caller: str, action: str, arn: str, why: str | None = None) -> str:
    why = why or f"because no identity-based policy allows the {action} action"
    return f"User: {caller} is not authorized to perform: {action} on resource: {arn} {why}"


@pytest.fixture
def key_id(kms) -> str:
    return kms.create_key()["KeyMetadata"]["KeyId"]


# What is not there, and what is there already.

MISSING = {
    "get_user": {"UserName": "nobody"},
    "get_role": {"RoleName": "nobody"},
    "get_group": {"GroupName": "nobody"},
    "get_instance_profile": {"InstanceProfileName": "nobody"},
    "get_login_profile": {"UserName": "nobody"},
    "get_policy": {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/nobody"},
    "get_policy_version": {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/nobody", "VersionId": "v1"},
    "get_user_policy": {"UserName": "nobody", "PolicyName": "p"},
    "get_role_policy": {"RoleName": "nobody", "PolicyName": "p"},
    "get_group_policy": {"GroupName": "nobody", "PolicyName": "p"},
    "get_open_id_connect_provider": {"OpenIDConnectProviderArn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/nobody.example"},
    "get_saml_provider": {"SAMLProviderArn": f"arn:aws:iam::{ACCOUNT}:saml-provider/nobody"},
    "delete_user": {"UserName": "nobody"},
    "delete_role": {"RoleName": "nobody"},
    "delete_group": {"GroupName": "nobody"},
    "delete_policy": {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/nobody"},
    "delete_instance_profile": {"InstanceProfileName": "nobody"},
    "list_access_keys": {"UserName": "nobody"},
    "list_attached_user_policies": {"UserName": "nobody"},
    "list_user_policies": {"UserName": "nobody"},
    "list_groups_for_user": {"UserName": "nobody"},
    "list_role_policies": {"RoleName": "nobody"},
    "create_access_key": {"UserName": "nobody"},
    "create_login_profile": {"UserName": "nobody", "Password": "Str0ng-enough"},
    "put_user_policy": {"UserName": "nobody", "PolicyName": "p", "PolicyDocument": READ_KEYS},
    "put_role_policy": {"RoleName": "nobody", "PolicyName": "p", "PolicyDocument": READ_KEYS},
    "attach_user_policy": {"UserName": "nobody", "PolicyArn": ADMINISTRATOR},
    "attach_role_policy": {"RoleName": "nobody", "PolicyArn": ADMINISTRATOR},
    "update_assume_role_policy": {"RoleName": "nobody", "PolicyDocument": trust(root_arn())},
    "tag_user": {"UserName": "nobody", "Tags": [{"Key": "a", "Value": "b"}]},
    "list_role_tags": {"RoleName": "nobody"},
    "put_user_permissions_boundary": {"UserName": "nobody", "PermissionsBoundary": ADMINISTRATOR},
    "delete_account_alias": {"AccountAlias": "nobody"},
}


@pytest.mark.parametrize("name", MISSING)
def test_what_is_not_there_is_not_found(root, name):
    assert fault(getattr(root.iam, name), **MISSING[name]).kind == NOT_FOUND


@pytest.mark.parametrize(
    ("name", "parameters", "text"),
    [
        ("get_user", {"UserName": "nobody"}, "The user with name nobody cannot be found."),
        ("get_role", {"RoleName": "nobody"}, "The role with name nobody cannot be found."),
        ("get_group", {"GroupName": "nobody"}, "The group with name nobody cannot be found."),
        ("get_policy", MISSING["get_policy"], f"Policy arn:aws:iam::{ACCOUNT}:policy/nobody was not found."),
    ],
)
def test_the_texts_of_what_is_not_found(root, name, parameters, text):
    assert fault(getattr(root.iam, name), **parameters).message == text


def test_a_name_is_taken_whatever_its_case(root):
    name = fresh("Case")
    iam = root.iam
    iam.create_user(UserName=name)
    iam.create_group(GroupName=name)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(root_arn()))
    iam.create_policy(PolicyName=name, PolicyDocument=READ_KEYS)
    iam.create_instance_profile(InstanceProfileName=name)
    for again in (name, name.lower()):
        told = fault(iam.create_user, UserName=again)
        assert (told.kind, told.message) == (TAKEN, f"User with name {again} already exists.")
        told = fault(iam.create_group, GroupName=again)
        assert (told.kind, told.message) == (TAKEN, f"Group with name {again} already exists.")
        told = fault(iam.create_role, RoleName=again, AssumeRolePolicyDocument=trust(root_arn()))
        assert (told.kind, told.message) == (TAKEN, f"Role with name {again} already exists.")
        told = fault(iam.create_policy, PolicyName=again, PolicyDocument=READ_KEYS)
        assert (told.kind, told.message) == (TAKEN, f"A policy called {again} already exists. Duplicate names are not allowed.")
        assert fault(iam.create_instance_profile, InstanceProfileName=again).kind == TAKEN


def test_unique_ids_have_their_prefixes_and_are_never_given_twice(root):
    name, seen = fresh("ids"), set()
    for _ in range(2):
        ids = {
            "AIDA": root.iam.create_user(UserName=name)["User"]["UserId"],
            "AGPA": root.iam.create_group(GroupName=name)["Group"]["GroupId"],
            "AROA": root.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(root_arn()))["Role"]["RoleId"],
            "AIPA": root.iam.create_instance_profile(InstanceProfileName=name)["InstanceProfile"]["InstanceProfileId"],
            "ANPA": root.iam.create_policy(PolicyName=name, PolicyDocument=READ_KEYS)["Policy"]["PolicyId"],
        }
        assert all(value.startswith(prefix) and len(value) == 21 for prefix, value in ids.items()), ids
        assert not seen & set(ids.values())
        seen |= set(ids.values())
        root.iam.delete_user(UserName=name)
        root.iam.delete_group(GroupName=name)
        root.iam.delete_role(RoleName=name)
        root.iam.delete_instance_profile(InstanceProfileName=name)
        root.iam.delete_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/{name}")


# Deletions that conflict.


def test_a_user_must_be_empty_before_it_is_deleted(root):
    name, group, iam = fresh("full"), fresh("full"), root.iam
    somebody = root.user(name)
    iam.create_group(GroupName=group)
    key = {"UserName": name, "AccessKeyId": somebody.keys.access}
    policy = {"UserName": name, "PolicyName": "p"}
    steps = [
        (lambda: None, lambda: iam.delete_access_key(**key), "Cannot delete entity, must delete access keys first."),
        (
            lambda: iam.attach_user_policy(UserName=name, PolicyArn=ADMINISTRATOR),
            lambda: iam.detach_user_policy(UserName=name, PolicyArn=ADMINISTRATOR),
            "Cannot delete entity, must detach all policies first.",
        ),
        (
            lambda: iam.put_user_policy(**policy, PolicyDocument=READ_KEYS),
            lambda: iam.delete_user_policy(**policy),
            "Cannot delete entity, must delete policies first.",
        ),
        (
            lambda: iam.add_user_to_group(GroupName=group, UserName=name),
            lambda: iam.remove_user_from_group(GroupName=group, UserName=name),
            "Cannot delete entity, must remove users from group first.",
        ),
        (
            lambda: iam.create_login_profile(UserName=name, Password="Str0ng-enough"),
            lambda: iam.delete_login_profile(UserName=name),
            "Cannot delete entity, must delete login profile first.",
        ),
    ]
    for add, remove, text in steps:
        add()
        told = fault(iam.delete_user, UserName=name)
        assert (told.kind, told.message) == (CONFLICT, text)
        remove()
    iam.delete_user(UserName=name)
    assert fault(iam.get_user, UserName=name).kind == NOT_FOUND


def test_a_role_must_be_empty_before_it_is_deleted(root):
    name, iam = fresh("full"), root.iam
    root.role(name, identity_policy("kms:*"), managed=(ADMINISTRATOR,))
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    assert fault(iam.delete_role, RoleName=name).kind == CONFLICT
    assert fault(iam.delete_instance_profile, InstanceProfileName=name).kind == CONFLICT
    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=name)
    told = fault(iam.delete_role, RoleName=name)
    assert (told.kind, told.message) == (CONFLICT, "Cannot delete entity, must detach all policies first.")
    iam.detach_role_policy(RoleName=name, PolicyArn=ADMINISTRATOR)
    told = fault(iam.delete_role, RoleName=name)
    assert (told.kind, told.message) == (CONFLICT, "Cannot delete entity, must delete policies first.")
    iam.delete_role_policy(RoleName=name, PolicyName="inline-0")
    iam.delete_role(RoleName=name)


def test_a_policy_that_is_used_or_has_versions_is_not_deleted(root):
    arn, user, iam = root.policy(identity_policy("kms:*")), fresh("user"), root.iam
    iam.create_user(UserName=user)
    iam.attach_user_policy(UserName=user, PolicyArn=arn)
    told = fault(iam.delete_policy, PolicyArn=arn)
    assert (told.kind, told.message) == (CONFLICT, "Cannot delete a policy attached to entities.")
    iam.detach_user_policy(UserName=user, PolicyArn=arn)
    iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary=arn)
    assert fault(iam.delete_policy, PolicyArn=arn).kind == CONFLICT
    iam.delete_user_permissions_boundary(UserName=user)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=READ_KEYS)
    assert fault(iam.delete_policy, PolicyArn=arn).kind == CONFLICT
    told = fault(iam.delete_policy_version, PolicyArn=arn, VersionId="v1")
    assert (told.kind, told.message) == (CONFLICT, "Cannot delete the default version of a policy.")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)


def test_quotas(root):
    name, iam = fresh("quota"), root.iam
    root.user(name)
    iam.create_access_key(UserName=name)
    told = fault(iam.create_access_key, UserName=name)
    assert (told.kind, told.message) == (LIMIT, "Cannot exceed quota for AccessKeysPerUser: 2")
    arn = root.policy(identity_policy("kms:*"))
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=READ_KEYS)
    assert fault(iam.create_policy_version, PolicyArn=arn, PolicyDocument=READ_KEYS).kind == LIMIT
    for _ in range(10):
        iam.attach_user_policy(UserName=name, PolicyArn=root.policy(identity_policy("kms:*")))
    told = fault(iam.attach_user_policy, UserName=name, PolicyArn=arn)
    assert (told.kind, told.message) == (LIMIT, "Cannot exceed quota for PoliciesPerUser: 10")


# Documents.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Syntax errors in policy."),
        ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*"}]}', "Policy statement must contain actions."),
        ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*"}]}', "Policy statement must contain resources."),
        (trust(root_arn()).replace('"Action"', '"Resource":"*","Action"'), "Policy document should not specify a principal."),
        ('{"Version":"2012-10-17","Statement":[{"Effect":"allow","Action":"kms:*","Resource":"*"}]}', None),
        ('{"Version":"2020-01-01","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}', None),
        ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms","Resource":"*"}]}', None),
        ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*","Sid":"a b"}]}', None),
    ],
)
def test_identity_policies_that_are_none(root, text, message):
    """One fault each: IAM takes fewer documents than KMS does."""
    name, iam = fresh("docs"), root.iam
    iam.create_user(UserName=name)
    calls = [
        (iam.put_user_policy, {"UserName": name, "PolicyName": "p"}),
        (iam.create_policy, {"PolicyName": name}),
    ]
    for call, parameters in calls:
        told = fault(call, **parameters, PolicyDocument=text)
        assert told.kind == MALFORMED, told
        assert message in (None, told.message)
        assert "x-gatekey-policy-position" in told.headers


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("[]", ""),
        (json.dumps(identity_policy("sts:AssumeRole")), ""),
        (trust(root_arn()).replace('"Action"', '"Resource":"*","Action"'), "Has prohibited field Resource"),
        (trust(user_arn("no-such-user")), f'Invalid principal in policy: "AWS":"{user_arn("no-such-user")}"'),
        (trust(role_arn("no-such-role")), f'Invalid principal in policy: "AWS":"{role_arn("no-such-role")}"'),
        (trust("not an arn"), "Invalid principal in policy:"),
    ],
)
def test_trust_policies_that_are_none(root, text, start):
    name = fresh("trust")
    told = fault(root.iam.create_role, RoleName=name, AssumeRolePolicyDocument=text)
    assert told.kind == MALFORMED
    assert told.message.startswith(start), told
    root.role(name)
    assert fault(root.iam.update_assume_role_policy, RoleName=name, PolicyDocument=text).kind == MALFORMED


def test_an_unknown_principal_is_named_with_the_nearest_that_exists(root, kms, key_id):
    """AWS says only that one is invalid: which one, and what is meant, is in a header."""
    somebody, arn = root.user("hint-alexandra"), root.role("hint-application")
    wrong = {user_arn("hint-alexandar"): somebody.arn, role_arn("hint-aplication"): arn}
    for meant_badly, meant in wrong.items():
        policy = document(account_may(), statement([root_arn(), meant_badly], "kms:Encrypt"))
        told = fault(kms.put_key_policy, KeyId=key_id, Policy=policy)
        assert told.kind == ("MalformedPolicyDocumentException", 400)
        assert told.message == "Policy contains a statement with one or more invalid principals."
        hint = told.headers["x-gatekey-policy-hint"]
        assert meant_badly in hint and f"did you mean {meant}?" in hint
        assert "/Statement/1/Principal" in told.headers["x-gatekey-policy-position"]
        told = fault(root.iam.create_role, RoleName=fresh("role"), AssumeRolePolicyDocument=trust(meant_badly))
        assert told.kind == MALFORMED
        assert f"did you mean {meant}?" in told.headers["x-gatekey-policy-hint"]


def test_a_group_is_no_principal(root, kms, key_id):
    name = fresh("group")
    arn = root.iam.create_group(GroupName=name)["Group"]["Arn"]
    told = fault(kms.put_key_policy, KeyId=key_id, Policy=document(account_may(), statement(arn, "kms:Encrypt")))
    assert told.kind == ("MalformedPolicyDocumentException", 400)
    assert fault(root.iam.create_role, RoleName=fresh("role"), AssumeRolePolicyDocument=trust(arn)).kind == MALFORMED


def test_a_trust_policy_pins_its_principals_too(root):
    """A user who is made anew under a trusted name is not trusted."""
    name, role = fresh("trusted"), fresh("role")
    root.user(name, identity_policy("iam:GetRole"))
    arn = root.role(role, trusted=trust(user_arn(name)))
    gone = root.iam.get_user(UserName=name)["User"]["UserId"]
    root.delete_user(name)
    shown = root.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"] == {"AWS": gone}
    namesake = root.user(name)
    told = fault(namesake.sts.assume_role, RoleArn=arn, RoleSessionName="session")
    assert told.kind == DENIED
    assert told.message == f"User: {namesake.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"


def test_documents_come_back_as_they_were_put(root):
    name, iam = fresh("docs"), root.iam
    wanted = identity_policy(["kms:Encrypt", "kms:Decrypt"], Sid="Ünïcode", Condition={"Bool": {"aws:SecureTransport": "true"}})
    wanted["Statement"][0]["Sid"] = "Plain1"
    text = json.dumps(wanted, indent=3)
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text)
    assert iam.get_user_policy(UserName=name, PolicyName="p")["PolicyDocument"] == wanted
    arn = root.policy(wanted)
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == wanted


# Rights.


def test_nobody_may_do_anything_without_a_policy_and_existence_is_not_told(root):
    """Known and unknown names get the same denial."""
    somebody, known = root.user(), fresh("known")
    root.iam.create_user(UserName=known)
    for name in (known, "nobody-at-all"):
        told = fault(somebody.iam.get_user, UserName=name)
        assert (told.kind, told.message) == (DENIED, denied(somebody.arn, "iam:GetUser", f"user {name}"))
        told = fault(somebody.iam.create_user, UserName=name)
        assert (told.kind, told.message) == (DENIED, denied(somebody.arn, "iam:CreateUser", user_arn(name)))
        assert fault(somebody.iam.delete_role, RoleName=name).kind == DENIED


def test_rights_come_from_the_user_its_groups_and_managed_policies_and_go_at_once(root, key_id):
    somebody, group, iam = root.user(), fresh("group"), root.iam
    name, arn = somebody.arn.rsplit("/", 1)[1], root.policy(identity_policy("kms:DescribeKey"))

    def may() -> bool:
        return outcome(somebody.kms.describe_key, KeyId=key_id) == "ok"

    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=name)
    by_group, by_user = {"GroupName": group}, {"UserName": name}
    ways = [
        (iam.put_user_policy, iam.delete_user_policy, by_user | {"PolicyName": "p"}, {"PolicyDocument": READ_KEYS}),
        (iam.put_group_policy, iam.delete_group_policy, by_group | {"PolicyName": "p"}, {"PolicyDocument": READ_KEYS}),
        (iam.attach_user_policy, iam.detach_user_policy, by_user | {"PolicyArn": arn}, {}),
        (iam.attach_group_policy, iam.detach_group_policy, by_group | {"PolicyArn": arn}, {}),
    ]
    for give, take, which, more in ways:
        assert not may()
        give(**which, **more)
        assert may(), give
        take(**which)
    iam.attach_group_policy(**by_group, PolicyArn=arn)
    assert may()
    iam.remove_user_from_group(GroupName=group, UserName=name)
    assert not may()


def test_the_default_version_of_a_policy_decides(root, key_id):
    arn = root.policy(identity_policy("kms:Encrypt"))
    somebody, iam = root.user(None, managed=(arn,)), root.iam
    assert outcome(somebody.kms.describe_key, KeyId=key_id) == "AccessDeniedException"
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=READ_KEYS)
    assert outcome(somebody.kms.describe_key, KeyId=key_id) == "AccessDeniedException"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert outcome(somebody.kms.describe_key, KeyId=key_id) == "ok"
    assert outcome(somebody.kms.encrypt, KeyId=key_id, Plaintext=b"x") == "AccessDeniedException"


def test_a_key_that_is_inactive_or_deleted_signs_nothing(root):
    somebody = root.user()
    name = somebody.arn.rsplit("/", 1)[1]
    key = {"UserName": name, "AccessKeyId": somebody.keys.access}
    assert somebody.sts.get_caller_identity()["Arn"] == somebody.arn
    last = root.iam.get_access_key_last_used(AccessKeyId=somebody.keys.access)
    assert last["UserName"] == name
    assert (last["AccessKeyLastUsed"]["ServiceName"], last["AccessKeyLastUsed"]["Region"]) == ("sts", "us-east-1")
    invalid = ("InvalidClientTokenId", 403)
    root.iam.update_access_key(**key, Status="Inactive")
    assert fault(somebody.sts.get_caller_identity).kind == invalid
    assert outcome(somebody.kms.list_keys) == "UnrecognizedClientException"
    root.iam.update_access_key(**key, Status="Active")
    assert outcome(somebody.sts.get_caller_identity) == "ok"
    root.iam.delete_access_key(**key)
    assert fault(somebody.sts.get_caller_identity).kind == invalid


def test_a_variable_and_a_tag_of_the_caller_reach_its_policies(root, kms):
    own = identity_policy("kms:DescribeKey", Condition={"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}})
    team = identity_policy("kms:Encrypt", Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}})
    somebody = root.user(None, own, team, Tags=[{"Key": "team", "Value": "blue"}])
    name = somebody.arn.rsplit("/", 1)[1]

    def key(owner: str, group: str) -> str:
        tags = [{"TagKey": "owner", "TagValue": owner}, {"TagKey": "team", "TagValue": group}]
        return kms.create_key(Tags=tags)["KeyMetadata"]["KeyId"]

    mine, other = key(name, "red"), key("somebody-else", "blue")
    assert [outcome(somebody.kms.describe_key, KeyId=k) for k in (mine, other)] == ["ok", "AccessDeniedException"]
    assert [outcome(somebody.kms.encrypt, KeyId=k, Plaintext=b"x") for k in (mine, other)] == ["AccessDeniedException", "ok"]
    root.iam.tag_user(UserName=name, Tags=[{"Key": "team", "Value": "red"}])
    assert [outcome(somebody.kms.encrypt, KeyId=k, Plaintext=b"x") for k in (mine, other)] == ["ok", "AccessDeniedException"]


def test_another_accounts_entities_are_out_of_reach(root, other_root):
    """ARNs of one account mean nothing in another."""
    arn = root.policy(identity_policy("kms:*"))
    assert fault(other_root.iam.get_policy, PolicyArn=arn).kind in (NOT_FOUND, DENIED)
    name = fresh("user")
    other_root.iam.create_user(UserName=name)
    assert fault(other_root.iam.attach_user_policy, UserName=name, PolicyArn=arn).kind in (NOT_FOUND, DENIED)
    assert fault(root.iam.get_user, UserName=name).kind == NOT_FOUND
    assert other_root.iam.get_user(UserName=name)["User"]["Arn"] == user_arn(name, OTHER_ACCOUNT)


# Permissions boundaries.


def test_a_boundary_limits_a_user_and_is_named_in_the_denial(root, key_id, kms):
    bound = root.policy(identity_policy("kms:DescribeKey"))
    somebody = root.user(None, managed=(ADMINISTRATOR,), PermissionsBoundary=bound)
    name, arn = somebody.arn.rsplit("/", 1)[1], kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
    shown = root.iam.get_user(UserName=name)["User"]["PermissionsBoundary"]
    assert shown == {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": bound}
    assert outcome(somebody.kms.describe_key, KeyId=key_id) == "ok"
    told = fault(somebody.kms.encrypt, KeyId=key_id, Plaintext=b"x")
    assert told.message == denied(somebody.arn, "kms:Encrypt", arn, "because no permissions boundary allows the kms:Encrypt action")
    told = fault(somebody.iam.list_users)
    assert told.kind == DENIED and "because no permissions boundary allows the iam:ListUsers action" in told.message
    root.iam.delete_user_permissions_boundary(UserName=name)
    assert outcome(somebody.kms.encrypt, KeyId=key_id, Plaintext=b"x") == "ok"


def test_a_deny_in_a_boundary_and_a_boundary_that_does_not_exist(root, key_id):
    both = identity_policy("*")
    both["Statement"] += identity_policy("kms:Encrypt", "Deny")["Statement"]
    somebody = root.user(None, managed=(ADMINISTRATOR,), PermissionsBoundary=root.policy(both))
    told = fault(somebody.kms.encrypt, KeyId=key_id, Plaintext=b"x")
    assert "with an explicit deny in a permissions boundary" in told.message
    missing = f"arn:aws:iam::{ACCOUNT}:policy/nobody"
    assert fault(root.iam.create_user, UserName=fresh("user"), PermissionsBoundary=missing).kind == NOT_FOUND


def test_inferred_lockout_check_asks_every_layer_the_callers_boundary_too(root):
    both = identity_policy("*")
    both["Statement"] += identity_policy("kms:PutKeyPolicy", "Deny")["Statement"]
    somebody = root.user(None, managed=(ADMINISTRATOR,), PermissionsBoundary=root.policy(both))
    told = fault(somebody.kms.create_key, Policy=document(account_may()))
    assert told.message == "The new key policy will not allow you to update the key policy in the future."
    assert outcome(somebody.kms.create_key) == "ok"
    assert outcome(root.kms.create_key, Policy=document(account_may())) == "ok"


def test_a_boundary_limits_a_role_even_where_the_key_policy_names_it_and_a_user_not(root, kms):
    """AWS: a resource's policy that names a user is not limited by what the boundary leaves out; one that names a role is."""
    bound = root.policy(identity_policy("s3:*"))
    somebody = root.user(None, PermissionsBoundary=bound)
    arn = root.role(None, PermissionsBoundary=bound)
    session = root.user(None, identity_policy("sts:AssumeRole")).assume(arn)
    policy = document(account_may(), statement([somebody.arn, arn], "kms:Encrypt"))
    key_id = kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    assert outcome(somebody.kms.encrypt, KeyId=key_id, Plaintext=b"x") == "ok"
    told = fault(session.kms.encrypt, KeyId=key_id, Plaintext=b"x")
    assert "because no permissions boundary allows the kms:Encrypt action" in told.message


def test_an_administrator_can_be_made_to_hand_on_a_boundary(root):
    """The delegation pattern of AWS's guide."""
    bound = root.policy(identity_policy("kms:*"))
    may = identity_policy("iam:CreateUser", Condition={"StringEquals": {"iam:PermissionsBoundary": bound}})
    delegate = root.user(None, may)
    assert fault(delegate.iam.create_user, UserName=fresh("user")).kind == DENIED
    assert fault(delegate.iam.create_user, UserName=fresh("user"), PermissionsBoundary=ADMINISTRATOR).kind == DENIED
    assert outcome(delegate.iam.create_user, UserName=fresh("user"), PermissionsBoundary=bound) == "ok"


# Listings.


def test_pages_join_without_gap_or_repetition(root):
    path = f"/{fresh('pages')}/"
    names = {fresh("paged") for _ in range(7)}
    for name in names:
        root.iam.create_user(UserName=name, Path=path)
        root.iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust(root_arn()))
    for operation, result, field in (("list_users", "Users", "UserName"), ("list_roles", "Roles", "RoleName")):
        pages = list(root.iam.get_paginator(operation).paginate(PathPrefix=path, PaginationConfig={"PageSize": 3}))
        assert [len(page[result]) for page in pages] == [3, 3, 1]
        assert [page["IsTruncated"] for page in pages] == [True, True, False]
        listed = [item[field] for page in pages for item in page[result]]
        assert len(listed) == 7 and set(listed) == names
    assert fault(root.iam.list_users, Marker="not a marker").kind == ("ValidationError", 400)


def test_tags_of_users_and_roles(root):
    name, iam = fresh("tagged"), root.iam
    iam.create_user(UserName=name, Tags=[{"Key": "a", "Value": "1"}])
    iam.tag_user(UserName=name, Tags=[{"Key": "b", "Value": "2"}, {"Key": "A", "Value": "3"}])
    tags = {tag["Key"].lower(): tag["Value"] for tag in iam.list_user_tags(UserName=name)["Tags"]}
    assert tags == {"a": "3", "b": "2"}, "keys are the same whatever their case"
    iam.untag_user(UserName=name, TagKeys=["b"])
    assert len(iam.list_user_tags(UserName=name)["Tags"]) == 1
    twice = [{"Key": "x", "Value": "1"}, {"Key": "X", "Value": "2"}]
    assert fault(iam.tag_user, UserName=name, Tags=twice).kind == ("InvalidInput", 400)
    root.role(name, Tags=[{"Key": "team", "Value": "blue"}])
    assert iam.list_role_tags(RoleName=name)["Tags"] == [{"Key": "team", "Value": "blue"}]
    may = identity_policy("iam:TagRole", Condition={"StringEquals": {"aws:RequestTag/team": "blue"}})
    somebody = root.user(None, may)
    assert outcome(somebody.iam.tag_role, RoleName=name, Tags=[{"Key": "team", "Value": "blue"}]) == "ok"
    assert fault(somebody.iam.tag_role, RoleName=name, Tags=[{"Key": "team", "Value": "red"}]).kind == DENIED


def test_the_accounts_details_show_everything_about_everybody(root):
    name, group = fresh("detail"), fresh("detail")
    arn = root.policy(identity_policy("kms:DescribeKey"))
    root.user(name, identity_policy("kms:Encrypt"), managed=(arn,), Tags=[{"Key": "a", "Value": "1"}])
    root.role(name, identity_policy("kms:Decrypt"), managed=(arn,))
    root.iam.create_group(GroupName=group)
    root.iam.add_user_to_group(GroupName=group, UserName=name)
    pages = root.iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 20})
    found = {"UserDetailList": [], "RoleDetailList": [], "GroupDetailList": [], "Policies": []}
    for page in pages:
        for kind, items in found.items():
            items += page[kind]
    [user] = [item for item in found["UserDetailList"] if item["UserName"] == name]
    assert user["GroupList"] == [group]
    assert user["AttachedManagedPolicies"] == [{"PolicyName": arn.rsplit("/", 1)[1], "PolicyArn": arn}]
    assert [policy["PolicyDocument"] for policy in user["UserPolicyList"]] == [identity_policy("kms:Encrypt")]
    assert user["Tags"] == [{"Key": "a", "Value": "1"}]
    [role] = [item for item in found["RoleDetailList"] if item["RoleName"] == name]
    assert role["AssumeRolePolicyDocument"] == json.loads(trust(root_arn()))
    [policy] = [item for item in found["Policies"] if item["Arn"] == arn]
    assert policy["AttachmentCount"] == 2
    assert [item["GroupName"] for item in found["GroupDetailList"] if item["GroupName"] == group] == [group]


# Simulation.


def decisions(answer: dict) -> dict[str, str]:
    return {result["EvalActionName"]: result["EvalDecision"] for result in answer["EvaluationResults"]}


def test_a_simulated_document_decides_like_a_real_one(root):
    both = identity_policy("kms:*")
    both["Statement"] += identity_policy("kms:Decrypt", "Deny")["Statement"]
    actions = ["kms:Encrypt", "kms:Decrypt", "s3:GetObject"]
    said = root.iam.simulate_custom_policy(PolicyInputList=[json.dumps(both)], ActionNames=actions)
    assert decisions(said) == {"kms:Encrypt": "allowed", "kms:Decrypt": "explicitDeny", "s3:GetObject": "implicitDeny"}
    bound = json.dumps(identity_policy("s3:*"))
    said = root.iam.simulate_custom_policy(
        PolicyInputList=[json.dumps(both)], PermissionsBoundaryPolicyInputList=[bound], ActionNames=actions
    )
    assert decisions(said)["kms:Encrypt"] == "implicitDeny"


def test_a_simulated_principal_is_decided_like_the_request(root, kms, key_id):
    somebody = root.user(None, identity_policy("kms:Encrypt"))
    arn = kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
    asked = {"PolicySourceArn": somebody.arn, "ActionNames": ["kms:Encrypt", "kms:Decrypt"], "ResourceArns": [arn]}
    assert decisions(root.iam.simulate_principal_policy(**asked)) == {"kms:Encrypt": "allowed", "kms:Decrypt": "implicitDeny"}
    assert outcome(somebody.kms.encrypt, KeyId=key_id, Plaintext=b"x") == "ok"
    missing = asked | {"PolicySourceArn": user_arn("nobody")}
    assert fault(root.iam.simulate_principal_policy, **missing).kind == NOT_FOUND
    assert fault(somebody.iam.simulate_principal_policy, **asked).kind == DENIED


def test_a_simulation_knows_key_policies_and_grants(root, kms):
    """What AWS's simulator cannot: the key's own policy and its grants decide as they do for the request."""
    somebody, actions = root.user(), ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]
    named = document(account_may(), statement(somebody.arn, "kms:DescribeKey"))
    key = kms.create_key(Policy=named)["KeyMetadata"]
    asked = {"PolicySourceArn": somebody.arn, "ActionNames": actions, "ResourceArns": [key["Arn"]]}

    def simulated() -> dict[str, str]:
        return decisions(root.iam.simulate_principal_policy(**asked))

    assert simulated() == {"kms:Encrypt": "implicitDeny", "kms:Decrypt": "implicitDeny", "kms:DescribeKey": "allowed"}
    grant = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=somebody.arn, Operations=["Encrypt"])["GrantId"]
    assert simulated() == {"kms:Encrypt": "allowed", "kms:Decrypt": "implicitDeny", "kms:DescribeKey": "allowed"}
    assert outcome(somebody.kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == "ok"
    kms.revoke_grant(KeyId=key["KeyId"], GrantId=grant)
    assert simulated()["kms:Encrypt"] == "implicitDeny"


def test_context_keys_of_policies_are_told(root):
    condition = {"StringEquals": {"aws:PrincipalTag/team": "blue", "kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    text = json.dumps(identity_policy("kms:*", Condition=condition))
    keys = root.iam.get_context_keys_for_custom_policy(PolicyInputList=[text])["ContextKeyNames"]
    assert {key.lower() for key in keys} == {"aws:principaltag/team", "kms:viaservice"}


# The requests themselves.


def test_the_root_user_sees_itself_without_name_and_path(root):
    shown = root.iam.get_user()["User"]
    assert shown.keys() - {"PasswordLastUsed"} == {"UserId", "Arn", "CreateDate"}
    assert (shown["UserId"], shown["Arn"]) == (ACCOUNT, root_arn())


def test_a_role_tells_when_and_where_it_was_last_used(root, kms):
    """By what its sessions call, not by their making."""
    somebody, name = root.user(None, identity_policy("sts:AssumeRole")), fresh("role")
    session = somebody.assume(root.role(name))
    assert root.iam.get_role(RoleName=name)["Role"]["RoleLastUsed"] == {}
    assert outcome(session.client("kms", region="eu-west-1").list_keys) == "AccessDeniedException"
    used = root.iam.get_role(RoleName=name)["Role"]["RoleLastUsed"]
    assert used["Region"] == "eu-west-1" and used["LastUsedDate"].tzinfo is not None
    assert "RoleLastUsed" not in next(role for role in root.iam.list_roles()["Roles"] if role["RoleName"] == name)


@pytest.mark.parametrize(
    ("name", "version", "created", "updated"),
    [
        ("AdministratorAccess", "v1", "2015-02-06T18:39:46+00:00", "2015-02-06T18:39:46+00:00"),
        ("AWSKeyManagementServicePowerUser", "v2", "2015-02-06T18:40:40+00:00", "2017-03-07T00:55:11+00:00"),
        ("service-role/ROSAKMSProviderPolicy", "v1", "2023-04-27T20:10:20+00:00", "2023-04-27T20:10:20+00:00"),
    ],
)
def test_policies_of_aws_have_aws_versions_and_dates(root, name, version, created, updated):
    arn = f"arn:aws:iam::aws:policy/{name}"
    shown = root.iam.get_policy(PolicyArn=arn)["Policy"]
    assert shown["DefaultVersionId"] == version
    assert (shown["CreateDate"].isoformat(), shown["UpdateDate"].isoformat()) == (created, updated)
    kept = root.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    assert kept["IsDefaultVersion"] and kept["CreateDate"].isoformat() == updated
    assert [item["VersionId"] for item in root.iam.list_policy_versions(PolicyArn=arn)["Versions"]] == [version]


def test_a_request_that_the_model_refuses_is_a_validation_error(root):
    for parameters in ({"UserName": "a b"}, {"UserName": "x" * 65}):
        with pytest.raises(ClientError) as caught:
            root.iam.create_user(**parameters)
        assert caught.value.response["Error"]["Code"] == "ValidationError"
        assert caught.value.response["Error"]["Message"].startswith("1 validation error detected: Value")
