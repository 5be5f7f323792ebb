"""Checks every answer of a boto3 client against botocore's own model: no member unknown, absent, null or mistyped."""

import datetime
import json
import re

REQUEST_ID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
COMMON_ERRORS = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "SerializationException",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationException",
}
COMMON_QUERY_ERRORS = {
    "AccessDenied": 403,
    "ExpiredToken": 403,
    "IncompleteSignature": 400,
    "InvalidAction": 400,
    "InvalidClientTokenId": 403,
    "MissingAuthenticationToken": 403,
    "SignatureDoesNotMatch": 403,
    "Throttling": 400,
    "ValidationError": 400,
}
FAULTS = {"DependencyTimeoutException", "KeyUnavailableException", "KMSInternalException"}
# IAM's policies are texts that boto3 reads before anybody sees them.
POLICY_DOCUMENT = "policyDocumentType"
# The tagging API's documentation says that any error code of the resource's own service may come here.
OPEN_ENUMS = {"ErrorCode"}
SCALARS = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    # Query services answer in XML, of which botocore's parser makes moments and bytes.
    "timestamp": (int, float, datetime.datetime),
    "blob": (str, bytes),
}


def faults(value, shape, path="$") -> list[str]:
    """What is wrong with a JSON value as an instance of a model shape."""
    if value is None:
        return [f"{path} is null"]
    if shape.type_name == "structure":
        return structure_faults(value, shape, path)
    if shape.type_name == "list":
        return [f for i, item in enumerate(value) for f in faults(item, shape.member, f"{path}[{i}]")]
    if shape.type_name == "map":
        return [f for k, v in value.items() for f in faults(v, shape.value, f"{path}[{k!r}]")]
    return scalar_faults(value, shape, path)


# Members that the model requires and AWS leaves out where the root user has nothing to say.
OF_NOBODY = {"AccessKey": {"UserName"}, "LoginProfile": {"UserName"}, "MFADevice": {"UserName"}}


def excused(value: dict, shape) -> set[str]:
    """Members that are not held to the model: IAM shows the root user without name and path, with its account as its id."""
    if shape.name == "User" and value.get("Arn", "").endswith(":root"):
        return {"Path", "UserName", "UserId"}
    return OF_NOBODY.get(shape.name, set()) - value.keys()


def structure_faults(value, shape, path) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path} is {type(value).__name__}, not a structure"]
    found = [f"{path}.{name} is not in the model" for name in value.keys() - shape.members.keys()]
    excuses = excused(value, shape)
    required = set(shape.required_members) - excuses
    found += [f"{path}.{name} is required and absent" for name in sorted(required - value.keys())]
    for name, member in shape.members.items():
        if name in value and name not in excuses:
            found += faults(value[name], member, f"{path}.{name}")
    return found


def scalar_faults(value, shape, path) -> list[str]:
    if shape.name == POLICY_DOCUMENT and isinstance(value, dict):
        return []
    kind = SCALARS[shape.type_name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        return [f"{path} is {type(value).__name__}, not {shape.type_name}"]
    if shape.name not in OPEN_ENUMS and getattr(shape, "enum", None) and value not in shape.enum:
        return [f"{path} is {value!r}, not one of {shape.enum}"]
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name == "string" and least is not None and len(value) < least:
        return [f"{path} is shorter than {least}"]
    if shape.type_name == "string" and most is not None and len(value) > most:
        return [f"{path} is longer than {most}"]
    return []


def check_answer(http_response, parsed, model, **_event) -> None:
    """A boto3 `after-call` handler that fails the test when an answer breaks the model or the wire's rules."""
    headers = http_response.headers
    assert REQUEST_ID.match(headers.get("x-amzn-RequestId", "")), f"{model.name}: no request id in {dict(headers)}"
    if model.service_model.protocol == "query":
        return check_query_answer(http_response, parsed, model)
    if model.service_model.protocol == "rest-json":
        return check_rest_answer(http_response, model)
    if http_response.status_code >= 300:
        return check_error(http_response, model)
    if model.output_shape is None:
        assert http_response.content == b"", f"{model.name} has no output shape but answered {http_response.content!r}"
        return None
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    wrong = faults(json.loads(http_response.content), model.output_shape)
    assert not wrong, f"{model.name}: {wrong}"
    return None


def check_query_answer(http_response, parsed, model) -> None:
    """The same for a query service, whose answer is XML: what botocore's parser made of it is checked."""
    assert http_response.headers["Content-Type"] == "text/xml"
    assert parsed["ResponseMetadata"]["RequestId"] == http_response.headers["x-amzn-RequestId"]
    if http_response.status_code >= 300:
        code = parsed["Error"]["Code"]
        statuses = {s.metadata.get("error", {}).get("code", s.name): s.metadata.get("error", {}).get("httpStatusCode") for s in model.error_shapes}
        statuses = COMMON_QUERY_ERRORS | statuses
        assert code in statuses, f"{model.name} may not answer {code}"
        assert statuses[code] in (None, http_response.status_code), f"{code} with status {http_response.status_code}"
        return
    if model.output_shape is not None:
        answer = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
        wrong = faults(answer, model.output_shape)
        assert not wrong, f"{model.name}: {wrong}"


def check_rest_answer(http_response, model) -> None:
    """The same for a REST service: an error's code is in a header, and each has a status of its own."""
    body = json.loads(http_response.content)
    if http_response.status_code >= 300:
        code = http_response.headers["x-amzn-ErrorType"].split(":")[0]
        statuses = {shape.name: shape.metadata.get("error", {}).get("httpStatusCode") for shape in model.error_shapes}
        assert code in COMMON_ERRORS | statuses.keys(), f"{model.name} may not answer {code}"
        assert statuses.get(code) in (None, http_response.status_code), f"{code} with status {http_response.status_code}"
        return
    wrong = faults(body, model.output_shape)
    assert not wrong, f"{model.name}: {wrong}"


def check_error(http_response, model) -> None:
    """An error is one that the operation's model lists, or a common one, under the status that AWS gives it."""
    body = json.loads(http_response.content)
    code = body["__type"]
    modelled = {shape.name: shape.members.keys() for shape in model.error_shapes}
    assert code in COMMON_ERRORS | modelled.keys(), f"{model.name} may not answer {code}"
    fault = code in FAULTS
    assert http_response.status_code == (500 if fault else 400), f"{code} with status {http_response.status_code}"
    # The models of CloudTrail and others give their exceptions no members; every client reads the text all the same.
    untold = code in COMMON_ERRORS or (code in modelled and not modelled[code])
    members = {*modelled.get(code, ()), *({"message"} if untold else ())}
    assert body.keys() <= {"__type", *members}, f"{code} has {sorted(body)}"
    assert "" not in (body.get("message"), body.get("Message")), f"{code}: an empty message is left out"
    assert http_response.headers["Content-Type"] == "application/x-amz-json-1.1"
