"""A planner in a process of its own, for tests that kill it or run several at once.

    python planner.py SEED [die]

With `die` it is killed by the system after its trips are written and before the commit.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import date, datetime

import django

NOW = datetime.fromisoformat("2020-03-02T17:00:00+08:00")


def main() -> None:
    django.setup()
    from zhitong.transport import plans
    from zhitong.transport.models import LeftOver

    if "die" in sys.argv:
        LeftOver.objects.bulk_create = lambda *given, **more: os.kill(os.getpid(), signal.SIGKILL)
    try:
        made = plans.make_plan(
            scope="13",
            first_day=date(2020, 3, 3),
            last_day=date(2020, 3, 4),
            profile="2020-02-11",
            iterations=500,
            seed=int(sys.argv[1]),
            made_by=None,
            now=NOW,
        )
    except plans.NothingToPlan:
        sys.exit(3)
    sys.stdout.write(f"{made.pk}\n")


if __name__ == "__main__":
    main()
