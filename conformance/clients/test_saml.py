"""AssumeRoleWithSAML: responses of an identity provider of the tests' own, genuine and forged."""

import pytest

from harness import process
from harness.clients import ACCOUNT, OTHER_ACCOUNT, fault, stranger
from harness.identities import Root, session_arn, trust
from harness.saml import SIGN_IN, Assertion, IdentityProvider, presented, wrapped

INVALID, EXPIRED = ("InvalidIdentityToken", 400), ("ExpiredTokenException", 400)
ACTIONS = ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"]
ROLE = "saml-administrator"


class World:
    """A server, a provider that is registered in it, and a role that trusts the provider."""

    def __init__(self, server):
        self.root, self.sts, self.idp = Root(server), stranger(server), IdentityProvider("https://idp.example.org/shib")
        made = self.root.iam.create_saml_provider(Name="shib", SAMLMetadataDocument=self.idp.metadata())
        self.provider = made["SAMLProviderArn"]
        self.role = self.root.role(ROLE, trusted=self.trusting(SIGN_IN, ACTIONS))
        self.good = Assertion(self.role, self.provider, self.idp.entity)

    def trusting(self, audience: str, actions) -> str:
        return trust({"Federated": self.provider}, actions, Condition={"StringEquals": {"SAML:aud": audience}})

    def asking(self, text: str, role: str | None = None) -> dict:
        return {"RoleArn": role or self.role, "PrincipalArn": self.provider, "SAMLAssertion": presented(text)}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    running = process.dev(tmp_path_factory.mktemp("saml"), [ACCOUNT, OTHER_ACCOUNT])
    yield World(running)
    running.kill()


@pytest.mark.parametrize("whole", [False, True])
def test_a_signed_response_is_the_role(world, whole):
    assertion = world.good.but(tags=(("team", "red"),), transitive=("team",), source="alice@example.org")
    said = world.sts.assume_role_with_saml(**world.asking(world.idp.response(assertion, whole=whole)))
    assert said["AssumedRoleUser"]["Arn"] == session_arn(ROLE, "alice@example.org")
    assert (said["Subject"], said["SubjectType"], said["Audience"]) == ("alice", "persistent", SIGN_IN)
    assert (said["Issuer"], said["SourceIdentity"]) == (world.idp.entity, "alice@example.org")


def test_a_comment_in_the_name_shortens_nothing(world):
    """A signature does not cover comments: put in later, it must not make another subject."""
    genuine = world.idp.response(world.good.but(name="alice@evil.example"))
    commented = genuine.replace(">alice@evil.example<", ">alice<!-- -->@evil.example<")
    assert commented != genuine
    assert world.sts.assume_role_with_saml(**world.asking(commented))["Subject"] == "alice@evil.example"


@pytest.mark.parametrize("audience", ["https://elsewhere.example/saml", ""])
def test_a_trust_policy_that_asks_for_another_audience(world, audience):
    role = world.root.role(None, trusted=world.trusting(audience, ACTIONS))
    told = fault(world.sts.assume_role_with_saml, **world.asking(world.idp.response(world.good.but(role=role)), role))
    assert (told.kind, told.message) == (("AccessDenied", 403), f"Not authorized to perform {ACTIONS[0]}")


def test_tags_and_a_source_identity_need_rights_of_their_own(world):
    role = world.root.role(None, trusted=world.trusting(SIGN_IN, ACTIONS[0]))
    for more in ({"tags": (("team", "red"),)}, {"source": "alice@example.org"}):
        text = world.idp.response(world.good.but(role=role, **more))
        assert fault(world.sts.assume_role_with_saml, **world.asking(text, role)).kind == ("AccessDenied", 403)
    assert "Credentials" in world.sts.assume_role_with_saml(**world.asking(world.idp.response(world.good.but(role=role)), role))


def wrapping(world: World, before: bool) -> str:
    good, evil = world.idp.signed_assertion(world.good), world.good.but(ident="_evil", name="root").xml()
    return wrapped(world.idp.entity, evil + good if before else good + evil)


WRONG = {
    "tampered": (lambda w: w.idp.response(w.good).replace(">alice<", ">root<"), INVALID, "Response signature invalid"),
    "another's key": (lambda w: IdentityProvider(w.idp.entity).response(w.good), INVALID, "Response signature invalid"),
    "not signed": (lambda w: wrapped(w.idp.entity, w.good.xml()), INVALID, "Response signature invalid"),
    "expired": (
        lambda w: w.idp.response(w.good.but(issued=-900, not_before=-900, not_after=-600, confirmed_until=-600)),
        EXPIRED,
        "Token must be redeemed within 5 minutes of issuance",
    ),
    "audience": (lambda w: w.idp.response(w.good.but(audience="https://other")), INVALID, "Invalid audience in AuthnResponse"),
    "no audience": (lambda w: w.idp.response(w.good.but(audience=None)), INVALID, "Invalid audience in AuthnResponse"),
    "recipient": (lambda w: w.idp.response(w.good.but(recipient="https://evil/saml")), INVALID, "Invalid recipient in AuthnResponse"),
    "wrapped, before": (lambda w: wrapping(w, True), INVALID, "Failed to parse SAMLResponse"),
    "wrapped, after": (lambda w: wrapping(w, False), INVALID, "Failed to parse SAMLResponse"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_response_that_is_wrong(world, name):
    make, kind, text = WRONG[name]
    told = fault(world.sts.assume_role_with_saml, **world.asking(make(world)))
    assert (told.kind, told.message) == (kind, text)
