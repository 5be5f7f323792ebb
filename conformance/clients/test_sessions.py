"""STS through boto3: roles within and across accounts, session policies, tags, federated users, and tokens that are wrong."""

import datetime
import json
import random
import time

import pytest

from harness import process
from harness.clients import ACCOUNT, OTHER_ACCOUNT, fault, outcome, refusal, root_arn
from harness.identities import ADMINISTRATOR, Identity, Root, fresh, identity_policy, role_arn, session_arn, trust
from harness.policies import account_may, document, statement
from harness.process import Keys
from harness.wire import Request, Wire, amz_date, now

DENIED = ("AccessDenied", 403)
INVALID = ("ValidationError", 400)
INVALID_TOKEN = "The security token included in the request is invalid"


@pytest.fixture(scope="module")
def alice(root):
    """A user who may assume whatever trusts the account."""
    return root.user(None, identity_policy("sts:*"))


@pytest.fixture
def key_id(kms) -> str:
    return kms.create_key()["KeyMetadata"]["KeyId"]


def not_authorized(caller: str, action: str, arn: str) -> str:
    return f"User: {caller} is not authorized to perform: {action} on resource: {arn}"


# Who one is.


def test_everybody_is_told_who_they_are(root, alice):
    def identity(who: Identity) -> tuple[str, str, str]:
        said = who.sts.get_caller_identity()
        return said["Account"], said["Arn"], said["UserId"]

    role = root.role()
    name = role.rsplit("/", 1)[1]
    user_id = root.iam.get_user(UserName=alice.arn.rsplit("/", 1)[1])["User"]["UserId"]
    role_id = root.iam.get_role(RoleName=name)["Role"]["RoleId"]
    assert identity(root) == (ACCOUNT, root_arn(), ACCOUNT)
    assert identity(alice) == identity(alice.session()) == (ACCOUNT, alice.arn, user_id)
    assert identity(alice.assume(role, "work")) == (ACCOUNT, session_arn(name, "work"), f"{role_id}:work")
    federated = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    assert identity(alice.federate("guest", identity_policy("kms:*"))) == (ACCOUNT, federated, f"{ACCOUNT}:guest")


def test_a_deny_of_everything_leaves_get_caller_identity(root):
    somebody = root.user(None, identity_policy("*", "Deny"))
    assert somebody.sts.get_caller_identity()["Arn"] == somebody.arn
    assert outcome(somebody.sts.get_session_token) == "ok"


def test_the_account_of_an_access_key(root, other_root, alice):
    for who, account in ((alice, ACCOUNT), (other_root.user(), OTHER_ACCOUNT), (alice.session(), ACCOUNT)):
        assert root.sts.get_access_key_info(AccessKeyId=who.keys.access)["Account"] == account
    assert alice.keys.access.startswith("AKIA") and alice.session().keys.access.startswith("ASIA")


# Assuming roles.


def test_the_root_user_may_not_assume_a_role(root):
    told = fault(root.sts.assume_role, RoleArn=root.role(), RoleSessionName="session")
    assert (told.kind, told.message) == (DENIED, "Roles may not be assumed by root accounts.")


def test_a_role_that_does_not_exist_and_one_that_does_not_trust_are_the_same(root, alice):
    shut = root.role(None, trusted=trust({"Service": "ec2.amazonaws.com"}))
    for arn in (shut, role_arn("no-such-role")):
        told = fault(alice.sts.assume_role, RoleArn=arn, RoleSessionName="session")
        assert (told.kind, told.message) == (DENIED, not_authorized(alice.arn, "sts:AssumeRole", arn))


def test_a_role_that_trusts_the_account_needs_an_identity_policy_and_one_that_names_the_user_none(root):
    somebody = root.user()
    by_account, by_name = root.role(), root.role(None, trusted=trust(somebody.arn))
    told = fault(somebody.sts.assume_role, RoleArn=by_account, RoleSessionName="session")
    assert told.kind == DENIED
    assert told.message.startswith(not_authorized(somebody.arn, "sts:AssumeRole", by_account))
    assert outcome(somebody.sts.assume_role, RoleArn=by_name, RoleSessionName="session") == "ok"


def test_a_session_has_its_roles_rights_and_not_its_makers(root, alice, key_id):
    session = alice.assume(root.role(None, identity_policy("kms:DescribeKey")))
    assert outcome(session.kms.describe_key, KeyId=key_id) == "ok"
    assert outcome(session.kms.encrypt, KeyId=key_id, Plaintext=b"x") == "AccessDeniedException"
    assert fault(session.sts.assume_role, RoleArn=root.role(), RoleSessionName="session").kind == DENIED


def test_a_changed_trust_policy_counts_at_once_and_leaves_sessions_alone(root, alice, key_id):
    arn = root.role(None, identity_policy("kms:*"))
    session = alice.assume(arn)
    closed = trust({"Service": "ec2.amazonaws.com"})
    root.iam.update_assume_role_policy(RoleName=arn.rsplit("/", 1)[1], PolicyDocument=closed)
    assert fault(alice.sts.assume_role, RoleArn=arn, RoleSessionName="session").kind == DENIED
    assert outcome(session.kms.describe_key, KeyId=key_id) == "ok"


def test_a_roles_policies_count_for_sessions_at_once(root, alice, key_id):
    arn = root.role()
    session, name = alice.assume(arn), arn.rsplit("/", 1)[1]
    assert outcome(session.kms.describe_key, KeyId=key_id) == "AccessDeniedException"
    root.iam.attach_role_policy(RoleName=name, PolicyArn=ADMINISTRATOR)
    assert outcome(session.kms.describe_key, KeyId=key_id) == "ok"
    revoke = identity_policy("*", "Deny", Condition={"DateLessThan": {"aws:TokenIssueTime": "2099-01-01T00:00:00Z"}})
    root.iam.put_role_policy(RoleName=name, PolicyName="AWSRevokeOlderSessions", PolicyDocument=json.dumps(revoke))
    assert "with an explicit deny in an identity-based policy" in refusal(session.kms.describe_key, KeyId=key_id).message


def test_how_long_sessions_last(root, alice):
    arn = root.role(None, identity_policy("sts:AssumeRole"), MaxSessionDuration=7200)
    ask = {"RoleArn": arn, "RoleSessionName": "session"}
    assert outcome(alice.sts.assume_role, **ask, DurationSeconds=7200) == "ok"
    told = fault(alice.sts.assume_role, **ask, DurationSeconds=7201)
    text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    assert (told.kind, told.message) == (INVALID, text)
    assert fault(alice.sts.assume_role, **ask, DurationSeconds=43201).kind == INVALID
    chained = alice.assume(arn)
    assert outcome(chained.sts.assume_role, **ask, DurationSeconds=3600) == "ok"
    told = fault(chained.sts.assume_role, **ask, DurationSeconds=3601)
    text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
    assert (told.kind, told.message) == (INVALID, text)


# Across accounts.


def test_a_role_of_another_account_needs_both_sides_and_the_external_id(root, other_root):
    condition = {"StringEquals": {"sts:ExternalId": "gk-7391"}}
    arn = root.role(None, identity_policy("kms:ListKeys"), trusted=trust(root_arn(OTHER_ACCOUNT), Condition=condition))
    silent, partner = other_root.user(), other_root.user(None, identity_policy("sts:AssumeRole", resource=arn))
    right, wrong = {"ExternalId": "gk-7391"}, {"ExternalId": "gk-7392"}
    ask = {"RoleArn": arn, "RoleSessionName": "partner"}
    for who, more in ((partner, {}), (partner, wrong), (silent, right)):
        told = fault(who.sts.assume_role, **ask, **more)
        assert told.kind == DENIED
        assert told.message.startswith(not_authorized(who.arn, "sts:AssumeRole", arn))
    session = partner.assume(arn, "partner", **right)
    assert session.sts.get_caller_identity()["Account"] == ACCOUNT
    assert outcome(session.kms.list_keys) == "ok"


def test_another_accounts_role_is_a_principal_of_a_key_policy(root, other_root, kms):
    may = other_root.user(None, identity_policy("sts:AssumeRole"))
    arn = other_root.role(None, identity_policy("kms:*"))
    key = kms.create_key(Policy=document(account_may(), statement(arn, "kms:Encrypt")))["KeyMetadata"]
    session = may.assume(arn)
    assert outcome(session.kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "ok"
    assert outcome(session.kms.describe_key, KeyId=key["Arn"]) == "AccessDeniedException"
    name = arn.rsplit("/", 1)[1]
    other_root.delete_role(name)
    other_root.role(name, identity_policy("kms:*"))
    assert outcome(may.assume(arn).kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "AccessDeniedException"


# Session policies.


def test_a_session_policy_limits_and_is_named_in_the_denial(root, alice, kms, key_id):
    arn = root.role(None, managed=(ADMINISTRATOR,))
    key = kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
    session = alice.assume(arn, Policy=json.dumps(identity_policy("kms:DescribeKey")))
    assert outcome(session.kms.describe_key, KeyId=key_id) == "ok"
    told = refusal(session.kms.encrypt, KeyId=key_id, Plaintext=b"x")
    why = "because no session policy allows the kms:Encrypt action"
    assert told.message == f"{not_authorized(session.arn, 'kms:Encrypt', key)} {why}"
    denying = identity_policy("kms:*")
    denying["Statement"] += identity_policy("kms:Encrypt", "Deny")["Statement"]
    told = refusal(alice.assume(arn, Policy=json.dumps(denying)).kms.encrypt, KeyId=key_id, Plaintext=b"x")
    assert told.message.endswith("with an explicit deny in a session policy")


def test_a_session_policy_gives_nothing(root, alice, key_id):
    session = alice.assume(root.role(), Policy=json.dumps(identity_policy("*")))
    told = refusal(session.kms.describe_key, KeyId=key_id)
    assert told.message.endswith("because no identity-based policy allows the kms:DescribeKey action")


def test_managed_session_policies(root, alice, key_id):
    arn, managed = root.role(None, managed=(ADMINISTRATOR,)), root.policy(identity_policy("kms:DescribeKey"))
    session = alice.assume(arn, PolicyArns=[{"arn": managed}])
    assert outcome(session.kms.describe_key, KeyId=key_id) == "ok"
    assert outcome(session.kms.encrypt, KeyId=key_id, Plaintext=b"x") == "AccessDeniedException"
    missing = [{"arn": f"arn:aws:iam::{ACCOUNT}:policy/nobody"}]
    assert fault(alice.sts.assume_role, RoleArn=arn, RoleSessionName="session", PolicyArns=missing).kind == INVALID


def test_a_key_policy_that_names_the_session_itself_is_not_limited_by_what_the_session_leaves_out(root, alice, kms):
    """AWS: the one principal whose session policy an allow of the resource's passes by."""
    arn = root.role()
    session = alice.assume(arn, "named", Policy=json.dumps(identity_policy("s3:*")))
    key_id = kms.create_key(Policy=document(account_may(), statement(session.arn, "kms:Encrypt")))["KeyMetadata"]["KeyId"]
    assert outcome(session.kms.encrypt, KeyId=key_id, Plaintext=b"x") == "ok"
    assert outcome(alice.assume(arn, "unnamed").kms.encrypt, KeyId=key_id, Plaintext=b"x") == "AccessDeniedException"


def test_session_policies_that_are_none_or_too_large(root, alice):
    ask = {"RoleArn": root.role(), "RoleSessionName": "session"}
    for text in ("{", trust(root_arn()), '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*"}]}'):
        assert fault(alice.sts.assume_role, **ask, Policy=text).kind == ("MalformedPolicyDocument", 400)
    noise = random.Random(7)
    actions = [f"kms:{noise.getrandbits(160):040x}" for _ in range(150)]
    told = fault(alice.sts.assume_role, **ask, Policy=json.dumps(identity_policy(actions)))
    assert told.kind == ("PackedPolicyTooLarge", 400)
    said = alice.sts.assume_role(**ask, Policy=json.dumps(identity_policy("kms:*")))
    assert 1 <= said["PackedPolicySize"] <= 100


# Session tags and source identities.


def test_session_tags_need_a_right_reach_policies_and_go_along_a_chain(root, alice, kms):
    may = trust(root_arn(), ["sts:AssumeRole", "sts:TagSession"])
    by_tag = identity_policy("kms:DescribeKey", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}})
    onward = identity_policy(["sts:AssumeRole", "sts:TagSession"])
    arn, last, key_id = root.role(None, by_tag, onward, trusted=may), root.role(None, by_tag, trusted=may), kms.create_key()["KeyMetadata"]["KeyId"]
    blue = [{"Key": "team", "Value": "blue"}]
    ask = {"RoleSessionName": "session", "Tags": blue}
    assert fault(alice.sts.assume_role, RoleArn=root.role(), **ask).kind == DENIED
    assert outcome(alice.assume(arn).kms.describe_key, KeyId=key_id) == "AccessDeniedException"
    assert outcome(alice.assume(arn, Tags=blue).kms.describe_key, KeyId=key_id) == "ok"
    plain, handed = alice.assume(arn, Tags=blue), alice.assume(arn, Tags=blue, TransitiveTagKeys=["team"])
    assert outcome(plain.assume(last).kms.describe_key, KeyId=key_id) == "AccessDeniedException"
    assert outcome(handed.assume(last).kms.describe_key, KeyId=key_id) == "ok"
    red = [{"Key": "team", "Value": "red"}]
    assert fault(handed.sts.assume_role, RoleArn=last, RoleSessionName="session", Tags=red).kind == INVALID
    twice = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    assert fault(alice.sts.assume_role, RoleArn=arn, RoleSessionName="session", Tags=twice).kind == INVALID


def test_a_source_identity_needs_a_right_stays_along_a_chain_and_reaches_policies(root, alice, kms):
    may = trust(root_arn(), ["sts:AssumeRole", "sts:SetSourceIdentity"])
    onward = identity_policy(["sts:AssumeRole", "sts:SetSourceIdentity"])
    by_source = identity_policy("kms:DescribeKey", Condition={"StringEquals": {"aws:SourceIdentity": "dana"}})
    arn, last, key_id = root.role(None, onward, trusted=may), root.role(None, by_source, trusted=may), kms.create_key()["KeyMetadata"]["KeyId"]
    assert fault(alice.sts.assume_role, RoleArn=root.role(), RoleSessionName="session", SourceIdentity="dana").kind == DENIED
    session = alice.assume(arn, SourceIdentity="dana")
    assert session.sts.assume_role(RoleArn=last, RoleSessionName="session")["SourceIdentity"] == "dana"
    assert outcome(session.assume(last).kms.describe_key, KeyId=key_id) == "ok"
    assert fault(session.sts.assume_role, RoleArn=last, RoleSessionName="session", SourceIdentity="mallory").kind == DENIED
    assert outcome(alice.assume(last).kms.describe_key, KeyId=key_id) == "AccessDeniedException"


# Federated users.


def test_a_federated_user_may_what_both_the_user_and_the_session_policy_allow(root, key_id):
    maker = root.user(None, identity_policy(["sts:GetFederationToken", "kms:DescribeKey", "kms:Encrypt"]))
    guest = maker.federate("guest", identity_policy(["kms:DescribeKey", "kms:Decrypt"]))
    assert outcome(guest.kms.describe_key, KeyId=key_id) == "ok"
    told = refusal(guest.kms.encrypt, KeyId=key_id, Plaintext=b"x")
    assert told.message.endswith("because no session policy allows the kms:Encrypt action")
    assert outcome(guest.kms.enable_key, KeyId=key_id) == "AccessDeniedException"


def test_a_federated_user_without_a_session_policy_may_what_a_resource_says_of_it(root, alice, kms):
    guest = alice.federate("named-guest")
    assert outcome(guest.kms.list_keys) == "AccessDeniedException"
    policy = document(account_may(), statement(guest.arn, "kms:Encrypt"))
    key_id = kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    assert outcome(guest.kms.encrypt, KeyId=key_id, Plaintext=b"x") == "ok"
    assert outcome(alice.federate("other-guest").kms.encrypt, KeyId=key_id, Plaintext=b"x") == "AccessDeniedException"


def test_a_federated_user_of_the_root_user_has_what_its_session_policy_says_where_the_account_may_delegate(root, kms, key_id):
    """The root user has everything, so the session policy alone limits; a key that does not delegate is not opened."""
    guest = root.federate("root-guest", identity_policy(["kms:DescribeKey", "kms:ListKeys"]))
    assert (outcome(guest.kms.describe_key, KeyId=key_id), outcome(guest.kms.list_keys)) == ("ok", "ok")
    told = refusal(guest.kms.encrypt, KeyId=key_id, Plaintext=b"x")
    assert told.code == "AccessDeniedException"
    assert told.message.endswith("because no session policy allows the kms:Encrypt action"), told
    silent = root.federate("silent-guest")
    assert (outcome(silent.kms.describe_key, KeyId=key_id), outcome(silent.kms.list_keys)) == ("AccessDeniedException",) * 2
    for only_root in (
        account_may(Condition={"StringEquals": {"aws:PrincipalType": "Account"}}),
        account_may(Condition={"ArnEquals": {"aws:PrincipalArn": root_arn()}}),
    ):
        shut = kms.create_key(Policy=document(only_root))["KeyMetadata"]["KeyId"]
        told = refusal(guest.kms.describe_key, KeyId=shut)
        assert told.message.endswith("because no resource-based policy allows the kms:DescribeKey action"), told


def test_who_may_ask_for_federation(root, alice):
    told = fault(root.user().sts.get_federation_token, Name="guest")
    assert told.kind == DENIED and "sts:GetFederationToken" in told.message
    for session in (alice.session(), alice.assume(root.role(None, managed=(ADMINISTRATOR,)))):
        told = fault(session.sts.get_federation_token, Name="guest")
        assert (told.kind, told.message) == (DENIED, "Cannot call GetFederationToken with session credentials")
        told = fault(session.sts.get_session_token)
        assert (told.kind, told.message) == (DENIED, "Cannot call GetSessionToken with session credentials")


def test_a_federated_user_assumes_no_role_and_calls_no_iam(root):
    """AWS: such credentials cannot call IAM, and of STS GetCallerIdentity alone."""
    guest = root.user(None, managed=(ADMINISTRATOR,)).federate("guest", identity_policy("*"))
    assert fault(guest.sts.assume_role, RoleArn=root.role(), RoleSessionName="session").kind == DENIED
    assert fault(guest.iam.list_users).status == 403
    assert outcome(guest.kms.list_keys) == "ok"


def test_a_session_without_a_second_factor_calls_no_iam(root):
    """AWS: GetSessionToken's credentials cannot call IAM unless they were asked for with a second factor."""
    somebody = root.user(None, managed=(ADMINISTRATOR,))
    told = fault(somebody.session().iam.list_users)
    assert told.kind == ("InvalidClientTokenId", 403)
    assert outcome(somebody.session().kms.list_keys) == "ok"
    assert outcome(somebody.assume(root.role(None, managed=(ADMINISTRATOR,))).iam.list_users) == "ok"


def test_federated_users_and_sessions_end_with_their_user(root):
    somebody = root.user(None, managed=(ADMINISTRATOR,))
    sessions = [somebody.session(), somebody.federate("guest", identity_policy("kms:*"))]
    for session in sessions:
        assert outcome(session.kms.list_keys) == "ok"
    root.delete_user(somebody.arn.rsplit("/", 1)[1])
    for session in sessions:
        assert outcome(session.kms.list_keys) == "UnrecognizedClientException"


# Tokens that are wrong.


def spoiled(keys: Keys) -> dict[str, Keys]:
    """One fault each."""
    token, middle = keys.token, len(keys.token) // 2

    def flipped(at: int) -> str:
        return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]

    tokens = {"first": flipped(0), "middle": flipped(middle), "near the end": flipped(len(token) - 6)}
    tokens |= {"half": token[:middle], "one short": token[:-1], "twice": token + token, "nonsense": "x", "none": None}
    return {name: Keys(keys.access, keys.secret, value) for name, value in tokens.items()}


def refused(server, keys: Keys) -> None:
    """By a JSON service and by a query service, each in its way."""
    somebody = Identity(server, "", keys)
    told = fault(somebody.kms.list_keys)
    assert told.kind == ("UnrecognizedClientException", 400), told
    assert told.message.startswith(INVALID_TOKEN)
    for call in (somebody.sts.get_caller_identity, somebody.iam.list_users):
        told = fault(call)
        assert told.kind == ("InvalidClientTokenId", 403), told
        assert told.message.startswith(INVALID_TOKEN)


@pytest.mark.parametrize("name", ["first", "middle", "near the end", "half", "one short", "twice", "nonsense", "none"])
def test_a_token_with_one_fault_is_invalid(server, root, alice, name):
    session = alice.assume(root.role(None, managed=(ADMINISTRATOR,)))
    assert outcome(session.kms.list_keys) == "ok"
    refused(server, spoiled(session.keys)[name])


def test_a_token_belongs_to_its_own_keys(server, root, alice):
    one, two = (alice.assume(root.role(None, managed=(ADMINISTRATOR,))).keys for _ in range(2))
    refused(server, Keys(one.access, one.secret, two.token))
    refused(server, Keys(alice.keys.access, alice.keys.secret, one.token))
    told = fault(Identity(server, "", Keys(one.access, two.secret, one.token)).sts.get_caller_identity)
    assert told.kind == ("SignatureDoesNotMatch", 403)


def test_a_token_of_another_server_is_invalid(server, root, alice, tmp_path):
    elsewhere = process.dev(tmp_path / "elsewhere", [ACCOUNT])
    try:
        there = Root(elsewhere)
        session = there.user(None, identity_policy("sts:AssumeRole")).assume(there.role(None, managed=(ADMINISTRATOR,)))
        assert outcome(session.kms.list_keys) == "ok"
        refused(server, session.keys)
    finally:
        elsewhere.kill()


def test_the_end_that_is_told_is_the_one_that_was_asked_for(root, alice):
    """Nothing here waits a quarter of an hour: that an expired token is refused, the gate's own tests show."""
    before = datetime.datetime.now(datetime.UTC)
    asked = alice.sts.assume_role(RoleArn=root.role(), RoleSessionName="session", DurationSeconds=900)
    assert abs((asked["Credentials"]["Expiration"] - before).total_seconds() - 900) < 60


def test_a_denial_can_be_decoded_by_who_may(root):
    """The sealed reason is in a header here; AWS has it in some services' texts."""
    somebody = root.user()
    told = fault(somebody.iam.list_users)
    sealed = told.headers["x-gatekey-authorization-message"]
    reader = root.user(None, identity_policy("sts:DecodeAuthorizationMessage"))
    said = json.loads(reader.sts.decode_authorization_message(EncodedMessage=sealed)["DecodedMessage"])
    assert (said["allowed"], said["explicitDeny"]) == (False, False)
    assert said["context"]["action"] == "iam:ListUsers"
    assert said["context"]["principal"]["arn"] == somebody.arn
    assert fault(somebody.sts.decode_authorization_message, EncodedMessage=sealed).kind == DENIED
    damaged = sealed[:-8] + "AAAAAAAA"
    assert fault(reader.sts.decode_authorization_message, EncodedMessage=damaged).kind == ("InvalidAuthorizationMessageException", 400)


# Tokens that come again.


def replayed(server, keys: Keys, **fields) -> Request:
    return Request(body=b"{}", keys=keys, host="{}:{}".format(*server.address), token=keys.token, **fields)


def test_a_request_that_comes_again_counts_again_while_its_signature_is_young(server, root, alice):
    """AWS keeps no memory of signatures: what it does not take is an old one, or one moved to other words."""
    keys = alice.assume(root.role(None, managed=(ADMINISTRATOR,))).keys
    wire = Wire(server, keys)
    request = replayed(server, keys)
    headers = request.headers()
    assert [wire.send(request, headers).status for _ in range(3)] == [200] * 3
    spoken_for = replayed(server, keys)
    spoken_for.body = b'{"Limit": 1}'
    assert wire.send(spoken_for, headers).code == "InvalidSignatureException", "the signature is of another body"
    for minutes, code in [(4, None), (16, "InvalidSignatureException")]:
        old = replayed(server, keys, date=amz_date(now() - datetime.timedelta(minutes=minutes)))
        answer = wire.send(old)
        assert (None if answer.status == 200 else answer.code) == code, minutes
        assert code is None or answer.message.startswith("Signature expired: ")


def test_a_token_ends_with_its_role_and_the_namesake_does_not_bring_it_back(server, root, alice, key_id):
    name = fresh("replayed")
    session = alice.assume(root.role(name, identity_policy("kms:*")))
    assert outcome(session.kms.describe_key, KeyId=key_id) == "ok"
    root.delete_role(name)
    refused(server, session.keys)
    again = alice.assume(root.role(name, identity_policy("kms:*")))
    assert outcome(again.kms.describe_key, KeyId=key_id) == "ok"
    refused(server, session.keys)


def test_revoked_sessions_are_denied_and_later_ones_are_not(root, alice, key_id):
    """As the console's "Revoke active sessions" does it: a Deny of tokens that were given before now."""
    arn = root.role(None, identity_policy("kms:*"))
    before = alice.assume(arn)
    assert outcome(before.kms.describe_key, KeyId=key_id) == "ok"
    time.sleep(1.1)
    moment = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    time.sleep(1.1)
    revoke = identity_policy("*", "Deny", Condition={"DateLessThan": {"aws:TokenIssueTime": moment}})
    root.iam.put_role_policy(RoleName=arn.rsplit("/", 1)[1], PolicyName="AWSRevokeOlderSessions", PolicyDocument=json.dumps(revoke))
    after = alice.assume(arn)
    told = fault(before.kms.describe_key, KeyId=key_id)
    assert told.kind == ("AccessDeniedException", 400)
    assert "with an explicit deny in an identity-based policy" in told.message
    assert outcome(before.sts.get_caller_identity) == "ok", "which no policy denies"
    assert outcome(after.kms.describe_key, KeyId=key_id) == "ok"
