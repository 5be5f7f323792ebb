"""Writes the vectors of sealed key material from docs/formats/material.md, and signatures, ciphertexts and tags of it.

    python3 make_vectors.py > material-v1.json        (needs the `cryptography` package, 47 or newer)

It is a second implementation of the format, and shares nothing with the first. RSA keys, RSA-PSS, OAEP, ECDSA and ML-DSA are random,
so those parts differ from run to run.
"""

import hashlib
import hmac
import json
import struct
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

RECORD_KEY = bytes([1]) * 32
KEY = bytes.fromhex("1234abcd12ab34cd56ef1234567890ab")
PLACE = b"place"
RANDOM = bytes(range(100, 128))
MESSAGE = b"a message to be signed"
SHA = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def length_first(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">Q", len(part)) + part for part in parts)


def material_id(code: int, secret: bytes, multi_region: int) -> bytes:
    if code != 1:
        secret = hmac.digest(b"gatekey material digest v1", b"secret" + length_first(secret), hashlib.sha256)
    text = b"gatekey material id v1" + length_first(bytes([code]), bytes([multi_region]), KEY)
    return hmac.digest(secret, text, hashlib.sha256)


def sealed(code: int, secret: bytes, multi_region: int) -> bytes:
    derive = b"\0\0\0\x01" + b"gatekey sealed material v1" + b"\0" + RANDOM[:16] + b"\0\0\x01\0"
    key = hmac.digest(RECORD_KEY, derive, hashlib.sha256)
    form = bytes([1, code, multi_region]) + KEY + secret
    return RANDOM + AESGCM(key).encrypt(RANDOM[16:], form, PLACE)


def vector(spec: str, code: int, secret: bytes, private=None, multi_region=0, **more) -> dict:
    out = {
        "spec": spec,
        "multi_region": multi_region == 1,
        "id": material_id(code, secret, multi_region).hex(),
        "secret": secret.hex(),
        "sealed": sealed(code, secret, multi_region).hex(),
    }
    if private is not None:
        out["public_key"] = spki(private.public_key()).hex()
        out["pkcs8"] = pkcs8(private).hex()
    return out | more


def spki(public) -> bytes:
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def pkcs8(private) -> bytes:
    return private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def signature(algorithm: str, kind: str, message: bytes, made: bytes) -> dict:
    return {"algorithm": algorithm, "type": kind, "message": message.hex(), "signature": made.hex()}


def rsa_vector(bits: int, code: int) -> dict:
    private = rsa.generate_private_key(65537, bits)
    signatures = []
    for size, sha in SHA.items():
        pss = padding.PSS(padding.MGF1(sha), sha.digest_size)
        signatures += [
            signature("RSASSA_PSS_SHA_" + size, "RAW", MESSAGE, private.sign(MESSAGE, pss, sha)),
            signature("RSASSA_PKCS1_V1_5_SHA_" + size, "RAW", MESSAGE, private.sign(MESSAGE, padding.PKCS1v15(), sha)),
        ]
    ciphertexts = {}
    for name, sha in {"RSAES_OAEP_SHA_1": hashes.SHA1(), "RSAES_OAEP_SHA_256": hashes.SHA256()}.items():
        oaep = padding.OAEP(padding.MGF1(sha), sha, None)
        ciphertexts[name] = private.public_key().encrypt(MESSAGE, oaep).hex()
    name = f"RSA_{bits}"
    return vector(name, code, pkcs8(private), private, signatures=signatures, ciphertexts=ciphertexts)


def ec_vector(spec: str, code: int, curve, size: str) -> dict:
    private = ec.derive_private_key(int.from_bytes(range(1, 31)), curve)
    digest = hashlib.new("sha" + size, MESSAGE).digest()
    by_digest = ec.ECDSA(utils.Prehashed(SHA[size]))
    signatures = [
        signature("ECDSA_SHA_" + size, "RAW", MESSAGE, private.sign(MESSAGE, ec.ECDSA(SHA[size]))),
        signature("ECDSA_SHA_" + size, "DIGEST", digest, private.sign(digest, by_digest)),
    ]
    return vector(spec, code, pkcs8(private), private, signatures=signatures) | agreement(spec, private, curve)


def agreement(spec: str, private, curve) -> dict:
    if spec == "ECC_SECG_P256K1":
        return {}
    peer = ec.derive_private_key(int.from_bytes(range(31, 61)), curve)
    return {"peer": spki(peer.public_key()).hex(), "agreed": private.exchange(ec.ECDH(), peer.public_key()).hex()}


def edwards_vector() -> dict:
    seed = bytes(range(32))
    private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    signatures = [signature("ED25519_SHA_512", "RAW", MESSAGE, private.sign(MESSAGE))]
    return vector("ECC_NIST_EDWARDS25519", 0x24, seed, private, signatures=signatures)


def ml_dsa_vector(spec: str, code: int, kind) -> dict:
    seed = bytes(range(32))
    private = kind.from_seed_bytes(seed)
    signatures = [signature("ML_DSA_SHAKE_256", "RAW", MESSAGE, private.sign(MESSAGE))]
    raw = private.public_key().public_bytes_raw()
    inner = hashlib.shake_256(raw).digest(64)
    mu = hashlib.shake_256(inner + b"\0\0" + MESSAGE).digest(64)
    signatures.append(signature("ML_DSA_SHAKE_256", "EXTERNAL_MU", mu, private.sign(MESSAGE)))
    return vector(spec, code, seed, private, signatures=signatures)


def ml_kem_vector(spec: str, code: int, kind) -> dict:
    seed = bytes(range(64))
    private = kind.from_seed_bytes(seed)
    secret, ciphertext = private.public_key().encapsulate()
    return vector(spec, code, seed, private, encapsulated=ciphertext.hex(), shared_secret=secret.hex())


def mac_vector(size: int, code: int) -> dict:
    secret = bytes(range(size // 8))
    mac = hmac.digest(secret, MESSAGE, f"sha{size}").hex()
    return vector(f"HMAC_{size}", code, secret, mac=mac, message=MESSAGE.hex())


def all_vectors() -> list:
    return [
        vector("SYMMETRIC_DEFAULT", 1, bytes(range(32))),
        vector("SYMMETRIC_DEFAULT", 1, bytes(range(32)), multi_region=1),
        *(rsa_vector(bits, code) for bits, code in [(2048, 0x10), (3072, 0x11), (4096, 0x12)]),
        ec_vector("ECC_NIST_P256", 0x20, ec.SECP256R1(), "256"),
        ec_vector("ECC_NIST_P384", 0x21, ec.SECP384R1(), "384"),
        ec_vector("ECC_NIST_P521", 0x22, ec.SECP521R1(), "512"),
        ec_vector("ECC_SECG_P256K1", 0x23, ec.SECP256K1(), "256"),
        edwards_vector(),
        *(mac_vector(size, code) for size, code in [(224, 0x30), (256, 0x31), (384, 0x32), (512, 0x33)]),
        ml_dsa_vector("ML_DSA_44", 0x40, mldsa.MLDSA44PrivateKey),
        ml_dsa_vector("ML_DSA_65", 0x41, mldsa.MLDSA65PrivateKey),
        ml_dsa_vector("ML_DSA_87", 0x42, mldsa.MLDSA87PrivateKey),
        ml_kem_vector("ML_KEM_768", 0x51, mlkem.MLKEM768PrivateKey),
        ml_kem_vector("ML_KEM_1024", 0x52, mlkem.MLKEM1024PrivateKey),
    ]


json.dump(all_vectors(), sys.stdout, indent=1, ensure_ascii=False)
print()
