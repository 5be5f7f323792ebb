"""A platform of the suite's own that attests: its root, its chain of certificates, its documents, and the enclave that opens answers."""

import datetime
import time
from dataclasses import dataclass, field

import cbor2
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding as rsa_padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID

ES384 = -35
OAEP_SHA_256 = rsa_padding.OAEP(mgf=rsa_padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def usage(**allowed: bool) -> x509.KeyUsage:
    every = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign "
        "encipher_only decipher_only"
    )
    return x509.KeyUsage(**{one: allowed.get(one, False) for one in every.split()})


@dataclass
class Certified:
    """A key on P-384 and the certificate of it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def certify(subject: str, issuer: Certified | None = None, *, authority: bool = True, minutes: tuple[int, int] = (-60, 60)):
    """A certificate by an issuer, or by itself; valid from and until so many minutes from now."""
    key = ec.generate_private_key(ec.SECP384R1())
    now = datetime.datetime.now(datetime.UTC)
    start, end = (now + datetime.timedelta(minutes=offset) for offset in minutes)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(issuer.certificate.subject if issuer else name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage(key_cert_sign=authority, digital_signature=not authority), critical=True)
    )
    return Certified(key, builder.sign(issuer.key if issuer else key, hashes.SHA384()))


@dataclass
class Platform:
    """What makes documents: a root, an authority between, and the module's own certificate."""

    root: Certified = field(default_factory=lambda: certify("suite root"))
    between: list[Certified] = field(default_factory=list)
    module: Certified | None = None

    def __post_init__(self):
        self.between = self.between or [certify("suite region", self.root)]
        self.module = self.module or certify("suite module", self.between[-1], authority=False)

    def fields(self, **changed) -> dict:
        """The fields of a good document; `changed` sets some, and leaves out those that it sets to `...`."""
        made = {
            "module_id": "i-0123456789abcdef0-enc0123456789abcdef",
            "digest": "SHA384",
            "timestamp": int(time.time() * 1000),
            "certificate": self.module.der,
            "cabundle": [self.root.der, *(one.der for one in self.between)],
            "user_data": None,
            "nonce": None,
        }
        made.update(changed)
        return {key: value for key, value in made.items() if value is not ...}

    def document(self, fields: dict, *, algorithm: int = ES384, key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
        """COSE_Sign1 of the fields (RFC 9052), the signature as two numbers of 48 bytes."""
        protected, payload = cbor2.dumps({1: algorithm}), cbor2.dumps(fields)
        signed = cbor2.dumps(["Signature1", protected, b"", payload])
        r, s = decode_dss_signature((key or self.module.key).sign(signed, ec.ECDSA(hashes.SHA384())))
        return cbor2.dumps([protected, {}, payload, r.to_bytes(48, "big") + s.to_bytes(48, "big")])


@dataclass
class Enclave:
    """Whoever asks: a key pair of its own, measurements, and the platform that attests to both."""

    platform: Platform
    pcrs: dict[int, bytes] = field(default_factory=lambda: {index: bytes([index + 1]) * 48 for index in range(16)})
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    @property
    def public_key(self) -> bytes:
        public = self.key.public_key()
        return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def pcr(self, index: int) -> str:
        return self.pcrs[index].hex()

    def recipient(self, *, algorithm: int = ES384, signed_by=None, **changed) -> dict:
        """The `Recipient` of a request; `changed` are fields of the document, `...` leaves one out."""
        fields = self.platform.fields(**({"public_key": self.public_key, "pcrs": self.pcrs} | changed))
        return wrapped(self.platform.document(fields, algorithm=algorithm, key=signed_by))

    def open(self, envelope: bytes) -> bytes:
        """Opens a CMS EnvelopedData as RFC 5652 says, strictly."""
        info = cms.ContentInfo.load(envelope, strict=True)
        assert info["content_type"].native == "enveloped_data"
        enveloped = info["content"]
        assert enveloped["version"].native == "v2"
        (recipient,) = enveloped["recipient_infos"]
        assert recipient.name == "ktri"
        algorithm = recipient.chosen["key_encryption_algorithm"]
        assert algorithm["algorithm"].native == "rsaes_oaep"
        assert algorithm["parameters"]["hash_algorithm"]["algorithm"].native == "sha256"
        assert algorithm["parameters"]["mask_gen_algorithm"]["parameters"]["algorithm"].native == "sha256"
        content_key = self.key.decrypt(recipient.chosen["encrypted_key"].native, OAEP_SHA_256)
        content = enveloped["encrypted_content_info"]
        assert content["content_type"].native == "data"
        assert content["content_encryption_algorithm"]["algorithm"].native == "aes256_cbc"
        vector = content["content_encryption_algorithm"]["parameters"].native
        decryptor = Cipher(algorithms.AES256(content_key), modes.CBC(vector)).decryptor()
        padded = decryptor.update(content["encrypted_content"].native) + decryptor.finalize()
        unpadder = padding.PKCS7(128).unpadder()
        return unpadder.update(padded) + unpadder.finalize()


def wrapped(document: bytes) -> dict:
    return {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": document}
