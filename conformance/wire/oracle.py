"""The wire's test vectors, with botocore as the oracle.

Each case in a service's file is one operation with all its members:

  input    what a caller passes, by the model's names (bytes in base64, moments in seconds)
  request  what botocore sends for it
  output   what a handler gives, in the same notation
  answer   what Gatekey sends for it

`python oracle.py make` writes inputs, requests and outputs from the installed botocore's own models. Gatekey's test
`crates/wire/tests/oracle.rs` reads each request, and writes the answers when GATEKEY_BLESS is set. `problems` says
where botocore would send or read anything else than what stands in the file.
"""

import base64
import datetime
import json
import pathlib
import re
import sys
from urllib.parse import urlencode

import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize

HERE = pathlib.Path(__file__).parent
SERVICES = {"kms": ("kms", None), "sample_query": ("iam", "sample_query"), "sample_rest": ("ram", "sample_rest")}
MOMENT = 1800000000

SAMPLES = [
    "a", "abcdefgh", "alias/example", "us-east-1", "123456789012", "https://xks.example.com", "/kms/xks/v1",
    "cluster-2345672345672345", "arn:aws:iam::123456789012:role/example", "A2345672345672345672",
    "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0", "lambda.amazonaws.com", "/",
    "abcdef0123456789" * 2, "abcdef0123456789" * 4,
]


def service_model(name):
    service, only = SERVICES[name]
    loader = botocore.loaders.Loader()
    model = botocore.model.ServiceModel(loader.load_service_model(service, "service-2"), service)
    wanted = model.operation_names
    if only:
        trimmed = json.loads((HERE.parent.parent / "models" / f"{only}.json").read_text())
        wanted = list(trimmed["operations"])
    return model, wanted


def text(shape):
    if shape.metadata.get("enum"):
        return shape.metadata["enum"][-1]
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 10**6)
    pattern = shape.metadata.get("pattern", ".*")
    for sample in SAMPLES + ["x" * least]:
        if least <= len(sample) <= most and re.fullmatch(pattern.replace(r"\p{L}\p{Z}\p{N}", "a-z "), sample):
            return sample
    raise SystemExit(f"no sample for {shape.name}: {least} to {most}, {pattern}")


def example(shape, depth=0):
    """A value of that shape with every member, in the notation of the files."""
    kind = shape.type_name
    if kind == "structure":
        return {name: example(member, depth + 1) for name, member in shape.members.items()} if depth < 6 else {}
    if kind == "list":
        return [example(shape.member, depth + 1)] * max(1, shape.metadata.get("min", 1))
    if kind == "map":
        return {text(shape.key): example(shape.value, depth + 1)}
    if kind == "string":
        return text(shape)
    if kind == "blob":
        return base64.b64encode(b"\x00\xfe<&>" * max(1, -(-shape.metadata.get("min", 1) // 5))).decode()
    if kind == "timestamp":
        return float(MOMENT)
    if kind == "boolean":
        return True
    if kind in ("integer", "long"):
        return max(1, shape.metadata.get("min", 1))
    return 1.5


def native(shape, value):
    """A value of the files as botocore's users write and read it."""
    kind = shape.type_name
    if kind == "structure":
        return {name: native(shape.members[name], inner) for name, inner in value.items()}
    if kind == "list":
        return [native(shape.member, inner) for inner in value]
    if kind == "map":
        return {key: native(shape.value, inner) for key, inner in value.items()}
    if kind == "blob":
        return base64.b64decode(value)
    if kind == "timestamp":
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    return value


def sent(model, operation, value):
    """The request that botocore makes."""
    protocol = model.metadata["protocol"]
    parameters = native(operation.input_shape, value) if operation.input_shape else {}
    request = botocore.serialize.create_serializer(protocol).serialize_to_request(parameters, operation)
    body = request["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    return {
        "method": request["method"],
        "path": request["url_path"],
        "query": urlencode(request["query_string"], doseq=True) if request["query_string"] else "",
        "target": request["headers"].get("X-Amz-Target", ""),
        "body": body.decode() if isinstance(body, bytes) else body,
    }


def same(protocol, one, other):
    """Whether two requests say the same: the order of fields and of an object's members is free."""

    def parts(request):
        body = request["body"]
        body = sorted(body.split("&")) if protocol == "query" else json.loads(body or "{}")
        return {**request, "body": body, "query": sorted(request["query"].split("&"))}

    return parts(one) == parts(other)


def received(model, operation, answer):
    """What botocore reads out of an answer."""
    parser = botocore.parsers.create_parser(model.metadata["protocol"])
    response = {
        "status_code": answer["status"],
        "headers": {name.lower(): value for name, value in answer["headers"]},
        "body": answer["body"].encode(),
    }
    parsed = parser.parse(response, operation.output_shape)
    parsed.pop("ResponseMetadata", None)
    return parsed


def make():
    for name in SERVICES:
        model, wanted = service_model(name)
        cases = []
        for operation in map(model.operation_model, sorted(wanted)):
            value = example(operation.input_shape) if operation.input_shape else {}
            output = example(operation.output_shape) if operation.output_shape else {}
            case = {"operation": operation.name, "input": value, "request": sent(model, operation, value)}
            cases.append({**case, "output": output, "answer": None})
        (HERE / f"{name}.json").write_text(json.dumps(cases, indent=1) + "\n")


def problems(name):
    """Where botocore disagrees with a file, a line each."""
    model, _ = service_model(name)
    for case in json.loads((HERE / f"{name}.json").read_text()):
        operation = model.operation_model(case["operation"])
        request = sent(model, operation, case["input"])
        if not same(model.metadata["protocol"], request, case["request"]):
            yield f"{operation.name}: botocore sends {request}"
        read = received(model, operation, case["answer"])
        wanted = native(operation.output_shape, case["output"]) if operation.output_shape else {}
        if read != wanted:
            yield f"{operation.name}: botocore reads {read}, not {wanted}"


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        make()
    else:
        found = [problem for name in SERVICES for problem in problems(name)]
        sys.exit("\n".join(found))
