"""`gatekey policy replay`: what was recorded, decided again under another policy."""

import http.server
import json
import os
import signal
import subprocess
import threading

import pytest

from harness import process
from harness.clients import ACCOUNT

ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def effects(answer: dict) -> dict:
    return {effect["Effect"]: effect for effect in answer["Effects"]}


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: str, *actions: str) -> dict:
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions), "Resource": "*"}


def test_calls_of_the_real_command_line_are_decided_again(aws, gatekey, kms, key, tmp_path):
    identifier = key["KeyId"]
    for tenant in ("acme", "other", "other"):
        context = f"tenant={tenant}"
        aws("kms", "encrypt", "--key-id", identifier, "--plaintext", "aGk=", "--encryption-context", context).json()
    aws("kms", "describe-key", "--key-id", identifier).json()
    new = tmp_path / "new.json"
    condition = {"StringEquals": {"kms:EncryptionContext:tenant": "acme"}}
    new.write_text(policy(allow(ROOT, "kms:Describe*", "kms:PutKeyPolicy"), allow(ROOT, "kms:Encrypt") | {"Condition": condition}))
    done = gatekey("policy", "replay", str(new), "--key", identifier)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("would have denied 2 of 4 calls, the first at "), done.out
    assert done.out.endswith("unchanged: 2\n")
    replayed = json.loads(gatekey("policy", "replay", str(new), "--key", identifier, "--json").out)
    first = effects(replayed)["WOULD_DENY"]["Earliest"]
    assert (first["Recorded"], first["Actions"], first["Principal"]) == ("ALLOWED", ["kms:Encrypt"], ROOT)
    events = json.loads(aws("cloudtrail", "lookup-events", "--lookup-attributes", f"AttributeKey=EventId,AttributeValue={first['EventId']}").out)
    assert events["Events"][0]["EventName"] == "Encrypt"
    kms.put_key_policy(KeyId=identifier, Policy=new.read_text())
    refused = aws("kms", "encrypt", "--key-id", identifier, "--plaintext", "aGk=", "--encryption-context", "tenant=other")
    assert refused.code != 0 and "AccessDenied" in refused.err


def test_more_calls_than_a_page_has_are_all_counted(gatekey, kms, key, tmp_path):
    """The server looks at two thousand events in answer to one request."""
    for _ in range(2_050):
        kms.describe_key(KeyId=key["KeyId"])
    new = tmp_path / "new.json"
    new.write_text(policy(allow(ROOT, "kms:PutKeyPolicy")))
    replayed = json.loads(gatekey("policy", "replay", str(new), "--key", key["KeyId"], "--json").out)
    denied = effects(replayed)["WOULD_DENY"]
    assert (denied["Count"], len(denied["Newest"])) == (2_050, 20)
    assert denied["Earliest"]["EventTime"] <= denied["Newest"][-1]["EventTime"] <= denied["Newest"][0]["EventTime"]


@pytest.mark.parametrize(
    ("text", "key_id", "days", "named"),
    [
        ("{", None, "1", "Policy is not a key policy"),
        (policy(allow(ROOT, "kms:*")), "alias/none", "1", "alias/none"),
        (policy(allow(ROOT, "kms:*")), None, "0", "--days"),
    ],
)
def test_what_is_wrong_is_named(gatekey, key, tmp_path, text, key_id, days, named):
    new = tmp_path / "new.json"
    new.write_text(text)
    wrong = gatekey("policy", "replay", str(new), "--key", key_id or key["KeyId"], "--days", days)
    assert (wrong.code, wrong.out) == (2, "") and named in wrong.err


class Stalling(http.server.BaseHTTPRequestHandler):
    """Answers the first page, and has the client interrupted instead of answering the second."""

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        if self.server.asked:
            self.server.started.wait(timeout=60)
            os.kill(self.server.client.pid, signal.SIGINT)
            self.server.ended.wait(timeout=60)
            return
        self.server.asked = True
        call = {"EventId": "e", "EventTime": 1.7e9, "EventName": "Decrypt", "Actions": ["kms:Decrypt"], "Principal": ROOT, "Recorded": "ALLOWED"}
        page = {
            "KeyArn": "k",
            "StartTime": 1.6e9,
            "EndTime": 1.8e9,
            "ReachedTime": 1.7e9,
            "Calls": 3,
            "Effects": [{"Effect": "WOULD_DENY", "Count": 3, "Earliest": call, "Newest": [call] * 3}],
            "NextToken": "more",
        }
        body = json.dumps(page).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_one_that_is_interrupted_prints_what_it_has_and_says_so(aws, tmp_path):
    (tmp_path / "new.json").write_text(policy(allow(ROOT, "kms:*")))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stalling)
    server.asked, server.started, server.ended = False, threading.Event(), threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    command = [str(process.binary()), "policy", "replay", "new.json", "--key", "k", "--endpoint-url", f"http://127.0.0.1:{server.server_port}"]
    server.client = subprocess.Popen(command, cwd=tmp_path, env=aws.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    server.started.set()
    try:
        out, err = server.client.communicate(timeout=60)
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
    assert (server.client.returncode, err) == (7, "")
    assert out.startswith("stopped: only calls since 2023-11-14T22:13:20Z were looked at\nwould have denied 3 of 3 calls"), out
