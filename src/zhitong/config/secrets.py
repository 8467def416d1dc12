"""The keys of this installation, made at random on first use and kept in `home()/secrets.json`.

Each can come from the environment instead, in the notation of the file: `ZHITONG_SECRET_KEY`
(text), `ZHITONG_FIELD_KEYS` (`1:<base64 of 32 bytes>,2:...`; the highest id seals, all unseal) and
`ZHITONG_HASH_KEY` (base64 of 32 to 64 bytes). Without the field keys sealed values cannot be read
again: back them up apart from the database.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from zhitong.config import home

FILE = "secrets.json"
FIELD_KEY_BYTES = 32
HASH_KEY_BYTES = range(32, 65)
MOST_KEYS = 255
CIPHERS = ("aes-gcm", "sm4-gcm")
# The file that this process has read, with its stamp; nothing when all keys came from outside.
_seen: list[tuple[Path, tuple[int, int] | None]] = []
VARIABLES = {
    "secret_key": "ZHITONG_SECRET_KEY",
    "field_keys": "ZHITONG_FIELD_KEYS",
    "hash_key": "ZHITONG_HASH_KEY",
}


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Never shown by `repr`, so that no trace or log can carry one."""

    secret_key: str = field(repr=False)
    field_keys: dict[int, bytes] = field(repr=False)
    hash_key: bytes = field(repr=False)
    former_hash_key: bytes | None = field(repr=False, default=None)
    """Look-ups try it, too, while prints are made anew under `hash_key`."""


@cache
def load() -> Secrets:
    """The secrets of this installation, read once a process and again after `replaced`.

    Raises `StartupError` (`secrets-unreadable`) rather than replace keys that it cannot read.
    """
    texts = {name: os.environ.get(variable, "") for name, variable in VARIABLES.items()}
    former = ""
    _seen.clear()
    if not all(texts.values()):
        path = home.create() / FILE
        kept = _kept(path)
        _seen.append((path, _stamp(path)))
        former = "" if texts["hash_key"] else kept.get("former_hash_key", "")
        texts = {name: text or kept.get(name, "") for name, text in texts.items()}
    return Secrets(
        secret_key=_text(texts["secret_key"]),
        field_keys=_keyring(texts["field_keys"]),
        hash_key=_key(texts["hash_key"], name="hash_key", sizes=HASH_KEY_BYTES),
        former_hash_key=_key(former, name="former_hash_key", sizes=HASH_KEY_BYTES)
        if former
        else None,
    )


def replaced() -> bool:
    """Whether the file of keys is another than the one that was read; costs one look at it."""
    return any(_stamp(path) != stamp for path, stamp in _seen)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def add_field_key() -> int:
    """Make a new key, which seals from the next reading on; returns its id.

    Raises `StartupError` (`keys-from-environment`) where the keys are not kept by the file.
    """
    path, kept = _own("field_keys")
    number = max(_keyring(kept["field_keys"])) + 1
    if number > MOST_KEYS:
        raise _unreadable(f"{path} holds {MOST_KEYS} keys, no more are possible")
    kept["field_keys"] += f",{number}:{_fresh()}"
    _replace(path, kept)
    return number


def change_hash_key() -> None:
    """Make a new key for look-ups; the one in force becomes the former.

    Raises `StartupError`: `keys-from-environment`, or `hash-key-changing` while there is a former.
    """
    path, kept = _own("hash_key")
    if kept.get("former_hash_key"):
        raise home.StartupError(
            "the key for look-ups is being changed already: run `zhitong keys reprint`, "
            "then `zhitong keys drop-hash`",
            code="hash-key-changing",
        )
    _replace(path, kept | {"former_hash_key": kept["hash_key"], "hash_key": _fresh()})


def drop_former_hash_key() -> None:
    """Forget the former key: prints made under it find nothing any more."""
    path, kept = _own("hash_key")
    kept.pop("former_hash_key", None)
    _replace(path, kept)


def _own(name: str) -> tuple[Path, dict[str, str]]:
    """The file of keys and what it holds, where this key is the file's."""
    if os.environ.get(VARIABLES[name]):
        raise home.StartupError(
            f"this key comes from {VARIABLES[name]}: change it there, "
            "as docs/decisions/0012 says for keys from outside",
            code="keys-from-environment",
        )
    path = home.create() / FILE
    return path, _kept(path)


def _fresh() -> str:
    return base64.b64encode(secrets.token_bytes(FIELD_KEY_BYTES)).decode()


def _replace(path: Path, kept: dict[str, str]) -> None:
    """Put new content in the place of the file; whoever reads meanwhile gets the old or the new."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    load.cache_clear()


def cipher() -> str:
    """What seals: `ZHITONG_CIPHER`, AES-256-GCM without it. Either reads what the other sealed."""
    name = os.environ.get("ZHITONG_CIPHER") or CIPHERS[0]
    if name not in CIPHERS:
        raise home.StartupError(
            f"ZHITONG_CIPHER is {name!r}; give one of {', '.join(CIPHERS)}", code="unknown-cipher"
        )
    return name


def _kept(path: Path) -> dict[str, str]:
    if not path.exists():
        _make(path)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as failure:
        raise _unreadable(f"{path} cannot be read; restore it from a backup") from failure
    if path.stat().st_mode & 0o077:
        raise _unreadable(f"{path} can be read by other users; run: chmod 600 {path}")
    if not isinstance(kept, dict):
        raise _unreadable(f"{path} is not a set of secrets; restore it from a backup")
    return {str(name): str(value) for name, value in kept.items()}


def _make(path: Path) -> None:
    """Write fresh secrets unless somebody else was first: a link never replaces a file."""
    fresh = {
        "secret_key": secrets.token_urlsafe(64),
        "field_keys": f"1:{_fresh()}",
        "hash_key": _fresh(),
    }
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(fresh, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _text(value: str) -> str:
    if len(value) < 32:
        raise _unreadable(_complaint("secret_key", "must have at least 32 characters"))
    return value


def _keyring(value: str) -> dict[int, bytes]:
    keys: dict[int, bytes] = {}
    for entry in value.split(","):
        number, colon, key = entry.strip().partition(":")
        if (
            not (colon and number.isdecimal() and 1 <= int(number) <= MOST_KEYS)
            or int(number) in keys
        ):
            raise _unreadable(
                _complaint("field_keys", "must read 1:<base64>,2:<base64> with ids of 1 to 255")
            )
        keys[int(number)] = _key(key, name="field_keys", sizes=range(32, 33))
    return keys


def _key(value: str, *, name: str, sizes: range) -> bytes:
    try:
        key = base64.b64decode(value, validate=True)
    except binascii.Error as failure:
        raise _unreadable(_complaint(name, "is not base64")) from failure
    if len(key) not in sizes:
        raise _unreadable(_complaint(name, f"must be {sizes.start} bytes long"))
    return key


def _complaint(name: str, what: str) -> str:
    return f"{VARIABLES[name]} (or {name} in secrets.json) {what}"


def _unreadable(sentence: str) -> home.StartupError:
    return home.StartupError(sentence, code="secrets-unreadable")
