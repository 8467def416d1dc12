import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhitong.config import embedded
from zhitong.config.home import SYSTEM_ROOT


def home_path(folder: Path) -> Path:
    """A home not yet made; root's lies where the account of the server can enter."""
    return (SYSTEM_ROOT if os.geteuid() == 0 else folder) / f"test-{secrets.token_hex(6)}"


def enter(path: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("ZHITONG_HOME", str(path))
    patch.delenv("DATABASE_URL", raising=False)


def remove(path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        enter(path, patch)
        embedded.destroy()
    assert not path.exists(), f"left behind: {list(path.iterdir())}"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of the test's own; its server and files are gone afterwards."""
    path = home_path(tmp_path)
    enter(path, monkeypatch)
    yield path
    remove(path)


@pytest.fixture(scope="module")
def lasting_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home for the tests that leave its cluster sound: making one takes a second."""
    path = home_path(tmp_path_factory.mktemp("home"))
    yield path
    remove(path)


@pytest.fixture
def cluster_home(lasting_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lasting home with its server running."""
    enter(lasting_home, monkeypatch)
    embedded.ensure()
    return lasting_home
