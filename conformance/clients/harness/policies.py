"""Key policies as the tests write them."""

import json

from harness.clients import ACCOUNT, root_arn


def statement(principal, action, effect="Allow", **elements) -> dict:
    """One statement of a key policy; `principal` is an ARN, a list of them, or `*`."""
    who = "*" if principal == "*" else {"AWS": principal}
    return {"Effect": effect, "Principal": who, "Action": action, "Resource": "*"} | elements


def document(*statements: dict, **elements) -> str:
    return json.dumps({"Version": "2012-10-17", **elements, "Statement": list(statements)})


def account_may(action="kms:*", account: str = ACCOUNT, **elements) -> dict:
    """The account principal's statement: all that the default policy says."""
    return statement(root_arn(account), action, **elements)


def default_text(account: str = ACCOUNT) -> str:
    """The policy of a key that was created without one, in AWS's own layout, byte for byte."""
    return (
        "{\n"
        '  "Version" : "2012-10-17",\n'
        '  "Id" : "key-default-1",\n'
        '  "Statement" : [ {\n'
        '    "Sid" : "Enable IAM User Permissions",\n'
        '    "Effect" : "Allow",\n'
        '    "Principal" : {\n'
        f'      "AWS" : "arn:aws:iam::{account}:root"\n'
        "    },\n"
        '    "Action" : "kms:*",\n'
        '    "Resource" : "*"\n'
        "  } ]\n"
        "}"
    )
