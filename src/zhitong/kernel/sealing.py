"""Personal data at rest: authenticated encryption of values, and keyed hashes for exact look-up.

A sealed value is `algorithm (1 byte) | key id (1) | nonce (12) | ciphertext and tag`. The purpose
(the name of the field) is authenticated: a telephone cannot be pasted where an identity number
stood. AES-256-GCM seals unless `ZHITONG_CIPHER=sm4-gcm`; both are read. A print is a keyed BLAKE2b
of the purpose and the value: equal values have equal prints, nobody without the key can try
numbers against it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from zhitong.config import secrets

NONCE_BYTES = 12
TAG_BYTES = 16
PRINT_BYTES = 16
HEAD_BYTES = 2
AES, SM4 = 1, 2


class Unreadable(Exception):
    """The value was sealed with a key that this installation does not hold, or was altered."""


class _Sealer(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, about: bytes) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, about: bytes) -> bytes: ...


class _Sm4Gcm:
    """SM4 (GB/T 32907) in GCM; its key of 128 bits is drawn from the field key."""

    def __init__(self, key: bytes) -> None:
        self._key = algorithms.SM4(blake2b(key=key, digest_size=16, person=b"sm4-gcm").digest())

    def encrypt(self, nonce: bytes, data: bytes, about: bytes) -> bytes:
        cipher = Cipher(self._key, modes.GCM(nonce)).encryptor()
        cipher.authenticate_additional_data(about)
        return cipher.update(data) + cipher.finalize() + cipher.tag

    def decrypt(self, nonce: bytes, data: bytes, about: bytes) -> bytes:
        text, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
        if len(tag) < TAG_BYTES:
            raise InvalidTag
        cipher = Cipher(self._key, modes.GCM(nonce, tag)).decryptor()
        cipher.authenticate_additional_data(about)
        return cipher.update(text) + cipher.finalize()


@cache
def _ring() -> dict[bytes, _Sealer]:
    """By the two bytes that a sealed value begins with."""
    ring: dict[bytes, _Sealer] = {}
    for key_id, key in secrets.load().field_keys.items():
        ring[bytes([AES, key_id])] = AESGCM(key)
        ring[bytes([SM4, key_id])] = _Sm4Gcm(key)
    return ring


@cache
def head() -> bytes:
    """What every value that is sealed now begins with."""
    algorithm = SM4 if secrets.cipher() == "sm4-gcm" else AES
    return bytes([algorithm, max(secrets.load().field_keys)])


def forget_keys() -> None:
    """Read the keys anew at the next use."""
    secrets.load.cache_clear()
    _ring.cache_clear()
    head.cache_clear()


def seal(text: str, *, purpose: str) -> bytes:
    """Encrypt one value under the newest key."""
    return seal_many([text], purpose=purpose)[0]


def seal_many(texts: Iterable[str], *, purpose: str) -> list[bytes]:
    """Encrypt a column of values; nonces come from one read of the system's random source."""
    values = list(texts)
    about, first = purpose.encode(), head()
    encrypt = _ring()[first].encrypt
    noise = os.urandom(NONCE_BYTES * len(values))
    sealed = []
    for at, text in enumerate(values):
        nonce = noise[at * NONCE_BYTES : (at + 1) * NONCE_BYTES]
        sealed.append(first + nonce + encrypt(nonce, text.encode(), about))
    return sealed


def seal_bytes(content: bytes, *, purpose: str) -> bytes:
    """Encrypt a piece of a file."""
    nonce = os.urandom(NONCE_BYTES)
    return head() + nonce + _ring()[head()].encrypt(nonce, content, purpose.encode())


def unseal(blob: bytes | memoryview, *, purpose: str) -> str:
    """Decrypt one value. Raises `Unreadable`."""
    return unseal_bytes(blob, purpose=purpose).decode()


def unseal_bytes(blob: bytes | memoryview, *, purpose: str) -> bytes:
    """Decrypt a piece of a file. Raises `Unreadable`."""
    blob = bytes(blob)
    sealer = _ring().get(blob[:HEAD_BYTES])
    if sealer is None and len(blob) > HEAD_BYTES:
        # Keys may have been added since this process read them.
        forget_keys()
        sealer = _ring().get(blob[:HEAD_BYTES])
    if sealer is None:
        raise Unreadable("no key for this value")
    nonce, data = blob[HEAD_BYTES:][:NONCE_BYTES], blob[HEAD_BYTES + NONCE_BYTES :]
    try:
        return sealer.decrypt(nonce, data, purpose.encode())
    except (InvalidTag, ValueError) as failure:
        raise Unreadable("this value was altered or belongs to another field") from failure


def print_of(text: str, *, purpose: str) -> bytes:
    """The keyed hash of one value, 16 bytes."""
    return prints_of([text], purpose=purpose)[0]


def prints_of(texts: Iterable[str], *, purpose: str) -> list[bytes]:
    """Keyed hashes of a column of values, under the key in force."""
    return _prints(texts, _hash_key(), purpose)


def former_prints_of(texts: Iterable[str], *, purpose: str) -> list[bytes] | None:
    """The same under the former key; None unless the key is being changed."""
    _hash_key()
    former = secrets.load().former_hash_key
    return _prints(texts, former, purpose) if former else None


def prints_to_find(text: str, *, purpose: str) -> list[bytes]:
    """All prints under which a value may be kept."""
    return [
        print_of(text, purpose=purpose),
        *(former_prints_of([text], purpose=purpose) or []),
    ]


def print_key() -> bytes:
    """A mark of the key that prints are made with, to tell that it has been changed since."""
    return blake2b(key=_hash_key(), digest_size=8, person=b"print-key").digest()


def _hash_key() -> bytes:
    """The key in force: changing it takes effect in processes that run."""
    if secrets.replaced():
        forget_keys()
    return secrets.load().hash_key


def _prints(texts: Iterable[str], key: bytes, purpose: str) -> list[bytes]:
    keyed = blake2b(key=key, digest_size=PRINT_BYTES, person=purpose.encode())
    prints = []
    for text in texts:
        one = keyed.copy()
        one.update(text.encode())
        prints.append(one.digest())
    return prints
