"""Writes a list of people as the job does and measures time and memory; prints one JSON line.

    python benchmarks/export.py --rows 1000000 [--form csv]
    python benchmarks/export.py --here [--division 13]      of the installation in use

Fills a scratch database with so many workers of Hebei, one spell each, then writes the masked list
in a process of its own. `peak_mib` is the most memory that process held; exits 1 beyond 512.
Of it nothing stays in an installation in use but an account and its entry in the journal.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import desks

LIMIT_MIB, CHUNK = 512, 100_000
_WRITER = """
import json, resource, sys, time
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from django.contrib.auth import get_user_model
from django.utils import timezone
from zhitong.kernel import jobs
from zhitong.kernel.models import Job
job = Job.objects.create(
    kind="worker-export", scope=sys.argv[3], created_at=timezone.now(),
    started_by=get_user_model().objects.get(username=sys.argv[4]),
    parameters={"division": sys.argv[3], "form": sys.argv[2], "in_clear": False, "purpose": "bench",
                "office": "office"},
)
began = time.perf_counter()
jobs.run(job.pk)
seconds = time.perf_counter() - began
job.refresh_from_db()
print(json.dumps({
    "rows": job.result["rows"], "seconds": round(seconds, 1), "bytes": job.files.get().size,
    "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
}))
"""


def fill(rows: int) -> None:
    import numpy as np
    import polars as pl

    from zhitong import places
    from zhitong.kernel import sealing
    from zhitong.registry.copying import copy_into, new_ids
    from zhitong.registry.models import Spell, Worker

    dice = np.random.default_rng(2020)
    townships = np.array(places.expected_townships("13"))
    for start in range(0, rows, CHUNK):
        size = min(CHUNK, rows - start)
        ids, home = new_ids(Worker, size), dice.choice(townships, size)
        numbers = [f"13112119900101{one % 10000:04}" for one in ids]
        phones = [f"138{one % 10**8:08}" for one in ids]
        copy_into(
            Worker,
            pl.DataFrame(
                {
                    "id": ids,
                    "name": ["张小三"] * size,
                    "identity_sealed": sealing.seal_many(numbers, purpose="identity"),
                    "identity_print": [number.to_bytes(16, "big") for number in ids],
                    "phone_sealed": sealing.seal_many(phones, purpose="phone"),
                    "born": [dt.date(1985, 5, 5)] * size,
                    "sex": ["M"] * size,
                    "home": home,
                    "address": [""] * size,
                    "entered_by": [""] * size,
                    "consented": [True] * size,
                }
            ),
        )
        copy_into(
            Spell,
            pl.DataFrame(
                {
                    "worker_id": ids,
                    "status": [1] * size,
                    "started": [dt.date(2020, 2, 1)] * size,
                    "home": home,
                    "work": ["110105"] * size,
                    "category": [5] * size,
                    "employer": ["某某电子科技有限公司"] * size,
                    "employer_code": [""] * size,
                    "occupation": [""] * size,
                }
            ),
        )


@contextmanager
def filled(rows: int) -> Iterator[None]:
    """A scratch database with so many workers, gone afterwards."""
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    scratch = setup_databases(verbosity=0, interactive=False)
    try:
        fill(rows)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield
    finally:
        teardown_databases(scratch, verbosity=0)


def written(*, division: str, form: str) -> dict[str, object]:
    """The job's list in a process of its own; the job with its file is gone afterwards."""
    from django.db import connection

    from zhitong.kernel.models import Job

    reader = desks.staff(division, ["verify"])
    asked = [connection.settings_dict["NAME"], form, division, reader.username]
    line = [sys.executable, "-c", _WRITER, *asked]
    try:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(line, capture_output=True, text=True, check=True, cwd=folder)
    finally:
        Job.objects.filter(started_by=reader).delete()
    return json.loads(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--form", choices=("xlsx", "csv"), default="xlsx")
    parser.add_argument("--here", action="store_true", help="write what the installation holds")
    parser.add_argument("--division", default="13")
    asked = parser.parse_args()
    with desks.installation(here=True) if asked.here else filled(asked.rows):
        told = written(division=asked.division, form=asked.form)
    line = {
        "benchmark": "export",
        "form": asked.form,
        **told,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(line))
    return 0 if told["peak_mib"] <= LIMIT_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
