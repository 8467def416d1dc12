"""An installation of its own for a test: an empty home, commands in processes of their own."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from zhitong.config.home import SYSTEM_ROOT

Zhitong = Callable[..., subprocess.CompletedProcess[str]]

# What a page shall show it shows at once; a machine busy with other tests takes its time.
expect.set_options(timeout=60_000)


@contextmanager
def fresh_installation(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a fresh installation; its server and data are gone afterwards."""
    base = SYSTEM_ROOT if os.geteuid() == 0 else folder
    environment = {**os.environ, "ZHITONG_HOME": str(base / f"test-{secrets.token_hex(6)}")}
    environment.pop("DATABASE_URL", None)
    try:
        yield environment
    finally:
        destroy = [sys.executable, "-m", "zhitong.config.embedded", "destroy"]
        subprocess.run(destroy, env=environment, check=True, capture_output=True)


@pytest.fixture(scope="module")
def zhitong(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zhitong]:
    """Run a command in an installation of the module's own, as a user would."""
    with fresh_installation(tmp_path_factory.mktemp("home")) as environment:
        yield commands_in(environment)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Zhitong]:
    """The same in an installation of the test's own."""
    with fresh_installation(tmp_path) as environment:
        yield commands_in(environment)


def commands_in(environment: dict[str, str]) -> Zhitong:
    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "zhitong.cli", *map(str, words)]
        return subprocess.run(
            line, env=environment, check=False, capture_output=True, text=True, timeout=1800
        )

    return run


@pytest.fixture(scope="module")
def told(zhitong: Zhitong) -> Callable[..., Any]:
    """Run a command with `--json` and read its answer."""

    def run(*words: str | Path, status: int = 0) -> Any:
        done = zhitong(*words, "--json")
        assert done.returncode == status, done.stderr
        return json.loads(done.stdout)

    return run
