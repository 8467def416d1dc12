"""Times the five-category report against the bare GROUP BY it needs; prints one JSON line.

    python benchmarks/report.py --rows 1736100

Fills a scratch database with so many workers of Hebei, one spell each, and asks in turn for the
bare count of one day by city and category, and for the whole report of the province (three days,
coverage, every city). `ratio` is the report's median over the count's; `page_ms` is the median of
what a province page reads once the day is stored. Exits 1 beyond 1.5 or 100 ms; the ratio is
judged from a million rows, below that some ten milliseconds of coverage outweigh the count.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhitong.config.settings")

DAY = dt.date(2020, 3, 2)
RATIO, PAGE_MS = 1.5, 100
JUDGED = 1_000_000
CHUNK = 100_000
NOW = dt.datetime(2020, 3, 2, 17, tzinfo=dt.UTC)


def fill(rows: int) -> None:
    """Workers and spells by COPY: every category, some spells ended, some not at work."""
    import numpy as np
    import polars as pl

    from zhitong import places
    from zhitong.registry.copying import copy_into, new_ids
    from zhitong.registry.models import Batch, ReportedTownship, Spell, Worker

    dice = np.random.default_rng(2020)
    townships = np.array(places.expected_townships("13"))
    batch = Batch.objects.create(
        kind=Batch.Kind.SURVEY,
        digest=b"\x01" * 32,
        filename="bench",
        about=DAY,
        received_at=NOW,
        rows=rows,
        admitted=rows,
        refused=0,
        duplicates=0,
    )
    ReportedTownship.objects.bulk_create(
        ReportedTownship(batch=batch, township=township, about=DAY, rows=1)
        for township in townships
    )
    for start in range(0, rows, CHUNK):
        size = min(CHUNK, rows - start)
        home = dice.choice(townships, size)
        ids = new_ids(Worker, size)
        copy_into(
            Worker,
            pl.DataFrame(
                {
                    "id": ids,
                    "name": ["张三"] * size,
                    "identity_sealed": [b"\x01" * 47] * size,
                    "identity_print": [number.to_bytes(16, "big") for number in ids],
                    "born": [dt.date(1985, 5, 5)] * size,
                    "sex": ["M"] * size,
                    "home": home,
                    "address": [""] * size,
                    "entered_by": [""] * size,
                    "consented": [True] * size,
                    "batch_id": [batch.pk] * size,
                }
            ),
        )
        started = np.datetime64(DAY) - dice.integers(0, 420, size)
        ended = np.where(dice.random(size) < 0.1, started + dice.integers(1, 400, size), None)
        at_work = dice.random(size) < 0.97
        copy_into(
            Spell,
            pl.DataFrame(
                {
                    "worker_id": ids,
                    "status": np.where(at_work, 1, 2),
                    "started": started,
                    "ended": pl.Series(ended.tolist(), dtype=pl.Date),
                    "home": home,
                    "work": pl.Series(np.where(at_work, "110105", None).tolist(), dtype=pl.String),
                    "category": pl.Series(
                        np.where(at_work, dice.integers(1, 6, size), None).tolist(),
                        dtype=pl.Int16,
                    ),
                    "employer": ["某某有限公司"] * size,
                    "employer_code": [""] * size,
                    "occupation": [""] * size,
                    "batch_id": [batch.pk] * size,
                }
            ),
        )


def bare() -> int:
    """One day by city and category, and nothing else."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT substr(home, 1, 4), category, count(*)
            FROM registry_spell
            WHERE status = 1 AND started <= %(day)s AND (ended IS NULL OR ended > %(day)s)
                AND home LIKE '13%%'
            GROUP BY 1, 2
            """,
            {"day": DAY},
        )
        return sum(count for *_, count in cursor.fetchall())


def whole() -> int:
    from zhitong.flows.report import report

    return report(division="13", about=DAY).total


def page() -> int:
    from zhitong.flows.queries import stored

    found = stored(division="13", about=DAY)
    return found.total if found else 0


def seconds(work: Callable[[], int]) -> tuple[float, int]:
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def measure(rows: int) -> dict[str, object]:
    from django.db import connection

    from zhitong.flows.operations import store_day

    filling, _ = seconds(lambda: fill(rows) or rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE registry_spell")
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    bare(), whole()
    turns = [(seconds(bare), seconds(whole)) for _ in range(7)]
    totals = {answer for turn in turns for _, answer in turn}
    count, report = (statistics.median(turn[at][0] for turn in turns) for at in (0, 1))
    storing, divisions = seconds(lambda: store_day(about=DAY, now=NOW))
    reading = statistics.median(seconds(page)[0] for _ in range(15))
    totals.add(page())
    return {
        "benchmark": "report",
        "rows": rows,
        "at_work": totals.pop() if len(totals) == 1 else None,
        "bare_seconds": round(count, 4),
        "report_seconds": round(report, 4),
        "ratio": round(report / count, 3),
        "store_seconds": round(storing, 3),
        "divisions": divisions,
        "page_ms": round(reading * 1000, 2),
        "fill_seconds": round(filling, 1),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "postgresql": server,
        "python": platform.python_version(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_736_100)
    rows = parser.parse_args().rows

    import django

    django.setup()
    from django.conf import settings
    from django.test.utils import setup_databases, teardown_databases

    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = "bench_report"
    scratch = setup_databases(verbosity=0, interactive=False)
    try:
        result = measure(rows)
    finally:
        teardown_databases(scratch, verbosity=0)
    print(json.dumps(result))
    agree = result["at_work"] is not None
    quick = result["page_ms"] <= PAGE_MS and (rows < JUDGED or result["ratio"] <= RATIO)
    return 0 if agree and quick else 1


if __name__ == "__main__":
    sys.exit(main())
