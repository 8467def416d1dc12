"""Times a province's townships submitting their day through `zhitong serve`; one JSON line.

    python benchmarks/returns.py --rows 1736100
    python benchmarks/returns.py --here --minutes 2     the installation in use, as many a minute

An installation of its own with so many workers of Hebei. Every township's clerk comes once, at an
even rate of all in ten minutes, opens the form and submits it, while 50 officials (of the province,
its cities, and counties) each read completeness every 20 seconds. All of them are HTTP clients in
this one process on the machine of the server. Latencies are of whole answers;
`behind_s` is how far the clients fell behind their plan. Then every county, every city and the
province accept all that waits for them, lock and publish. Exits 1 when the submissions' p95 is 1 s
or more, a return is missing, or the published total is not what was submitted.
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
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any, NamedTuple

import desks

DAY = dt.date(2020, 3, 2)
P95_SECONDS, MINUTES = 1.0, 10.0
PAUSE_SECONDS = 20
MOST_AT_ONCE = 200
FIELD = re.compile(r'name="([\w-]+)"\s+value="([^"]*)"')


class Submitted(NamedTuple):
    """Seconds to open and to send a form, the total on it, seconds that the clerk came late."""

    opening: float
    sending: float
    total: int
    behind: float


def submit(browser: desks.Browser, due: float) -> Submitted:
    """Open the form at its time and send it as it is."""
    time.sleep(max(0.0, due - time.perf_counter()))
    behind = time.perf_counter() - due
    page = browser.get(f"/returns/?date={DAY}")
    form = dict(FIELD.findall(page.text)) | {"act": "submit"}
    answer = browser.post(f"/returns/declare/?date={DAY}", form)
    if page.status != 200 or answer.status != 302:
        raise RuntimeError(f"{page.status}, {answer.status}")
    return Submitted(page.seconds, answer.seconds, int(form["total"]), behind)


def read_on(browsers: list[desks.Browser], seconds: list[float], done: threading.Event) -> None:
    """Read completeness as one official after another until all have submitted."""
    done.wait(PAUSE_SECONDS * random.random())  # not all at once
    for browser in cycle(browsers):
        answer = browser.get(f"/returns/?date={DAY}")
        if answer.status != 200:
            raise RuntimeError(f"a reader got {answer.status}")
        seconds.append(answer.seconds)
        if done.wait(PAUSE_SECONDS):
            return


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


def rush(
    clerks: list[desks.Browser], readers: list[desks.Browser], minutes: float
) -> tuple[list[Submitted], list[float]]:
    """All clerks, evenly over the minutes, beside the readers; seconds that reading took."""
    reading: list[float] = []
    done = threading.Event()
    threads = [threading.Thread(target=read_on, args=([one], reading, done)) for one in readers]
    for one in threads:
        one.start()
    try:
        with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
            start, step = time.perf_counter() + 1, minutes * 60 / len(clerks)
            due = [start + at * step for at in range(len(clerks))]
            return list(pool.map(submit, clerks, due)), reading
    finally:
        done.set()
        for one in threads:
            one.join()


def measure(*, readers: int, minutes: float, about: dict[str, Any]) -> dict[str, Any]:
    from zhitong import places
    from zhitong.flows.models import Publication, Return
    from zhitong.places import Level

    townships = places.expected_townships("13")
    townships = townships[: round(len(townships) * minutes / MINUTES)]
    cities = [one.code for one in places.children("13")]
    above = ["13", *cities, *(one.code for one in places.descendants("13", Level.COUNTY))]
    officials = {code: desks.staff(code, ["verify", "approve"]) for code in above}
    with desks.served() as port:
        clerks = [desks.browser_of(desks.staff(code, ["enter"]), port) for code in townships]
        random.Random(2020).shuffle(clerks)
        watching = [desks.browser_of(officials[code], port) for code in above[:readers]]
        answers, reading = rush(clerks, watching, minutes)
    steps = climb(officials)
    published = Publication.objects.get(about=DAY)
    sending = [one.sending for one in answers]
    return {
        "benchmark": "returns",
        **about,
        "units": len(townships),
        "minutes": minutes,
        "readers": len(watching),
        "open_p95": desks.percentile([one.opening for one in answers]),
        "submit_p50": round(statistics.median(sending), 3),
        "submit_p95": desks.percentile(sending),
        "read_p95": desks.percentile(reading),
        "pages_read": len(reading),
        "behind_s": round(max(one.behind for one in answers), 2),
        "accept_seconds": steps,
        "stored": Return.objects.filter(about=DAY).exclude(state="draft").count(),
        "sum_holds": sum(published.declared.values()) == sum(one.total for one in answers),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_736_100)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="fewer units, the same rate")
    parser.add_argument("--here", action="store_true", help="in the installation in use")
    asked = parser.parse_args()
    with desks.installation(here=asked.here):
        from report import fill

        from zhitong.flows.models import Return
        from zhitong.registry.models import Worker

        if Return.objects.filter(about=DAY).exists():
            parser.error(f"returns of {DAY} are here already")
        if not asked.here:
            fill(asked.rows)
        result = measure(
            readers=asked.readers,
            minutes=asked.minutes,
            about={"workers": Worker.objects.count()},
        )
    print(json.dumps(result))
    kept = result["sum_holds"] and result["stored"] == result["units"]
    return 0 if kept and result["submit_p95"] < P95_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
