"""`gatekey simulate`: AWS services try out a key policy."""

import json

from harness import pages
from harness.clients import ACCOUNT


def test_the_page_on_services_says_what_the_commands_do(aws, tmp_path):
    said = pages.run("simulate.md", aws, tmp_path)
    assert "denied   kms:CreateGrant  by arn:aws:iam::" in said and "exit code 6" in said
    assert '"kms:CreateGrant"' in said  # what would allow it
    host = f"arn:aws:sts::{ACCOUNT}:assumed-role/aws:ec2-infrastructure/i-0123456789abcdef0"
    assert f"allowed  kms:Decrypt  by {host}: the host opens the data key" in said
    assert "allowed  kms:GenerateDataKey  by logs.us-east-1.amazonaws.com: events are written" in said
    other = json.loads((tmp_path / "other.json").read_text())
    outcomes = [step["Decision"]["Outcome"] for step in other["Steps"]]
    assert (other["Allowed"], outcomes) == (False, ["ALLOWED", "DENIED", "DENIED"])


def test_a_simulation_leaves_no_grant(kms, gatekey, key):
    done = gatekey("simulate", "ebs-attach", "--key", key["KeyId"])
    assert (done.code, done.err) == (0, "")
    assert kms.list_grants(KeyId=key["KeyId"])["Grants"] == []


def test_unknown_services_and_keys_are_named(gatekey, key):
    unknown = gatekey("simulate", "lambda", "--key", key["KeyId"])
    assert unknown.code == 2 and "ebs-attach, autoscaling, logs" in unknown.err
    missing = gatekey("simulate", "logs", "--key", "alias/none")
    assert missing.code == 2 and "alias/none" in missing.err
