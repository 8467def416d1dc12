"""Codes in a subtree, asked as an index can answer it under row-level security."""

from __future__ import annotations

import pytest

from factories.workers import workers
from zhitong.registry.models import Worker

pytestmark = pytest.mark.django_db

DAYING, XINTUN, YUNNAN_TOWN = "131121102", "131121103", "530102002"


@pytest.mark.parametrize(
    ("code", "homes"),
    [("1311", [DAYING, XINTUN]), (DAYING, [DAYING]), ("13112", [DAYING, XINTUN]), ("14", [])],
)
def test_codes_within_are_those_that_start_so(code: str, homes: list[str]) -> None:
    workers([DAYING, XINTUN, YUNNAN_TOWN])

    found = Worker.objects.filter(home__within=code)

    assert sorted(found.values_list("home", flat=True)) == sorted(homes)
    assert set(found) == set(Worker.objects.filter(home__startswith=code))
