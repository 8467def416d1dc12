"""Times a province's townships submitting their day through the desk; prints one JSON line.

    python benchmarks/returns.py --rows 100000

A scratch database with so many workers of Hebei. A clerk of each township opens the form and
submits it through Django's own stack (middleware, templates, row-level security), `--clerks` at a
time, while `--readers` officials of counties and cities each open completeness every 20 seconds.
All of it runs in one Python process, so latencies hold what its threads wait for each other. Then
every county, every city and the province accept all that waits for them, lock and publish. p95 is
of the submissions alone. Exits 1 when it is 1 s or more, the province takes over 10 minutes, or
the published total is not what was submitted.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import random
import re
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhitong.config.settings")

DAY = dt.date(2020, 3, 2)
P95_SECONDS, ALL_SECONDS = 1.0, 600
PAUSE_SECONDS = 20
FIELD = re.compile(r'name="([\w-]+)"\s+value="([^"]*)"')


class Submitted(NamedTuple):
    """Seconds to open and to send a form, and the total on it."""

    opening: float
    sending: float
    total: int


def staff(division: str, roles: list[str]) -> Any:
    from django.contrib.auth import get_user_model

    from zhitong.offices.models import Department, Organisation, Staff

    office = Organisation.objects.create(
        division=division, department=Department.HUMAN_RESOURCES, name=division
    )
    user = get_user_model().objects.create(username=f"bench-{division}")
    Staff.objects.create(user=user, organisation=office, roles=roles)
    return user


def signed_in(user: Any) -> Any:
    from django.test import Client

    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


def submit(user: Any) -> Submitted:
    """Open the form and send it as it is."""
    client = signed_in(user)
    start = time.perf_counter()
    page = client.get("/returns/", {"date": DAY.isoformat()})
    opened = time.perf_counter()
    form = dict(FIELD.findall(page.content.decode())) | {"act": "submit"}
    answer = client.post(f"/returns/declare/?date={DAY}", form)
    sent = time.perf_counter()
    if page.status_code != 200 or answer.status_code != 302:
        raise RuntimeError(f"{user}: {page.status_code} {page.headers}, {answer.status_code}")
    return Submitted(opened - start, sent - opened, int(form["total"]))


def submit_all(users: list[Any]) -> list[Submitted]:
    """One after another, on one connection as a worker of the server has it."""
    with own_connection():
        return [submit(user) for user in users]


def read_on(users: list[Any], seconds: list[float], done: Event) -> None:
    """Read completeness as one official after another until all have submitted."""
    with own_connection():
        clients = [signed_in(user) for user in users]
        done.wait(PAUSE_SECONDS * random.random())  # not all at once
        for client in cycle(clients):
            start = time.perf_counter()
            client.get("/returns/", {"date": DAY.isoformat()})
            seconds.append(time.perf_counter() - start)
            if done.wait(PAUSE_SECONDS):
                return


@contextmanager
def own_connection() -> Iterator[None]:
    """The thread's connection, closed at the end: a scratch database cannot go while it is used."""
    from django.db import connection

    try:
        yield
    finally:
        connection.close()


def climb(officials: dict[str, Any]) -> dict[str, float]:
    """Accept everything at every level, lock and publish; seconds by step."""
    from django.utils import timezone

    from zhitong import places
    from zhitong.flows.chain import closing, operations

    spent: dict[str, float] = {}
    for digits, step in ((6, "counties"), (4, "cities"), (2, "province")):
        start = time.perf_counter()
        for code, user in officials.items():
            if len(code) == digits:
                units = places.expected_townships(code)
                operations.accept(units=units, about=DAY, by=user, now=timezone.now())
        spent[step] = round(time.perf_counter() - start, 2)
    common = {"division": "13", "about": DAY, "by": officials["13"]}
    for step, work in (("lock", closing.lock), ("publish", closing.publish)):
        start = time.perf_counter()
        work(**common, now=timezone.now())
        spent[step] = round(time.perf_counter() - start, 2)
    return spent


def measure(rows: int, clerks: int, readers: int, every: int) -> dict[str, object]:
    from django.db import connection
    from report import fill

    from zhitong import places
    from zhitong.flows.models import Publication, Return
    from zhitong.places import Level

    fill(rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE registry_spell")
    townships = places.expected_townships("13")[::every]
    users = [staff(code, ["enter"]) for code in townships]
    above = ["13", *(one.code for one in places.children("13"))]
    above += [one.code for one in places.descendants("13", Level.COUNTY)]
    officials = {code: staff(code, ["verify", "approve"]) for code in above}
    reading: list[float] = []
    done = Event()
    watching = [user for code, user in officials.items() if len(code) > 2]
    threads = [
        Thread(target=read_on, args=(watching[at::readers], reading, done)) for at in range(readers)
    ]
    for one in threads:
        one.start()
    start = time.perf_counter()
    try:
        with ThreadPoolExecutor(clerks) as pool:
            shares = pool.map(submit_all, [users[at::clerks] for at in range(clerks)])
            answers = [one for share in shares for one in share]
        whole = time.perf_counter() - start
    finally:
        done.set()
        for one in threads:
            one.join()
    steps = climb(officials)
    published = Publication.objects.get()
    sending = [one.sending for one in answers]
    return {
        "benchmark": "returns",
        "workers": rows,
        "units": len(townships),
        "clerks_at_once": clerks,
        "readers": readers,
        "all_seconds": round(whole, 1),
        "open_p95": percentile([one.opening for one in answers]),
        "submit_p50": round(statistics.median(sending), 3),
        "submit_p95": percentile(sending),
        "read_p95": percentile(reading),
        "pages_read": len(reading),
        "accept_seconds": steps,
        "stored": Return.objects.count(),
        "sum_holds": sum(published.declared.values()) == sum(one.total for one in answers),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def percentile(values: list[float], part: int = 95) -> float:
    return round(statistics.quantiles(values, n=100)[part - 1], 3)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--clerks", type=int, default=4)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--every", type=int, default=1, help="only each n-th township submits")
    asked = parser.parse_args()

    import django

    django.setup()
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.test.utils import (
        setup_databases,
        setup_test_environment,
        teardown_databases,
        teardown_test_environment,
    )

    get_wsgi_application()  # loads what listens to sign-ins
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = "bench_returns"
    setup_test_environment(debug=False)
    scratch = setup_databases(verbosity=0, interactive=False)
    try:
        result = measure(asked.rows, asked.clerks, asked.readers, asked.every)
    finally:
        teardown_databases(scratch, verbosity=0)
        teardown_test_environment()
    print(json.dumps(result))
    quick = result["submit_p95"] < P95_SECONDS and result["all_seconds"] < ALL_SECONDS
    return 0 if quick and result["sum_holds"] and result["stored"] == result["units"] else 1


if __name__ == "__main__":
    sys.exit(main())
