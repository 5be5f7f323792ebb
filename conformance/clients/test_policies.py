"""Key policies decide: their text, their refusals, the lockout check, and conditions met and not met."""

import json

import pytest

from harness import policies
from harness.clients import ACCOUNT, OTHER_ACCOUNT, Refusal, alias_arn, outcome, refusal, root_arn
from harness.policies import account_may, document, statement

LOCKOUT = Refusal(
    "MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future."
)
INVALID_PRINCIPALS = Refusal(
    "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals."
)
KEEP = account_may(["kms:PutKeyPolicy", "kms:GetKeyPolicy", "kms:DescribeKey", "kms:CreateAlias", "kms:TagResource"], Sid="Keep")


def test_a_key_without_a_policy_gets_the_default_one_byte_for_byte(kms, other_kms, key):
    said = kms.get_key_policy(KeyId=key["KeyId"])
    assert (said["Policy"], said["PolicyName"]) == (policies.default_text(), "default")
    theirs = other_kms.create_key()["KeyMetadata"]["KeyId"]
    assert other_kms.get_key_policy(KeyId=theirs)["Policy"] == policies.default_text(OTHER_ACCOUNT)


def test_get_key_policy_by_its_name_is_get_key_policy(kms, key):
    assert kms.get_key_policy(KeyId=key["Arn"], PolicyName="default")["Policy"] == policies.default_text()


@pytest.mark.parametrize("name", ["AWS_RAM", "other"])
def test_a_policy_of_another_name_is_not_there(kms, key, name):
    assert refusal(kms.get_key_policy, KeyId=key["KeyId"], PolicyName=name).code == "NotFoundException"


def test_the_ram_policy_is_not_the_callers_to_write(kms, key):
    told = refusal(kms.put_key_policy, KeyId=key["KeyId"], PolicyName="AWS_RAM", Policy=policies.default_text())
    assert told == Refusal("ValidationException", "The AWS_RAM policy can only be managed by the RAM service")


def test_put_key_policy_replaces_the_policy_and_gives_it_back_in_aws_layout(kms, key):
    sent = document(account_may(), statement(root_arn(OTHER_ACCOUNT), ["kms:Encrypt", "kms:Decrypt"]), Id="two")
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=sent)
    text = kms.get_key_policy(KeyId=key["KeyId"])["Policy"]
    assert json.loads(text) == json.loads(sent)
    assert text.startswith('{\n  "Version" : "2012-10-17",\n  "Id" : "two",\n  "Statement" : [ {\n    "Effect" : "Allow"')
    assert '"Action" : [ "kms:Encrypt", "kms:Decrypt" ],' in text
    assert text.endswith('"Resource" : "*"\n  } ]\n}')


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "{}",
        "[]",
        '"text"',
        '{"Version":"2012-10-17","Statement":[]}',
        '{"Version":"2012-10-17"}',
        '{"Version":"2012-10-18","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}',
        '{"Version":"2012-10-17","Statement":[{"Effect":"Permit","Principal":"*","Action":"kms:*","Resource":"*"}]}',
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}',
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","NotAction":"kms:*","Resource":"*"}]}',
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Extra":1}]}',
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}',
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"Nonsense":{"a":"b"}}}]}',
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]} trailing',
        "{" * 5000,
        "[" * 30000,
    ],
    ids=lambda text: text[:60] + str(len(text)),
)
def test_a_malformed_policy_is_refused_and_the_old_one_stays(kms, key, text):
    assert refusal(kms.put_key_policy, KeyId=key["KeyId"], Policy=text).code == "MalformedPolicyDocumentException"
    assert refusal(kms.create_key, Policy=text).code == "MalformedPolicyDocumentException"
    assert kms.get_key_policy(KeyId=key["KeyId"])["Policy"] == policies.default_text()


@pytest.mark.parametrize(
    "principal",
    [
        "arn:aws:iam::999999999999:root",
        f"arn:aws:iam::{ACCOUNT}:user/nobody",
        f"arn:aws:iam::{ACCOUNT}:role/nobody",
        f"arn:aws:iam::{ACCOUNT}:role/*",
        f"arn:aws:iam::{ACCOUNT}:group/admins",
        "AROAEXAMPLEEXAMPLE123",
        "nonsense",
    ],
)
def test_a_principal_that_does_not_exist_is_refused(kms, key, principal):
    for bypass in (False, True):
        told = refusal(
            kms.put_key_policy,
            KeyId=key["KeyId"],
            Policy=document(account_may(), statement(principal, "kms:Encrypt")),
            BypassPolicyLockoutSafetyCheck=bypass,
        )
        assert told == INVALID_PRINCIPALS


def test_a_policy_over_32_kib_exceeds_a_limit(kms, key):
    padded = policies.default_text() + " " * (32769 - len(policies.default_text()))
    assert refusal(kms.put_key_policy, KeyId=key["KeyId"], Policy=padded).code == "LimitExceededException"
    kms.put_key_policy(KeyId=key["KeyId"], Policy=padded[:-1])


def test_a_policy_with_a_character_outside_latin_1_is_refused_by_its_constraint(kms, key):
    told = refusal(kms.put_key_policy, KeyId=key["KeyId"], Policy=document(account_may(Sid="x")).replace("x", "鍵"))
    assert told.code == "ValidationException"
    assert "at 'policy' failed to satisfy constraint: Member must satisfy regular expression pattern: " in told.message


LOCKING_OUT = {
    "no PutKeyPolicy": document(account_may(["kms:Encrypt", "kms:Decrypt", "kms:Describe*"])),
    "only another account": document(statement(root_arn(OTHER_ACCOUNT), "kms:*")),
    "denied to all": document(account_may(), statement("*", "kms:PutKeyPolicy", "Deny")),
    "only by IAM users": document(account_may(Condition={"StringEquals": {"aws:PrincipalType": "User"}})),
    "only with MFA": document(account_may(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
    "only while bypassing": document(account_may(Condition={"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}})),
    "without an action": document({"Effect": "Allow", "Principal": {"AWS": root_arn()}, "Resource": "*"}),
    "without a resource": document({"Effect": "Allow", "Principal": {"AWS": root_arn()}, "Action": "kms:*"}),
    "another key": document(account_may(Resource=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/other")),
}


@pytest.mark.parametrize("name", LOCKING_OUT)
def test_a_policy_that_locks_its_author_out_is_refused(kms, key, name):
    assert refusal(kms.create_key, Policy=LOCKING_OUT[name]) == LOCKOUT
    assert refusal(kms.put_key_policy, KeyId=key["KeyId"], Policy=LOCKING_OUT[name]) == LOCKOUT
    assert kms.get_key_policy(KeyId=key["KeyId"])["Policy"] == policies.default_text()


@pytest.mark.parametrize("name", LOCKING_OUT)
def test_bypassing_the_check_attaches_it_and_the_author_is_locked_out(kms, key, name):
    kms.put_key_policy(KeyId=key["KeyId"], Policy=LOCKING_OUT[name], BypassPolicyLockoutSafetyCheck=True)
    told = refusal(kms.put_key_policy, KeyId=key["KeyId"], Policy=policies.default_text())
    assert told.code == "AccessDeniedException"
    assert kms.create_key(Policy=LOCKING_OUT[name], BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["Enabled"]


PASSING = {
    "the account": document(account_may()),
    "the bare account id": document(statement(ACCOUNT, "kms:*")),
    "everyone": document(statement("*", "kms:*")),
    "only PutKeyPolicy": document(account_may("kms:PutKeyPolicy")),
    "a wildcard action": document(account_may("kms:put*")),
    "all but some actions": document({"Effect": "Allow", "Principal": {"AWS": root_arn()}, "NotAction": "kms:Decrypt", "Resource": "*"}),
    "only the root user": document(account_may(Condition={"StringEquals": {"aws:PrincipalType": "Account"}})),
    "everyone whose ARN is root's": document(statement("*", "kms:*", Condition={"StringLike": {"aws:PrincipalArn": root_arn()}})),
    "a deny that spares the author": document(
        account_may(), statement("*", "kms:PutKeyPolicy", "Deny", Condition={"ArnNotEquals": {"aws:PrincipalArn": root_arn()}})
    ),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_policy_that_keeps_its_author_in_is_accepted(kms, key, name):
    kms.put_key_policy(KeyId=key["KeyId"], Policy=PASSING[name])
    kms.put_key_policy(KeyId=key["KeyId"], Policy=PASSING[name])
    assert kms.create_key(Policy=PASSING[name])["KeyMetadata"]["Enabled"]


def test_what_no_statement_allows_is_denied_in_aws_words(kms, key):
    kms.put_key_policy(KeyId=key["KeyId"], Policy=document(KEEP))
    told = refusal(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
    assert told == Refusal(
        "AccessDeniedException",
        f"User: {root_arn()} is not authorized to perform: kms:Encrypt on resource: {key['Arn']} "
        "because no resource-based policy allows the kms:Encrypt action",
    )


def test_what_a_statement_denies_is_denied_in_aws_words_whatever_allows_it(kms, key):
    kms.put_key_policy(KeyId=key["KeyId"], Policy=document(account_may(), statement("*", "kms:GenerateDataKey*", "Deny")))
    told = refusal(kms.generate_data_key, KeyId=key["KeyId"], KeySpec="AES_256")
    assert told == Refusal(
        "AccessDeniedException",
        f"User: {root_arn()} is not authorized to perform: kms:GenerateDataKey on resource: {key['Arn']} "
        "with an explicit deny in a resource-based policy",
    )
    assert outcome(kms.generate_data_key_without_plaintext, KeyId=key["KeyId"], KeySpec="AES_256") == "AccessDeniedException"
    assert outcome(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == "ok"


def test_re_encrypt_needs_its_two_actions_on_its_two_keys(kms, key):
    target = kms.create_key()["KeyMetadata"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    for denied_key, action in ((key, "kms:ReEncryptFrom"), (target, "kms:ReEncryptTo")):
        kms.put_key_policy(KeyId=denied_key["KeyId"], Policy=document(account_may(), statement("*", action, "Deny")))
        told = refusal(kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=target["KeyId"])
        assert told.message.startswith(f"User: {root_arn()} is not authorized to perform: {action} on resource: {denied_key['Arn']}")
        kms.put_key_policy(KeyId=denied_key["KeyId"], Policy=policies.default_text())
    kms.put_key_policy(KeyId=key["KeyId"], Policy=document(account_may(), statement("*", ["kms:Decrypt", "kms:ReEncryptTo"], "Deny")))
    kms.put_key_policy(KeyId=target["KeyId"], Policy=document(account_may(), statement("*", ["kms:Encrypt", "kms:ReEncryptFrom"], "Deny")))
    assert outcome(kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=target["KeyId"]) == "ok"


def met(kms, key, condition: dict, **parameters) -> str:
    """Whether Encrypt is allowed by a statement with a condition, and by nothing else."""
    allow = account_may("kms:Encrypt", Sid="Conditional", Condition=condition)
    kms.put_key_policy(KeyId=key["KeyId"], Policy=document(KEEP, allow))
    return outcome(kms.encrypt, **({"KeyId": key["KeyId"], "Plaintext": b"x"} | parameters))


IT = {"EncryptionContext": {"Department": "IT"}}
CONDITIONS = [
    ({"StringEquals": {"kms:EncryptionContext:Department": "IT"}}, IT, {}),
    ({"StringEquals": {"kms:encryptioncontext:department": "IT"}}, IT, {"EncryptionContext": {"Department": "it"}}),
    ({"StringEquals": {"kms:EncryptionContext:Department": ["HR", "IT"]}}, IT, {"EncryptionContext": {"Department": "CEO"}}),
    ({"StringLike": {"kms:EncryptionContext:Department": "I*"}}, IT, {"EncryptionContext": {"Department": "HI"}}),
    ({"Null": {"kms:EncryptionContext:Department": "true"}}, {}, IT),
    ({"StringNotEquals": {"kms:EncryptionContext:Department": "HR"}}, {}, {"EncryptionContext": {"Department": "HR"}}),
    ({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "Department"}}, IT, {"EncryptionContext": {"Other": "IT"}}),
    (
        {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["Department", "Purpose"]}},
        IT,
        {"EncryptionContext": {"Department": "IT", "Else": "x"}},
    ),
    (
        {"StringEquals": {"kms:EncryptionContext:Department": "IT"}, "Null": {"kms:EncryptionContext:Purpose": "false"}},
        {"EncryptionContext": {"Department": "IT", "Purpose": "any"}},
        IT,
    ),
]


@pytest.mark.parametrize(("condition", "holds", "fails"), CONDITIONS, ids=lambda value: json.dumps(value))
def test_conditions_on_the_encryption_context(kms, key, condition, holds, fails):
    assert met(kms, key, condition, **holds) == "ok"
    assert met(kms, key, condition, **fails) == "AccessDeniedException"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"kms:CallerAccount": ACCOUNT}}, "ok"),
        ({"StringEquals": {"kms:CallerAccount": OTHER_ACCOUNT}}, "AccessDeniedException"),
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, "AccessDeniedException"),
        ({"Null": {"kms:ViaService": "true"}}, "ok"),
        ({"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}, "ok"),
        ({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT", "kms:KeyUsage": "ENCRYPT_DECRYPT", "kms:KeyOrigin": "AWS_KMS"}}, "ok"),
        ({"StringEquals": {"kms:KeySpec": "RSA_2048"}}, "AccessDeniedException"),
        ({"Bool": {"kms:MultiRegion": "false"}}, "ok"),
        ({"Bool": {"kms:MultiRegion": "true"}}, "AccessDeniedException"),
        ({"Null": {"kms:MultiRegionKeyType": "true"}}, "ok"),
        ({"Bool": {"aws:SecureTransport": "false"}}, "ok"),
        ({"Bool": {"aws:SecureTransport": "true"}}, "AccessDeniedException"),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, "ok"),
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, "AccessDeniedException"),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, "ok"),
        ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:userid": ACCOUNT}}, "ok"),
        ({"ArnEquals": {"aws:PrincipalArn": root_arn()}}, "ok"),
        ({"StringEquals": {"aws:PrincipalType": "Account"}}, "ok"),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, "ok"),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, "AccessDeniedException"),
        ({"NumericGreaterThan": {"aws:EpochTime": "1500000000"}}, "ok"),
        ({"StringLike": {"aws:UserAgent": "*Boto3*"}}, "ok"),
        ({"StringEquals": {"aws:ResourceAccount": ACCOUNT}}, "ok"),
        ({"StringEquals": {"no:SuchKey": "x"}}, "AccessDeniedException"),
        ({"StringEqualsIfExists": {"no:SuchKey": "x"}}, "ok"),
    ],
    ids=lambda value: json.dumps(value),
)
def test_conditions_on_the_request_and_the_caller(kms, key, condition, expected):
    assert met(kms, key, condition) == expected


def test_a_condition_on_a_tag_of_the_key_follows_the_tag(kms, key):
    condition = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    assert met(kms, key, condition) == "AccessDeniedException"
    kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "team", "TagValue": "blue"}])
    assert met(kms, key, condition) == "ok"
    kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "team", "TagValue": "red"}])
    assert met(kms, key, condition) == "AccessDeniedException"


def test_a_condition_on_request_tags_limits_tag_resource(kms, key):
    deny = statement("*", "kms:TagResource", "Deny", Condition={"StringNotEquals": {"aws:RequestTag/cost": ["1", "2"]}})
    kms.put_key_policy(KeyId=key["KeyId"], Policy=document(account_may(), deny))
    assert outcome(kms.tag_resource, KeyId=key["KeyId"], Tags=[{"TagKey": "cost", "TagValue": "3"}]) == "AccessDeniedException"
    assert outcome(kms.tag_resource, KeyId=key["KeyId"], Tags=[{"TagKey": "other", "TagValue": "1"}]) == "AccessDeniedException"
    assert outcome(kms.tag_resource, KeyId=key["KeyId"], Tags=[{"TagKey": "cost", "TagValue": "2"}]) == "ok"


def test_a_condition_on_the_request_alias_needs_the_request_to_name_it(kms, key):
    name = f"alias/by-{key['KeyId']}"
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    condition = {"StringEquals": {"kms:RequestAlias": name}}
    assert met(kms, key, condition, KeyId=name) == "ok"
    assert met(kms, key, condition, KeyId=alias_arn(name)) == "ok"
    assert met(kms, key, condition) == "AccessDeniedException"
    assert met(kms, key, condition, KeyId=key["Arn"]) == "AccessDeniedException"


def test_the_pending_window_can_be_bounded_by_a_condition(kms, key):
    condition = {"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": "14"}}
    kms.put_key_policy(
        KeyId=key["KeyId"], Policy=document(account_may(), statement("*", "kms:ScheduleKeyDeletion", "Deny", Condition=condition))
    )
    assert outcome(kms.schedule_key_deletion, KeyId=key["KeyId"], PendingWindowInDays=7) == "AccessDeniedException"
    assert outcome(kms.schedule_key_deletion, KeyId=key["KeyId"], PendingWindowInDays=14) == "ok"


def test_bypassing_can_be_forbidden_by_a_condition(kms, key):
    forbid = statement("*", "kms:PutKeyPolicy", "Deny", Condition={"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}})
    policy = document(account_may(), forbid)
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy)
    told = outcome(kms.put_key_policy, KeyId=key["KeyId"], Policy=policy, BypassPolicyLockoutSafetyCheck=True)
    assert told == "AccessDeniedException"
    assert outcome(kms.put_key_policy, KeyId=key["KeyId"], Policy=policy) == "ok"


def test_an_overly_permissive_set_operator_is_refused(kms, key):
    condition = {"ForAllValues:StringEquals": {"kms:EncryptionContext:Department": "IT"}}
    told = refusal(kms.put_key_policy, KeyId=key["KeyId"], Policy=document(account_may(), account_may("kms:Encrypt", Condition=condition)))
    assert told.code == "MalformedPolicyDocumentException"
    assert told.message.startswith("OverlyPermissiveCondition: Using the ForAllValues set operator")


def test_create_alias_and_delete_alias_need_the_key_to_allow_them(kms, key):
    name = f"alias/needs-{key['KeyId']}"
    deny = statement("*", ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"], "Deny")
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    kms.put_key_policy(KeyId=key["KeyId"], Policy=document(account_may(), deny))
    another = kms.create_key()["KeyMetadata"]["KeyId"]
    calls = [
        (kms.create_alias, {"AliasName": f"{name}-2", "TargetKeyId": key["KeyId"]}, "kms:CreateAlias"),
        (kms.delete_alias, {"AliasName": name}, "kms:DeleteAlias"),
        (kms.update_alias, {"AliasName": name, "TargetKeyId": another}, "kms:UpdateAlias"),
    ]
    for call, parameters, action in calls:
        told = refusal(call, **parameters)
        assert told.code == "AccessDeniedException"
        assert f"not authorized to perform: {action} on resource: {key['Arn']}" in told.message
