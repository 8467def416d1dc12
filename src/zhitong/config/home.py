"""Where this installation keeps its state: the database cluster and the secrets."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sys
from pathlib import Path

SYSTEM_ROOT = Path("/var/lib/zhitong")


class StartupError(Exception):
    """The installation cannot come up; the sentence says what to change."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


def home() -> Path:
    """The folder of this installation, absolute; it need not exist yet.

    `ZHITONG_HOME` if set. Otherwise a name derived from the checkout (or, installed as a package,
    from the environment), so that two clones on one machine never share data.
    """
    if named := os.environ.get("ZHITONG_HOME"):
        return Path(named).expanduser().resolve()
    owner = _checkout() or Path(sys.prefix).resolve()
    label = re.sub(r"[^A-Za-z0-9_-]+", "-", owner.name).strip("-")[:24] or "zhitong"
    key = f"{label}-{hashlib.sha256(os.fsencode(owner)).hexdigest()[:8]}"
    if os.geteuid() == 0:
        return SYSTEM_ROOT / key
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data).resolve() / "zhitong" / key


def create() -> Path:
    """Make the home if it is missing.

    Root's home can be entered, not listed, by the account the server runs under; everybody else's
    is closed to others.
    """
    path = home()
    make_folder(path, mode=0o711 if os.geteuid() == 0 else 0o700)
    return path


def make_folder(path: Path, *, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Make one folder with its final mode and `(uid, gid)`, and the parents it lacks.

    Folders that exist stay as they are. The new one appears under its name only when it is
    complete, whatever the umask and however many processes ask at once.
    """
    if path.is_dir():
        return
    if not path.parent.is_dir():
        make_folder(path.parent, mode=0o755 if os.geteuid() == 0 else 0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        draft.mkdir()
        if owner is not None:
            os.chown(draft, *owner)
        draft.chmod(mode)
        draft.rename(path)
    except OSError as failure:
        if draft.is_dir():
            draft.rmdir()
        if not path.is_dir():
            raise StartupError(
                f"cannot create {path}: {failure.strerror}; "
                "set ZHITONG_HOME to a folder you may write",
                code="home-unwritable",
            ) from failure


def _checkout() -> Path | None:
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() else None
