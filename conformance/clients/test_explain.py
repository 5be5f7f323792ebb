"""`gatekey explain` with a real server: what it shows is what happened, and each fix that it offers is enough."""

import json

import pytest

from harness import pages, process
from harness.clients import ACCOUNT


def test_the_page_says_what_the_commands_do(aws, tmp_path):
    said = pages.run("explain.md", aws, tmp_path)
    assert "resource-based: not yours to read" in said
    assert "only because of Action" in said
    assert f"may be done by arn:aws:iam::{ACCOUNT}:root" in said
    assert '"GranteePrincipal"' in said
    explanation = json.loads((tmp_path / "explanation.json").read_text())
    assert explanation["EventName"] == "DescribeKey"
    assert explanation["Decisions"][0]["Outcome"] == "DENIED"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--as", f"arn:aws:iam::{ACCOUNT}:user/nobody", "--action", "kms:Decrypt"], "user/nobody"),
        (["--as", f"arn:aws:iam::{ACCOUNT}:root", "--action", "kms:Decript"], "kms:Decript"),
        (["--as", f"arn:aws:iam::{ACCOUNT}:root", "--action", "kms:Decrypt", "--key", "alias/none"], "alias/none"),
        (["--as", f"arn:aws:iam::{ACCOUNT}:root", "--action", "kms:ListKeys", "--context", "aws:SourceIp=x"], "aws:SourceIp"),
        (["--as", f"arn:aws:iam::{ACCOUNT}:root", "--action", "kms:ListKeys", "--context", "aws:SourceIp"], "aws:SourceIp"),
        ([], "<ID>"),
    ],
)
def test_a_wrong_question_is_answered_with_what_is_wrong_in_it(gatekey, arguments, named):
    said = gatekey("explain", *arguments)
    assert said.code == 2
    assert named in said.err and said.out == ""


def test_credentials_that_are_wrong_or_missing_are_told(gatekey):
    question = ("explain", "00000000-0000-4000-8000-000000000000")
    wrong = gatekey(*question, AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="x")
    assert (wrong.code, wrong.out) == (1, "") and "UnrecognizedClientException" in wrong.err
    missing = gatekey(*question, AWS_SHARED_CREDENTIALS_FILE="/nowhere")
    assert missing.code == 2 and "no credentials" in missing.err
    unreachable = gatekey(*question, "--endpoint-url", f"http://127.0.0.1:{process.free_port()}")
    assert unreachable.code == 1 and "cannot ask the server" in unreachable.err
    unknown = gatekey(*question)
    assert unknown.code == 1 and "DecisionNotFoundException" in unknown.err


def test_the_page_on_who_can_says_what_the_commands_do(aws, tmp_path):
    said = pages.run("who-can.md", aws, tmp_path)
    assert "only with MFA" in said and "user/teller" in said
    assert f"user/janitor\n  kms:CreateGrant on" in said
    matrix = json.loads((tmp_path / "matrix.json").read_text())
    assert f"arn:aws:iam::{ACCOUNT}:user/teller" in [holder["Principal"] for holder in matrix]


def test_the_page_on_lockouts_says_what_the_commands_do(aws, tmp_path):
    said = pages.run("lockout.md", aws, tmp_path)
    assert f"loses  arn:aws:iam::{ACCOUNT}:root" in said
    assert "lockout: nobody could change its policy any more" in said
    assert "being the only one who can" in said


def test_the_page_on_changes_of_policies_says_what_the_commands_do(aws, tmp_path):
    said = pages.run("policy-changes.md", aws, tmp_path)
    assert "+ kms:Decrypt" in said and "kms:EncryptionContext:tenant=acme" in said
    assert "proved" in said and "not so" in said and "exit code 6" in said
    assert "would have denied 1 of " in said and f"kms:Encrypt by arn:aws:iam::{ACCOUNT}:root" in said
    replayed = json.loads((tmp_path / "replay.json").read_text())
    counts = {effect["Effect"]: effect["Count"] for effect in replayed["Effects"]}
    assert counts["WOULD_DENY"] == 1 and sum(counts.values()) == replayed["Calls"] and not replayed["Stopped"]


def test_the_page_on_access_analyzer_says_what_the_commands_do(aws, tmp_path):
    said = pages.run("access-analyzer.md", aws, tmp_path)
    assert "SECURITY_WARNING" in said
    assert said.split()[-3:] == ['"FAIL"', '"FAIL"', '"PASS"']
