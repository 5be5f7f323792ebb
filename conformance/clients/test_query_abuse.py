"""Query requests that no client sends: each is refused in XML as the sender's fault, quickly, and nothing is made."""

import xml.etree.ElementTree

import pytest

from harness.clients import ACCOUNT
from harness.identities import fresh
from harness.wire import Wire

FORM = "application/x-www-form-urlencoded; charset=utf-8"
CREATE = "Action=CreateUser&Version=2010-05-08"


@pytest.fixture(scope="module")
def wire(server):
    connection = Wire(server, server.keys(f"root-{ACCOUNT}"))
    yield connection
    connection.close()


def send(wire, body: str | bytes, service: str = "iam", **fields):
    data = body.encode() if isinstance(body, str) else body
    return wire.send(wire.request(data, target=None, content_type=FORM, service=service, **fields))


def code(answer) -> str:
    """The code of an error in XML; the answer must be one that is well-formed and blames the sender."""
    root = xml.etree.ElementTree.fromstring(answer.body)
    error = next(node for node in root.iter() if node.tag.endswith("Error") and len(node))
    parts = {node.tag.rsplit("}", 1)[-1]: node.text for node in error}
    assert parts["Type"] == "Sender", answer
    return parts["Code"]


NOT_REQUESTS = {
    "nothing": "",
    "no action": "Version=2010-05-08&UserName=x",
    "no version": "Action=CreateUser&UserName=x",
    "unknown action": "Action=MakeUser&Version=2010-05-08",
    "unknown version": "Action=CreateUser&Version=1999-01-01&UserName=x",
    "action in small letters": "Action=createuser&Version=2010-05-08&UserName=x",
    "no name": CREATE,
    "empty name": f"{CREATE}&UserName=",
    "long name": f"{CREATE}&UserName={'x' * 100_000}",
    "nul in a name": f"{CREATE}&UserName=a%00b",
    "not utf-8": f"{CREATE}&UserName=%FF%FE",
    "broken escape": f"{CREATE}&UserName=%ZZ",
    "half an escape": f"{CREATE}&UserName=a%2",
    "line feed in a name": f"{CREATE}&UserName=a%0Ab",
    "markup in a name": f"{CREATE}&UserName=%3Cscript%3E%26%3C%2Fscript%3E",
    "far member": f"{CREATE}&UserName={{name}}&Tags.member.999999999.Key=a",
    "member zero": f"{CREATE}&UserName={{name}}&Tags.member.0.Key=a",
    "key without a value": f"{CREATE}&UserName={{name}}&Tags.member.1.Key=a",
    "many tags": f"{CREATE}&UserName={{name}}" + "".join(f"&Tags.member.{n}.Key=k{n}&Tags.member.{n}.Value=v" for n in range(1, 300)),
    "number that is none": "Action=ListUsers&Version=2010-05-08&MaxItems=many",
    "number beyond": "Action=ListUsers&Version=2010-05-08&MaxItems=99999999999999999999",
    "number out of range": "Action=ListUsers&Version=2010-05-08&MaxItems=0",
}


@pytest.mark.parametrize("name", NOT_REQUESTS)
def test_what_is_no_request_is_the_senders_fault(wire, name):
    answer = send(wire, NOT_REQUESTS[name].format(name=fresh("abuse")) if "{name}" in NOT_REQUESTS[name] else NOT_REQUESTS[name])
    assert 400 <= answer.status < 500, answer
    told = code(answer)
    assert told and not told.startswith("Internal")
    assert answer.headers["content-type"] == "text/xml"
    assert len(answer.body) < 32 * 1024, "a long value is not echoed whole"


ODD = {
    "member minus one": f"{CREATE}&UserName={{name}}&Tags.member.-1.Key=a",
    "member of many digits": f"{CREATE}&UserName={{name}}&Tags.member.{'9' * 400}.Key=a",
    "deep name": f"{CREATE}&UserName={{name}}&{'a.' * 5000}b=1",
    "many unknown parameters": f"{CREATE}&UserName={{name}}" + "".join(f"&x{n}=1" for n in range(5000)),
    "name twice": f"{CREATE}&UserName={{name}}&UserName=somebody-else",
    "only separators": f"{CREATE}&UserName={{name}}&&&&&&=&=&",
    "gap in a list": f"{CREATE}&UserName={{name}}&Tags.member.3.Key=a&Tags.member.3.Value=b",
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_is_refused_or_done_and_never_a_server_error(wire, name):
    answer = send(wire, ODD[name].format(name=fresh("abuse")))
    assert answer.status < 500, answer
    xml.etree.ElementTree.fromstring(answer.body)


def test_texts_come_back_escaped(wire):
    """What a client sent cannot become markup of the answer."""
    answer = send(wire, "Action=GetUser&Version=2010-05-08&UserName=a%3Cb%3E%26c")
    assert 400 <= answer.status < 500
    assert b"<b>" not in answer.body
    xml.etree.ElementTree.fromstring(answer.body)


def test_a_signature_for_another_service_is_not_taken(wire):
    answer = send(wire, "Action=ListUsers&Version=2010-05-08", service="kms")
    assert (answer.status, code(answer)) == (403, "SignatureDoesNotMatch")
    answer = send(wire, "Action=GetCallerIdentity&Version=2011-06-15", service="iam")
    assert (answer.status, code(answer)) == (403, "SignatureDoesNotMatch")
    assert send(wire, "Action=GetCallerIdentity&Version=2011-06-15", service="sts").status == 200


def test_nobody_who_does_not_sign_is_let_in(wire, server):
    request = wire.request(b"Action=ListUsers&Version=2010-05-08", target=None, content_type=FORM, service="iam")
    headers = {name: value for name, value in request.headers().items() if name != "authorization"}
    answer = wire.send(request, headers)
    assert (answer.status, code(answer)) == (403, "MissingAuthenticationToken")
    changed = wire.request(b"Action=ListRoles&Version=2010-05-08", target=None, content_type=FORM, service="iam")
    answer = wire.send(changed, request.headers())
    assert (answer.status, code(answer)) == (403, "SignatureDoesNotMatch")
