"""`zhitong work`: work off the long jobs that the desk starts."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import cast

import click

from zhitong.cli import console, options, upkeep

WORKER = "zhitong"
GRACE_SECONDS = 20
"""A job still running this long after the end was asked for is left to the next worker."""


@click.command("work")
@click.option("--concurrency", default=2, show_default=True, type=click.IntRange(1, 32))
@click.option("--with-parent", is_flag=True, hidden=True, help="End when standard input ends.")
@options.as_json
def command(concurrency: int, with_parent: bool, as_json: bool) -> None:
    """Work off long jobs until stopped; `zhitong serve` runs one of these by itself.

    More of them, on any machine that reaches the database, share the work.
    """
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    upkeep.ready()
    if as_json:
        console.print_json({"worker": WORKER, "concurrency": concurrency})
    if with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    connector = cast(DjangoConnector, app.connector).get_worker_connector()
    with app.replace_connector(connector) as working:
        working.run_worker(
            name=WORKER,
            concurrency=concurrency,
            shutdown_graceful_timeout=GRACE_SECONDS,
            delete_jobs="successful",
        )


def _end_with_parent() -> None:
    """The parent holds the other end of standard input: it closes when the parent is gone.

    Not read through Python's buffer: its lock, held by this thread, would break the exit.
    """
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(GRACE_SECONDS + 5)
    os._exit(1)
