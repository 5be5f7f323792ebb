"""Who signed a request, checked in AWS's order and refused in AWS's words."""

import datetime
import re
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness import wire
from harness.clients import OTHER_ACCOUNT, REGION
from harness.process import Keys

INVALID = "InvalidSignatureException"
INCOMPLETE = "IncompleteSignatureException"
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
PARTS = {
    "Credential": "Authorization header requires 'Credential' parameter.",
    "Signature": "Authorization header requires 'Signature' parameter.",
    "SignedHeaders": "Authorization header requires 'SignedHeaders' parameter.",
}


def spoiled(raw, header: str, change) -> wire.Answer:
    """Sends a correctly signed request after changing (or, with None, dropping) one of its headers."""
    request = raw.request()
    headers = request.headers()
    value = change(headers[header]) if callable(change) else change
    headers = {k: v for k, v in headers.items() if k != header} | ({header: value} if value is not None else {})
    return raw.send(request, headers)


def test_a_correct_signature_is_believed(raw):
    assert raw.send(raw.request()).status == 200


def test_a_request_without_a_signature_is_told_so(raw):
    answer = spoiled(raw, "authorization", None)
    assert answer.status == 400
    assert answer.error == ("MissingAuthenticationTokenException", "Missing Authentication Token")


@pytest.mark.parametrize("value", ["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Other=1"])
def test_every_absent_part_of_the_header_is_named(raw, value):
    answer = spoiled(raw, "authorization", value)
    assert answer.code == INCOMPLETE
    for text in PARTS.values():
        assert text in answer.message


def test_a_part_without_a_value_is_told(raw):
    answer = spoiled(raw, "authorization", "AWS4-HMAC-SHA256 x")
    text = "'x' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 x'."
    assert answer.error == (INCOMPLETE, text)


@pytest.mark.parametrize("part", PARTS)
def test_one_absent_part_of_the_header_is_named(raw, part):
    answer = spoiled(raw, "authorization", lambda value: re.sub(rf"{part}=[^,]*(, )?", "", value))
    assert answer.code == INCOMPLETE
    assert [text in answer.message for text in PARTS.values()] == [name == part for name in PARTS]


def test_an_absent_date_is_named(raw):
    answer = spoiled(raw, "x-amz-date", None)
    assert answer.code == INCOMPLETE
    assert "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header." in answer.message


def test_a_header_that_is_another_scheme_is_incomplete_and_not_an_internal_error(raw):
    for value in ("Bearer abc", "Basic dXNlcjpwYXNz", "x", "AWS4-HMAC-SHA256" * 500):
        answer = spoiled(raw, "authorization", value)
        assert answer.status == 400 and answer.code in (INCOMPLETE, "MissingAuthenticationTokenException"), answer


@pytest.mark.parametrize("date", ["yesterday", "2026-11-22T00:00:00Z", "20261322T000000Z", "20261122", "9" * 300])
def test_a_date_that_is_none_is_told_what_a_date_is(raw, date):
    answer = raw.send(raw.request(date=date))
    assert answer.code == INCOMPLETE
    assert re.search(r"Date must be in ISO-8601 'basic format'\. Got '.*'\. See http://en.wikipedia.org/wiki/ISO_8601", answer.message)


def moved(minutes: float) -> str:
    return wire.amz_date(wire.now() + datetime.timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_that_is_14_minutes_off_is_believed(raw, minutes):
    assert raw.send(raw.request(date=moved(minutes))).status == 200


def test_a_signature_older_than_15_minutes_has_expired(raw):
    date = moved(-16)
    answer = raw.send(raw.request(date=date))
    assert answer.code == INVALID
    form = rf"Signature expired: {date} is now earlier than (\d{{8}}T\d{{6}}Z) \((\d{{8}}T\d{{6}}Z) - 15 min\.\)"
    assert re.fullmatch(form, answer.message)


def test_a_signature_more_than_15_minutes_ahead_is_not_yet_current(raw):
    date = moved(16)
    answer = raw.send(raw.request(date=date))
    assert answer.code == INVALID
    form = rf"Signature not yet current: {date} is still later than (\d{{8}}T\d{{6}}Z) \((\d{{8}}T\d{{6}}Z) \+ 15 min\.\)"
    assert re.fullmatch(form, answer.message)


def test_the_host_must_be_signed(raw):
    answer = raw.send(raw.request(unsigned=("host",)))
    assert (answer.status, answer.message) == (
        400,
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    )


def test_another_algorithm_is_not_supported(raw):
    for algorithm in ("AWS4-HMAC-SHA1", "AWS5-HMAC-SHA256"):
        answer = raw.send(raw.request(algorithm=algorithm))
        assert answer.code == INCOMPLETE
        assert f"Unsupported AWS 'algorithm': '{algorithm}'" in answer.message


@pytest.mark.parametrize("parts", ["AKID", "AKID/20261122/us-east-1/kms", "AKID/20261122/us-east-1/kms/aws4_request/more"])
def test_a_credential_has_five_parts(raw, parts):
    answer = spoiled(raw, "authorization", lambda value: re.sub(r"Credential=[^,]*", f"Credential={parts}", value))
    assert answer.code == INCOMPLETE
    form = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
    assert f"{form}'{parts}'" in answer.message


def test_the_scope_must_be_of_this_service_this_day_and_this_signature_version(raw):
    cases = [
        ({"service": "no-such-service"}, "Credential should be scoped to correct service: 'kms'."),
        ({"terminator": "aws5_request"}, "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."),
        ({"scope_date": "20200101"}, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP:"),
    ]
    for fields, text in cases:
        answer = raw.send(raw.request(**fields))
        assert answer.code == INVALID, (fields, answer)
        assert text in answer.message, (fields, answer)


def test_an_unknown_access_key_is_an_unrecognized_client(raw):
    request = raw.request()
    request.keys = Keys("AKIAIOSFODNN7EXAMPLE", raw.keys.secret)
    told = ("UnrecognizedClientException", "The security token included in the request is invalid.")
    assert raw.send(request).error == told
    request.keys = Keys(raw.keys.access.lower(), raw.keys.secret)
    assert raw.send(request).error == told


def test_a_session_token_that_no_one_gave_is_refused(raw):
    answer = raw.send(raw.request(token="FwoGZXIvYXdzEXAMPLE"))
    assert answer.status == 400 and answer.code == "UnrecognizedClientException"
    assert answer.message.startswith("The security token included in the request is invalid")


def test_a_wrong_secret_is_a_mismatch(raw):
    request = raw.request()
    request.keys = Keys(raw.keys.access, raw.keys.secret[:-1] + ("A" if raw.keys.secret[-1] != "A" else "B"))
    answer = raw.send(request)
    assert answer.code == INVALID and answer.message.startswith(MISMATCH)


def test_the_secret_of_another_account_is_a_mismatch(server, raw):
    request = raw.request()
    request.keys = Keys(raw.keys.access, server.keys(f"root-{OTHER_ACCOUNT}").secret)
    assert raw.send(request).code == INVALID


def test_a_mismatch_never_shows_a_secret_or_the_right_signature(raw):
    request = raw.request()
    headers = request.headers()
    right = headers["authorization"].rsplit("=", 1)[1]
    answer = raw.send(request, headers | {"authorization": headers["authorization"].replace(right, "0" * 64)})
    assert answer.code == INVALID
    assert right.encode() not in answer.body and raw.keys.secret.encode() not in answer.body


SPOILED = {
    "the body": lambda r, h: (b'{"Limit": 2}', h),
    "a signed header": lambda r, h: (r.body, h | {"x-amz-target": "TrentService.ListAliases"}),
    "the date": lambda r, h: (r.body, h | {"x-amz-date": wire.amz_date(wire.now() + datetime.timedelta(seconds=90))}),
    "the host": lambda r, h: (r.body, h | {"host": "kms.eu-west-1.amazonaws.com"}),
    "the region": lambda r, h: (r.body, h | {"authorization": h["authorization"].replace(REGION, "us-west-2")}),
    "one digit of the signature": lambda r, h: (
        r.body,
        h | {"authorization": h["authorization"][:-1] + ("0" if h["authorization"][-1] != "0" else "1")},
    ),
    "a signature cut short": lambda r, h: (r.body, h | {"authorization": h["authorization"][:-2]}),
    "a signature too long": lambda r, h: (r.body, h | {"authorization": h["authorization"] + "00"}),
    "an upper-case signature": lambda r, h: (
        r.body,
        h | {"authorization": h["authorization"].rsplit("=", 1)[0] + "=" + h["authorization"].rsplit("=", 1)[1].upper()},
    ),
}


@pytest.mark.parametrize("what", SPOILED)
def test_whatever_is_changed_after_signing_is_a_mismatch(raw, what):
    request = raw.request(b'{"Limit": 1}')
    body, headers = SPOILED[what](request, request.headers())
    answer = raw.exchange("POST", "/", body, headers)
    assert (answer.status, answer.code) == (400, INVALID), answer


def test_a_signed_header_that_is_absent_is_refused(raw):
    request = raw.request(extra={"x-extra": "1"})
    headers = request.headers()
    del headers["x-extra"]
    assert raw.send(request, headers).code in (INVALID, INCOMPLETE)


def test_the_target_must_be_signed_or_is_not_believed(raw):
    """An x-amz- header outside the signature could be anybody's: AWS refuses to look at it."""
    answer = raw.send(raw.request(unsigned=("x-amz-target",)))
    assert answer.status == 400 and answer.code in (INVALID, INCOMPLETE), answer


def test_a_header_and_a_query_signature_together_are_too_many(raw):
    request = raw.request(query="X-Amz-Algorithm=AWS4-HMAC-SHA256")
    told = raw.send(request).error
    assert told == (INVALID, "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")


def botocore_signed(raw, signer, **headers) -> AWSRequest:
    """A request that botocore itself signs, as a second opinion on this suite's signer."""
    base = {"Content-Type": wire.JSON, "X-Amz-Target": "TrentService.ListKeys", "Host": raw.host}
    request = AWSRequest("POST", f"http://{raw.host}/", headers=base | headers, data=b"{}")
    signer(Credentials(raw.keys.access, raw.keys.secret), "kms", REGION).add_auth(request)
    return request


def test_botocores_own_signature_is_believed(raw):
    request = botocore_signed(raw, SigV4Auth, **{"X-Odd": "  many   spaces  "})
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert raw.exchange("POST", "/", b"{}", headers).status == 200


def presigned(raw, body: bytes, **fields) -> tuple[str, dict[str, str]]:
    """The path and headers of a request that carries its signature in the query."""
    request = raw.request(body, **fields)
    headers = request.plain_headers()
    del headers["x-amz-date"]
    signed = ";".join(sorted(headers))
    parameters = {
        "X-Amz-Algorithm": request.algorithm,
        "X-Amz-Credential": f"{raw.keys.access}/{request.scope()}",
        "X-Amz-Date": request.date,
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": signed,
    }
    request.query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
    return f"/?{request.query}&X-Amz-Signature={request.signature(headers, signed)}", headers


def test_a_presigned_request_is_believed_and_a_changed_one_is_not(raw):
    path, headers = presigned(raw, b"{}")
    assert raw.exchange("POST", path, b"{}", headers).status == 200
    assert raw.exchange("POST", path, b'{"Limit":1}', headers).code == INVALID
    assert raw.exchange("POST", path.replace("Expires=60", "Expires=61"), b"{}", headers).code == INVALID


def test_a_presigned_request_that_has_run_out_is_refused(raw):
    path, headers = presigned(raw, b"{}", date=moved(-2))
    answer = raw.exchange("POST", path, b"{}", headers)
    assert answer.status == 400 and "expired" in answer.message.lower()


def test_a_request_may_be_sent_twice_within_its_time(raw):
    request = raw.request()
    headers = request.headers()
    assert [raw.send(request, headers).status for _ in range(2)] == [200, 200]
