"""Times searches by name, as the web asks them, at a province's size; prints one JSON line.

    python benchmarks/search.py --rows 1736100
    python benchmarks/search.py --here      the installation in use

Fills a scratch database with so many workers of Hebei whose names are drawn as they occur, then
searches behind row-level security for the province, a city, a county and a township: nothing, a
common surname, a rare one, a whole name, a given name, one character of it, the middle of a long
name, one that nobody has. `worst_ms` is the slowest median; exits 1 beyond 50 ms.
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
from collections.abc import Iterator
from contextlib import contextmanager

import desks

LIMIT_MS, ROUNDS, CHUNK = 50, 9, 100_000
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
RARE = ("欧阳", "司马", "东方", "逄")
TEXTS = (
    "", "张", "欧阳", "逄伟", "张伟", "王秀英", "秀英", "桂英", "英", "阳秀", "马建国", "没有此人",
)  # fmt: skip
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英建国志文玉兰"


def fill(rows: int) -> None:
    import numpy as np
    import polars as pl
    from django.db import connection

    from zhitong import places
    from zhitong.kernel import sealing
    from zhitong.registry.copying import copy_into, new_ids
    from zhitong.registry.models import Worker

    dice = np.random.default_rng(2020)
    townships = np.array(places.expected_townships("13"))
    weights = 1 / np.arange(1, len(SURNAMES) + 1) ** 0.8
    sealed = sealing.seal("13112119900101123X", purpose="identity")
    for start in range(0, rows, CHUNK):
        size = min(CHUNK, rows - start)
        names = dice.choice(list(SURNAMES), size, p=weights / weights.sum()).astype(object)
        odd = dice.random(size) < 0.001
        names[odd] = dice.choice(RARE, int(odd.sum()))
        given = list(GIVEN)
        names = names + dice.choice(given, size).astype(object)
        names = names + np.where(dice.random(size) < 0.75, dice.choice(given, size), "")
        ids = new_ids(Worker, size)
        frame = pl.DataFrame(
            {
                "id": ids,
                "name": pl.Series(names.tolist(), dtype=pl.String),
                "identity_sealed": [sealed] * size,
                "identity_print": [number.to_bytes(16, "big") for number in ids],
                "born": [dt.date(1985, 5, 5)] * size,
                "sex": ["M"] * size,
                "home": dice.choice(townships, size),
                "address": [""] * size,
                "entered_by": [""] * size,
                "consented": [True] * size,
            }
        )
        copy_into(Worker, frame)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE registry_worker")


def times() -> dict[str, dict[str, float]]:
    from zhitong.offices import walls
    from zhitong.registry.search import search

    told: dict[str, dict[str, float]] = {}
    for scope in ("13", "1311", "131121", "131121101"):
        with walls.behind(scope=scope, stages=walls.stages_of("human_resources")):
            for text in TEXTS:
                taken = []
                for _ in range(ROUNDS):
                    began = time.perf_counter()
                    search(scope=scope, text=text)
                    taken.append((time.perf_counter() - began) * 1000)
                told.setdefault(scope, {})[text] = round(statistics.median(taken), 1)
    return told


@contextmanager
def filled(rows: int) -> Iterator[None]:
    """A scratch database with so many workers, gone afterwards."""
    import django

    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    scratch = setup_databases(verbosity=0, interactive=False)
    try:
        fill(rows)
        yield
    finally:
        teardown_databases(scratch, verbosity=0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_736_100)
    parser.add_argument("--here", action="store_true", help="search what the installation holds")
    asked = parser.parse_args()
    with desks.installation(here=True) if asked.here else filled(asked.rows):
        from zhitong.registry.models import Worker

        workers = Worker.objects.count()
        told = times()
    worst = max(one for by_text in told.values() for one in by_text.values())
    line = {
        "benchmark": "search",
        "rows": workers,
        "ms": told,
        "worst_ms": worst,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(line, ensure_ascii=False))
    return 0 if worst <= LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
