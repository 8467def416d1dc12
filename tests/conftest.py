"""What every test shares: a moment that does not move, and where the development data lie."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def now() -> datetime:
    return datetime(2020, 3, 2, 17, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The data that may not be committed; tests that need them skip without."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the development data are not beside the checkout")
    return SHARED / "data"
