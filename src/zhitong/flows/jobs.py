"""What the reports do by the clock. What does the work is imported when there is some."""

from __future__ import annotations

from contextlib import closing

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app


@app.periodic(cron="* * * * *")
@app.task(name="zhitong.remind", queueing_lock="remind")
def remind(timestamp: int) -> None:
    """Every minute, as long as any worker lives: the rounds whose moment has come."""
    from zhitong.flows.reminding import sending

    with closing(connection):
        sending.remind_by_timetable(now=timezone.now())
