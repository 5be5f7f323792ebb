"""The real `aws` command line: the session that the README promises, and every operation of today once."""

import base64
import json

import pytest

from harness import policies
from harness.clients import ACCOUNT, OTHER_ACCOUNT, key_arn

REFUSED = 255
"""How the first version of the command line ends when the service refuses; the second ends with 254."""
CONTEXT = ("--encryption-context", "Department=IT")


@pytest.fixture(scope="module")
def key_id(aws) -> str:
    metadata = aws("kms", "create-key", "--description", "first").json()["KeyMetadata"]
    assert (metadata["Description"], metadata["KeyState"], metadata["AWSAccountId"]) == ("first", "Enabled", ACCOUNT)
    assert metadata["Arn"] == key_arn(metadata["KeyId"])
    return metadata["KeyId"]


@pytest.fixture(scope="module")
def alias(aws, key_id) -> str:
    name = f"alias/first-{key_id}"
    said = aws("kms", "create-alias", "--alias-name", name, "--target-key-id", key_id)
    assert (said.code, said.out) == (0, ""), said
    return name


@pytest.fixture(scope="module")
def blob(aws, alias):
    """A file with the ciphertext of secret.txt, as a user would make it."""
    (aws.folder / "secret.txt").write_bytes(b"the cake is a lie\n")
    command = ("kms", "encrypt", "--key-id", alias, "--plaintext", "fileb://secret.txt", *CONTEXT)
    text = aws(*command, "--query", "CiphertextBlob", "--output", "text").text()
    (aws.folder / "secret.bin").write_bytes(base64.b64decode(text))
    return "fileb://secret.bin"


def test_decrypt_gives_back_the_file(aws, blob):
    command = ("kms", "decrypt", "--ciphertext-blob", blob, *CONTEXT)
    said = aws(*command, "--query", "Plaintext", "--output", "text").text()
    assert base64.b64decode(said) == b"the cake is a lie\n"


def test_decrypt_with_another_context_fails_as_at_aws(aws, blob):
    said = aws("kms", "decrypt", "--ciphertext-blob", blob, "--encryption-context", "Department=HR")
    assert said.code == REFUSED
    assert "An error occurred (InvalidCiphertextException) when calling the Decrypt operation" in said.err


def test_generate_data_key_and_its_decryption_agree(aws, alias):
    made = aws("kms", "generate-data-key", "--key-id", alias, "--key-spec", "AES_256").json()
    (aws.folder / "data-key.bin").write_bytes(base64.b64decode(made["CiphertextBlob"]))
    opened = aws("kms", "decrypt", "--ciphertext-blob", "fileb://data-key.bin", "--key-id", alias).json()
    assert opened["Plaintext"] == made["Plaintext"]
    assert len(base64.b64decode(made["Plaintext"])) == 32


def test_generate_data_key_without_plaintext(aws, alias):
    made = aws("kms", "generate-data-key-without-plaintext", "--key-id", alias, "--number-of-bytes", "64").json()
    assert made.keys() == {"CiphertextBlob", "KeyId", "KeyMaterialId"}


def test_re_encrypt_to_another_key(aws, blob):
    target = aws("kms", "create-key").json()["KeyMetadata"]["Arn"]
    command = ("kms", "re-encrypt", "--ciphertext-blob", blob, "--source-encryption-context", "Department=IT")
    said = aws(*command, "--destination-key-id", target).json()
    assert said["KeyId"] == target
    assert said["SourceEncryptionAlgorithm"] == said["DestinationEncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"


def test_get_key_policy_prints_the_default_policy_as_aws_does(aws, key_id):
    said = aws("kms", "get-key-policy", "--key-id", key_id, "--query", "Policy", "--output", "text")
    assert said.text() == policies.default_text()


def test_get_key_policy_with_its_old_required_argument(aws, key_id):
    said = aws("kms", "get-key-policy", "--key-id", key_id, "--policy-name", "default").json()
    assert said == {"Policy": policies.default_text(), "PolicyName": "default"}


def test_put_key_policy_from_a_file(aws, key_id):
    sent = policies.document(policies.account_may(), policies.statement(f"arn:aws:iam::{OTHER_ACCOUNT}:root", "kms:Decrypt"))
    (aws.folder / "policy.json").write_text(sent)
    said = aws("kms", "put-key-policy", "--key-id", key_id, "--policy-name", "default", "--policy", "file://policy.json")
    assert (said.code, said.out) == (0, ""), said
    kept = aws("kms", "get-key-policy", "--key-id", key_id, "--query", "Policy", "--output", "text").text()
    assert json.loads(kept) == json.loads(sent)
    assert aws("kms", "list-key-policies", "--key-id", key_id).json()["PolicyNames"] == ["default"]


def test_put_key_policy_that_locks_out_fails_as_at_aws(aws, key_id):
    policy = policies.document(policies.account_may("kms:Decrypt"))
    said = aws("kms", "put-key-policy", "--key-id", key_id, "--policy", policy)
    assert said.code == REFUSED
    assert said.err.strip().endswith(
        "An error occurred (MalformedPolicyDocumentException) when calling the PutKeyPolicy operation: "
        "The new key policy will not allow you to update the key policy in the future."
    )


def test_lists_follow_their_pages(aws, key_id, alias):
    keys = aws("kms", "list-keys", "--page-size", "1", "--query", "Keys[].KeyId").json()
    assert key_id in keys and len(keys) == len(set(keys))
    aliases = aws("kms", "list-aliases", "--key-id", key_id, "--query", "Aliases[].AliasName").json()
    assert aliases == [alias]


def test_describe_key_by_alias(aws, key_id, alias):
    assert aws("kms", "describe-key", "--key-id", alias).json()["KeyMetadata"]["KeyId"] == key_id


def test_generate_random(aws):
    said = aws("kms", "generate-random", "--number-of-bytes", "24", "--query", "Plaintext", "--output", "text").text()
    assert len(base64.b64decode(said)) == 24


def test_tags(aws, key_id):
    assert aws("kms", "tag-resource", "--key-id", key_id, "--tags", "TagKey=a,TagValue=1", "TagKey=b,TagValue=2").code == 0
    assert aws("kms", "untag-resource", "--key-id", key_id, "--tag-keys", "a").code == 0
    assert aws("kms", "list-resource-tags", "--key-id", key_id).json()["Tags"] == [{"TagKey": "b", "TagValue": "2"}]


def test_a_key_through_its_whole_life(aws):
    key_id = aws("kms", "create-key", "--query", "KeyMetadata.KeyId", "--output", "text").text()
    name = f"alias/life-{key_id}"
    for step in (
        ("update-key-description", "--key-id", key_id, "--description", "renamed"),
        ("create-alias", "--alias-name", name, "--target-key-id", key_id),
        ("update-alias", "--alias-name", name, "--target-key-id", key_id),
        ("delete-alias", "--alias-name", name),
        ("disable-key", "--key-id", key_id),
        ("enable-key", "--key-id", key_id),
    ):
        said = aws("kms", *step)
        assert (said.code, said.out) == (0, ""), (step, said)
    said = aws("kms", "schedule-key-deletion", "--key-id", key_id, "--pending-window-in-days", "7").json()
    assert (said["KeyState"], said["PendingWindowInDays"]) == ("PendingDeletion", 7)
    assert aws("kms", "cancel-key-deletion", "--key-id", key_id).json() == {"KeyId": key_arn(key_id)}
    said = aws("kms", "describe-key", "--key-id", key_id, "--query", "KeyMetadata.[KeyState,Description]", "--output", "text")
    assert said.text() == "Disabled\trenamed"


def test_a_dry_run_fails_as_at_aws(aws, alias, blob):
    said = aws("kms", "encrypt", "--key-id", alias, "--plaintext", "fileb://secret.txt", "--dry-run")
    assert said.code == REFUSED
    assert said.err.strip().endswith(
        "An error occurred (DryRunOperationException) when calling the Encrypt operation: "
        "The request would have succeeded, but the DryRun option is set."
    )


def test_a_profile_chooses_the_account(aws):
    said = aws("--profile", f"root-{OTHER_ACCOUNT}", "kms", "create-key", "--query", "KeyMetadata.AWSAccountId", "--output", "text")
    assert said.text() == OTHER_ACCOUNT


def test_what_does_not_exist_is_not_found(aws):
    said = aws("kms", "describe-key", "--key-id", "alias/nowhere")
    assert said.code == REFUSED
    text = "An error occurred (NotFoundException) when calling the DescribeKey operation: Alias arn:aws:kms:us-east-1:"
    assert text + f"{ACCOUNT}:alias/nowhere is not found." in said.err
