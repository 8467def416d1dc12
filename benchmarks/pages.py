"""What the desk's pages cost: processor time of one reader in this process; one JSON line.

    python benchmarks/pages.py --day 2020-03-01 [--scope 13]

In the installation in use, see `province.py`. By page, milliseconds of processor time of Python and
of PostgreSQL (its ticks are 10 ms, so the mean of `--rounds`), which other programs on the machine
disturb less than the time that readers wait (`dashboard.py`). Linux, embedded database.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sys
import time
from pathlib import Path

import desks
from dashboard import PAGES

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def ticks(pid: int) -> int:
    """Processor time of a process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def costs(scope: str, day: dt.date, rounds: int) -> dict[str, dict[str, float]]:
    from django.conf import settings
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections, connection
    from django.test import Client

    from zhitong.cli.serve import keep_what_is_loaded

    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # one backend from first to last
    settings.ALLOWED_HOSTS = ["testserver"]
    browser = Client()
    browser.force_login(desks.staff(scope, ["verify"]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    addresses = {name: pattern.format(day=day) for name, pattern in PAGES.items()}
    for address in addresses.values():
        if (status := browser.get(address).status_code) != 200:
            raise RuntimeError(f"{address}: {status}")
    keep_what_is_loaded()
    told = {}
    for name, address in addresses.items():
        began, before = time.process_time(), ticks(backend)
        for _ in range(rounds):
            browser.get(address)
        told[name] = {
            "python": round((time.process_time() - began) / rounds * 1000, 1),
            "postgresql": round((ticks(backend) - before) * TICK_MS / rounds, 1),
        }
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--day", type=dt.date.fromisoformat, required=True)
    parser.add_argument("--scope", default="13")
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args()
    with desks.installation(here=True):
        from zhitong.registry.models import Worker

        line = {
            "benchmark": "pages",
            "workers": Worker.objects.count(),
            "scope": asked.scope,
            "day": asked.day.isoformat(),
            "cpu_ms": costs(asked.scope, asked.day, asked.rounds),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "load": round(os.getloadavg()[0], 1),
        }
    print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
