"""Writes the vectors of the ciphertext blob, version 1, from docs/formats/blob.md alone.

    python3 make_vectors.py > blob-v1.json        (needs the `cryptography` package)

It is a second implementation of the format, and shares nothing with the first.
"""

import hashlib
import hmac
import json
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MATERIAL = bytes(range(32))
OTHER_MATERIAL = bytes(range(1, 33))
KEY = bytes.fromhex("1234abcd12ab34cd56ef1234567890ab")
OTHER_KEY = bytes.fromhex("0987dcba09fe87dc65ba0987654321fe")
RANDOM = bytes(range(100, 128))
LABEL = b"gatekey blob v1"


def material_id(material: bytes, key: bytes, multi_region: int) -> bytes:
    parts = [b"\x01", bytes([multi_region]), key]
    text = b"gatekey material id v1" + b"".join(struct.pack(">Q", len(part)) + part for part in parts)
    return hmac.digest(material, text, hashlib.sha256)


def encode_context(context: dict) -> bytes:
    out = struct.pack(">I", len(context))
    for key, value in sorted((k.encode(), v.encode()) for k, v in context.items()):
        out += struct.pack(">I", len(key)) + key + struct.pack(">I", len(value)) + value
    return out


def derive(material: bytes, nonce: bytes, label: bytes = LABEL, counter: bytes = b"\0\0\0\x01") -> bytes:
    return hmac.digest(material, counter + label + b"\0" + nonce + b"\0\0\x01\0", hashlib.sha256)


def header(key=KEY, multi_region=0, material=MATERIAL, version=1, algorithm=1, flags=None, magic=b"GKCB") -> bytes:
    flags = multi_region if flags is None else flags
    return magic + bytes([version, algorithm, flags]) + key + material_id(material, key, multi_region)


def seal(plaintext: bytes, context: dict, front: bytes, material=MATERIAL, random=RANDOM, key=None, aad=None) -> bytes:
    front += random
    aad = front + encode_context(context) if aad is None else aad
    key = derive(material, random[:16]) if key is None else key
    return front + AESGCM(key).encrypt(random[16:], plaintext, aad)


def good() -> list:
    many = {"z": "1", "a": "2", "Z": "3", "aa": "4", "": "5", "é": "漢"}
    cases = [
        ("empty_plaintext", "", {}, 0),
        ("one_byte", "00", {}, 0),
        ("data_key", "ff" * 32, {}, 0),
        ("longest_plaintext", "5a" * 4096, {}, 0),
        ("multi_region_key", "0102", {}, 1),
        ("context_of_one_pair", "0102", {"Department": "IT"}, 0),
        ("context_is_sorted_by_the_bytes_of_its_keys", "0102", many, 0),
        ("context_of_empty_texts", "0102", {"": ""}, 0),
    ]
    return [
        vector(name, seal(bytes.fromhex(text), context, header(multi_region=mr)), context, mr, text)
        for name, text, context, mr in cases
    ]


def vector(name: str, blob: bytes, context: dict, multi_region: int = 0, plaintext=None) -> dict:
    digits = KEY.hex()
    uuid = "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])
    return {
        "name": name,
        "material": MATERIAL.hex(),
        "material_id": material_id(MATERIAL, KEY, multi_region).hex(),
        "key_id": f"mrk-{digits}" if multi_region else uuid,
        "context": context,
        "blob": blob.hex(),
        "plaintext": plaintext,
    }


def at(blob: bytes, index: int, value: bytes) -> bytes:
    index %= len(blob)
    return blob[:index] + value + blob[index + len(value) :]


def malformed() -> list:
    text, pair = b"attack at dawn", {"a": "bc"}
    whole = seal(text, pair, header())
    front = header()
    unsorted_aad = front + RANDOM + struct.pack(">I", 2) + b"\0\0\0\1b\0\0\0\x012" + b"\0\0\0\1a\0\0\0\x011"
    bad = {
        "empty": b"",
        "one_byte_of_magic": b"G",
        "header_only": front,
        "tag_missing": whole[:-16],
        "tag_cut_by_one": whole[:-1],
        "tag_of_twelve_bytes": whole[:-4],
        "garbage_trailing": whole + b"\0",
        "garbage_leading": b"\0" + whole,
        "magic_of_another_format": seal(text, pair, header(magic=b"GKCC")),
        "version_0": seal(text, pair, header(version=0)),
        "version_2": seal(text, pair, header(version=2)),
        "algorithm_0": seal(text, pair, header(algorithm=0)),
        "algorithm_2": seal(text, pair, header(algorithm=2)),
        "flags_with_an_unknown_bit": seal(text, pair, header(flags=2)),
        "flags_with_every_bit": seal(text, pair, header(flags=255)),
        "multi_region_flag_set_afterwards": at(whole, 6, b"\x01"),
        "multi_region_flag_sealed_in_but_not_the_keys": seal(text, pair, header(flags=1)),
        "key_id_of_another_key": seal(text, pair, header(key=OTHER_KEY)),
        "key_id_replaced_afterwards": at(whole, 7, OTHER_KEY),
        "material_id_of_another_material": seal(text, pair, header(material=OTHER_MATERIAL)),
        "material_id_replaced_afterwards": at(whole, 23, material_id(OTHER_MATERIAL, KEY, 0)),
        "another_material_under_this_ones_id": seal(text, pair, header(), material=OTHER_MATERIAL),
        "nonce_changed": at(whole, 55, b"\0"),
        "iv_changed": at(whole, 71, b"\0"),
        "ciphertext_changed": at(whole, 83, bytes([whole[83] ^ 1])),
        "tag_changed": at(whole, -1, bytes([whole[-1] ^ 1])),
        "plaintext_one_byte_too_long": seal(b"\x5a" * 4097, pair, header()),
        "header_not_authenticated": seal(text, pair, header(), aad=encode_context(pair)),
        "randomness_not_authenticated": seal(text, pair, header(), aad=front + encode_context(pair)),
        "context_not_authenticated": seal(text, pair, header(), aad=front + RANDOM),
        "context_without_lengths": seal(text, pair, header(), aad=front + RANDOM + b"abc"),
        "encrypted_under_the_material_itself": seal(text, pair, header(), key=MATERIAL),
        "derived_under_another_label": seal(text, pair, header(), key=derive(MATERIAL, RANDOM[:16], b"gatekey record v1")),
        "derived_with_a_little_endian_counter": seal(
            text, pair, header(), key=derive(MATERIAL, RANDOM[:16], counter=b"\x01\0\0\0")
        ),
    }
    vectors = [vector(name, blob, pair) for name, blob in bad.items()]
    contexts = {
        "context_left_out": {},
        "context_with_a_pair_too_many": {"a": "bc", "d": "e"},
        "context_with_another_value": {"a": "bd"},
        "context_value_in_another_case": {"a": "BC"},
        "context_key_in_another_case": {"A": "bc"},
        "context_that_concatenates_alike": {"ab": "c"},
        "context_with_key_and_value_exchanged": {"bc": "a"},
    }
    vectors += [vector(name, whole, context) for name, context in contexts.items()]
    vectors.append(vector("context_sealed_unsorted", seal(text, {}, header(), aad=unsorted_aad), {"a": "1", "b": "2"}))
    return vectors


def main() -> None:
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in good() + malformed())
    sys.stdout.write(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
