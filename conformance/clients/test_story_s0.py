"""S0, "recover management access to a KMS key": a condition on the administrator's ARN survives that administrator's end."""

import json

import pytest

from harness import cli, policies, process
from harness.clients import ACCOUNT, OTHER_ACCOUNT, Refusal, outcome, refusal, root_arn, stranger
from harness.identities import ADMINISTRATOR, Identity, Root, identity_policy, keys_of, role_arn, session_arn, trust, user_arn
from harness.policies import account_may, document, statement
from harness.saml import SIGN_IN, Assertion, IdentityProvider, presented

LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."
INVALID = "Policy contains a statement with one or more invalid principals."
ROLE = "shib-admin"
# The article's policy, hole included.
TEMPLATE = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Enable administrative access",
      "Effect": "Allow",
      "Principal": {"AWS": "*"},
      "Action": "kms:*",
      "Resource": "*",
      "Condition": {
        "StringLike": {
          "aws:PrincipalArn": [
            "arn:aws:iam::${SOME_ACCOUNT_ID}:role/shib-admin",
            "arn:aws:iam::${SOME_ACCOUNT_ID}:root"
          ]
        }
      }
    }
  ]
}"""
POLICY = TEMPLATE.replace("${SOME_ACCOUNT_ID}", ACCOUNT)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of its own: the story deletes its administrator."""
    running = process.dev(tmp_path_factory.mktemp("s0"), [ACCOUNT, OTHER_ACCOUNT])
    yield running
    running.kill()


@pytest.fixture(scope="module")
def root(server):
    return Root(server)


@pytest.fixture(scope="module")
def other_root(server):
    return Root(server, OTHER_ACCOUNT)


@pytest.fixture(scope="module")
def alice(root):
    """An IAM user with every permission there is."""
    return root.user("alice", managed=(ADMINISTRATOR,))


class Shibboleth:
    """The university's identity provider, registered in the account: the only way to be shib-admin."""

    PERSON = "dean@cornell.example"

    def __init__(self, root: Root):
        self.root, self.idp = root, IdentityProvider("https://shibidp.cornell.example/idp/shibboleth")
        made = root.iam.create_saml_provider(Name="cornell", SAMLMetadataDocument=self.idp.metadata())
        self.provider = made["SAMLProviderArn"]

    def trust(self) -> str:
        audience = {"StringEquals": {"SAML:aud": SIGN_IN}}
        return trust({"Federated": self.provider}, "sts:AssumeRoleWithSAML", Condition=audience)

    def make_role(self, **parameters) -> str:
        return self.root.role(ROLE, trusted=self.trust(), **parameters)

    def response(self) -> str:
        """What the browser brings from the provider's sign-in page, in base64."""
        return presented(self.idp.response(Assertion(role_arn(ROLE), self.provider, self.idp.entity, session=self.PERSON)))

    def sign_in(self) -> Identity:
        """A session of shib-admin, by a signed response and no keys."""
        sts = stranger(self.root.server)
        asked = {"RoleArn": role_arn(ROLE), "PrincipalArn": self.provider, "SAMLAssertion": self.response()}
        said = sts.assume_role_with_saml(**asked)
        return Identity(self.root.server, said["AssumedRoleUser"]["Arn"], keys_of(said["Credentials"]))


@pytest.fixture(scope="module")
def shibboleth(root):
    return Shibboleth(root)


@pytest.fixture
def shib(root, shibboleth):
    """A session of a newly made shib-admin, by SAML (S0-12); the role has no identity policy at all."""
    if any(role["RoleName"] == ROLE for role in root.iam.list_roles()["Roles"]):
        root.delete_role(ROLE)
    shibboleth.make_role()
    return shibboleth.sign_in()


@pytest.fixture(scope="module")
def aws(server, root, alice, tmp_path_factory):
    """The command line, with the profiles that the replay names."""
    command = cli.Aws(server, tmp_path_factory.mktemp("aws"))
    command.profile("root", root.keys)
    command.profile("alice", alice.keys)
    return command


def denied(caller: str, action: str, arn: str, why: str) -> Refusal:
    text = f"User: {caller} is not authorized to perform: {action} on resource: {arn} {why}"
    return Refusal("AccessDeniedException", text)


def unnamed(caller: str, action: str, arn: str) -> Refusal:
    """What whoever the key policy neither names nor delegates to is told."""
    return denied(caller, action, arn, f"because no resource-based policy allows the {action} action")


def shown(kms, key_id: str) -> dict:
    return json.loads(kms.get_key_policy(KeyId=key_id)["Policy"])


def created(aws, profile: str, policy: str, *more: str):
    return aws("--profile", profile, "kms", "create-key", "--policy", policy, *more, "--query", "KeyMetadata.KeyId", "--output", "text")


def test_the_replay_with_the_command_line(aws, root, shib, shibboleth):
    """Section 1.1's commands, one after the other."""
    policy = aws.write("p.json", POLICY)
    aws.profile("shib", shib.keys)
    key_id = created(aws, "root", policy).text()

    refused = created(aws, "alice", policy)
    assert refused.code == 255
    assert refused.err.strip().endswith(
        f"An error occurred (MalformedPolicyDocumentException) when calling the CreateKey operation: {LOCKED_OUT}"
    )
    put = ("kms", "put-key-policy", "--key-id", key_id, "--policy", policy)
    assert aws("--profile", "shib", *put).code == 0

    assert aws("--profile", "root", "iam", "delete-role", "--role-name", ROLE).code == 0
    made = aws(
        *("--profile", "root", "iam", "create-role", "--role-name", ROLE),
        *("--assume-role-policy-document", aws.write("trust.json", shibboleth.trust())),
    ).json()
    assert made["Role"]["Arn"] == role_arn(ROLE)
    assumed = aws(
        *("--no-sign-request", "sts", "assume-role-with-saml", "--role-arn", role_arn(ROLE)),
        *("--principal-arn", shibboleth.provider, "--saml-assertion", aws.write("response.b64", shibboleth.response())),
    ).json()
    assert assumed["AssumedRoleUser"]["Arn"] == session_arn(ROLE, shibboleth.PERSON)
    assert assumed["AssumedRoleUser"]["AssumedRoleId"] == f"{made['Role']['RoleId']}:{shibboleth.PERSON}"
    aws.profile("shib2", keys_of(assumed["Credentials"]))
    who = aws("--profile", "shib2", "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
    assert who.text() == session_arn(ROLE, shibboleth.PERSON)
    read = aws("--profile", "shib2", "kms", "get-key-policy", "--key-id", key_id, "--query", "Policy", "--output", "text")
    assert json.loads(read.text()) == json.loads(POLICY)

    # The contrast: the same by name. After the role's end and return its id is shown, and it is denied.
    by_name = document(account_may(Condition={"StringEquals": {"aws:PrincipalType": "Account"}}), statement(role_arn(ROLE), "kms:*"))
    named = created(aws, "root", aws.write("by-name.json", by_name)).text()
    by_name_put = ("kms", "get-key-policy", "--key-id", named, "--query", "Policy", "--output", "text")
    assert aws("--profile", "shib2", *by_name_put).code == 0
    assert aws("--profile", "root", "iam", "delete-role", "--role-name", ROLE).code == 0
    shibboleth.make_role()
    aws.profile("shib3", shibboleth.sign_in().keys)
    refused = aws("--profile", "shib3", *by_name_put)
    assert (refused.code, "(AccessDeniedException)" in refused.err) == (255, True), refused
    after = json.loads(aws("--profile", "root", *by_name_put).text())
    assert after["Statement"][1]["Principal"]["AWS"] == made["Role"]["RoleId"]

    only = aws.write("only-shib.json", document(statement(role_arn(ROLE), "kms:*")))
    other = created(aws, "root", only, "--bypass-policy-lockout-safety-check").text()
    said = aws("--profile", "root", "kms", "describe-key", "--key-id", other)
    assert said.code == 255
    assert "An error occurred (AccessDeniedException) when calling the DescribeKey operation:" in said.err
    assert said.err.strip().endswith("because no resource-based policy allows the kms:DescribeKey action")


def test_a_policy_without_administrators_needs_the_bypass(root):
    """S0-02."""
    policy = document(statement(root_arn(), ["kms:Encrypt", "kms:DescribeKey"]))
    assert refusal(root.kms.create_key, Policy=policy) == Refusal("MalformedPolicyDocumentException", LOCKED_OUT)
    made = root.kms.create_key(Policy=policy, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]
    assert root.kms.list_key_policies(KeyId=root.kms.create_key()["KeyMetadata"]["KeyId"])["PolicyNames"] == ["default"]
    assert outcome(root.kms.describe_key, KeyId=made["KeyId"]) == "ok"


def test_the_lockout_check_asks_for_the_caller_of_the_moment(root, alice, shib):
    """S0-02 and S0-08: one policy, three callers."""
    assert refusal(alice.kms.create_key, Policy=POLICY) == Refusal("MalformedPolicyDocumentException", LOCKED_OUT)
    key = root.kms.create_key(Policy=POLICY)["KeyMetadata"]
    assert outcome(shib.kms.put_key_policy, KeyId=key["KeyId"], Policy=POLICY) == "ok"
    only_root = document(statement("*", "kms:*", Condition={"StringEquals": {"aws:PrincipalArn": root_arn()}}))
    told = refusal(shib.kms.put_key_policy, KeyId=key["KeyId"], Policy=only_root)
    assert told == Refusal("MalformedPolicyDocumentException", LOCKED_OUT)
    assert shown(root.kms, key["KeyId"]) == json.loads(POLICY), "a refused policy changes nothing"
    assert outcome(root.kms.put_key_policy, KeyId=key["KeyId"], Policy=only_root) == "ok"
    assert refusal(shib.kms.get_key_policy, KeyId=key["KeyId"]) == unnamed(shib.arn, "kms:GetKeyPolicy", key["Arn"])


def test_everyone_under_a_condition_needs_no_identity_policy_within_the_account(root, alice, shib):
    """S0-08 and S0-09: shib-admin has no policy of its own, alice has all of them."""
    key = root.kms.create_key(Policy=POLICY)["KeyMetadata"]
    assert outcome(shib.kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == "ok"
    assert refusal(alice.kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == unnamed(alice.arn, "kms:Encrypt", key["Arn"])


def test_everyone_of_another_account_needs_an_identity_policy_too(root, other_root):
    """S0-09: the condition holds for both users; only one may ask."""
    silent = other_root.user("s0-silent")
    allowed = other_root.user("s0-allowed", identity_policy("kms:Encrypt"))
    names = [user_arn("s0-silent", OTHER_ACCOUNT), user_arn("s0-allowed", OTHER_ACCOUNT)]
    everyone = statement("*", "kms:*", Condition={"StringEquals": {"aws:PrincipalArn": names}})
    key = root.kms.create_key(Policy=document(account_may(), everyone))["KeyMetadata"]
    assert outcome(allowed.kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == "ok"
    told = refusal(silent.kms.encrypt, KeyId=key["Arn"], Plaintext=b"x")
    assert told == denied(silent.arn, "kms:Encrypt", key["Arn"], "because no identity-based policy allows the kms:Encrypt action")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (role_arn("paths/s0-pathed"), "ok"),
        (role_arn("*/s0-pathed"), "ok"),
        (role_arn("s0-pathed"), "AccessDeniedException"),
        (session_arn("s0-pathed"), "AccessDeniedException"),
        (session_arn("s0-pathed", "*"), "AccessDeniedException"),
        (root_arn(), "AccessDeniedException"),
    ],
)
def test_the_arn_of_a_session_is_its_roles(root, alice, pattern, expected):
    """S0-10: the role's ARN with its path, never the session's."""
    arn = role_arn("paths/s0-pathed")
    if outcome(root.iam.get_role, RoleName="s0-pathed") != "ok":
        root.role("s0-pathed", Path="/paths/")
    session = alice.assume(arn)
    assert session.sts.get_caller_identity()["Arn"] == session_arn("s0-pathed")
    condition = {"StringLike": {"aws:PrincipalArn": pattern}}
    only_root = account_may(Condition={"StringEquals": {"aws:PrincipalType": "Account"}})
    policy = document(only_root, statement("*", "kms:Encrypt", Condition=condition))
    key = root.kms.create_key(Policy=policy)["KeyMetadata"]
    assert outcome(session.kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == expected


def test_a_condition_survives_the_roles_end_and_a_named_principal_does_not(root, shib, shibboleth):
    """S0-03 and S0-10, side by side."""
    reader = account_may("kms:*", Condition={"StringEquals": {"aws:PrincipalType": "Account"}})
    by_condition = root.kms.create_key(Policy=POLICY)["KeyMetadata"]
    by_name = root.kms.create_key(Policy=document(reader, statement(role_arn(ROLE), "kms:*")))["KeyMetadata"]
    for key in (by_condition, by_name):
        assert outcome(shib.kms.get_key_policy, KeyId=key["KeyId"]) == "ok"
    gone = root.iam.get_role(RoleName=ROLE)["Role"]["RoleId"]
    assert gone.startswith("AROA")
    root.delete_role(ROLE)
    invalid = Refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
    assert refusal(shib.kms.get_key_policy, KeyId=by_name["KeyId"]) == invalid
    assert shown(root.kms, by_name["KeyId"])["Statement"][1]["Principal"] == {"AWS": gone}

    shibboleth.make_role()
    again = shibboleth.sign_in()
    assert root.iam.get_role(RoleName=ROLE)["Role"]["RoleId"] != gone
    assert outcome(again.kms.get_key_policy, KeyId=by_condition["KeyId"]) == "ok"
    assert refusal(again.kms.get_key_policy, KeyId=by_name["KeyId"]) == unnamed(again.arn, "kms:GetKeyPolicy", by_name["Arn"])
    assert shown(root.kms, by_name["KeyId"])["Statement"][1]["Principal"] == {"AWS": gone}, "the namesake is somebody else"
    assert outcome(shib.kms.describe_key, KeyId=by_condition["KeyId"]) == "UnrecognizedClientException"


def test_a_shown_id_cannot_be_put_again(root, shib):
    """S0-03: whoever copies the shown policy is told that it names nobody."""
    reader = account_may("kms:*", Condition={"StringEquals": {"aws:PrincipalType": "Account"}})
    key = root.kms.create_key(Policy=document(reader, statement(role_arn(ROLE), "kms:*")))["KeyMetadata"]
    root.delete_role(ROLE)
    copied = root.kms.get_key_policy(KeyId=key["KeyId"])["Policy"]
    assert refusal(root.kms.put_key_policy, KeyId=key["KeyId"], Policy=copied) == Refusal("MalformedPolicyDocumentException", INVALID)


def test_a_deleted_user_shows_as_its_id_and_its_namesake_gets_nothing(root):
    """S0-03, with a user."""
    somebody = root.user("s0-somebody")
    reader = account_may("kms:*", Condition={"StringEquals": {"aws:PrincipalType": "Account"}})
    key = root.kms.create_key(Policy=document(reader, statement(somebody.arn, "kms:Encrypt")))["KeyMetadata"]
    assert outcome(somebody.kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == "ok"
    gone = root.iam.get_user(UserName="s0-somebody")["User"]["UserId"]
    root.delete_user("s0-somebody")
    assert gone.startswith("AIDA")
    assert shown(root.kms, key["KeyId"])["Statement"][1]["Principal"] == {"AWS": gone}
    namesake = root.user("s0-somebody")
    assert namesake.arn == somebody.arn
    assert refusal(namesake.kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == unnamed(namesake.arn, "kms:Encrypt", key["Arn"])


def test_a_key_that_nobody_can_manage_refuses_everybody_and_names_the_layer(root, alice, shib, shibboleth):
    """S0-04 and S0-06: the only administrator is deleted; root is an ordinary principal."""
    key = root.kms.create_key(Policy=document(statement(role_arn(ROLE), "kms:*")), BypassPolicyLockoutSafetyCheck=True)
    key = key["KeyMetadata"]
    assert outcome(shib.kms.describe_key, KeyId=key["KeyId"]) == "ok"
    root.delete_role(ROLE)
    shibboleth.make_role(managed=(ADMINISTRATOR,))
    namesake = shibboleth.sign_in()
    default = policies.default_text()
    for caller in (root, alice, namesake):
        for name, action, more in (
            ("describe_key", "kms:DescribeKey", {}),
            ("get_key_policy", "kms:GetKeyPolicy", {}),
            ("put_key_policy", "kms:PutKeyPolicy", {"Policy": default}),
            ("put_key_policy", "kms:PutKeyPolicy", {"Policy": default, "BypassPolicyLockoutSafetyCheck": True}),
            ("encrypt", "kms:Encrypt", {"Plaintext": b"x"}),
            ("disable_key", "kms:DisableKey", {}),
            ("schedule_key_deletion", "kms:ScheduleKeyDeletion", {}),
            ("tag_resource", "kms:TagResource", {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
            ("list_resource_tags", "kms:ListResourceTags", {}),
        ):
            told = refusal(getattr(caller.kms, name), KeyId=key["KeyId"], **more)
            assert told == unnamed(caller.arn, action, key["Arn"]), (caller.arn, name)


def test_an_unfilled_hole_never_matches_and_the_lockout_check_says_so(root, alice, shib):
    """S0-11: stored as it is, it is a policy variable that does not exist."""
    for caller in (root, shib):
        key = root.kms.create_key(Policy=POLICY)["KeyMetadata"]
        told = refusal(caller.kms.put_key_policy, KeyId=key["KeyId"], Policy=TEMPLATE)
        assert told == Refusal("MalformedPolicyDocumentException", LOCKED_OUT)
    key = root.kms.create_key(Policy=TEMPLATE, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]
    for caller in (root, alice, shib):
        assert refusal(caller.kms.describe_key, KeyId=key["KeyId"]) == unnamed(caller.arn, "kms:DescribeKey", key["Arn"])


def test_the_administrator_is_whoever_the_provider_signs_for_and_nobody_else(root, alice, shib, shibboleth):
    """S0-12: no user of the account becomes shib-admin, and no response that another provider signed."""
    assert shib.arn == session_arn(ROLE, shibboleth.PERSON)
    assert outcome(alice.sts.assume_role, RoleArn=role_arn(ROLE), RoleSessionName="dean") == "AccessDenied"
    impostor = IdentityProvider(shibboleth.idp.entity)
    forged = presented(impostor.response(Assertion(role_arn(ROLE), shibboleth.provider, impostor.entity)))
    asked = {"RoleArn": role_arn(ROLE), "PrincipalArn": shibboleth.provider, "SAMLAssertion": forged}
    assert outcome(stranger(root.server).assume_role_with_saml, **asked) == "InvalidIdentityToken"


def test_describe_key_does_not_show_the_policy(root, alice):
    """S0-14: the article's way of reading it needs a right of its own."""
    key = root.kms.create_key(Policy=document(account_may(), statement(alice.arn, "kms:DescribeKey")))["KeyMetadata"]
    viewer = root.user("s0-viewer", identity_policy("kms:DescribeKey"))
    assert "Policy" not in viewer.kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    told = refusal(viewer.kms.get_key_policy, KeyId=key["KeyId"])
    why = "because no identity-based policy allows the kms:GetKeyPolicy action"
    assert told == denied(viewer.arn, "kms:GetKeyPolicy", key["Arn"], why)
