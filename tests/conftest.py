"""What every test shares: a moment that does not move, the draws of hypothesis, shared data."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as profiles

# The same examples every time, however slow the machine: no change is refused by the luck of the
# draw. `--hypothesis-profile=search` draws others, and remembers those that failed.
_PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
profiles.register_profile("same", derandomize=True, **_PATIENT)
profiles.register_profile("search", **_PATIENT)
profiles.load_profile("same")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def no_boundaries(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Maps as a fresh installation has them, whatever is installed on this machine."""
    settings.BOUNDARIES = tmp_path_factory.getbasetemp() / "boundaries" / uuid4().hex


@pytest.fixture
def now() -> datetime:
    return datetime(2020, 3, 2, 17, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The data that may not be committed; tests that need them skip without."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the development data are not beside the checkout")
    return SHARED / "data"
