"""AssumeRoot: a quarter of an hour as a member's root user, for one of AWS's five tasks or ours; who may, and what no task gives."""

import datetime
import json

import pytest

from harness import cli, process
from harness.clients import fault, outcome, refusal, root_arn
from harness.identities import ADMINISTRATOR, Identity, Root, identity_policy, keys_of
from harness.policies import document, statement

MANAGEMENT, MEMBER, SECOND, OUTSIDE = "200000000001", "200000000002", "200000000003", "200000000009"
TASKS = "arn:aws:iam::aws:policy/root-task/"
AUDIT = "IAMAuditRootUserCredentials"
SERVICE = "iam.amazonaws.com"
DENIED = ("AccessDenied", 403)
NOT_FOUND = "NoSuchEntity"


def asked(task: str = AUDIT, account: str = MEMBER, **more) -> dict:
    return {"TargetPrincipal": account, "TaskPolicyArn": {"arn": TASKS + task}} | more


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = process.organized(tmp_path_factory.mktemp("roots"), [MANAGEMENT, MEMBER, SECOND])
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
def refused_before(manager):
    """What an allowed caller is told while root sessions are not enabled; they are enabled from here on."""
    operator = manager.user("operator", identity_policy("sts:AssumeRoot"))
    before = [fault(operator.sts.assume_root, **asked()), fault(manager.iam.enable_organizations_root_sessions)]
    manager.organizations.enable_aws_service_access(ServicePrincipal=SERVICE)
    before.append(fault(operator.sts.assume_root, **asked()))
    assert manager.iam.enable_organizations_root_sessions()["EnabledFeatures"] == ["RootSessions"]
    return operator, before


@pytest.fixture(scope="module")
def operator(refused_before):
    """A user of the management account with the right to AssumeRoot and nothing else."""
    return refused_before[0]


def session(operator: Identity, task: str, account: str = MEMBER) -> Identity:
    said = operator.sts.assume_root(**asked(task, account))
    return Identity(operator.server, root_arn(account), keys_of(said["Credentials"]), account)


def test_root_sessions_must_be_enabled_and_iam_trusted(refused_before):
    not_enabled, no_access, not_enabled_still = refused_before[1]
    assert (not_enabled.kind, not_enabled_still.kind) == (DENIED, DENIED)
    assert no_access.code == "ServiceAccessNotEnabledException"


@pytest.fixture(scope="module")
def things(member):
    """What the calls of the tasks are about: a key, a user with a key, and the names of both."""
    user = member.user("bystander")
    return {
        "key": member.kms.create_key()["KeyMetadata"]["KeyId"],
        "user": "bystander",
        "access key": user.keys.access,
        "root's key": member.keys.access,
    }


def calls(things: dict) -> dict[str, tuple]:
    """Calls by name; those that a task allows end well, or find nothing; the others are denied."""
    on, other = {"KeyId": things["key"]}, {"UserName": things["user"]}
    return {
        "account summary": ("iam", "get_account_summary", {}),
        "root user": ("iam", "get_user", {}),
        "root's keys": ("iam", "list_access_keys", {}),
        "root's key's use": ("iam", "get_access_key_last_used", {"AccessKeyId": things["root's key"]}),
        "root's devices": ("iam", "list_mfa_devices", {}),
        "root's certificates": ("iam", "list_signing_certificates", {}),
        "root's password": ("iam", "get_login_profile", {}),
        "make root's password": ("iam", "create_login_profile", {}),
        "delete root's password": ("iam", "delete_login_profile", {}),
        "delete a key of root": ("iam", "delete_access_key", {"AccessKeyId": "AKIAAAAAAAAAAAAAAAAA"}),
        "read a key's policy": ("kms", "get_key_policy", on),
        "describe a key": ("kms", "describe_key", on),
        "change a key's policy": ("kms", "put_key_policy", on | {"Policy": document(statement(root_arn(MEMBER), "kms:*"))}),
        "another's keys": ("iam", "list_access_keys", other),
        "another's password": ("iam", "get_login_profile", other),
        "make another's password": ("iam", "create_login_profile", other | {"Password": "c0rrect-Horse"}),
        "delete another's key": ("iam", "delete_access_key", other | {"AccessKeyId": things["access key"]}),
        "another's key's use": ("iam", "get_access_key_last_used", {"AccessKeyId": things["access key"]}),
        "users": ("iam", "list_users", {}),
        "devices of all": ("iam", "list_virtual_mfa_devices", {}),
        "make a user": ("iam", "create_user", {"UserName": "intruder"}),
        "make a key of root": ("iam", "create_access_key", {}),
        "keys": ("kms", "list_keys", {}),
        "use a key": ("kms", "encrypt", on | {"Plaintext": b"x"}),
        "delete a key": ("kms", "schedule_key_deletion", on),
        "leave": ("organizations", "leave_organization", {}),
        "tagged": ("resourcegroupstaggingapi", "get_resources", {}),
    }


AUDITS = {"root user", "root's keys", "root's key's use", "root's devices", "root's certificates", "root's password"}
ALLOWED = {
    AUDIT: AUDITS | {"account summary"},
    "IAMCreateRootUserPassword": {"make root's password", "root's password"},
    "IAMDeleteRootUserCredentials": AUDITS | {"delete root's password", "delete a key of root"},
    "S3UnlockBucketPolicy": set(),
    "SQSUnlockQueuePolicy": set(),
    "KMSUnlockKeyPolicy": {"read a key's policy", "describe a key", "change a key's policy"},
}


@pytest.mark.parametrize("task", ALLOWED)
def test_a_session_may_do_its_task_and_nothing_else(operator, things, task):
    root = session(operator, task)
    assert root.sts.get_caller_identity()["Arn"] == root_arn(MEMBER)
    told = {name: outcome(getattr(root.client(service), call), **given) for name, (service, call, given) in calls(things).items()}
    passed = {name for name, code in told.items() if code in ("ok", NOT_FOUND)}
    assert passed == ALLOWED[task], told
    assert {told[name] for name in told.keys() - passed} <= {"AccessDenied", "AccessDeniedException"}, told


@pytest.mark.parametrize("task", ALLOWED)
def test_a_session_makes_no_other_session(operator, member, task):
    root, role = session(operator, task), member.role()
    for call, given in (
        (root.sts.assume_role, {"RoleArn": role, "RoleSessionName": "session"}),
        (root.sts.get_session_token, {}),
        (root.sts.get_federation_token, {"Name": "guest"}),
        (root.sts.assume_root, asked(task)),
    ):
        assert fault(call, **given).kind == DENIED


def test_the_tasks_are_policies_of_aws_that_anybody_reads(manager):
    """AWS's documents: each denies all but its task."""
    for task in ALLOWED:
        policy = manager.iam.get_policy(PolicyArn=TASKS + task)["Policy"]
        kept = manager.iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]
        first = kept["Document"]["Statement"][0]
        assert (first["Sid"], first["Effect"], first["Resource"]) == ("DenyAllOtherActionsOnAnyResource", "Deny", "*")
        assert {entry["Effect"] for entry in kept["Document"]["Statement"]} == {"Deny"}


def test_the_password_that_a_task_makes_is_known_to_nobody(operator, second):
    root = session(operator, "IAMCreateRootUserPassword", SECOND)
    assert fault(root.iam.create_login_profile, Password="c0rrect-Horse").code == "ValidationError"
    made = root.iam.create_login_profile()["LoginProfile"]
    assert made["PasswordResetRequired"] is True and "Password" not in made
    assert second.iam.get_account_summary()["SummaryMap"]["AccountPasswordPresent"] == 1
    session(operator, "IAMDeleteRootUserCredentials", SECOND).iam.delete_login_profile()
    assert second.iam.get_account_summary()["SummaryMap"]["AccountPasswordPresent"] == 0


def test_root_credentials_are_deleted_from_above(operator, second):
    """What central root access is for: a member whose root user has no keys any more."""
    spare = second.iam.create_access_key()["AccessKey"]["AccessKeyId"]
    root = session(operator, "IAMDeleteRootUserCredentials", SECOND)
    assert spare in {key["AccessKeyId"] for key in root.iam.list_access_keys()["AccessKeyMetadata"]}
    root.iam.delete_access_key(AccessKeyId=spare)
    assert spare not in {key["AccessKeyId"] for key in second.iam.list_access_keys()["AccessKeyMetadata"]}


def test_a_session_lasts_a_quarter_of_an_hour_at_most(operator):
    def seconds(**more) -> float:
        expires = operator.sts.assume_root(**asked(**more))["Credentials"]["Expiration"]
        return (expires - datetime.datetime.now(datetime.UTC)).total_seconds()

    assert 880 < seconds() <= 900
    assert 880 < seconds(DurationSeconds=900) <= 900
    assert 40 < seconds(DurationSeconds=60) <= 60
    for long in (901, 3600):
        assert fault(operator.sts.assume_root, **asked(DurationSeconds=long)).kind == ("ValidationError", 400)


def test_who_may_not(manager, member, second, operator):
    """Only principals of the management account (or IAM's delegate) with the right of their own; no root user."""
    administrator = {"managed": (ADMINISTRATOR,)}
    nobody = manager.user()
    denied = manager.user(None, identity_policy("sts:AssumeRoot", "Deny"), **administrator)
    for who in (nobody, denied, manager, member, second, member.user(None, **administrator)):
        told = fault(who.sts.assume_root, **asked())
        assert told.kind == DENIED, who.arn
        assert told.message.startswith(f"User: {who.arn} is not authorized to perform: sts:AssumeRoot on resource: {root_arn(MEMBER)}")
    by_role = manager.user(None, **administrator).assume(manager.role(None, identity_policy("sts:AssumeRoot")))
    assert outcome(by_role.sts.assume_root, **asked()) == "ok"


@pytest.mark.parametrize("account", [MANAGEMENT, OUTSIDE])
def test_the_target_is_a_member(operator, account):
    """Neither the management account itself nor one that is not of the organization."""
    assert fault(operator.sts.assume_root, **asked(account=account)).kind == DENIED


def test_the_target_may_be_given_as_an_arn(operator):
    assert outcome(operator.sts.assume_root, **asked() | {"TargetPrincipal": root_arn(MEMBER)}) == "ok"
    for target in ("1234567890123", f"arn:aws:iam::{MEMBER}:user/bystander", "nobody at all"):
        assert fault(operator.sts.assume_root, **asked() | {"TargetPrincipal": target}).kind == ("ValidationError", 400)


@pytest.mark.parametrize("arn", [ADMINISTRATOR, f"{TASKS}Everything", f"arn:aws:iam::{MANAGEMENT}:policy/root-task/{AUDIT}"])
def test_only_task_policies_are_taken(operator, arn):
    assert fault(operator.sts.assume_root, **asked() | {"TaskPolicyArn": {"arn": arn}}).kind == ("ValidationError", 400)


def test_a_right_can_be_held_to_tasks_and_accounts(manager):
    condition = {"StringEquals": {"sts:TaskPolicyArn": TASKS + AUDIT}}
    auditor = manager.user(None, identity_policy("sts:AssumeRoot", resource=root_arn(MEMBER), Condition=condition))
    assert outcome(auditor.sts.assume_root, **asked()) == "ok"
    assert fault(auditor.sts.assume_root, **asked("KMSUnlockKeyPolicy")).kind == DENIED
    assert fault(auditor.sts.assume_root, **asked(account=SECOND)).kind == DENIED


def test_a_delegate_may_too(manager, second):
    """The account that administers IAM for the organization, while it is that."""
    delegate = second.user(None, identity_policy("sts:AssumeRoot"))
    assert fault(delegate.sts.assume_root, **asked()).kind == DENIED
    manager.organizations.register_delegated_administrator(AccountId=SECOND, ServicePrincipal=SERVICE)
    try:
        assert outcome(delegate.sts.assume_root, **asked()) == "ok"
    finally:
        manager.organizations.deregister_delegated_administrator(AccountId=SECOND, ServicePrincipal=SERVICE)
    assert fault(delegate.sts.assume_root, **asked()).kind == DENIED


def test_control_policies_bind_root_sessions(manager, operator):
    root = session(operator, AUDIT)
    assert outcome(root.iam.get_account_summary) == "ok"
    content = json.dumps(identity_policy("iam:GetAccountSummary", "Deny"))
    kept = {"Name": "no-summary", "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": content}
    control = manager.organizations.create_policy(**kept)["Policy"]["PolicySummary"]["Id"]
    manager.organizations.attach_policy(PolicyId=control, TargetId=MEMBER)
    try:
        assert outcome(root.iam.get_account_summary) == "AccessDenied"
    finally:
        manager.organizations.detach_policy(PolicyId=control, TargetId=MEMBER)
    assert outcome(root.iam.get_account_summary) == "ok"


def test_the_command_line(server, operator, tmp_path):
    aws = cli.Aws(server, tmp_path)
    aws.profile("operator", operator.keys)
    call = ("sts", "assume-root", "--target-principal", MEMBER, "--task-policy-arn")
    said = aws("--profile", "operator", *call, f"arn={TASKS}KMSUnlockKeyPolicy").json()
    aws.profile("unlock", keys_of(said["Credentials"]))
    assert aws("--profile", "unlock", "sts", "get-caller-identity", "--query", "Arn", "--output", "text").text() == root_arn(MEMBER)
    refused = aws("--profile", "unlock", "kms", "list-keys")
    assert (refused.code, "(AccessDeniedException)" in refused.err) == (255, True), refused


def test_a_task_is_not_a_way_around_the_key_policy(operator, member):
    """A session is the root user held to a task: a key policy that gives the root user nothing is not opened by it."""
    key = member.kms.create_key(
        Policy=document(statement(member.role(), "kms:*")), BypassPolicyLockoutSafetyCheck=True
    )["KeyMetadata"]["KeyId"]
    told = refusal(session(operator, AUDIT).kms.get_key_policy, KeyId=key)
    assert told.code == "AccessDeniedException"


def test_one_task_is_a_way_around_the_key_policy_and_leaves_somebody_in_control(operator, member):
    """Gatekey's own: whatever the key policy says, a Deny included."""
    locked = document(statement("*", "kms:*", effect="Deny"))
    key = member.kms.create_key(Policy=locked, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["KeyId"]
    assert refusal(member.kms.get_key_policy, KeyId=key).code == "AccessDeniedException"
    unlock = session(operator, "KMSUnlockKeyPolicy").kms
    assert "Deny" in unlock.get_key_policy(KeyId=key)["Policy"]
    assert fault(unlock.put_key_policy, KeyId=key, Policy=locked).code == "MalformedPolicyDocumentException"
    by_force = {"KeyId": key, "Policy": locked, "BypassPolicyLockoutSafetyCheck": True}
    assert fault(unlock.put_key_policy, **by_force).code == "ValidationException"
    unlock.put_key_policy(KeyId=key, Policy=document(statement(root_arn(MEMBER), "kms:*")))
    assert "Allow" in member.kms.get_key_policy(KeyId=key)["Policy"]


def test_the_task_unlocks_no_key_of_another_account(operator, second, manager):
    for other in (second, manager):
        key = other.kms.create_key(Policy=document(statement("*", "kms:*")))["KeyMetadata"]["Arn"]
        unlock = session(operator, "KMSUnlockKeyPolicy").kms
        for call, more in ((unlock.describe_key, {}), (unlock.get_key_policy, {}), (unlock.put_key_policy, {"Policy": "{}"})):
            assert fault(call, KeyId=key, **more).code == "AccessDeniedException"


def test_root_sessions_are_disabled_again(manager, operator):
    """Last in the file."""
    manager.iam.disable_organizations_root_sessions()
    assert fault(operator.sts.assume_root, **asked()).kind == DENIED
