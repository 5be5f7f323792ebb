"""Hostile clients: too much, too slow, too deep. Refused, memory flat, and everybody else is served."""

import base64
import contextlib
import json
import os
import socket
import threading

import pytest

from harness import wire

GROWTH_KIB = 24 * 1024


@pytest.fixture(autouse=True)
def memory_stays_flat(server, raw):
    """Whatever a test sends, the server answers afterwards and its resident memory has hardly grown."""
    raw.call("ListKeys", {})
    before = server.resident_kib()
    yield
    assert raw.call("GenerateRandom", {"NumberOfBytes": 8}).status == 200
    assert server.process.poll() is None
    assert server.resident_kib() - before < GROWTH_KIB


def sent_raw(server, data: bytes) -> bytes:
    """Sends bytes as they are, and reads until the server closes or has answered; a reset is an empty answer."""
    with wire.raw_socket(server) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        return wire.read_all(connection)


def status_of(said: bytes) -> int:
    return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.1 ") else 0


def head(raw, body_length: int, **more: str) -> bytes:
    request = raw.request(b"", target="TrentService.ListKeys")
    lines = request.headers() | {"content-length": str(body_length)} | more
    return ("POST / HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n").encode()


def test_a_body_of_10_mib_is_refused_before_it_is_read(server, raw):
    said = sent_raw(server, head(raw, 10 << 20) + b" " * (10 << 20))
    assert status_of(said) in (0, 413)
    with wire.raw_socket(server) as connection:
        connection.sendall(head(raw, 10 << 20))
        assert status_of(connection.recv(65536)) == 413


def test_a_chunked_body_without_an_end_is_refused(server, raw):
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    request = raw.request(b"")
    lines = "".join(f"{k}: {v}\r\n" for k, v in request.headers().items())
    said = sent_raw(server, f"POST / HTTP/1.1\r\n{lines}transfer-encoding: chunked\r\n\r\n".encode() + chunk * 160)
    assert status_of(said) in (0, 413)


def test_a_body_that_claims_to_be_huge_is_refused_by_its_claim(server, raw):
    for length in (1 << 40, 1 << 62):
        assert status_of(sent_raw(server, head(raw, length))) in (400, 413)


@pytest.mark.parametrize("count", [10_000])
def test_10_000_headers_are_refused(server, raw, count):
    more = {f"x-header-{n}": "v" for n in range(count)}
    assert status_of(sent_raw(server, head(raw, 0, **more))) in (0, 400, 431)


def test_a_header_of_a_megabyte_is_refused(server, raw):
    assert status_of(sent_raw(server, head(raw, 0, **{"x-big": "v" * (1 << 20)}))) in (0, 400, 431)


def test_a_target_line_of_a_megabyte_is_refused(server):
    said = sent_raw(server, b"POST /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nhost: x\r\n\r\n")
    assert status_of(said) in (0, 400, 414, 431)


@pytest.mark.parametrize(
    "data",
    [b"\0" * 4096, b"\x16\x03\x01\x02\x00\x01\x00" + os.urandom(512), b"GET\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n", b"\r\n" * 2000,
     b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
     b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
     b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\nzzz\r\n",
     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 1000],
    ids=["NULs", "TLS to a plain port", "no version", "version 9.9", "blank lines", "negative length", "two lengths", "length and chunks", "broken HTTP/2"],
)  # fmt: skip
def test_bytes_that_are_not_http_are_refused(server, data):
    assert status_of(sent_raw(server, data)) in (0, 400, 403, 505)


NESTED = {
    "arrays": b'{"Tags": ' + b"[" * (1 << 20),
    "closed arrays": b'{"Tags": ' + b"[" * 500_000 + b"]" * 500_000 + b"}",
    "objects": b'{"Tags": ' + b'{"a":' * 200_000,
    "unknown objects": b'{"Unknown": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    "a long string": b'{"Description": "' + b"d" * 1_000_000 + b'"}',
    "many members": b"{" + b",".join(b'"m%d":0' % n for n in range(80_000)) + b"}",
    "many tags": b'{"Tags": [' + b",".join(b"{}" for _ in range(300_000)) + b"]}",
    "a long number": b'{"KeyId": ' + b"9" * 1_000_000 + b"}",
}


@pytest.mark.parametrize("name", NESTED)
def test_a_megabyte_of_json_is_refused_or_ignored(raw, name):
    answer = raw.call("CreateKey" if name != "a long number" else "DescribeKey", NESTED[name])
    assert answer.status in (200, 400, 413), answer
    assert len(answer.body) < 1 << 20
    if answer.status == 400:
        assert answer.code in ("SerializationException", "ValidationException")


def test_many_validation_errors_do_not_make_a_huge_answer(raw):
    tags = [{"TagKey": "", "TagValue": "v" * 300}] * 2000
    answer = raw.call("CreateKey", {"Tags": tags})
    assert answer.status == 400
    assert len(answer.body) < 1 << 20


def test_half_open_connections_do_not_keep_others_out(server, raw):
    with contextlib.ExitStack() as stack:
        for n in range(200):
            connection = stack.enter_context(wire.raw_socket(server))
            connection.sendall((b"", b"POST / HT", head(raw, 100), head(raw, 100) + b'{"a')[n % 4])
        for _ in range(20):
            assert raw.call("GenerateRandom", {"NumberOfBytes": 8}).status == 200


def test_a_client_that_goes_away_in_mid_answer_harms_nobody(server, raw):
    request = raw.request(b'{"NumberOfBytes": 1024}', target="TrentService.GenerateRandom")
    lines = "".join(f"{k}: {v}\r\n" for k, v in (request.headers() | {"content-length": str(len(request.body))}).items())
    for _ in range(100):
        with wire.raw_socket(server) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(f"POST / HTTP/1.1\r\n{lines}\r\n".encode() + request.body)


def test_64_connections_at_once_are_all_served(server, kms, key):
    failures = []
    encoded = base64.b64encode(b"x").decode()

    def work():
        connection = wire.Wire(server, server.keys())
        with contextlib.closing(connection):
            for _ in range(5):
                made = connection.call("Encrypt", {"KeyId": key["KeyId"], "Plaintext": encoded})
                opened = connection.call("Decrypt", {"CiphertextBlob": json.loads(made.body).get("CiphertextBlob", "")})
                if opened.status != 200 or opened.json()["Plaintext"] != encoded:
                    failures.append((made, opened))

    threads = [threading.Thread(target=work) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
