"""Times the pages of the desk at a province's size, served as users meet it; one JSON line.

    python benchmarks/dashboard.py --rows 1736100
    python benchmarks/dashboard.py --here --day 2020-03-01      the installation in use

Fills an installation of its own with so many workers of Hebei (names and numbers that can be read,
one spell each, wishes to travel) and four weeks of stored figures; then officials of a province, a
city, a county and a township open their pages through `zhitong serve`, four at a time.
Milliseconds are of whole answers. Exits 1 when a page of the province has a p95 from 300 ms on.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import desks

DAY = dt.date(2020, 3, 2)
LIMIT_MS, AT_ONCE = 300, 4
SCOPES = ("13", "1311", "131121", "131121101")
PAGES = {
    "dashboard": "/?date={day}",
    "returns": "/returns/?date={day}",
    "declared": "/returns/declared/?date={day}",
    "chase": "/returns/chase/?date={day}",
    "flows": "/returns/flows/?date={day}",
    "anomalies": "/returns/anomalies/?date={day}",
    "workers": "/registry/",
    "batches": "/registry/batches/",
    "repeated": "/registry/repeated/",
    "departures": "/registry/departures/?first=2020-03-03&last=2020-03-09",
    "trips": "/trips/",
}


def fill(rows: int) -> None:
    from django.db import connection
    from django.utils import timezone
    from export import fill as fill_people

    from zhitong.flows.operations import store_days

    fill_people(rows)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_departure"
            " (worker_id, home, origin, destination, earliest, latest, mode, needs)"
            " SELECT id, home, home, '110105', %s, %s, 'coach', '' FROM registry_worker"
            " WHERE id %% 100 = 0",
            [DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=4)],
        )
        cursor.execute("VACUUM ANALYZE")
    store_days(days=[DAY - dt.timedelta(days=back) for back in range(28)], now=timezone.now())


def times(port: int, rounds: int, day: dt.date) -> dict[str, dict[str, float]]:
    """By scope and page, p95 in milliseconds."""
    told: dict[str, dict[str, float]] = {}
    for scope in SCOPES:
        browsers = [desks.browser_of(desks.staff(scope, ["verify"]), port) for _ in range(AT_ONCE)]
        for name, pattern in PAGES.items():
            path = pattern.format(day=day)
            with ThreadPoolExecutor(AT_ONCE) as pool:
                answers = list(
                    pool.map(lambda at: browsers[at % AT_ONCE].get(path), range(rounds))  # noqa: B023
                )
            wrong = {one.status for one in answers} - {200}
            if wrong:
                raise RuntimeError(f"{scope} {path}: {wrong}")
            p95 = desks.percentile([one.seconds for one in answers])
            told.setdefault(scope, {})[name] = round(p95 * 1000)
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_736_100)
    parser.add_argument("--rounds", type=int, default=60, help="times that each page is opened")
    parser.add_argument("--day", type=dt.date.fromisoformat, default=DAY, help="that pages tell of")
    parser.add_argument("--here", action="store_true", help="measure the installation in use")
    asked = parser.parse_args()
    with desks.installation(here=asked.here):
        from zhitong.registry.models import Worker

        if not asked.here:
            fill(asked.rows)
        with desks.served() as port:
            start = time.perf_counter()
            told = times(port, asked.rounds, asked.day)
            whole = time.perf_counter() - start
        workers = Worker.objects.count()
    line = {
        "benchmark": "dashboard",
        "workers": workers,
        "day": asked.day.isoformat(),
        "at_once": AT_ONCE,
        "p95_ms": told,
        "seconds": round(whole, 1),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(line))
    return 0 if max(told["13"].values()) < LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
