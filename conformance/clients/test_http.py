"""HTTP itself: request ids, methods, content types, targets, CORS, keep-alive, HTTP/2."""

import json
import re

import httpx
import pytest

from harness import shapes, wire

UUID = shapes.REQUEST_ID


def request_id(answer) -> str:
    return answer.headers["x-amzn-RequestId"]


def test_every_answer_has_its_own_request_id(raw):
    answers = [
        raw.call("ListKeys", {}),
        raw.call("DescribeKey", {}),
        raw.call("NoSuchOperation", {}),
        raw.exchange("GET", "/", b"", {"host": raw.host}),
        raw.exchange("POST", "/", b"", {"host": raw.host}),
        raw.exchange("OPTIONS", "/", b"", {"host": raw.host, "origin": "https://x.example"}),
    ]
    ids = [request_id(answer) for answer in answers]
    assert all(UUID.match(one) for one in ids), ids
    assert len(set(ids)) == len(ids)


def test_a_client_cannot_choose_the_request_id(raw):
    chosen = "11111111-1111-4111-8111-111111111111"
    answer = raw.call("ListKeys", {}, extra={"x-amzn-requestid": chosen})
    assert request_id(answer) != chosen


def test_an_answer_is_json_1_1(raw):
    answer = raw.call("ListKeys", {})
    assert answer.headers["Content-Type"] == wire.JSON
    assert int(answer.headers["Content-Length"]) == len(answer.body)


def test_an_error_names_its_type_in_the_body_and_in_a_header(raw):
    answer = raw.call("DescribeKey", {"KeyId": "no-such"})
    assert (answer.status, answer.headers["Content-Type"]) == (400, wire.JSON)
    assert answer.json() == {"__type": "NotFoundException", "message": "Invalid keyId 'no-such'"}
    assert answer.headers["x-amzn-ErrorType"] == "NotFoundException"


@pytest.mark.parametrize("target", ["TrentService.NoSuchOperation", "TrentService.", "TrentService", "NoService.ListKeys", "trentservice.listkeys", "x" * 500])
def test_an_unknown_target_is_an_unknown_operation(raw, target):
    answer = raw.send(raw.request(target=target))
    assert (answer.status, answer.code) == (400, "UnknownOperationException")


def test_no_target_is_an_unknown_operation(raw):
    answer = raw.send(raw.request(target=None))
    assert (answer.status, answer.code) == (400, "UnknownOperationException")


UNSERVED = ["ConnectCustomKeyStore", "UpdatePrimaryRegion", "ReplicateKey", "DescribeCustomKeyStores"]


@pytest.mark.parametrize("operation", UNSERVED)
def test_an_operation_of_the_model_that_is_not_served_yet_is_never_a_server_error(raw, key, operation):
    answer = raw.call(operation, {"KeyId": key["KeyId"]})
    assert answer.status in (200, 400), answer


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "application/x-www-form-urlencoded", "application/x-amz-cbor-1.1"])
def test_another_content_type_is_an_unknown_operation_as_at_aws(raw, content_type):
    answer = raw.send(raw.request(content_type=content_type))
    assert answer.status == 404, answer
    assert b"UnknownOperationException" in answer.body


def test_a_charset_after_the_content_type_is_understood(raw):
    assert raw.send(raw.request(content_type="application/x-amz-json-1.1; charset=utf-8")).status == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_than_post_is_denied_in_xml(raw, method):
    answer = raw.send(raw.request(method=method))
    assert answer.status == 403, answer
    assert b"AccessDeniedException" in answer.body
    assert b"Unable to determine service/operation name to be authorized" in answer.body


def test_head_is_answered_without_a_body(raw):
    answer = raw.exchange("HEAD", "/", b"", {"host": raw.host})
    assert answer.body == b""


def test_a_page_in_a_browser_may_read_the_answers(raw):
    answer = raw.call("ListKeys", {}, extra={"origin": "https://console.example"})
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    exposed = set(re.split(r",\s*", answer.headers["Access-Control-Expose-Headers"]))
    assert {"x-amzn-RequestId", "x-amzn-ErrorType", "Date"} <= exposed


def test_an_error_may_be_read_by_a_page_too(raw):
    answer = raw.call("DescribeKey", {}, extra={"origin": "https://console.example"})
    assert answer.status == 400 and answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_preflight_is_answered_without_a_signature(raw):
    headers = {
        "host": raw.host,
        "origin": "https://console.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,x-amz-target",
    }
    answer = raw.exchange("OPTIONS", "/", b"", headers)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization,x-amz-target"
    assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    assert answer.headers["Access-Control-Max-Age"] == "172800"


def test_without_an_origin_there_are_no_cors_headers(raw):
    assert "Access-Control-Allow-Origin" not in raw.call("ListKeys", {}).headers


def test_one_connection_serves_many_requests(raw):
    answers = [raw.call("GenerateRandom", {"NumberOfBytes": 1}) for _ in range(50)]
    assert {answer.status for answer in answers} == {200}
    assert raw.connection.sock is not None


def test_an_error_does_not_close_the_connection(raw):
    raw.call("ListKeys", {})
    before = raw.connection.sock
    assert raw.call("DescribeKey", b"not json").status == 400
    assert raw.call("ListKeys", {}).status == 200
    assert raw.connection.sock is before


def test_pipelined_requests_are_answered_in_order(server, raw):
    first, second = raw.request(b'{"NumberOfBytes": 3}', target="TrentService.GenerateRandom"), raw.request(b"nope")
    with wire.raw_socket(server) as connection:
        for request, more in ((first, {}), (second, {"connection": "close"})):
            lines = {"content-length": str(len(request.body))} | request.headers() | more
            head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            connection.sendall(f"POST / HTTP/1.1\r\n{head}\r\n".encode() + request.body)
        said = wire.read_all(connection)
    statuses = re.findall(rb"HTTP/1.1 (\d{3})", said)
    assert statuses == [b"200", b"400"]


def test_a_chunked_body_is_a_body(server, raw):
    request = raw.request(b'{"NumberOfBytes": 3}', target="TrentService.GenerateRandom")
    head = "".join(f"{name}: {value}\r\n" for name, value in (request.headers() | {"connection": "close"}).items())
    with wire.raw_socket(server) as connection:
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in request.body)
        connection.sendall(f"POST / HTTP/1.1\r\n{head}transfer-encoding: chunked\r\n\r\n".encode() + chunks + b"0\r\n\r\n")
        said = wire.read_all(connection)
    assert said.startswith(b"HTTP/1.1 200")


@pytest.fixture
def http2(server):
    with httpx.Client(http1=False, http2=True, base_url=server.endpoint, timeout=20) as client:
        yield client


def test_http_2_carries_the_same_requests(raw, http2):
    for _ in range(3):
        request = raw.request(b'{"NumberOfBytes": 5}', target="TrentService.GenerateRandom")
        answer = http2.post("/", content=request.body, headers=request.headers())
        assert (answer.http_version, answer.status_code) == ("HTTP/2", 200)
        assert len(json.loads(answer.content)["Plaintext"]) == 8
        assert UUID.match(answer.headers["x-amzn-requestid"])


def test_http_2_carries_errors(raw, http2):
    request = raw.request(b"{}", target="TrentService.DescribeKey")
    answer = http2.post("/", content=request.body, headers=request.headers())
    assert (answer.http_version, answer.status_code) == ("HTTP/2", 400)
    assert json.loads(answer.content)["__type"] == "ValidationException"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_needs_no_signature(raw, path):
    assert raw.exchange("GET", path, b"", {"host": raw.host}).status == 200


def test_no_answer_says_what_software_it_comes_from_beyond_its_name(raw):
    answer = raw.call("ListKeys", {})
    assert not re.search(r"\d", answer.headers.get("Server", ""))
