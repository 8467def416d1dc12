"""What the database itself refuses about trips and passages."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from zhitong.transport.models import Passage, Trip

pytestmark = pytest.mark.django_db


def trip(**given) -> Trip:
    kept = {"kind": "coach", "state": "arrived", "day": date(2020, 3, 2)} | given
    return Trip.objects.create(number="T1", origin="1311", destination="12", **kept)


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"kind": "ferry"}, "trip_is_of_a_known_kind"),
        ({"state": "lost"}, "trip_is_in_a_known_state"),
    ],
)
def test_a_trip_outside_every_total_is_refused(given, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        trip(**given)


def test_a_passage_ends_in_a_known_state():
    known = trip()

    with (
        pytest.raises(IntegrityError, match="passage_ends_in_a_known_state"),
        transaction.atomic(),
    ):
        Passage.objects.create(trip=known, state="vanished")
