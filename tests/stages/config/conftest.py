import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from zhitong.config import embedded
from zhitong.config.home import SYSTEM_ROOT


@contextmanager
def home_under(folder: Path) -> Iterator[Path]:
    """A home not yet made; its server and files are gone afterwards.

    Root's lies beside the real ones: pytest's temporary folders are closed to the server account.
    """
    path = (SYSTEM_ROOT if os.geteuid() == 0 else folder) / f"test-{secrets.token_hex(6)}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHITONG_HOME", str(path))
        patch.delenv("DATABASE_URL", raising=False)
        yield path
        embedded.destroy()
        assert not path.exists(), f"left behind: {list(path.iterdir())}"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with home_under(tmp_path) as path:
        yield path


@pytest.fixture(scope="module")
def lasting_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home for the tests that leave its cluster sound: making one takes a second."""
    with home_under(tmp_path_factory.mktemp("home")) as path:
        yield path


@pytest.fixture
def cluster_home(lasting_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lasting home with its server running, also after tests that had homes of their own."""
    monkeypatch.setenv("ZHITONG_HOME", str(lasting_home))
    embedded.ensure()
    return lasting_home
