"""What a denial says: one layer, in AWS's words, and of several the first in AWS's order."""

import json

import pytest

from harness.clients import ACCOUNT, Refusal, outcome, refusal, root_arn
from harness.identities import ADMINISTRATOR, fresh, identity_policy
from harness.policies import account_may, document, statement

ACTION = "kms:Encrypt"
EVERYTHING = identity_policy("*")
DENY = {"Effect": "Deny", "Action": ACTION, "Resource": "*"}


def with_deny(policy: dict) -> dict:
    return policy | {"Statement": [*policy["Statement"], DENY]}


class Case:
    """A user's session of a role, and a key, each with the policies that a case names."""

    def __init__(self, root, identity=EVERYTHING, boundary=None, session=None, key=None, managed=()):
        self.key = root.kms.create_key(Policy=document(*(key or [account_may()])))["KeyMetadata"]
        limit = {"PermissionsBoundary": root.policy(boundary)} if boundary else {}
        documents = (identity,) if identity else ()
        arn = root.role(None, *documents, managed=managed, **limit)
        maker = root.user(None, identity_policy("sts:AssumeRole"))
        self.caller = maker.assume(arn, **({"Policy": json.dumps(session)} if session else {}))

    def told(self) -> str:
        """The end of the denial, after what is the same in all."""
        told = refusal(self.caller.kms.encrypt, KeyId=self.key["KeyId"], Plaintext=b"x")
        start = f"User: {self.caller.arn} is not authorized to perform: {ACTION} on resource: {self.key['Arn']} "
        assert told.code == "AccessDeniedException" and told.message.startswith(start), told
        return told.message.removeprefix(start)


NOT_ALLOWED = "because no {} allows the kms:Encrypt action"
FORBIDDEN = "with an explicit deny in {}"
ONLY_ROOT = account_may(Condition={"StringEquals": {"aws:PrincipalType": "Account"}})
ELSE = identity_policy("s3:*")
DENIED_BY_KEY = [account_may(), statement("*", ACTION, "Deny", Condition={"StringNotEquals": {"aws:PrincipalArn": root_arn()}})]


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ({"key": [ONLY_ROOT]}, NOT_ALLOWED.format("resource-based policy")),
        ({"identity": None}, NOT_ALLOWED.format("identity-based policy")),
        ({"identity": ELSE}, NOT_ALLOWED.format("identity-based policy")),
        ({"boundary": ELSE}, NOT_ALLOWED.format("permissions boundary")),
        ({"session": ELSE}, NOT_ALLOWED.format("session policy")),
        ({"key": DENIED_BY_KEY}, FORBIDDEN.format("a resource-based policy")),
        ({"identity": with_deny(EVERYTHING)}, FORBIDDEN.format("an identity-based policy")),
        ({"session": with_deny(EVERYTHING)}, FORBIDDEN.format("a session policy")),
        # A deny anywhere is told before what is not allowed elsewhere.
        ({"identity": with_deny(ELSE), "key": [ONLY_ROOT]}, FORBIDDEN.format("an identity-based policy")),
        ({"session": with_deny(ELSE), "identity": None}, FORBIDDEN.format("a session policy")),
        ({"key": DENIED_BY_KEY, "identity": None}, FORBIDDEN.format("a resource-based policy")),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else None,
)
def test_the_text_names_the_layer(root, policies, expected):
    assert Case(root, **policies).told() == expected


def test_a_deny_in_a_managed_policy_may_name_it(root):
    """AWS has begun to add the policy's ARN within one account."""
    arn = root.policy(with_deny(EVERYTHING))
    told = Case(root, identity=None, managed=(arn,)).told()
    assert told in (FORBIDDEN.format("an identity-based policy"), f"{FORBIDDEN.format('an identity-based policy')}: {arn}")
    told = Case(root, boundary=with_deny(EVERYTHING)).told()
    assert told.startswith(FORBIDDEN.format("a permissions boundary"))
    assert told.removeprefix(FORBIDDEN.format("a permissions boundary")).startswith(("", f": arn:aws:iam::{ACCOUNT}:policy/"))


@pytest.mark.parametrize("policies", [{}, {"boundary": EVERYTHING}, {"session": EVERYTHING}, {"boundary": EVERYTHING, "session": EVERYTHING}])
def test_all_layers_that_allow_allow(root, policies):
    case = Case(root, **policies)
    assert outcome(case.caller.kms.encrypt, KeyId=case.key["KeyId"], Plaintext=b"x") == "ok"


def test_actions_without_a_key_are_told_of_everything(root):
    """`*` stands for the resource where AWS knows none."""
    somebody = root.user()
    for name, action, more in (
        ("create_key", "kms:CreateKey", {}),
        ("list_keys", "kms:ListKeys", {}),
        ("list_aliases", "kms:ListAliases", {}),
        ("generate_random", "kms:GenerateRandom", {"NumberOfBytes": 8}),
    ):
        why = f"because no identity-based policy allows the {action} action"
        text = f"User: {somebody.arn} is not authorized to perform: {action} on resource: * {why}"
        assert refusal(getattr(somebody.kms, name), **more) == Refusal("AccessDeniedException", text)


def test_an_administrator_is_stopped_by_a_group_that_denies(root, kms):
    group, key_id = fresh("group"), kms.create_key()["KeyMetadata"]["KeyId"]
    somebody = root.user(None, managed=(ADMINISTRATOR,))
    assert outcome(somebody.kms.encrypt, KeyId=key_id, Plaintext=b"x") == "ok"
    root.iam.create_group(GroupName=group)
    root.iam.put_group_policy(GroupName=group, PolicyName="deny", PolicyDocument=json.dumps(identity_policy("kms:*", "Deny")))
    root.iam.add_user_to_group(GroupName=group, UserName=somebody.arn.rsplit("/", 1)[1])
    assert FORBIDDEN.format("an identity-based policy") in refusal(somebody.kms.encrypt, KeyId=key_id, Plaintext=b"x").message
