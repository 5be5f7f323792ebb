"""`gatekey policy history`, `show` and `rollback`: earlier key policies are told, read, and come back."""

import json

from harness import pages
from harness.clients import ACCOUNT


def test_the_page_on_the_history_of_policies_says_what_the_commands_do(aws, tmp_path):
    said = pages.run("policy-history.md", aws, tmp_path)
    assert "WHO CONTROLS THE KEY" in said and "PutKeyPolicy" in said
    assert "is on it again, as version 3" in said
    history = json.loads((tmp_path / "history.json").read_text())
    assert [version["Number"] for version in history] == [3, 2, 1]
    assert history[0]["Why"] == "RollbackKeyPolicy to version 1: the clerk has left"
    assert history[0]["Keeper"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert f"names who no longer exists: arn:aws:iam::{ACCOUNT}:user/clerk" in said
    assert "nearest that could come back is version 1" in said


def test_what_comes_back_is_what_get_key_policy_shows(gatekey, kms, key):
    first = json.loads(kms.get_key_policy(KeyId=key["KeyId"])["Policy"])
    second = first | {"Id": "second"}
    kms.put_key_policy(KeyId=key["KeyId"], Policy=json.dumps(second))
    assert json.loads(gatekey("policy", "show", key["KeyId"], "2").out) == second
    assert gatekey("policy", "rollback", key["KeyId"], "1").code == 0
    assert json.loads(kms.get_key_policy(KeyId=key["KeyId"])["Policy"]) == first
    missing = gatekey("policy", "show", key["KeyId"], "9")
    assert missing.code == 2 and "from 1 to 3 are kept" in missing.err
