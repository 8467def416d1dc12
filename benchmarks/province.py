"""Fills the installation in use with a whole province, for benchmarks with `--here`; one JSON line.

    python -m zhitong.cli scenario --scale 1 --form parquet --out SCENARIO
    python benchmarks/province.py SCENARIO

Takes in the survey files and the log of operated trips, stores the figures of every day since
2020-02-06, and makes the returns of every township for each of them but the last, 2020-03-02,
which `returns.py` reports: one in fifty says more than the registry, the days are locked and
published, and those of 2020-03-01 stand at all levels of review. Three items of the form catalogue
are in force from 2020-02-24 to 2020-03-01, two counted by the registry and one asked. An
installation that holds anything already is refused.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from pathlib import Path
from typing import Any

import desks

PROVINCE = "13"
FIRST, LAST = dt.date(2020, 2, 6), dt.date(2020, 3, 2)
ITEMS = (dt.date(2020, 2, 24), dt.date(2020, 3, 1))
IN_REVIEW = dt.date(2020, 3, 1)
ROLES = ["verify", "approve", "administer"]
# At 15:00 to 18:00 of the day in China; the shipped deadline of townships is at 16:00.
_RETURNS = """
INSERT INTO flows_return (unit, about, state, version, changed_by_id, changed_at,
                          submitted_by_id, submitted_at, first_submitted_at)
SELECT division, about, %(state)s, 1, %(by)s, at, %(by)s, at, at
FROM flows_dailyfigure,
     LATERAL (SELECT about + time '07:00' + interval '1 minute' * (division::bigint %% 180)) m (at)
WHERE about = %(about)s AND division = ANY (%(units)s)
"""
_FIGURES = """
INSERT INTO flows_figure (of_id, category, derived, declared, reason)
SELECT r.id, c.category, c.people,
       CASE WHEN more THEN c.people + 3 END, CASE WHEN more THEN '补报三人' ELSE '' END
FROM flows_return r JOIN flows_dailyfigure f ON f.division = r.unit AND f.about = r.about,
     LATERAL unnest(ARRAY[within_township, within_county, within_city, elsewhere_in_province,
                          other_province]) WITH ORDINALITY c (people, category),
     LATERAL (SELECT c.category = 5 AND r.unit::bigint %% 50 = 0) d (more)
WHERE r.about = %(about)s
"""
_ANSWERS = """
INSERT INTO flows_answer (of_id, item_id, derived, declared, reason)
SELECT r.id, i.id, CASE WHEN i.source = 'registry' THEN r.registry_counts[5] END,
       CASE WHEN i.source = 'asked' THEN r.unit::bigint %% 7 END, ''
FROM flows_return r JOIN flows_item i ON r.about BETWEEN i.first_day AND i.last_day
WHERE r.about = %(about)s
"""
_MOVED_ON = """
UPDATE flows_return SET state = (ARRAY['submitted', 'returned', 'county', 'city'])[1 + id %% 4]
WHERE about = %(about)s
"""


def take_in(folder: Path, by: Any) -> dict[str, int]:
    """Files of the scenario; how many rows ended where."""
    from django.utils import timezone

    from zhitong.registry.intake import admit_surveys
    from zhitong.transport.operated import admit_operated

    surveys = sorted((folder / "survey").iterdir())
    logs = sorted((folder / "operated").iterdir())
    receipts = admit_surveys(surveys, about=None, sent_by=by, now=timezone.now())
    receipts += admit_operated(logs, sent_by=by, now=timezone.now())
    if faults := [one.fault for one in receipts if one.fault]:
        raise RuntimeError(faults[0])
    return {
        key: sum(getattr(one, key) for one in receipts)
        for key in ("rows", "admitted", "refused", "duplicates")
    }


def add_items(by: Any) -> None:
    from django.utils import timezone

    from zhitong.flows.catalogue import operations
    from zhitong.flows.catalogue.derivable import Derivation, Measure
    from zhitong.flows.catalogue.rules import Proposal, Unit
    from zhitong.places import Level

    common: dict[str, Any] = {"level": Level.TOWNSHIP}
    women = Derivation(Measure.SPELLS, {"status": "1", "sex": "F"})
    young = Derivation(Measure.SPELLS, {"status": "1", "age": "16-24"})
    for proposal in (
        Proposal(code="women", name_zh="女性在岗", name_en="Women at work", unit=Unit.PEOPLE,
                 derivation=women, asked=False, **common),
        Proposal(code="young", name_zh="青年在岗", name_en="Young at work", unit=Unit.PEOPLE,
                 derivation=young, asked=False, **common),
        Proposal(code="fairs", name_zh="招聘会场次", name_en="Job fairs", unit=Unit.EVENTS,
                 derivation=None, asked=True, **common),
    ):  # fmt: skip
        operations.add(
            province=PROVINCE, proposal=proposal, first_day=ITEMS[0], by=by, now=timezone.now()
        )
        operations.retire(
            province=PROVINCE, code=proposal.code, last_day=ITEMS[1], by=by, now=timezone.now()
        )


def open_offices() -> None:
    """An office of human resources with a telephone for every city, county and township."""
    from zhitong import places
    from zhitong.offices.models import Department, Organisation
    from zhitong.offices.operations import office_name
    from zhitong.places import Level

    above = (*places.descendants(PROVINCE, Level.CITY), *places.descendants(PROVINCE, Level.COUNTY))
    codes = [*(one.code for one in above if not one.pseudo), *places.expected_townships(PROVINCE)]
    Organisation.objects.bulk_create(
        Organisation(
            division=code,
            department=Department.HUMAN_RESOURCES,
            name=office_name(code, Department.HUMAN_RESOURCES),
            phone=f"0311-{8_000_000 + at}",
        )
        for at, code in enumerate(codes)
    )


def report(days: list[dt.date], by: Any) -> int:
    """Returns of every township for some days whose figures are stored; how many there are."""
    from django.db import connection
    from django.utils import timezone

    from zhitong import places
    from zhitong.flows.chain import closing
    from zhitong.flows.models import Return

    units = places.expected_townships(PROVINCE)
    for about in days:
        values = {"about": about, "by": by.pk, "units": units, "state": "province"}
        with connection.cursor() as cursor:
            for text in (_RETURNS, _FIGURES, _ANSWERS):
                cursor.execute(text, values)
            if about == IN_REVIEW:
                cursor.execute(_MOVED_ON, values)
                continue
        for step in (closing.lock, closing.publish):
            step(division=PROVINCE, about=about, by=by, now=timezone.now())
    return Return.objects.count()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", type=Path, help="a folder that `zhitong scenario` wrote")
    asked = parser.parse_args()
    began = time.perf_counter()
    with desks.installation(here=True):
        from django.db import connection
        from django.utils import timezone

        from zhitong.flows.operations import store_days
        from zhitong.offices.operations import ensure_departments
        from zhitong.policies.operations import load_shipped
        from zhitong.registry.models import Batch, Departure, Worker

        if Batch.objects.exists():
            parser.error("this installation is in use; name an empty one by ZHITONG_HOME")
        load_shipped()
        ensure_departments(division=PROVINCE)
        open_offices()
        by = desks.staff(PROVINCE, ROLES)
        sums = take_in(asked.scenario, by)
        days = [FIRST + dt.timedelta(days=at) for at in range((LAST - FIRST).days + 1)]
        store_days(days=[LAST.replace(year=LAST.year - 1), *days], now=timezone.now())
        add_items(by)
        returns = report(days[:-1], by)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        line = {
            "benchmark": "province",
            **sums,
            "workers": Worker.objects.count(),
            "wishes": Departure.objects.count(),
            "returns": returns,
            "seconds": round(time.perf_counter() - began, 1),
        }
    print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
