"""`gatekey serve`: initialises itself once, keeps everything through restarts, crashes and full disks."""

import contextlib
import http.client
import json
import os
import pathlib
import sqlite3
import ssl
import stat
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest

from harness import cli, process
from harness.clients import Refusal, connect, outcome, refusal
from harness.installed import Installation

RESTARTS = 4


@pytest.fixture
def installation(tmp_path):
    made = Installation(tmp_path, tmp_path / "gatekey-data")
    yield made
    made.end()


def keys_of(kms) -> set[str]:
    return {entry["KeyId"] for page in kms.get_paginator("list_keys").paginate() for entry in page["Keys"]}


def test_the_first_start_initialises_and_writes_root_credentials_for_the_owner_only(installation):
    installation.start()
    assert stat.S_IMODE(installation.credentials.stat().st_mode) == 0o600
    assert installation.client().create_key()["KeyMetadata"]["Enabled"]


def test_no_file_of_the_data_folder_is_open_to_others(installation):
    installation.start()
    installation.client().create_key()
    public = {"ca.pem"}
    for path in [installation.data, *installation.data.rglob("*")]:
        if path.name not in public:
            assert not path.stat().st_mode & 0o077, f"{path} {oct(path.stat().st_mode)}"


def test_a_restart_keeps_keys_aliases_tags_policies_states_and_credentials(installation):
    installation.start()
    kms = installation.client()
    key = kms.create_key(Description="kept", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
    disabled = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=disabled)
    kms.create_alias(AliasName="alias/kept", TargetKeyId=key["KeyId"])
    blob = kms.encrypt(KeyId="alias/kept", Plaintext=b"kept", EncryptionContext={"a": "b"})["CiphertextBlob"]
    policy = kms.get_key_policy(KeyId=key["KeyId"])["Policy"]
    keys = installation.keys()
    assert installation.running.stop() == 0
    installation.start()
    assert installation.keys() == keys
    kms = installation.client()
    assert kms.describe_key(KeyId="alias/kept")["KeyMetadata"] == key
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"] == b"kept"
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == [{"TagKey": "a", "TagValue": "b"}]
    assert kms.get_key_policy(KeyId=key["KeyId"])["Policy"] == policy
    assert kms.describe_key(KeyId=disabled)["KeyMetadata"]["KeyState"] == "Disabled"


def test_a_second_server_on_the_same_folder_is_refused_and_the_first_goes_on(installation):
    installation.start()
    second = installation.launch(port=0)
    assert second.process.wait(20) != 0
    assert str(installation.data) in second.log()
    assert installation.client().create_key()["KeyMetadata"]["Enabled"]


class Writers:
    """Threads that create keys with an alias each until the server dies, and remember what was acknowledged."""

    def __init__(self, installation: Installation, count: int):
        self.acknowledged: list[tuple[str, str, bytes]] = []
        self.threads = [threading.Thread(target=self.write, args=(installation.client(), n)) for n in range(count)]
        self.lives = installation.running.process.pid
        for thread in self.threads:
            thread.start()

    def write(self, kms, number: int) -> None:
        with contextlib.suppress(Exception):
            for turn in range(10_000):
                key_id = kms.create_key(Description=f"{number}.{turn}")["KeyMetadata"]["KeyId"]
                alias = f"alias/crash-{self.lives}-{number}-{turn}"
                kms.create_alias(AliasName=alias, TargetKeyId=key_id)
                blob = kms.encrypt(KeyId=key_id, Plaintext=key_id.encode())["CiphertextBlob"]
                self.acknowledged.append((key_id, alias, blob))

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 30
        while len(self.acknowledged) < count and time.monotonic() < deadline:
            time.sleep(0.002)
        assert len(self.acknowledged) >= count

    def join(self) -> None:
        for thread in self.threads:
            thread.join()


def test_whatever_was_acknowledged_survives_kill_9(installation):
    kept = []
    installation.start()
    for turn in range(RESTARTS):
        writers = Writers(installation, count=4)
        writers.wait_for(5 + 7 * turn)
        installation.running.kill()
        writers.join()
        kept += writers.acknowledged
        installation.start()
        kms = installation.client()
        for key_id, alias, blob in kept:
            assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == key_id
            assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == key_id.encode()
    assert {key_id for key_id, _, _ in kept} <= keys_of(kms)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 24 MiB, which only root can mount."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", str(place)], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(path: pathlib.Path) -> None:
    """Takes every byte that is left."""
    with open(path, "wb", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    ballast.write(b"\0" * size)


def test_a_full_disk_fails_writes_serves_reads_and_loses_nothing(tmp_path, small_disk):
    installation = Installation(tmp_path, small_disk / "gatekey-data")
    try:
        installation.start()
        kms = installation.client()
        before = [kms.create_key(Description=str(n))["KeyMetadata"] for n in range(5)]
        blob = kms.encrypt(KeyId=before[0]["KeyId"], Plaintext=b"before")["CiphertextBlob"]
        fill(small_disk / "ballast")
        acknowledged, told = [], set()
        for n in range(3000):
            try:
                acknowledged.append(kms.create_key(Description=f"full {n}")["KeyMetadata"])
            except kms.exceptions.KMSInternalException as error:
                told.add(error.response["Error"]["Code"])
                break
        assert told == {"KMSInternalException"}
        for _ in range(200):
            assert kms.describe_key(KeyId=before[0]["KeyId"])["KeyMetadata"] == before[0]
            assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"before"
        (small_disk / "ballast").unlink()
        wait_until(lambda: outcome(kms.create_key) == "ok")
        installation.running.kill()
        installation.start()
        kms = installation.client()
        for metadata in before + acknowledged:
            assert kms.describe_key(KeyId=metadata["KeyId"])["KeyMetadata"] == metadata
    finally:
        installation.end()


def wait_until(holds, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_stop_lets_the_requests_in_flight_finish(installation):
    installation.start()
    kms = installation.client()
    failures = []

    def work():
        try:
            while True:
                kms.generate_random(NumberOfBytes=32)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert installation.running.stop() == 0
    for thread in threads:
        thread.join()
    assert {type(error).__name__ for error in failures} <= {"EndpointConnectionError", "ConnectionClosedError"}


def test_https_with_the_local_authority(tmp_path):
    installation = Installation(tmp_path, tmp_path / "gatekey-data", tls=True)
    try:
        server = installation.start()
        assert installation.client().create_key()["KeyMetadata"]["Enabled"]
        strict = ssl.create_default_context(cafile=str(server.ca_bundle))
        port = server.address[1]
        for name in ("localhost", "127.0.0.1"):
            assert urllib.request.urlopen(f"https://{name}:{port}/healthz", context=strict, timeout=10).status == 200
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(f"https://localhost:{port}/healthz", context=ssl.create_default_context(), timeout=10)
        aws = cli.Aws(server, tmp_path, AWS_CA_BUNDLE=str(server.ca_bundle))
        assert aws("kms", "list-keys").json()["Keys"]
    finally:
        installation.end()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_older_than_1_2_is_refused(tmp_path):
    installation = Installation(tmp_path, tmp_path / "gatekey-data", tls=True)
    try:
        server = installation.start()
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, OSError, urllib.error.URLError)):
            urllib.request.urlopen(f"{server.endpoint}/healthz", context=old, timeout=10)
    finally:
        installation.end()


def test_plain_http_to_a_tls_server_gets_no_service(tmp_path):
    installation = Installation(tmp_path, tmp_path / "gatekey-data", tls=True)
    try:
        server = installation.start()
        plain = server.endpoint.replace("https", "http")
        with pytest.raises((OSError, http.client.HTTPException)):
            urllib.request.urlopen(f"{plain}/healthz", timeout=10)
    finally:
        installation.end()


def test_a_deleted_root_key_means_no_start_and_a_clear_word(installation):
    installation.start()
    assert installation.running.stop() == 0
    hidden = [path for path in installation.data.rglob("*") if "root" in path.name and path.is_file()]
    assert hidden, sorted(installation.data.rglob("*"))
    for path in hidden:
        path.rename(path.with_name(path.name + ".away"))
    server = installation.launch(port=0)
    assert server.process.wait(20) != 0
    assert server.log().strip()
    assert "panicked" not in server.log()


def test_an_edited_store_is_refused_and_not_served_half_blind(installation):
    installation.start()
    kms = installation.client()
    kms.create_key(Description="to be tampered with")
    assert installation.running.stop() == 0
    stores = [path for path in installation.data.rglob("*") if path.suffix in (".db", ".sqlite", ".sqlite3")]
    assert stores, sorted(installation.data.rglob("*"))
    tamper_with_a_record(stores[0])
    server = installation.launch(port=0)
    assert server.process.wait(20) != 0, "started on a tampered store"
    assert "panicked" not in server.log()


def tamper_with_a_record(path: pathlib.Path) -> None:
    """Flips one byte of the longest value that the store holds, as whoever can write to the file could."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        (key, value), *_ = database.execute("select key, value from records order by length(value) desc")
        changed = value[:-5] + bytes([value[-5] ^ 1]) + value[-4:]
        database.execute("update records set value = ? where key = ?", (changed, key))


def test_config_show_says_where_values_come_from(installation):
    said = installation.command("config", "show", "--origin")
    assert said.returncode == 0, said.stderr
    assert str(installation.data) in said.stdout
    assert "GATEKEY_DATA" in said.stdout


def test_an_unknown_setting_is_refused_with_a_suggestion(installation):
    (installation.folder / "gatekey.toml").write_text('lisen = "127.0.0.1:1"\n')
    said = installation.command("--config", "gatekey.toml", "serve")
    if said.returncode == 2 and "--config" in said.stderr and "unexpected" in said.stderr:
        said = installation.command("serve", "--config", "gatekey.toml")
    assert said.returncode != 0
    assert "lisen" in said.stderr and "listen" in said.stderr


@pytest.mark.parametrize("arguments", [("version",), ("--help",), ("completions", "bash"), ("man",)], ids=" ".join)
def test_the_commands_that_need_no_server_answer(installation, arguments):
    said = installation.command(*arguments)
    assert said.returncode == 0, said.stderr
    assert "gatekey" in said.stdout.lower()


def test_serve_says_where_the_first_credentials_are_and_does_not_print_them(installation):
    server = installation.start()
    wait_until(lambda: str(installation.credentials) in server.log() or not server.lines.empty())
    said = server.log() + "\n".join(line for line in list(server.lines.queue) if line)
    assert "credentials" in said
    assert installation.keys().secret not in said


def test_an_account_is_made_while_no_server_runs(installation):
    """For those without an organization: its root user's key is in a file of its own, once and for the owner only."""
    number = "777788889999"
    running = installation.start()
    refused = installation.command("account", "create", number)
    assert refused.returncode != 0 and str(installation.data) in refused.stderr, "the folder is in use"
    assert running.stop() == 0
    made = installation.command("account", "create", number, "--name", "third")
    assert made.returncode == 0, made.stderr
    again = installation.command("account", "create", number)
    assert again.returncode != 0, "an account is made once"
    path = installation.data / f"credentials-{number}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    [keys] = set(process.read_credentials(path).values())
    assert keys.secret not in made.stdout + made.stderr
    listed = json.loads(installation.command("account", "list", "--json").stdout)
    assert {account["id"]: account["name"] for account in listed}[number] == "third"
    root = connect(installation.start(), keys, service="sts")
    assert root.get_caller_identity()["Arn"] == f"arn:aws:iam::{number}:root"


def test_an_unused_refusal_is_not_a_pass():
    """The suite's own tool: a call that succeeds where a refusal is due fails the test."""
    with pytest.raises(pytest.fail.Exception):
        refusal(lambda: None)
    assert Refusal("a", "b") == ("a", "b")
