"""Organizations through boto3: what service and resource control policies do to keys, and who may change them."""

import json

import pytest

from harness import process
from harness.clients import fault, outcome, refusal, root_arn
from harness.identities import ADMINISTRATOR, Identity, Root, fresh, identity_policy, keys_of, trust
from harness.policies import account_may, document, statement

MANAGEMENT, MEMBER, SECOND, STRANGER = "100000000001", "100000000002", "100000000003", "100000000004"
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
DENIED = ("AccessDeniedException", 400)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Three accounts in one organization."""
    running = process.organized(tmp_path_factory.mktemp("organized"), [MANAGEMENT, MEMBER, SECOND])
    yield running
    running.kill()


@pytest.fixture(scope="module")
def manager(server):
    return Root(server, MANAGEMENT)


@pytest.fixture(scope="module")
def member(server):
    return Root(server, MEMBER)


@pytest.fixture(scope="module")
def second(server):
    return Root(server, SECOND)


@pytest.fixture(scope="module")
def root_id(manager) -> str:
    return manager.organizations.list_roots()["Roots"][0]["Id"]


class Control:
    """A control policy on one target, for as long as a test needs it."""

    def __init__(self, manager: Root, kind: str, target: str, content: dict):
        made = manager.organizations.create_policy(Name=fresh("control"), Description="", Type=kind, Content=json.dumps(content))
        self.client, self.target = manager.organizations, target
        self.id, self.arn = made["Policy"]["PolicySummary"]["Id"], made["Policy"]["PolicySummary"]["Arn"]

    def __enter__(self):
        self.client.attach_policy(PolicyId=self.id, TargetId=self.target)
        return self

    def __exit__(self, *_):
        self.client.detach_policy(PolicyId=self.id, TargetId=self.target)
        self.client.delete_policy(PolicyId=self.id)


def resource_policy(action, effect="Deny", **elements) -> dict:
    policy = identity_policy(action, effect, **elements)
    policy["Statement"][0]["Principal"] = "*"
    return policy


def test_who_is_in_the_organization(manager, member):
    organization = manager.organizations.describe_organization()["Organization"]
    assert (organization["MasterAccountId"], organization["FeatureSet"]) == (MANAGEMENT, "ALL")
    accounts = manager.organizations.list_accounts()["Accounts"]
    assert {account["Id"] for account in accounts} == {MANAGEMENT, MEMBER, SECOND}
    assert {account["Status"] for account in accounts} == {"ACTIVE"}
    kinds = manager.organizations.list_roots()["Roots"][0]["PolicyTypes"]
    assert {(kind["Type"], kind["Status"]) for kind in kinds} == {(SCP, "ENABLED"), (RCP, "ENABLED")}
    assert member.organizations.describe_organization()["Organization"]["Id"] == organization["Id"]


def test_only_the_management_account_administers(manager, member, root_id):
    assert fault(member.organizations.list_roots).kind == DENIED
    content = json.dumps(identity_policy("kms:*", "Deny"))
    told = fault(member.organizations.create_policy, Name="x", Description="", Type=SCP, Content=content)
    assert told.kind == DENIED
    assert fault(member.organizations.attach_policy, PolicyId="p-FullAWSAccess", TargetId=root_id).kind == DENIED
    somebody = manager.user()
    assert fault(somebody.organizations.list_roots).kind == DENIED
    allowed = manager.user(None, identity_policy("organizations:ListRoots"))
    assert outcome(allowed.organizations.list_roots) == "ok"


def everybody(member: Root) -> list[Identity]:
    """Root user, administrator and role session of one account."""
    user = member.user(None, managed=(ADMINISTRATOR,))
    return [member, user, user.assume(member.role(None, managed=(ADMINISTRATOR,)))]


def test_a_service_control_policy_binds_everybody_in_a_member_root_included(manager, member):
    key = member.kms.create_key()["KeyMetadata"]
    people = everybody(member)
    with Control(manager, SCP, MEMBER, identity_policy("kms:Encrypt", "Deny")) as control:
        for who in people:
            told = refusal(who.kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
            text = f"User: {who.arn} is not authorized to perform: kms:Encrypt on resource: {key['Arn']}"
            assert told.code == "AccessDeniedException"
            assert told.message.startswith(f"{text} with an explicit deny in a service control policy"), told
            assert told.message.removesuffix(f": {control.arn}").endswith("service control policy")
            assert outcome(who.kms.describe_key, KeyId=key["KeyId"]) == "ok"
    for who in people:
        assert outcome(who.kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == "ok"


def test_the_management_account_is_exempt(manager, root_id):
    with Control(manager, SCP, root_id, identity_policy("kms:*", "Deny")):
        assert outcome(manager.kms.create_key) == "ok"
        assert outcome(manager.user(None, managed=(ADMINISTRATOR,)).kms.list_keys) == "ok"


def test_control_policies_come_down_from_root_and_units(manager, member, second, root_id):
    unit = manager.organizations.create_organizational_unit(ParentId=root_id, Name=fresh("unit"))["OrganizationalUnit"]["Id"]
    manager.organizations.move_account(AccountId=SECOND, SourceParentId=root_id, DestinationParentId=unit)
    deny = identity_policy("kms:ListKeys", "Deny")
    try:
        with Control(manager, SCP, unit, deny):
            assert (outcome(second.kms.list_keys), outcome(member.kms.list_keys)) == ("AccessDeniedException", "ok")
        with Control(manager, SCP, root_id, deny):
            assert [outcome(who.kms.list_keys) for who in (second, member)] == ["AccessDeniedException"] * 2
        assert [outcome(who.kms.list_keys) for who in (second, member)] == ["ok"] * 2
    finally:
        manager.organizations.move_account(AccountId=SECOND, SourceParentId=unit, DestinationParentId=root_id)
        manager.organizations.delete_organizational_unit(OrganizationalUnitId=unit)


def test_a_service_control_policy_gives_nothing_and_an_allow_list_is_a_limit(manager, member, root_id):
    unit = manager.organizations.create_organizational_unit(ParentId=root_id, Name=fresh("unit"))["OrganizationalUnit"]["Id"]
    manager.organizations.move_account(AccountId=MEMBER, SourceParentId=root_id, DestinationParentId=unit)
    somebody = member.user()
    try:
        with Control(manager, SCP, unit, identity_policy("kms:List*")):
            manager.organizations.detach_policy(PolicyId="p-FullAWSAccess", TargetId=unit)
            told = refusal(member.kms.create_key)
            assert "service control policy" in told.message, told
            assert outcome(member.kms.list_keys) == "ok"
            assert "identity-based policy" in refusal(somebody.kms.list_keys).message
            manager.organizations.attach_policy(PolicyId="p-FullAWSAccess", TargetId=unit)
    finally:
        manager.organizations.move_account(AccountId=MEMBER, SourceParentId=unit, DestinationParentId=root_id)


def test_service_control_policies_bind_callers_not_keys(manager, member, second):
    """A member's policy does not bind another account that comes to the member's key."""
    open_to_all = document(account_may(account=MEMBER), statement(root_arn(SECOND), "kms:*"))
    key = member.kms.create_key(Policy=open_to_all)["KeyMetadata"]
    with Control(manager, SCP, MEMBER, identity_policy("kms:Encrypt", "Deny")):
        assert outcome(second.kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "ok"
        assert outcome(member.kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "AccessDeniedException"
    with Control(manager, SCP, SECOND, identity_policy("kms:Encrypt", "Deny")):
        assert outcome(second.kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "AccessDeniedException"


def test_a_resource_control_policy_binds_whoever_comes_to_a_members_key(manager, member, second):
    open_to_all = document(account_may(account=MEMBER), statement([root_arn(SECOND), root_arn(MANAGEMENT)], "kms:*"))
    key = member.kms.create_key(Policy=open_to_all)["KeyMetadata"]
    with Control(manager, RCP, MEMBER, resource_policy("kms:Encrypt")):
        for who in everybody(member):
            told = refusal(who.kms.encrypt, KeyId=key["Arn"], Plaintext=b"x")
            assert "with an explicit deny in a resource control policy" in told.message
        for who in (second, manager):
            assert outcome(who.kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "AccessDeniedException"
        assert outcome(second.kms.create_key) == "ok"
    assert outcome(second.kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "ok"


def test_the_management_accounts_keys_are_exempt_from_resource_control(manager, root_id):
    key = manager.kms.create_key()["KeyMetadata"]
    with Control(manager, RCP, root_id, resource_policy("kms:*")):
        assert outcome(manager.kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == "ok"


def test_a_perimeter_of_the_organization(manager, member, second, root_id):
    """AWS's own example: no key of the organization for anybody outside of it."""
    organization = manager.organizations.describe_organization()["Organization"]["Id"]
    outside = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization}}
    key = member.kms.create_key(Policy=document(account_may(account=MEMBER), statement("*", "kms:Encrypt")))["KeyMetadata"]
    with Control(manager, RCP, root_id, resource_policy("kms:*", Condition=outside)):
        assert outcome(second.kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "ok"


@pytest.mark.parametrize("name", ["right", "wrong"])
def test_key_policies_can_ask_for_the_organization(manager, member, second, name):
    known = manager.organizations.describe_organization()["Organization"]["Id"]
    wanted = {"right": known, "wrong": "o-0000000000"}[name]
    policy = document(
        account_may(account=MEMBER), statement("*", "kms:Encrypt", Condition={"StringEquals": {"aws:PrincipalOrgID": wanted}})
    )
    key = member.kms.create_key(Policy=policy)["KeyMetadata"]
    expected = {"right": "ok", "wrong": "AccessDeniedException"}[name]
    assert outcome(second.kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == expected


def test_a_resource_control_policy_binds_the_assumption_of_roles(manager, member, second):
    may = second.user(None, identity_policy("sts:AssumeRole"))
    arn = member.role(None, trusted=trust(root_arn(SECOND)))
    ask = {"RoleArn": arn, "RoleSessionName": "session"}
    assert outcome(may.sts.assume_role, **ask) == "ok"
    with Control(manager, RCP, MEMBER, resource_policy("sts:AssumeRole")):
        assert fault(may.sts.assume_role, **ask).kind == ("AccessDenied", 403)
    assert outcome(may.sts.assume_role, **ask) == "ok"


def test_who_is_denied_put_key_policy_from_above_is_denied_it(manager, member):
    """No record of AWS's answer to the first call is known: both cannot hurt a client."""
    with Control(manager, SCP, MEMBER, identity_policy("kms:PutKeyPolicy", "Deny")):
        assert outcome(member.kms.create_key) in ("ok", "MalformedPolicyDocumentException")
        key = member.kms.create_key(BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["KeyId"]
        told = refusal(member.kms.put_key_policy, KeyId=key, Policy=document(account_may(account=MEMBER)))
        assert "service control policy" in told.message


def test_documents_that_are_no_control_policies(manager):
    def create(kind: str, content) -> str:
        text = content if isinstance(content, str) else json.dumps(content)
        return outcome(manager.organizations.create_policy, Name=fresh("bad"), Description="", Type=kind, Content=text)

    assert create(SCP, "{") == "MalformedPolicyDocumentException"
    assert create(SCP, resource_policy("kms:*")) == "MalformedPolicyDocumentException"
    assert create(RCP, identity_policy("kms:*", "Deny")) == "MalformedPolicyDocumentException"
    assert create(RCP, resource_policy("kms:*", "Allow")) == "MalformedPolicyDocumentException"


@pytest.mark.parametrize(("kind", "most", "longest"), [(SCP, 10, 10_240), (RCP, 5, 5_120)])
def test_how_many_and_how_long(manager, root_id, kind, most, longest):
    """AWS doubled both for service control policies in May 2026; white space counts."""
    unit = manager.organizations.create_organizational_unit(ParentId=root_id, Name=fresh("unit"))["OrganizationalUnit"]["Id"]
    document = identity_policy("kms:Nothing", "Deny") if kind == SCP else resource_policy("kms:Nothing")
    text = json.dumps(document)
    ask = {"Description": "", "Type": kind}
    create = manager.organizations.create_policy
    made = create(Name=fresh("long"), Content=text + " " * (longest - len(text)), **ask)["Policy"]["PolicySummary"]["Id"]
    told = fault(create, Name=fresh("long"), Content=text + " " * (longest - len(text) + 1), **ask)
    assert told.kind == ("ConstraintViolationException", 400)
    attached = manager.organizations.list_policies_for_target(TargetId=unit, Filter=kind)["Policies"]
    manager.organizations.attach_policy(PolicyId=made, TargetId=unit)
    for _ in range(most - len(attached) - 1):
        one = create(Name=fresh("one"), Content=text, **ask)["Policy"]["PolicySummary"]["Id"]
        manager.organizations.attach_policy(PolicyId=one, TargetId=unit)
    one = create(Name=fresh("one"), Content=text, **ask)["Policy"]["PolicySummary"]["Id"]
    told = fault(manager.organizations.attach_policy, PolicyId=one, TargetId=unit)
    assert told.kind == ("ConstraintViolationException", 400)


def test_what_is_not_there_and_what_is_there_already(manager, root_id):
    client = manager.organizations
    missing = fault(client.describe_policy, PolicyId="p-00000000")
    assert missing.kind == ("PolicyNotFoundException", 400)
    assert fault(client.describe_account, AccountId=STRANGER).kind == ("AccountNotFoundException", 400)
    unit = f"ou-{root_id[2:]}-00000000"
    assert fault(client.describe_organizational_unit, OrganizationalUnitId=unit).kind == ("OrganizationalUnitNotFoundException", 400)
    name = fresh("twice")
    content = json.dumps(identity_policy("kms:*", "Deny"))
    made = client.create_policy(Name=name, Description="", Type=SCP, Content=content)["Policy"]["PolicySummary"]["Id"]
    told = fault(client.create_policy, Name=name, Description="", Type=SCP, Content=content)
    assert told.kind == ("DuplicatePolicyException", 400)
    client.attach_policy(PolicyId=made, TargetId=MEMBER)
    assert fault(client.attach_policy, PolicyId=made, TargetId=MEMBER).kind == ("DuplicatePolicyAttachmentException", 400)
    assert fault(client.delete_policy, PolicyId=made).kind == ("PolicyInUseException", 400)
    client.detach_policy(PolicyId=made, TargetId=MEMBER)
    assert fault(client.detach_policy, PolicyId=made, TargetId=MEMBER).kind == ("PolicyNotAttachedException", 400)
    client.delete_policy(PolicyId=made)


def test_pages_of_policies_join(manager):
    names = {fresh("page") for _ in range(5)}
    for name in names:
        content = json.dumps(identity_policy("kms:*", "Deny"))
        manager.organizations.create_policy(Name=name, Description="", Type=SCP, Content=content)
    pages = manager.organizations.get_paginator("list_policies").paginate(Filter=SCP, PaginationConfig={"PageSize": 2})
    listed = [policy["Name"] for page in pages for policy in page["Policies"]]
    assert names <= set(listed) and len(listed) == len(set(listed))


def test_the_root_user_of_a_member_can_be_assumed_for_a_task(manager, member):
    """AssumeRoot: the session may what the task's policy says, and no more."""
    task = {"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"}
    assert fault(manager.iam.enable_organizations_root_sessions).code == "ServiceAccessNotEnabledException"
    manager.organizations.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    manager.iam.enable_organizations_root_sessions()
    somebody = manager.user(None, identity_policy("sts:AssumeRoot"))
    said = somebody.sts.assume_root(TargetPrincipal=MEMBER, TaskPolicyArn=task)
    session = Identity(member.server, root_arn(MEMBER), keys_of(said["Credentials"]), MEMBER)
    assert session.sts.get_caller_identity()["Account"] == MEMBER
    assert outcome(session.kms.list_keys) == "AccessDeniedException"
    assert outcome(session.iam.list_users) == "AccessDenied"
    assert outcome(session.iam.get_account_summary) == "ok"
    assert fault(member.sts.assume_root, TargetPrincipal=SECOND, TaskPolicyArn=task).kind == ("AccessDenied", 403)
