"""Scenarios written once for all tests that read them."""

from __future__ import annotations

from pathlib import Path

import pytest
from recount import Scenario

from zhitong.scenario import hebei


@pytest.fixture(scope="session")
def thin(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """1:1000, workbooks with some csv among them."""
    return _written(tmp_path_factory.mktemp("thin"), scale=1000, form="xlsx")


@pytest.fixture(scope="session")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """1:100, csv in all encodings."""
    return _written(tmp_path_factory.mktemp("usual"), scale=100, form="csv")


def _written(folder: Path, *, scale: int, form: str) -> Scenario:
    return Scenario(folder, hebei.write(folder, scale=scale, form=form))
