"""Personal data at rest: AES-256-GCM values and keyed hashes for exact look-up.

A sealed value is `key id (1 byte) | nonce (12) | ciphertext and tag`; the purpose (the name of the
field) is authenticated: a telephone cannot be pasted where an identity number stood. A print is a
keyed BLAKE2b of the purpose and the value: equal values have equal prints, nobody without the key
can try numbers against it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from zhitong.config import secrets

NONCE_BYTES = 12
PRINT_BYTES = 16


class Unreadable(Exception):
    """The value was sealed with a key that this installation does not hold, or was altered."""


@cache
def _ring() -> dict[int, AESGCM]:
    return {key_id: AESGCM(key) for key_id, key in secrets.load().field_keys.items()}


@cache
def _newest() -> int:
    return max(_ring())


def seal(text: str, *, purpose: str) -> bytes:
    """Encrypt one value under the newest key."""
    return seal_many([text], purpose=purpose)[0]


def seal_many(texts: Iterable[str], *, purpose: str) -> list[bytes]:
    """Encrypt a column of values; nonces come from one read of the system's random source."""
    values = list(texts)
    key_id, about = _newest(), purpose.encode()
    encrypt, head = _ring()[key_id].encrypt, bytes([key_id])
    noise = os.urandom(NONCE_BYTES * len(values))
    sealed = []
    for at, text in enumerate(values):
        nonce = noise[at * NONCE_BYTES : (at + 1) * NONCE_BYTES]
        sealed.append(head + nonce + encrypt(nonce, text.encode(), about))
    return sealed


def unseal(blob: bytes | memoryview, *, purpose: str) -> str:
    """Decrypt one value. Raises `Unreadable`."""
    blob = bytes(blob)
    ring = _ring().get(blob[0]) if blob else None
    if ring is None:
        raise Unreadable("no key for this value")
    try:
        return ring.decrypt(
            blob[1 : 1 + NONCE_BYTES], blob[1 + NONCE_BYTES :], purpose.encode()
        ).decode()
    except InvalidTag as failure:
        raise Unreadable("this value was altered or belongs to another field") from failure


def print_of(text: str, *, purpose: str) -> bytes:
    """The keyed hash of one value, 16 bytes."""
    return prints_of([text], purpose=purpose)[0]


def prints_of(texts: Iterable[str], *, purpose: str) -> list[bytes]:
    """Keyed hashes of a column of values."""
    keyed = blake2b(key=secrets.load().hash_key, digest_size=PRINT_BYTES, person=purpose.encode())
    prints = []
    for text in texts:
        one = keyed.copy()
        one.update(text.encode())
        prints.append(one.digest())
    return prints
