import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhitong.config import embedded
from zhitong.config.home import SYSTEM_ROOT


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own, not yet made; its server and files are gone afterwards.

    Root's lies beside the real ones: pytest's temporary folders are closed to the server account.
    """
    parent = SYSTEM_ROOT if os.geteuid() == 0 else tmp_path
    path = parent / f"test-{secrets.token_hex(6)}"
    monkeypatch.setenv("ZHITONG_HOME", str(path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    yield path
    embedded.destroy()
    assert not path.exists(), f"left behind: {list(path.iterdir())}"
