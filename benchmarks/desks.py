"""A desk for benchmarks: an installation, `zhitong serve` in its own processes, browsers.

Everything goes through loopback HTTP to the server that users meet, with its sessions, tokens and
row-level security. Browsers are signed in by a session of their own, not by a password.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

SOURCES = Path(__file__).resolve().parents[1] / "src"
sys.path.insert(0, str(SOURCES))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhitong.config.settings")
os.environ["PYTHONPATH"] = str(SOURCES)
_SET_COOKIE = re.compile(r"^(\w+)=([^;]*)")


@contextmanager
def installation(*, here: bool) -> Iterator[None]:
    """Django over a fresh home, gone afterwards, or with `here` over the one in use."""
    from zhitong.config.home import SYSTEM_ROOT

    fresh = f"bench-{secrets.token_hex(6)}"
    if not here:
        folder = SYSTEM_ROOT if os.geteuid() == 0 else Path.home() / ".cache"
        os.environ["ZHITONG_HOME"] = str(folder / fresh)
        os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    from zhitong.cli import upkeep
    from zhitong.config import embedded

    get_wsgi_application()  # loads what listens to sign-ins
    upkeep.ready()
    try:
        yield
    finally:
        connections.close_all()
        if not here:
            embedded.destroy()


@contextmanager
def served(*, workers: int = 2) -> Iterator[int]:
    """The server of the installation; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = [sys.executable, "-m", "zhitong.cli", "serve", "--port", str(port), "--json"]
    process = subprocess.Popen([*line, "--workers", str(workers)], stdout=subprocess.DEVNULL)
    try:
        _await(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("the server ended")
        try:
            if Browser(port).get("/login/").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not answer")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    seconds: float
    text: str


@dataclass
class Browser:
    """One person's browser: a connection for each page, cookies kept."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, form: dict[str, str]) -> Answer:
        return self._ask("POST", path, urlencode(form))

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={one}" for name, one in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        start = time.perf_counter()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        taken = time.perf_counter() - start
        for header in response.headers.get_all("Set-Cookie", []):
            if found := _SET_COOKIE.match(header):
                self.cookies[found[1]] = found[2]
        return Answer(response.status, taken, text)


def staff(division: str, roles: Sequence[str]) -> Any:
    """An account of human resources in a division with these roles, made once."""
    from django.contrib.auth import get_user_model

    from zhitong.offices.models import Department, Organisation, Staff

    office, _ = Organisation.objects.get_or_create(
        division=division, department=Department.HUMAN_RESOURCES, defaults={"name": division}
    )
    user, _ = get_user_model().objects.get_or_create(username=f"bench-{division}-{'-'.join(roles)}")
    Staff.objects.get_or_create(user=user, defaults={"organisation": office, "roles": list(roles)})
    return user


def browser_of(user: Any, port: int) -> Browser:
    """A browser in which the account is signed in."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return Browser(port, {name: one.value for name, one in client.cookies.items()})


def percentile(values: Sequence[float], part: int = 95) -> float:
    return round(statistics.quantiles(values, n=100)[part - 1], 3)
