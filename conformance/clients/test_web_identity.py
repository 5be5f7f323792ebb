"""AssumeRoleWithWebIdentity: tokens of issuers whose keys are in a file, and of one that is asked over HTTPS."""

import base64
import hashlib
import hmac
import json
import time

import boto3
import pytest

from harness import cli, process
from harness.clients import ACCOUNT, OTHER_ACCOUNT, fault, outcome, stranger
from harness.identities import Identity, Root, fresh, identity_policy, keys_of, role_arn, session_arn, trust
from harness.openid import AUDIENCE, EcKey, Issuer, Published, RsaKey, encoded

ACTION = "sts:AssumeRoleWithWebIdentity"
KUBERNETES = "https://kubernetes.default.svc.cluster.local"
DENIED = ("AccessDenied", 403)
INVALID = ("InvalidIdentityToken", 400)
EXPIRED = ("ExpiredTokenException", 400)
UNREACHABLE = ("IDPCommunicationError", 400)
NOT_TRUSTED = f"Not authorized to perform {ACTION}"
NO_TOKEN = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
TAGS = "https://aws.amazon.com/tags"
SOURCE = "https://aws.amazon.com/source_identity"
# Two keys under one name would let nobody tell which of them is wrong.
FORGER = RsaKey("first")


@pytest.fixture(scope="module")
def kubernetes() -> Issuer:
    return Issuer(KUBERNETES, RsaKey("first"), EcKey("second"))


@pytest.fixture(scope="module")
def unregistered() -> Issuer:
    """Its keys are in the file, but no account knows it."""
    return Issuer("https://issuer.example/unregistered")


@pytest.fixture(scope="module")
def server(tmp_path_factory, kubernetes, unregistered):
    """A server of its own, to whom the issuers' keys are given."""
    folder = tmp_path_factory.mktemp("web-identity")
    (folder / "issuers.json").write_text(json.dumps({issuer.url: issuer.key_set() for issuer in (kubernetes, unregistered)}))
    running = process.dev(
        folder, [ACCOUNT, OTHER_ACCOUNT], arguments=(
            "--set", f"federation.keys_file={folder / 'issuers.json'}", "--set", "federation.private_issuers=true"
        )
    )
    yield running
    running.kill()


@pytest.fixture(scope="module")
def root(server, kubernetes):
    made = Root(server)
    arn = made.iam.create_open_id_connect_provider(Url=kubernetes.url, ClientIDList=[AUDIENCE])["OpenIDConnectProviderArn"]
    assert arn == kubernetes.arn(ACCOUNT)
    return made


@pytest.fixture(scope="module")
def sts(server):
    return stranger(server)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    made = Published(tmp_path_factory.mktemp("published"))
    yield made
    made.close()


def trusting(issuer: Issuer, action=ACTION, **conditions) -> str:
    """A trust policy for an issuer; `conditions` are of `StringEquals`, on the issuer's own keys."""
    elements = {"Condition": {"StringEquals": {f"{issuer.name}:{key}": value for key, value in conditions.items()}}}
    return trust({"Federated": issuer.arn(ACCOUNT)}, action, **(elements if conditions else {}))


@pytest.fixture(scope="module")
def role(root, kubernetes) -> str:
    """For one service account and one audience, as AWS's guide has it."""
    trusted = trusting(kubernetes, sub="system:serviceaccount:shop:web", aud=AUDIENCE)
    return root.role("shop-web", identity_policy("kms:*"), trusted=trusted)


def asking(role: str, token: str, **more) -> dict:
    return {"RoleArn": role, "RoleSessionName": "web", "WebIdentityToken": token, **more}


def told(sts, role: str, token: str, **more) -> tuple:
    refused = fault(sts.assume_role_with_web_identity, **asking(role, token, **more))
    return refused.kind, refused.message


def session(server, answer: dict) -> Identity:
    return Identity(server, answer["AssumedRoleUser"]["Arn"], keys_of(answer["Credentials"]))


# Who gets in.


def test_a_service_account_of_kubernetes_is_the_role(server, root, sts, role, kubernetes):
    token = kubernetes.service_account("shop", "web")
    said = sts.assume_role_with_web_identity(**asking(role, token))
    assert said["SubjectFromWebIdentityToken"] == "system:serviceaccount:shop:web"
    assert (said["Provider"], said["Audience"]) == (kubernetes.arn(ACCOUNT), AUDIENCE)
    somebody = session(server, said)
    assert somebody.arn == session_arn("shop-web", "web")
    role_id = root.iam.get_role(RoleName="shop-web")["Role"]["RoleId"]
    who = somebody.sts.get_caller_identity()
    assert (who["Arn"], who["UserId"]) == (somebody.arn, f"{role_id}:web")
    key = somebody.kms.create_key()["KeyMetadata"]["KeyId"]
    blob = somebody.kms.encrypt(KeyId=key, Plaintext=b"web")["CiphertextBlob"]
    assert somebody.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"web"
    assert outcome(somebody.iam.list_users) == "AccessDenied"


def test_a_token_by_any_of_the_issuers_keys_counts(sts, role, kubernetes):
    for key in kubernetes.keys:
        token = kubernetes.token("system:serviceaccount:shop:web", key=key)
        assert outcome(sts.assume_role_with_web_identity, **asking(role, token)) == "ok", key.algorithm


def test_a_key_that_was_added_to_the_file_counts_without_a_restart(server, root, sts, role, kubernetes, unregistered):
    """What the file says anew is read when a token names a key that is not there."""
    new = RsaKey("rotated")
    token = kubernetes.token("system:serviceaccount:shop:web", key=new)
    assert told(sts, role, token)[0] == INVALID
    kept = Issuer(kubernetes.url, *kubernetes.keys, new)
    text = json.dumps({issuer.url: issuer.key_set() for issuer in (kept, unregistered)})
    (server.folder / "issuers.json").write_text(text)
    deadline = time.monotonic() + 20
    while outcome(sts.assume_role_with_web_identity, **asking(role, token)) != "ok":
        assert time.monotonic() < deadline, "the file was not read again"
        time.sleep(0.1)


def test_the_command_line_needs_no_keys(server, tmp_path, role, kubernetes):
    command = cli.Aws(server, tmp_path, AWS_EC2_METADATA_DISABLED="true")
    command.environment["AWS_SHARED_CREDENTIALS_FILE"] = str(tmp_path / "none")
    ask = ("sts", "assume-role-with-web-identity", "--role-arn", role, "--role-session-name", "web", "--web-identity-token")
    said = command(*ask, kubernetes.service_account("shop", "web")).json()
    assert said["AssumedRoleUser"]["Arn"] == session_arn("shop-web", "web")
    refused = command(*ask, kubernetes.service_account("shop", "other"))
    text = f"An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: {NOT_TRUSTED}"
    assert refused.code in (254, 255) and refused.err.strip().endswith(text)


def test_a_profile_with_a_token_file_is_the_role(server, tmp_path, role, kubernetes):
    """The file is read anew each time, as Kubernetes replaces what it projected."""
    command = cli.Aws(server, tmp_path, AWS_EC2_METADATA_DISABLED="true")
    command.environment["AWS_SHARED_CREDENTIALS_FILE"] = str(tmp_path / "none")
    token = tmp_path / "token"
    profile = command.configure("pod", role_arn=role, web_identity_token_file=str(token), role_session_name="pod")
    token.write_text(kubernetes.service_account("shop", "other"))
    assert "AssumeRoleWithWebIdentity" in command("--profile", profile, "kms", "list-keys").err
    token.write_text(kubernetes.service_account("shop", "web"))
    assert command("--profile", profile, "sts", "get-caller-identity").json()["Arn"] == session_arn("shop-web", "pod")
    assert "Keys" in command("--profile", profile, "kms", "list-keys").json()


@pytest.mark.parametrize("by", ["profile", "environment"])
def test_an_sdk_that_knows_nothing_of_us_is_the_role(server, tmp_path, monkeypatch, role, kubernetes, by):
    """boto3's own provider: by a profile, and by the variables that a pod is given."""
    (tmp_path / "token").write_text(kubernetes.service_account("shop", "web"))
    settings = {"role_arn": role, "web_identity_token_file": tmp_path / "token", "role_session_name": "sdk"}
    lines = "\n".join(f"{name} = {value}" for name, value in settings.items())
    (tmp_path / "config").write_text(f"[profile pod]\n{lines}\n" if by == "profile" else "")
    variables = {
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if by == "profile":
        variables |= {"AWS_PROFILE": "pod"}
    else:
        variables |= {f"AWS_{name.upper()}": str(value) for name, value in settings.items()}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    own = boto3.session.Session()
    assert own.client("sts").get_caller_identity()["Arn"] == session_arn("shop-web", "sdk")
    assert own.client("kms").create_key()["KeyMetadata"]["Enabled"]


# What a trust policy asks for.


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"StringEquals": {"{}:sub": "system:serviceaccount:shop:web", "{}:aud": AUDIENCE}}, "ok"),
        ({"StringLike": {"{}:sub": "system:serviceaccount:shop:*"}}, "ok"),
        ({"StringLike": {"{}:sub": "system:serviceaccount:till:*"}}, "AccessDenied"),
        ({"StringEquals": {"{}:sub": "system:serviceaccount:shop:*"}}, "AccessDenied"),
        ({"StringEquals": {"{}:aud": "vault"}}, "AccessDenied"),
        ({"StringNotEquals": {"{}:aud": AUDIENCE}}, "AccessDenied"),
        ({"StringEquals": {"{}:SUB": "system:serviceaccount:shop:web"}}, "ok"),
        ({"StringEquals": {"issuer.example:sub": "system:serviceaccount:shop:web"}}, "AccessDenied"),
        ({"StringEquals": {"sts:RoleSessionName": "web"}}, "ok"),
        ({"StringEquals": {"sts:RoleSessionName": "other"}}, "AccessDenied"),
        ({"Null": {"{}:amr": "true"}}, "ok"),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "AccessDenied"),
    ],
)
def test_conditions_on_the_token(root, sts, kubernetes, conditions, expected):
    named = {op: {key.format(kubernetes.name): value for key, value in keys.items()} for op, keys in conditions.items()}
    arn = root.role(None, trusted=trust({"Federated": kubernetes.arn(ACCOUNT)}, ACTION, Condition=named))
    token = kubernetes.service_account("shop", "web")
    assert outcome(sts.assume_role_with_web_identity, **asking(arn, token)) == expected


def test_the_authorized_party_is_the_audience_where_there_is_one(root, sts, kubernetes):
    both = {
        "StringEquals": {f"{kubernetes.name}:aud": AUDIENCE},
        "ForAnyValue:StringEquals": {f"{kubernetes.name}:oaud": "app"},
    }
    arn = root.role(None, trusted=trust({"Federated": kubernetes.arn(ACCOUNT)}, ACTION, Condition=both))
    ask = sts.assume_role_with_web_identity
    assert outcome(ask, **asking(arn, kubernetes.token(aud="app", azp=AUDIENCE))) == "ok"
    assert outcome(ask, **asking(arn, kubernetes.token(aud=AUDIENCE))) == "AccessDenied"
    assert told(sts, arn, kubernetes.token(aud=AUDIENCE, azp="app")) == (INVALID, "Incorrect token audience")


@pytest.mark.parametrize(
    "trusted",
    [
        trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "sts:*"),
        trust({"AWS": "*"}, "sts:AssumeRole"),
        trust({"Service": "ec2.amazonaws.com"}),
        trust({"Federated": "accounts.google.com"}, ACTION),
    ],
)
def test_a_role_that_does_not_trust_the_issuer(root, sts, kubernetes, trusted):
    arn = root.role(None, trusted=trusted)
    assert told(sts, arn, kubernetes.token()) == (DENIED, NOT_TRUSTED)


def test_a_role_that_trusts_the_issuer_for_another_call(root, sts, kubernetes):
    arn = root.role(None, trusted=trusting(kubernetes, ["sts:TagSession", "sts:SetSourceIdentity"]))
    assert told(sts, arn, kubernetes.token()) == (DENIED, NOT_TRUSTED)


def test_a_role_that_does_not_exist_is_like_one_that_does_not_trust(sts, kubernetes):
    assert told(sts, role_arn("no-such-role"), kubernetes.token()) == (DENIED, NOT_TRUSTED)


def test_a_deny_in_the_trust_policy_wins(root, sts, kubernetes):
    document = json.loads(trusting(kubernetes))
    denied = {"StringEquals": {f"{kubernetes.name}:sub": "somebody"}}
    document["Statement"].append(document["Statement"][0] | {"Effect": "Deny", "Condition": denied})
    arn = root.role(None, trusted=json.dumps(document))
    assert told(sts, arn, kubernetes.token()) == (DENIED, NOT_TRUSTED)
    assert outcome(sts.assume_role_with_web_identity, **asking(arn, kubernetes.token("another"))) == "ok"


def test_session_tags_and_a_source_identity_need_rights_of_their_own(server, root, sts, kubernetes):
    tags = {"principal_tags": {"team": ["shop"]}, "transitive_tag_keys": ["team"]}
    token = kubernetes.token(**{TAGS: tags, SOURCE: "somebody@shop"})
    plain = root.role(None, trusted=trusting(kubernetes))
    assert told(sts, plain, token)[0] == DENIED
    both = [ACTION, "sts:TagSession", "sts:SetSourceIdentity"]
    tagged = {"StringEquals": {"aws:PrincipalTag/team": "shop", "sts:SourceIdentity": "somebody@shop"}}
    trusted = trusting(kubernetes, both)
    arn = root.role(None, identity_policy("kms:ListKeys", Condition={"StringEquals": {"aws:PrincipalTag/team": "shop"}}), trusted=trusted)
    said = sts.assume_role_with_web_identity(**asking(arn, token))
    assert said["SourceIdentity"] == "somebody@shop"
    somebody = session(server, said)
    assert outcome(somebody.kms.list_keys) == "ok"
    untagged = session(server, sts.assume_role_with_web_identity(**asking(arn, kubernetes.token())))
    assert outcome(untagged.kms.list_keys) == "AccessDeniedException"
    # The tag and the source identity go on to the next role, which may ask for them.
    name = arn.rsplit("/", 1)[1]
    root.iam.put_role_policy(RoleName=name, PolicyName="more", PolicyDocument=json.dumps(identity_policy("sts:*")))
    next_trust = trust(arn, ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], Condition=tagged)
    following = root.role(None, trusted=next_trust)
    assert outcome(somebody.sts.assume_role, RoleArn=following, RoleSessionName="next") == "ok"
    assert outcome(untagged.sts.assume_role, RoleArn=following, RoleSessionName="next") == "AccessDenied"


def test_a_session_policy_and_a_duration(server, sts, role, kubernetes):
    token = kubernetes.service_account("shop", "web")
    limit = json.dumps(identity_policy("kms:ListKeys"))
    said = sts.assume_role_with_web_identity(**asking(role, token, Policy=limit, DurationSeconds=900))
    left = said["Credentials"]["Expiration"].timestamp() - time.time()
    assert 800 < left <= 901
    somebody = session(server, said)
    assert outcome(somebody.kms.list_keys) == "ok"
    assert outcome(somebody.kms.create_key) == "AccessDeniedException"
    assert told(sts, role, token, DurationSeconds=3601)[0] == ("ValidationError", 400)


# Tokens that are wrong.


def alg_none(issuer: Issuer, subject: str) -> str:
    """Nobody's signature."""
    head = encoded(json.dumps({"alg": "none", "typ": "JWT"}).encode())
    return f"{head}.{encoded(json.dumps(issuer.claims(subject)).encode())}."


def by_public_key(issuer: Issuer, subject: str) -> str:
    """The issuer's public key as if it were a secret that it shares with everybody."""
    head = {"alg": "HS256", "typ": "JWT", "kid": issuer.keys[0].kid}
    text = ".".join(encoded(json.dumps(part).encode()) for part in (head, issuer.claims(subject)))
    secret = json.dumps(issuer.keys[0].public()).encode()
    return f"{text}.{encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def other_subject(token: str, subject: str) -> str:
    """A genuine signature under other claims."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return f"{head}.{encoded(json.dumps(claims | {'sub': subject}).encode())}.{signature}"


SUBJECT = "system:serviceaccount:shop:web"
NOW = int(time.time())
BAD_SIGNATURE = "The ID Token's signature is not valid."
WRONG = {
    "another audience": (lambda k: k.token(SUBJECT, aud="vault"), INVALID, "Incorrect token audience"),
    "no audience": (lambda k: k.token(SUBJECT, aud=None), INVALID, "Incorrect token audience"),
    "expired": (lambda k: k.token(SUBJECT, iat=NOW - 900, nbf=NOW - 900, exp=NOW - 60), EXPIRED, "Token expired: "),
    "no end": (lambda k: k.token(SUBJECT, exp=None), INVALID, "Missing a required claim: exp"),
    "no beginning": (lambda k: k.token(SUBJECT, iat=None), INVALID, "Missing a required claim: iat"),
    "from the future": (lambda k: k.token(SUBJECT, iat=NOW + 4000, exp=NOW + 9000), INVALID, "The ID Token is not valid yet."),
    "not yet": (lambda k: k.token(SUBJECT, nbf=NOW + 4000, exp=NOW + 9000), INVALID, "The ID Token is not valid yet."),
    "no subject": (lambda k: k.token(sub=None), INVALID, "Missing a required claim: sub"),
    "no issuer": (lambda k: k.token(SUBJECT, iss=None), INVALID, "Missing a required claim: iss"),
    "another issuer": (
        lambda k: k.token(SUBJECT, iss="https://issuer.example"),
        INVALID,
        "No OpenIDConnect provider found in your account for https://issuer.example",
    ),
    "an issuer in plain HTTP": (lambda k: k.token(SUBJECT, iss=k.url.replace("https", "http")), INVALID, "No OpenIDConnect provider"),
    "an issuer with a slash more": (lambda k: k.token(SUBJECT, iss=f"{k.url}/"), INVALID, "No OpenIDConnect provider"),
    "an issuer in capitals": (lambda k: k.token(SUBJECT, iss=k.url.upper()), INVALID, "No OpenIDConnect provider"),
    "a forger's key": (lambda k: k.token(SUBJECT, key=FORGER), INVALID, BAD_SIGNATURE),
    "a forger's key of another name": (lambda k: k.token(SUBJECT, key=RsaKey("nobody's")), INVALID, "Couldn't retrieve verification key"),
    "a forger's key without a name": (lambda k: k.token(SUBJECT, key=FORGER, header={"kid": None}), INVALID, ""),
    "other claims": (lambda k: other_subject(k.token("another"), SUBJECT), INVALID, BAD_SIGNATURE),
    "no signature": (lambda k: k.token(SUBJECT).rpartition(".")[0] + ".", INVALID, BAD_SIGNATURE),
    "alg none": (lambda k: alg_none(k, SUBJECT), INVALID, NO_TOKEN),
    "alg None": (lambda k: k.token(SUBJECT, header={"alg": "None"}), INVALID, NO_TOKEN),
    "a shared secret": (lambda k: by_public_key(k, SUBJECT), INVALID, NO_TOKEN),
    "another algorithm than the key's": (lambda k: k.token(SUBJECT, header={"alg": "ES256"}), INVALID, BAD_SIGNATURE),
    "a key in the token": (
        lambda k: k.token(SUBJECT, key=FORGER, header={"jwk": FORGER.public(), "kid": "mine"}),
        INVALID,
        "Couldn't retrieve verification key",
    ),
    "no token": (lambda _: "not-a-token", INVALID, NO_TOKEN),
    "an opaque token": (lambda _: "ya29.a0AfB_byC.x", INVALID, NO_TOKEN),
    "four parts": (lambda k: f"{k.token(SUBJECT)}.x", INVALID, NO_TOKEN),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_token_that_is_wrong(sts, role, kubernetes, name):
    make, kind, text = WRONG[name]
    got, message = told(sts, role, make(kubernetes))
    assert got == kind, message
    assert message.startswith(text)


def test_the_token_of_an_issuer_that_the_account_does_not_know(root, other_root, sts, role, unregistered, kubernetes):
    """The keys are had, but they are nobody's in this account; and another account's provider is no good here."""
    text = f"No OpenIDConnect provider found in your account for {unregistered.url}"
    assert told(sts, role, unregistered.token(SUBJECT)) == (INVALID, text)
    other_root.iam.create_open_id_connect_provider(Url=unregistered.url, ClientIDList=[AUDIENCE])
    assert told(sts, role, unregistered.token(SUBJECT)) == (INVALID, text)
    elsewhere = other_root.role(None, trusted=trust({"Federated": kubernetes.arn(ACCOUNT)}, ACTION))
    text = f"No OpenIDConnect provider found in your account for {kubernetes.url}"
    assert told(sts, elsewhere, kubernetes.token(SUBJECT)) == (INVALID, text)


@pytest.fixture(scope="module")
def other_root(server):
    return Root(server, OTHER_ACCOUNT)


def test_a_provider_that_lost_the_audience_or_is_gone(root, sts, unregistered):
    arn = root.iam.create_open_id_connect_provider(Url=unregistered.url, ClientIDList=["app", "web"])["OpenIDConnectProviderArn"]
    trusted, token = root.role(None, trusted=trusting(unregistered)), unregistered.token(aud="app")
    assert outcome(sts.assume_role_with_web_identity, **asking(trusted, token)) == "ok"
    root.iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="app")
    assert told(sts, trusted, token) == (INVALID, "Incorrect token audience")
    root.iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="app")
    assert outcome(sts.assume_role_with_web_identity, **asking(trusted, token)) == "ok"
    root.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert told(sts, trusted, token)[0] == INVALID


def test_no_token_is_kept_anywhere(server, sts, role, kubernetes):
    token = kubernetes.service_account("shop", "web")
    sts.assume_role_with_web_identity(**asking(role, token))
    written = [path for path in (server.folder / "tmp").rglob("*") if path.is_file()]
    assert written and not [path for path in written if token.encode() in path.read_bytes()]
    assert token not in server.log()


# An issuer that is asked.


def register(root: Root, published: Published, **more) -> tuple[Issuer, str]:
    """An issuer of its own path, and a role that trusts it."""
    issuer = Issuer(f"{published.url}/{fresh('issuer')}")
    thumbprints = more.get("thumbprints", [published.thumbprint])
    root.iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=[AUDIENCE], ThumbprintList=thumbprints)
    return issuer, root.role(None, trusted=trusting(issuer, sub="somebody", aud=AUDIENCE))


def test_an_issuer_is_asked_by_its_thumbprint_and_not_each_time(root, sts, published):
    issuer, arn = register(root, published)
    published.publish(issuer)
    for _ in range(3):
        said = sts.assume_role_with_web_identity(**asking(arn, issuer.token()))
        assert said["Provider"] == issuer.arn(ACCOUNT)
    path = issuer.url.removeprefix(published.url)
    assert [asked for asked in published.asked if asked.startswith(f"{path}/")] == [f"{path}/.well-known/openid-configuration", f"{path}/keys"]
    assert told(sts, arn, issuer.token(key=FORGER)) == (INVALID, BAD_SIGNATURE)
    assert told(sts, arn, issuer.token("another")) == (DENIED, NOT_TRUSTED)


def test_an_issuer_under_an_authority_that_nobody_trusts(root, sts, published):
    issuer, arn = register(root, published, thumbprints=["0" * 40])
    published.publish(issuer)
    text = "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
    assert told(sts, arn, issuer.token()) == (INVALID, text)
    assert not [path for path in published.asked if issuer.url.endswith(path.split("/")[1])]


def test_an_issuer_that_has_no_keys_or_calls_itself_something_else(root, sts, published):
    silent, for_silent = register(root, published)
    liar, for_liar = register(root, published)
    published.publish(liar, calls_itself="https://issuer.example")
    for issuer, arn in ((silent, for_silent), (liar, for_liar)):
        kind, text = told(sts, arn, issuer.token())
        assert kind == INVALID and text.startswith("Couldn't retrieve verification key from your identity provider")


def test_an_issuer_that_nobody_answers_for(root, sts):
    issuer = Issuer(f"https://127.0.0.1:{process.free_port()}")
    root.iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=[AUDIENCE], ThumbprintList=["0" * 40])
    arn = root.role(None, trusted=trusting(issuer))
    assert told(sts, arn, issuer.token())[0] == UNREACHABLE


def test_an_issuer_in_the_own_network_is_not_asked_unless_that_is_set(tmp_path, published):
    """Who registers an issuer must not make the server connect to what only the server can reach."""
    running = process.dev(tmp_path, [ACCOUNT])
    try:
        mine = Root(running)
        issuer, arn = register(mine, published)
        published.publish(issuer)
        assert told(stranger(running), arn, issuer.token())[0] == UNREACHABLE
        path = issuer.url.removeprefix(published.url)
        assert not [asked for asked in published.asked if asked.startswith(f"{path}/")]
        assert "a loopback address, which only federation.private_issuers = true allows" in running.log()
    finally:
        running.kill()


def test_a_token_that_names_an_unknown_issuer_asks_nobody(sts, role, published):
    """Else anybody on the network could have the server call whom they like."""
    before = len(published.asked)
    stray = Issuer(f"{published.url}/stray")
    published.publish(stray)
    assert told(sts, role, stray.token())[0] == INVALID
    assert len(published.asked) == before
