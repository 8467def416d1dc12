from __future__ import annotations

import pytest

from zhitong.planning.warm import warm


@pytest.fixture(scope="session", autouse=True)
def compiled_search():
    """Compile before the first test, so that no test's time includes it."""
    warm()
