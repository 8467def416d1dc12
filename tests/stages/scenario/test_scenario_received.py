"""The whole scenario through the front doors of the registry and of transport."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone
from recount import Scenario

from zhitong.bulletin.figures import collect
from zhitong.flows.report import report
from zhitong.registry.intake import admit_surveys
from zhitong.registry.models import Departure
from zhitong.scenario import hebei, operated
from zhitong.scenario.targets import DAY
from zhitong.transport import logs
from zhitong.transport.models import Passage
from zhitong.transport.operated import admit_operated


def test_the_log_has_the_columns_that_transport_reads() -> None:
    assert {key: one.heading for key, one in logs.COLUMNS.items()} == operated.COLUMNS
    assert operated.SHEET == logs.SHEET


@pytest.mark.django_db
def test_what_is_received_counts_to_the_golden_figures(tmp_path: Path) -> None:
    written = hebei.write(tmp_path / "scenario", scale=2000, form="parquet")
    answers = Scenario(tmp_path / "scenario", written).answers
    now = timezone.now()
    errors = tmp_path / "errors"

    surveys = admit_surveys(
        written.surveys, about=None, sent_by=None, now=now, errors_folder=errors
    )
    trips = admit_operated(written.operated, sent_by=None, now=now, errors_folder=errors)

    assert [
        {
            "file": one.filename,
            "rows": one.rows,
            "admitted": one.admitted,
            "refused": one.refused,
            "duplicates": one.duplicates,
        }
        for one in surveys
    ] == [
        {key: answer[key] for key in ("file", "rows", "admitted", "refused", "duplicates")}
        for answer in answers["files"]
    ]
    assert [(one.refused, one.duplicates) for one in trips] == [(0, 0), (0, 0)]
    golden = answers["golden"]
    stock = report(division="13", about=DAY).as_json()
    assert {key: stock[key] for key in golden["S2"]} == golden["S2"]
    figures = collect(division="13", about=DAY).as_json()
    assert [{key: one[key] for key in golden["S1"][0]} for one in figures["S1"]] == golden["S1"]
    assert figures["S4"] == golden["S4"]
    assert figures["S6"] == golden["S6"]
    assert Departure.objects.count() == answers["departures"]["people"]
    assert Passage.objects.filter(worker__isnull=False).count() == 24 + 64
