"""Ed25519ph (RFC 8032) verified in plain integers, since no library of this suite has it. Slow, and for public values only."""

import hashlib

Point = tuple[int, int]
PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, -1, PRIME) % PRIME
DOMAIN = b"SigEd25519 no Ed25519 collisions\x01\x00"
"""The prefix of every hash: prehashed, and an empty context."""


def add(one: Point, other: Point) -> Point:
    (x, y), (u, v) = one, other
    skew = CURVE * x * u * y * v
    return (x * v + u * y) * pow(1 + skew, -1, PRIME) % PRIME, (y * v + x * u) * pow(1 - skew, -1, PRIME) % PRIME


def times(count: int, point: Point) -> Point:
    total = (0, 1)
    for bit in bin(count)[2:]:
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


def decode(encoded: bytes) -> Point:
    number = int.from_bytes(encoded, "little")
    odd, y = number >> 255, number % 2**255
    square = (y * y - 1) * pow(CURVE * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if x * x % PRIME != square:
        raise ValueError("not a point")
    return (x if x % 2 == odd else PRIME - x), y


BASE = decode((4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, "little"))


def is_valid(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is the message's; the message is hashed here, as the algorithm has it."""
    nonce, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    hashed = hashlib.sha512(message).digest()
    challenge = int.from_bytes(hashlib.sha512(DOMAIN + nonce + public + hashed).digest(), "little") % ORDER
    try:
        return scalar < ORDER and times(scalar, BASE) == add(decode(nonce), times(challenge, decode(public)))
    except ValueError:
        return False
