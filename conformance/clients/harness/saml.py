"""A SAML identity provider of the tests' own: its key, its metadata, and the responses that it signs, right or wrong."""

import base64
import dataclasses
import datetime
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import CanonicalizationMethod, XMLSigner

ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
SIGN_IN = "https://signin.aws.amazon.com/saml"
PLACE = f'<ds:Signature xmlns:ds="{SIGNATURE}" Id="placeholder"/>'
MINUTES = 5


def moment(seconds: float = 0) -> str:
    """So many seconds from now."""
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Assertion:
    """What an assertion says; every field may be made wrong before it is signed. Texts are put in as XML."""

    role: str
    provider: str
    issuer: str
    session: str = "alice@example.org"
    name: str = "alice"
    name_format: str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    ident: str = "_assertion"
    audience: str | None = "urn:amazon:webservices"
    recipient: str | None = SIGN_IN
    method: str = BEARER
    issued: float = -5
    not_before: float = -5
    not_after: float = 60 * MINUTES
    confirmed_until: float | None = 60 * MINUTES
    session_until: float | None = None
    source: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    transitive: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] | None = None

    def all_attributes(self) -> list[tuple[str, list[str]]]:
        if self.attributes is not None:
            return [(name, [value]) for name, value in self.attributes]
        given = [("Role", [f"{self.provider},{self.role}"]), ("RoleSessionName", [self.session])]
        given += [(f"PrincipalTag:{key}", [value]) for key, value in self.tags]
        given += [("TransitiveTagKeys", list(self.transitive))] if self.transitive else []
        return given + ([("SourceIdentity", [self.source])] if self.source else [])

    def restriction(self) -> str:
        if self.audience is None:
            return ""
        return f"<saml:AudienceRestriction><saml:Audience>{self.audience}</saml:Audience></saml:AudienceRestriction>"

    def confirmation(self) -> str:
        until = f' NotOnOrAfter="{moment(self.confirmed_until)}"' if self.confirmed_until is not None else ""
        recipient = f" Recipient={quoteattr(self.recipient)}" if self.recipient is not None else ""
        data = f"<saml:SubjectConfirmationData{until}{recipient}/>"
        return f'<saml:SubjectConfirmation Method="{self.method}">{data}</saml:SubjectConfirmation>'

    def xml(self, place: str = "") -> str:
        values = "".join(
            f"<saml:Attribute Name={quoteattr(ATTRIBUTES + name)}>"
            + "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
            + "</saml:Attribute>"
            for name, values in self.all_attributes()
        )
        ends = f' SessionNotOnOrAfter="{moment(self.session_until)}"' if self.session_until is not None else ""
        return (
            f'<saml:Assertion xmlns:saml="{ASSERTION}" ID="{self.ident}" Version="2.0" IssueInstant="{moment(self.issued)}">'
            f"<saml:Issuer>{escape(self.issuer)}</saml:Issuer>{place}"
            f'<saml:Subject><saml:NameID Format="{self.name_format}">{self.name}</saml:NameID>{self.confirmation()}</saml:Subject>'
            f'<saml:Conditions NotBefore="{moment(self.not_before)}" NotOnOrAfter="{moment(self.not_after)}">{self.restriction()}'
            f'</saml:Conditions><saml:AuthnStatement AuthnInstant="{moment(self.issued)}"{ends}><saml:AuthnContext>'
            "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
            "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
            f"<saml:AttributeStatement>{values}</saml:AttributeStatement></saml:Assertion>"
        )

    def but(self, **changes) -> "Assertion":
        return dataclasses.replace(self, **changes)


def wrapped(issuer: str, inner: str, place: str = "", status: str = SUCCESS, ident: str = "_response") -> str:
    """A response around an assertion."""
    return (
        f'<samlp:Response xmlns:samlp="{PROTOCOL}" ID="{ident}" Version="2.0" IssueInstant="{moment(-5)}" Destination="{SIGN_IN}">'
        f'<saml:Issuer xmlns:saml="{ASSERTION}">{escape(issuer)}</saml:Issuer>{place}'
        f'<samlp:Status><samlp:StatusCode Value="{status}"/></samlp:Status>{inner}</samlp:Response>'
    )


def presented(text: str) -> str:
    """As a browser carries it."""
    return base64.b64encode(text.encode()).decode()


@dataclass
class IdentityProvider:
    """Somebody who vouches for people, as Shibboleth does."""

    entity: str
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    certificate: x509.Certificate = field(init=False)

    def __post_init__(self):
        now, called = datetime.datetime.now(datetime.UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp")])
        made = x509.CertificateBuilder().subject_name(called).issuer_name(called).public_key(self.key.public_key())
        made = made.serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=3650))
        self.certificate = made.sign(self.key, hashes.SHA256())

    def metadata(self) -> str:
        der = base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID={quoteattr(self.entity)}>'
            f'<md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="{PROTOCOL}">'
            f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{SIGNATURE}"><ds:X509Data>'
            f"<ds:X509Certificate>{der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            "<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>"
            f'<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location={quoteattr(self.entity)}/>'
            "</md:IDPSSODescriptor></md:EntityDescriptor>"
        )

    def sign(self, text: str, ident: str, signer: XMLSigner | None = None) -> str:
        """Signs the root element of a text, whose place for the signature is marked."""
        signer = signer or XMLSigner(
            signature_algorithm="rsa-sha256",
            digest_algorithm="sha256",
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        signed = signer.sign(etree.fromstring(text), key=self.key, cert=[self.certificate], reference_uri=ident, id_attribute="ID")
        return etree.tostring(signed).decode()

    def signed_assertion(self, assertion: Assertion, **more) -> str:
        return self.sign(assertion.xml(PLACE), assertion.ident, **more)

    def response(self, assertion: Assertion, whole: bool = False, **more) -> str:
        """A response; the assertion is signed, or the response as a whole."""
        if whole:
            return self.sign(wrapped(self.entity, assertion.xml(), PLACE, **more), "_response")
        return wrapped(self.entity, self.signed_assertion(assertion), **more)
