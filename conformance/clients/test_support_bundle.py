"""`gatekey support-bundle`: what support asks for is in it, explained, and nothing that names or lets in anybody is."""

import json
import re
import tarfile

from harness import pages
from harness.clients import ACCOUNT, OTHER_ACCOUNT

FIVE = ["1-key.json", "2-commands.txt", "3-results.txt", "4-policy.json", "5-errors.txt"]
EXPLAINED = ["README.md", "explained.txt", "health.txt", "history.txt", "present-policy.json", "redacted.txt", "who-can.txt"]


def opened(path) -> dict[str, str]:
    """The files of a bundle."""
    assert path.stat().st_mode & 0o777 == 0o600
    with tarfile.open(path, "r:gz") as archive:
        members = archive.getmembers()
        assert all(member.isfile() and member.name.startswith("gatekey-support-bundle/") for member in members)
        return {member.name.split("/")[1]: archive.extractfile(member).read().decode() for member in members}


def secretive(files: dict[str, str], *secrets: str) -> None:
    """Nothing in it names an account or an access key, or is one of these."""
    for name, text in files.items():
        for secret in (ACCOUNT, OTHER_ACCOUNT, *secrets):
            assert secret not in text, f"{secret} is in {name}"
        assert not re.search(r"(AKIA|ASIA|AIDA|AROA)[A-Z2-7]{16}", text), name
        assert not re.search(r"(?<![0-9a-fA-F-])\d{12}(?!\d)", text), name


def test_the_page_on_support_bundles_says_what_the_commands_do(aws, tmp_path):
    said = pages.run("support-bundle.md", aws, tmp_path, 'echo "$key"')
    files = opened(tmp_path / "bundle.tar.gz")
    assert sorted(files) == sorted(FIVE + EXPLAINED)
    key = said.split()[-1]
    assert json.loads(files["1-key.json"])["KeyId"] == key
    assert f"aws kms get-key-policy --key-id {key}" in files["2-commands.txt"]
    assert f"aws kms put-key-policy --key-id {key} --policy file://4-policy.json" in files["2-commands.txt"]
    assert "arn:aws:iam::account-1:user/user-1" in files["4-policy.json"]
    secretive(files, "dispatcher", "203.0.113")
    visitor = opened(tmp_path / "visitor.tar.gz")
    assert "AccessDeniedException" in visitor["README.md"] and "kms:DescribeKey" in visitor["5-errors.txt"]
    secretive(visitor, "visitor")


def user(aws, root, name):
    """An administrator, and the name of the profile with its credentials."""
    root.iam.create_user(UserName=name)
    root.iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    made = root.iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}


def locking_out(name, patient):
    """A policy that leaves its author the right to put another one, from a network that nobody is in, and nothing else."""
    mine = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{name}"}, "Resource": "*"}
    from_there = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    for_one = {"StringEquals": {"kms:EncryptionContext:patient": patient}}
    statements = [mine | {"Action": "kms:PutKeyPolicy", "Condition": from_there}, mine | {"Action": "kms:Decrypt", "Condition": for_one}]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def test_whoever_is_locked_out_gets_the_five_things_explained_and_nothing_secret(aws, gatekey, root, tmp_path):
    keys = user(aws, root, "surgeon")
    environment = aws.environment
    aws.environment = environment | keys
    key = aws("kms", "create-key", "--description", "of Bob Smith").json()["KeyMetadata"]["Arn"]
    put = ("kms", "put-key-policy", "--key-id", key, "--policy")
    bypass = "--bypass-policy-lockout-safety-check"
    assert aws(*put, aws.write("wrong.json", locking_out("surgeon", "Bob Smith")), bypass).code == 0
    got = aws("kms", "get-key-policy", "--key-id", key)
    again = aws(*put, aws.write("keypolicy.json", locking_out("surgeon", "Eve Jones")))
    aws.environment = environment
    assert "AccessDeniedException" in got.err and "AccessDeniedException" in again.err
    path = tmp_path / "bundle.tar.gz"
    made = gatekey("support-bundle", "--key", key, "--output", str(path), **keys)
    assert made.code == 0, made.err
    files = opened(path)
    assert sorted(files) == sorted(FIVE + EXPLAINED)

    marked = key.replace(ACCOUNT, "account-1")
    assert json.loads(files["1-key.json"])["KeyId"] == key.split("/")[1]
    commands = files["2-commands.txt"].split("\n\n")
    assert commands[0] == f"[1]\naws kms get-key-policy --key-id {marked} --policy-name default"
    assert commands[1] == f"[2]\naws kms put-key-policy --key-id {marked} --policy file://4-policy.json --policy-name default"
    assert files["3-results.txt"].count("result   AccessDeniedException") == 2
    policy = json.loads(files["4-policy.json"])
    assert policy["Statement"][0]["Principal"]["AWS"] == "arn:aws:iam::account-1:user/user-1"
    assert policy["Statement"][1]["Condition"]["StringEquals"]["kms:EncryptionContext:patient"].startswith("value-")
    errors = [part.split("\n")[1] for part in files["5-errors.txt"].strip().split("\n\n")]
    printed = [said.err.strip().replace(ACCOUNT, "account-1").replace("user/surgeon", "user/user-1") for said in (got, again)]
    assert errors == [re.sub(r"^aws: \[ERROR\]: ", "", line) for line in printed]

    assert files["explained.txt"].count("only because of aws:SourceIp") == 1 and "← decides" in files["explained.txt"]
    assert "user/user-1" in files["who-can.txt"] and "kms:PutKeyPolicy" in files["who-can.txt"]
    assert "nobody can change its policy after 1 deletion:" in files["health.txt"]
    assert "PutKeyPolicy" in files["history.txt"] and "NotShown" in files["present-policy.json"]
    assert "account-1" in files["redacted.txt"] and "an account id" in files["redacted.txt"]
    secretive(files, *keys.values(), "surgeon", "Bob", "Eve", "203.0.113", "127.0.0.1")

    later = gatekey("support-bundle", "--key", key, "--output", str(tmp_path / "later.tar.gz"), **keys)
    assert later.code == 0 and "2 failed requests" in later.out, "what a bundle asks in vain is no failed command"


def test_what_cannot_be_done_says_what_to_do(gatekey, key, tmp_path):
    path = tmp_path / "there.tar.gz"
    path.write_text("mine")
    there = gatekey("support-bundle", "--key", key["KeyId"], "--output", str(path))
    assert there.code == 2 and "--output" in there.err and path.read_text() == "mine"
    new = str(tmp_path / "new.tar.gz")
    missing = gatekey("support-bundle", "--key", "00000000-0000-4000-8000-000000000000", "--output", new)
    assert missing.code == 2 and "NotFoundException" in missing.err and "list-keys" in missing.err
    unread = gatekey("support-bundle", "--key", key["KeyId"], "--policy", str(tmp_path / "none.json"), "--output", new)
    assert unread.code == 2 and "none.json" in unread.err
    assert not (tmp_path / "new.tar.gz").exists()


def test_a_policy_that_was_malformed_is_told_with_its_form_and_the_error(aws, gatekey, root, tmp_path):
    keys = user(aws, root, "typist")
    environment = aws.environment
    aws.environment = environment | keys
    key = aws("kms", "create-key").json()["KeyMetadata"]["KeyId"]
    broken = '{"Version": "2012-10-17", "Statement": [{"Principal": {"AWS": "arn:aws:iam::' + ACCOUNT + ':user/typist"} "Effect": "hush"'
    said = aws("kms", "put-key-policy", "--key-id", key, "--policy", aws.write("broken.json", broken))
    aws.environment = environment
    assert "MalformedPolicyDocumentException" in said.err
    path = tmp_path / "bundle.tar.gz"
    assert gatekey("support-bundle", "--key", key, "--output", str(path), **keys).code == 0
    files = opened(path)
    marked = '{"Version": "2012-10-17", "Statement": [{"Principal": {"AWS": "arn:aws:iam::account-1:user/user-1"} "Effect": "value-1"\n'
    assert files["4-policy.json"] == marked
    assert "MalformedPolicyDocumentException" in files["5-errors.txt"]
    present = json.loads(files["present-policy.json"])["Statement"][0]
    assert (present["Sid"], present["Principal"]) == ("Enable IAM User Permissions", {"AWS": "arn:aws:iam::account-1:root"})
    assert json.loads(files["1-key.json"])["KeyMetadata"]["KeyState"] == "Enabled"
    secretive(files, "typist", "hush")
