"""Where events go besides the log: a file, standard output, syslog, an OpenTelemetry collector; and what happens while one of them takes none."""

import http.server
import json
import os
import re
import socket
import threading
import time

import pytest

from harness.clients import ACCOUNT, refusal
from harness.installed import Installation

SECRET = b"the canary of the sinks"


class Collector:
    """An OTLP/HTTP endpoint that keeps what it takes, and refuses all while `well` is false."""

    def __init__(self):
        self.well, self.events, self.heads = True, [], []
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if collector.well:
                    collector.heads.append((self.path, self.headers["Authorization"]))
                    records = body["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
                    collector.events.extend(json.loads(record["body"]["stringValue"]) for record in records)
                self.send_response(200 if collector.well else 503)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1/logs"


class Sinks:
    """A server that sends its events to one of each kind."""

    def __init__(self, folder):
        self.collector = Collector()
        self.syslog = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.syslog.bind(("127.0.0.1", 0))
        self.syslog.settimeout(20)
        self.file = folder / "events.jsonl"
        data = folder / "gatekey-data"
        data.mkdir(mode=0o700)
        headers = folder / "headers"
        headers.write_text("Authorization: Bearer sesame\n")
        os.chmod(headers, 0o600)
        (data / "gatekey.toml").write_text(
            f'accounts = ["{ACCOUNT}"]\n[audit]\nfile = "{self.file}"\nstdout = true\notlp = "{self.collector.url}"\n'
            f'otlp_headers_file = "{headers}"\nsyslog = "udp://127.0.0.1:{self.syslog.getsockname()[1]}"\nsink_patience = "300ms"\n'
        )
        self.installation = Installation(folder, data)
        self.installation.start()

    def in_file(self) -> list[dict]:
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def end(self) -> None:
        self.installation.end()
        self.collector.server.shutdown()
        self.collector.server.server_close()
        self.syslog.close()


@pytest.fixture(scope="module")
def sinks(tmp_path_factory):
    made = Sinks(tmp_path_factory.mktemp("sinks"))
    yield made
    made.end()


def request_ids(events):
    return [event.get("requestID") for event in events]


def eventually(holds) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    assert holds()


def test_an_answer_is_at_every_sink_before_it_is_at_its_caller(sinks):
    kms = sinks.installation.client()
    made = kms.create_key()["ResponseMetadata"]["RequestId"]
    asked = kms.list_keys()["ResponseMetadata"]["RequestId"]
    assert {made, asked} <= set(request_ids(sinks.in_file()))
    assert {made, asked} <= set(request_ids(sinks.collector.events))
    assert sinks.collector.heads[0] == ("/v1/logs", "Bearer sesame")
    form = re.compile(r"<(108|110)>1 \S+Z \S+ gatekey \d+ \w+ \[meta sequenceId=\"(\d+)\"\] (\{.*\})")
    seen = set()
    while not {made, asked} <= seen:
        seen.add(json.loads(form.fullmatch(sinks.syslog.recv(70_000).decode())[3]).get("requestID"))
    out = set()
    while not {made, asked} <= out:
        line = sinks.installation.running.lines.get(timeout=20)
        if line.startswith("{"):
            out.add(json.loads(line).get("requestID"))


def test_while_a_sink_takes_nothing_no_answer_leaves_and_later_it_gets_all(sinks):
    kms = sinks.installation.client()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=SECRET)["CiphertextBlob"]
    sinks.collector.well = False
    for ask in (lambda: kms.decrypt(CiphertextBlob=blob), lambda: kms.list_keys(), lambda: kms.describe_key(KeyId="alias/none")):
        assert refusal(ask).code == "KMSInternalException"
    sinks.collector.well = True
    eventually(lambda: request_ids(sinks.collector.events)[-1] == request_ids(sinks.in_file())[-1])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == SECRET
    # The collector may have had some of them twice; each came, and in order.
    assert list(dict.fromkeys(event["eventID"] for event in sinks.collector.events)) == [event["eventID"] for event in sinks.in_file()]
    assert SECRET.decode() not in sinks.file.read_text()


def test_after_a_restart_a_sink_gets_what_it_lacks(sinks):
    kms = sinks.installation.client()
    sinks.collector.well = False
    lacking = refusal(kms.list_aliases)
    sinks.installation.running.kill()
    sinks.collector.well = True
    before = len(sinks.collector.events)
    sinks.installation.start()
    sinks.installation.client().list_keys()
    assert lacking.code == "KMSInternalException"
    assert "ListAliases" in [event["eventName"] for event in sinks.collector.events[before:]]


def test_a_configuration_that_cannot_be_meant_is_refused(sinks):
    for setting, wrong in [("audit.syslog", "logs:514"), ("audit.otlp", "ftp://c/"), ("audit.otlp", "http://me:pw@c/"), ("audit.retention_days", "0")]:
        said = sinks.installation.command("config", "check", "--set", f"{setting}={wrong}")
        assert said.returncode == 3 and setting in said.stderr, said.stderr
