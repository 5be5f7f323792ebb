"""Passwords and second factors: a code counts once, sessions carry the factor, and storms of guesses are held up."""

import concurrent.futures
import copy
import json
import re
import urllib.parse

import pytest
from botocore.exceptions import ClientError

from harness.clients import fault, outcome, refusal, root_arn
from harness.identities import ADMINISTRATOR, Device, fresh, identity_policy, trust
from harness.policies import account_may, document, statement
from harness.wire import Wire

DENIED = ("AccessDenied", 403)
WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code."
PASSWORD, ANOTHER = "c0rrect-Horse", "battery-Staple7"
# Wrong guesses that cost no waiting.
FREE = 5
# What the log says of a guess that has to wait.
HELD_UP = "too many wrong guesses: not looked at"
WITH_FACTOR = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
NO_FACTOR = {"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}


class Person:
    """A user with a device that is enabled."""

    def __init__(self, root, *documents: dict):
        self.name = fresh("person")
        self.identity = root.user(self.name, *documents)
        self.device = Device(root.iam)
        self.device.enable(root.iam, self.name)
        self.sts = self.identity.sts

    def session(self, code: str | None = None):
        return self.identity.session(SerialNumber=self.device.serial, TokenCode=code or self.device.fresh_code())


@pytest.fixture
def person(root):
    return Person(root, identity_policy(["kms:*", "sts:AssumeRole"]))


def test_a_device_shows_its_seed_once_and_a_picture_of_it(root):
    device = Device(root.iam)
    assert len(device.seed) == 40 and device.image.startswith(b"\x89PNG")
    listed = root.iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    [shown] = [item for item in listed if item["SerialNumber"] == device.serial]
    assert shown.keys() == {"SerialNumber"}


def test_enabling_needs_two_codes_in_a_row(root):
    name, device, iam = fresh("person"), Device(root.iam), root.iam
    iam.create_user(UserName=name)
    now, which = device.now(), {"UserName": name, "SerialNumber": device.serial}
    wrong = ("InvalidAuthenticationCode", 403)
    for first, second in ((now, now), (now, now - 1), (now - 3, now - 1)):
        codes = {"AuthenticationCode1": device.code(first), "AuthenticationCode2": device.code(second)}
        assert fault(iam.enable_mfa_device, **which, **codes).kind == wrong
    assert iam.list_mfa_devices(UserName=name)["MFADevices"] == []
    device.enable(iam, name)
    [shown] = iam.list_mfa_devices(UserName=name)["MFADevices"]
    assert (shown["UserName"], shown["SerialNumber"]) == (name, device.serial)
    codes = {"AuthenticationCode1": device.code(now), "AuthenticationCode2": device.code(now + 1)}
    assert fault(iam.enable_mfa_device, **which, **codes).kind == ("EntityAlreadyExists", 409)


def test_a_device_in_use_is_not_deleted_nor_its_user(root, person):
    assert fault(root.iam.delete_virtual_mfa_device, SerialNumber=person.device.serial).kind == ("DeleteConflict", 409)
    root.iam.delete_access_key(UserName=person.name, AccessKeyId=person.identity.keys.access)
    root.iam.delete_user_policy(UserName=person.name, PolicyName="inline-0")
    told = fault(root.iam.delete_user, UserName=person.name)
    assert told.kind == ("DeleteConflict", 409) and "MFA device" in told.message
    root.iam.deactivate_mfa_device(UserName=person.name, SerialNumber=person.device.serial)
    root.iam.delete_virtual_mfa_device(SerialNumber=person.device.serial)
    root.iam.delete_user(UserName=person.name)


def test_a_session_with_a_factor_satisfies_conditions_that_one_without_does_not(root, person):
    kms = root.kms
    policy = document(account_may("kms:*"), account_may("kms:Decrypt"))
    key = kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    deny = json.dumps(
        identity_policy("kms:Encrypt", "Deny", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})
    )
    root.iam.put_user_policy(UserName=person.name, PolicyName="deny", PolicyDocument=deny)
    strong, weak = person.session(), person.identity.session()
    told = {
        name: outcome(who.kms.encrypt, KeyId=key, Plaintext=b"x")
        for name, who in (("strong", strong), ("weak", weak), ("key", person.identity))
    }
    assert told == {"strong": "ok", "weak": "AccessDeniedException", "key": "AccessDeniedException"}


def test_a_condition_on_a_present_factor_is_met_by_a_session_with_one_alone(root, person):
    only = account_may("kms:Encrypt", Condition=WITH_FACTOR)
    key = root.kms.create_key(Policy=document(account_may("kms:PutKeyPolicy"), only))["KeyMetadata"]["KeyId"]
    strong = person.session()
    assert outcome(strong.kms.encrypt, KeyId=key, Plaintext=b"x") == "ok"
    for who in (person.identity, person.identity.session(), root):
        assert outcome(who.kms.encrypt, KeyId=key, Plaintext=b"x") == "AccessDeniedException"


def test_the_age_of_a_factor(root, person):
    young = account_may("kms:Encrypt", Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}})
    old = account_may("kms:Decrypt", Condition={"NumericGreaterThan": {"aws:MultiFactorAuthAge": "300"}})
    policy = document(account_may("kms:PutKeyPolicy"), young, old)
    key, strong = root.kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"], person.session()
    blob = strong.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert outcome(strong.kms.decrypt, CiphertextBlob=blob) == "AccessDeniedException"


def test_a_role_can_ask_for_a_factor(root, person):
    arn = root.role(None, managed=(ADMINISTRATOR,), trusted=trust(root_arn(), Condition=WITH_FACTOR))
    ask = {"RoleArn": arn, "RoleSessionName": "session"}
    assert fault(person.sts.assume_role, **ask).kind == DENIED
    factor = {"SerialNumber": person.device.serial, "TokenCode": person.device.fresh_code()}
    assert outcome(person.sts.assume_role, **ask, **factor) == "ok"
    told = fault(person.sts.assume_role, **ask, **factor)
    assert (told.kind, told.message) == (DENIED, WRONG_CODE)


def test_a_session_with_a_factor_calls_iam(root):
    somebody = Person(root, identity_policy("iam:ListUsers"))
    assert outcome(somebody.session().iam.list_users) == "ok"


def test_a_code_counts_once(person):
    code = person.device.fresh_code()
    assert outcome(person.session(code).kms.list_keys) == "ok"
    factor = {"SerialNumber": person.device.serial, "TokenCode": code}
    told = fault(person.sts.get_session_token, **factor)
    assert (told.kind, told.message) == (DENIED, WRONG_CODE)


def test_of_many_that_bring_the_same_code_at_once_one_is_let_in(person):
    factor = {"SerialNumber": person.device.serial, "TokenCode": person.device.fresh_code()}
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        told = list(pool.map(lambda _: outcome(person.sts.get_session_token, **factor), range(12)))
    assert sorted(told) == ["AccessDenied"] * 11 + ["ok"]


def test_the_root_user_has_a_second_factor_too(other_root):
    """It names itself by its account's number; sessions with the factor meet conditions on it."""
    iam, account = other_root.iam, other_root.account
    assert iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 0
    device = Device(iam)
    device.enable(iam, account)
    assert iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 1
    assert [item["SerialNumber"] for item in iam.list_mfa_devices()["MFADevices"]] == [device.serial]
    with_factor = other_root.session(SerialNumber=device.serial, TokenCode=device.fresh_code())
    policy = document(account_may(account=account), statement(root_arn(account), "kms:*", "Deny", Sid="NoFactor", **NO_FACTOR))
    key = other_root.kms.create_key(Policy=policy, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["KeyId"]
    told = [outcome(who.kms.describe_key, KeyId=key) for who in (other_root, other_root.session(), with_factor)]
    assert told == ["AccessDeniedException", "AccessDeniedException", "ok"]
    wrong = {"SerialNumber": device.serial, "TokenCode": device.wrong_code()}
    assert refusal(other_root.sts.get_session_token, **wrong) == ("AccessDenied", WRONG_CODE)
    iam.deactivate_mfa_device(UserName=account, SerialNumber=device.serial)
    iam.delete_virtual_mfa_device(SerialNumber=device.serial)
    assert iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 0


def test_the_codes_that_enabled_a_device_are_used_up(person):
    used = person.device.code(person.device.used)
    told = fault(person.sts.get_session_token, SerialNumber=person.device.serial, TokenCode=used)
    assert (told.kind, told.message) == (DENIED, WRONG_CODE)


def test_a_factor_that_is_incomplete_wrong_or_somebody_elses(root, person):
    other, serial = Person(root), person.device.serial
    assert fault(person.sts.get_session_token, SerialNumber=serial).kind == DENIED
    assert fault(person.sts.get_session_token, TokenCode="123456").kind == DENIED
    wrong = [
        (person, serial, person.device.wrong_code()),
        (person, other.device.serial, other.device.fresh_code()),
        (person, serial.replace(person.device.serial.rsplit("/", 1)[1], "no-such-phone"), "123456"),
    ]
    for who, number, code in wrong:
        told = fault(who.sts.get_session_token, SerialNumber=number, TokenCode=code)
        assert (told.kind, told.message) == (DENIED, WRONG_CODE)


def test_a_storm_of_wrong_codes_holds_up_the_right_one_too(person, root):
    """A code of six digits must withstand ten thousand guesses: what comes too fast is not looked at."""
    serial, wrong = person.device.serial, person.device.wrong_code()

    def guess(code: str) -> tuple[str, str]:
        return refusal(person.sts.get_session_token, SerialNumber=serial, TokenCode=code)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        told = set(pool.map(guess, [wrong] * 300))
    assert told == {("AccessDenied", WRONG_CODE)}
    assert guess(person.device.fresh_code()) == ("AccessDenied", WRONG_CODE), "the right code was not held up"
    assert outcome(Person(root).session().sts.get_caller_identity) == "ok", "somebody else was held up"


GUESSES, WARM, THREADS = 10_000, 2_000, 8
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def guesses(server, person: Person, codes: list[str]) -> set[tuple[int, bytes]]:
    """Every different answer to these codes, over one connection; the number of a request is left out."""
    connection = Wire(server, person.identity.keys)
    said = set()
    for code in codes:
        form = urllib.parse.urlencode(
            {"Action": "GetSessionToken", "Version": "2011-06-15", "SerialNumber": person.device.serial, "TokenCode": code}
        )
        request = connection.request(form.encode(), target=None, content_type=FORM, service="sts")
        answer = connection.send(request)
        said.add((answer.status, re.sub(rb"<RequestId>[^<]*</RequestId>", b"", answer.body)))
    connection.close()
    return said


def answer_while_held_up(server, right, storm):
    """What a right guess is answered that the storm before it holds up. Where the wait happens to end between the two it is
    looked at, as it should be, and the storm comes again."""
    for _ in range(8):
        before = server.log().count(HELD_UP)
        answer = right()
        if server.log().count(HELD_UP) > before:
            return answer
        storm()
    pytest.fail("the right guess was never held up")


def test_ten_thousand_wrong_codes_are_five_guesses(server, root):
    """Throttled, logged, the same answer for all, and nothing is kept of them: the log tells how many were looked at."""
    person = Person(root, identity_policy("sts:*"))
    device = next(item for item in root.iam.list_mfa_devices(UserName=person.name)["MFADevices"])
    assert device["SerialNumber"] == person.device.serial
    near = {person.device.code(person.device.now() + off) for off in range(-20, 200)}
    wrong = [code for code in (f"{number:06d}" for number in range(GUESSES + 300)) if code not in near][:GUESSES]
    before = server.log()
    count = lambda text: server.log().count(text) - before.count(text)  # noqa: E731
    said, resident = set(), []
    for some in (wrong[:WARM], wrong[WARM:]):
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            shares = [some[start::THREADS] for start in range(THREADS)]
            said = said.union(*pool.map(lambda share: guesses(server, person, share), shares))
        resident.append(server.resident_kib())
    [(status, body)] = said
    assert status == 403 and WRONG_CODE.encode() in body
    looked_at, held_up = count("a code of a second factor was refused"), count(HELD_UP)
    assert looked_at + held_up == GUESSES, "each guess is logged"
    assert FREE <= looked_at <= FREE + 12, "waiting doubles: of a storm of minutes a handful is looked at"

    def right() -> set[tuple[int, bytes]]:
        return guesses(server, person, [person.device.fresh_code()])

    held = answer_while_held_up(server, right, storm=lambda: guesses(server, person, wrong[:WARM]))
    assert held == said, "the right code is told from no wrong one"
    unknown = copy.copy(person)
    unknown.device = copy.copy(person.device)
    unknown.device.serial += "-x"
    assert guesses(server, unknown, wrong[:1]) == said, "nor is a device that does not exist"
    assert resident[1] - resident[0] < 8 * 1024, f"{resident} KiB"


def test_a_storm_of_wrong_pairs_holds_up_enabling_too(root):
    name, device, iam = fresh("person"), Device(root.iam), root.iam
    iam.create_user(UserName=name)
    which, wrong = {"UserName": name, "SerialNumber": device.serial}, device.wrong_code()
    for _ in range(FREE + 3):
        told = fault(iam.enable_mfa_device, **which, AuthenticationCode1=wrong, AuthenticationCode2=wrong)
        assert told.kind == ("InvalidAuthenticationCode", 403)
    with pytest.raises(ClientError, match="InvalidAuthenticationCode"):
        device.enable(iam, name)


def test_a_user_changes_its_own_password_by_the_old_one(root):
    name = fresh("person")
    somebody = root.user(name, identity_policy("iam:ChangePassword"))
    root.iam.create_login_profile(UserName=name, Password=PASSWORD)
    told = fault(somebody.iam.change_password, OldPassword=ANOTHER, NewPassword="s0mething-Else")
    assert (told.kind, told.message) == (DENIED, "The old password was incorrect.")
    assert outcome(somebody.iam.change_password, OldPassword=PASSWORD, NewPassword=ANOTHER) == "ok"
    assert fault(somebody.iam.change_password, OldPassword=PASSWORD, NewPassword="s0mething-Else").kind == DENIED
    assert fault(somebody.iam.change_password, OldPassword=ANOTHER, NewPassword="weak").kind == ("PasswordPolicyViolation", 400)
    told = fault(root.iam.change_password, OldPassword=PASSWORD, NewPassword=ANOTHER)
    assert told.kind == ("InvalidUserType", 400)


def test_a_storm_of_wrong_passwords_holds_up_the_right_one_too(server, root):
    name = fresh("person")
    somebody = root.user(name, identity_policy("iam:ChangePassword"))
    root.iam.create_login_profile(UserName=name, Password=PASSWORD)

    def guess(old: str) -> tuple[str, str] | None:
        try:
            somebody.iam.change_password(OldPassword=old, NewPassword=PASSWORD)
        except ClientError as told:
            return told.response["Error"]["Code"], told.response["Error"]["Message"]
        return None

    def storm():
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            told = set(pool.map(guess, [f"wr0ng-Guess{number}" for number in range(200)]))
        assert told == {("AccessDenied", "The old password was incorrect.")}

    storm()
    right = answer_while_held_up(server, lambda: guess(PASSWORD), storm)
    assert right == ("AccessDenied", "The old password was incorrect."), "the right password was not held up"
    assert outcome(root.iam.update_login_profile, UserName=name, Password=ANOTHER) == "ok"


def test_the_password_of_nobody_is_shown_anywhere(server, root):
    name, secret = fresh("person"), "v3ry-Secret-Horse"
    root.iam.create_user(UserName=name)
    root.iam.create_login_profile(UserName=name, Password=secret)
    assert secret not in server.log()
    events = [path for path in (server.folder / "tmp").rglob("*") if path.is_file()]
    assert events and not [path for path in events if secret.encode() in path.read_bytes()]
