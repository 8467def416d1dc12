"""`zhitong serve`: the desk in a browser."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import click
from django.utils import timezone

from zhitong.cli import console, options, upkeep
from zhitong.cli.work import GRACE_SECONDS
from zhitong.kernel.errors import UserError
from zhitong.offices.operations import ensure_first_account

YOUNG_OBJECTS = 20_000
"""A page makes so many; the collector looks at them then, and not thirty times before."""
WORKERS_SECONDS = 10
"""How long requests in progress may take once the end was asked for."""


class PortTaken(UserError):
    """Another program listens where we were told to."""

    code = "port-taken"


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--division", type=options.Division(), default="13", show_default=True)
@options.as_json
def command(host: str, port: int, workers: int, division: str, as_json: bool) -> None:
    """Serve the desk. The first start creates an administrator and prints the login once."""
    _refuse_taken(host, port)
    upkeep.ready()
    address = f"http://{host}:{port}/"
    account = ensure_first_account(division=division, now=timezone.now())
    if as_json:
        login = {"username": account[0], "password": account[1]} if account else None
        console.print_json({"address": address, "login": login})
    else:
        if account:
            click.echo(f"first login (shown once): {account[0]} / {account[1]}")
        click.echo(f"直通 Zhitong: {address}  (Ctrl+C stops it)")
    with _long_jobs():
        _serve(host, port, workers)


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as failure:
            raise PortTaken(
                f"cannot listen on {host}:{port} ({failure.strerror}); choose another --port"
            ) from failure


@contextmanager
def _long_jobs() -> Iterator[None]:
    """A process that works off long jobs, for as long as the server runs."""
    line = [sys.executable, "-m", "zhitong.cli", "work", "--with-parent"]
    process = subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(GRACE_SECONDS + 5)
        except subprocess.TimeoutExpired:
            process.kill()


def _serve(host: str, port: int, workers: int) -> None:
    from django.db import connections
    from granian.constants import Interfaces, Loops
    from granian.log import LogLevels
    from granian.server import Server

    # The workers are forked or spawned: they must not inherit this process's connection.
    connections.close_all()
    _keep_interrupts_to_ourselves()
    Server(
        "zhitong.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        loop=Loops.auto,
        workers_kill_timeout=WORKERS_SECONDS,
        log_level=LogLevels.warning,
    ).serve(target_loader=partial(_application, os.getpid()))


def _application(parent: int, _target: str) -> Any:
    """What each of granian's processes serves, for as long as the one that started it lives."""
    from zhitong.config.wsgi import application

    def end_with_parent() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(WORKERS_SECONDS)
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
    keep_what_is_loaded()
    return application


def keep_what_is_loaded() -> None:
    """Let the collector pass over what a process loads once and never drops.

    It would walk half a million such objects whenever a page makes many: twice the time of the
    province's largest pages.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


def _keep_interrupts_to_ourselves() -> None:
    """A terminal sends Ctrl-C to every process of its group, and this one tells its workers.

    A worker of granian that gets both may wait for itself for ever: its handler sets an event that
    it is about to wait for. So nobody is interrupted, and this process ends itself instead.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def end() -> None:
        signal.sigwait({signal.SIGINT})
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end, daemon=True).start()
