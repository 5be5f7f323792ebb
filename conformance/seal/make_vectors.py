"""Writes the vectors of the seal, version 1, from docs/formats/seal.md alone.

    python3 make_vectors.py > seal-v1.json        (needs the `cryptography` package)

It is a second implementation of the formats, and shares nothing with the first.
"""

import hashlib
import hmac
import json
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

PASSPHRASE = "correct horse battery staple"
SALT = bytes(range(16))
UNSEAL_KEY_FILE = bytes(range(32, 64))
ROOT = bytes(range(64, 96))
DOMAIN_1 = bytes(range(96, 128))
DOMAIN_2 = bytes(range(128, 160))
RANDOM = bytes(range(200, 228))
PLACE = {"table": "keys", "key": "00112233", "version": 7}


def lengths(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">Q", len(part)) + part for part in parts)


def fingerprint(key: bytes, purpose: bytes, *parts: bytes) -> bytes:
    return hmac.digest(key, purpose + lengths(*parts), hashlib.sha256)


def encrypt(key: bytes, label: bytes, place: bytes, plaintext: bytes) -> bytes:
    derived = hmac.digest(key, b"\0\0\0\x01" + label + b"\0" + RANDOM[:16] + b"\0\0\x01\0", hashlib.sha256)
    return RANDOM + AESGCM(derived).encrypt(RANDOM[16:], plaintext, place)


def wrap(key: bytes, place: bytes, inner: bytes) -> bytes:
    return encrypt(key, b"gatekey wrapped key v1", place, inner)


def seal_file(unseal: dict, key: bytes) -> dict:
    return {
        "format": 1,
        "unseal": unseal,
        "wrapped_root_key": wrap(key, b"gatekey root key v1", ROOT).hex(),
        "check": fingerprint(key, b"gatekey seal check v1")[:16].hex(),
    }


def encode_place(place: dict) -> bytes:
    return lengths(place["table"].encode(), bytes.fromhex(place["key"])) + struct.pack(">Q", place["version"])


def record(place: dict, text: bytes, key=DOMAIN_2, number=2, form=1, said=None, label=b"gatekey record v1") -> bytes:
    version = place["version"] if said is None else said
    header = bytes([form]) + struct.pack(">IQ", number, version)
    return header + encrypt(key, label, header + encode_place(place), text)


def entry(name: str, sealed: bytes, defect=None, place=PLACE, plaintext=None) -> dict:
    found = {"name": name, "place": place, "sealed": sealed.hex(), "plaintext": plaintext, "defect": defect}
    if plaintext is not None:
        key = {1: DOMAIN_1, 2: DOMAIN_2}[struct.unpack(">I", sealed[1:5])[0]]
        found["digest"] = fingerprint(key, b"gatekey record digest v1", encode_place(place), sealed).hex()
    return found


def records() -> list:
    text = b"a policy"
    whole = record(PLACE, text)
    elsewhere = {"other_table": {"table": "policies"}, "other_key": {"key": "00112234"}}
    moved = [
        entry(f"moved_from_{name}", record({**PLACE, **change}, text), "NotAuthentic")
        for name, change in elsewhere.items()
    ]
    shifted = {"table": "key", "key": "7300112233", "version": 7}
    return [
        entry("good", whole, plaintext=text.hex()),
        entry("good_and_empty", record(PLACE, b""), plaintext=""),
        entry("good_under_an_older_domain_key", record(PLACE, text, DOMAIN_1, 1), plaintext=text.hex()),
        *moved,
        entry("moved_from_a_place_that_concatenates_alike", record(shifted, text), "NotAuthentic"),
        entry("an_older_version_put_back", record({**PLACE, "version": 6}, text), "OtherVersion"),
        entry("an_older_version_that_claims_this_one", record({**PLACE, "version": 6}, text, said=7), "NotAuthentic"),
        entry("a_newer_domain_key_that_claims_the_older", record(PLACE, text, number=1), "NotAuthentic"),
        entry("of_an_unknown_domain_key", record(PLACE, text, number=3), "UnknownDomainKey"),
        entry("of_another_format", record(PLACE, text, form=2), "UnknownFormat"),
        entry("a_wrapped_key_for_a_record", record(PLACE, text, label=b"gatekey wrapped key v1"), "NotAuthentic"),
        entry("edited", whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:], "NotAuthentic"),
        entry("cut", whole[:-1], "NotAuthentic"),
        entry("header_only", whole[:13], "NotAuthentic"),
        entry("shorter_than_a_header", whole[:12], "Truncated"),
        entry("empty", b"", "Truncated"),
    ]


def main() -> None:
    cost = {"memory_kib": 8192, "passes": 1, "lanes": 2}
    argon2 = Argon2id(salt=SALT, length=32, iterations=1, lanes=2, memory_cost=8192)
    stretched = argon2.derive(PASSPHRASE.encode())
    domain_keys = {
        str(number): wrap(ROOT, struct.pack(">I", number), key).hex()
        for number, key in [(1, DOMAIN_1), (2, DOMAIN_2)]
    }
    vectors = {
        "passphrase": PASSPHRASE,
        "passphrase_seal": seal_file({"method": "passphrase", "salt": SALT.hex(), **cost}, stretched),
        "key_file": UNSEAL_KEY_FILE.hex() + "\n",
        "key_file_seal": seal_file({"method": "key-file"}, UNSEAL_KEY_FILE),
        "keychain": {"domain_keys": domain_keys},
        "records": records(),
    }
    json.dump(vectors, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
