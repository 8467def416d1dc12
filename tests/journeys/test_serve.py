"""`zhitong serve` as a user runs it: sign in, send a file, stop with Ctrl-C, go on where it was."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode

import pytest

from factories.staff import shown_by
from journeys.conftest import fresh_installation
from stages.registry.survey_rows import person, write_csv

PATIENCE = 300
BOUNDARY = "zhitong-test"
DONE = 'class="state">已完成<'


class Visitor:
    """A browser without scripts: keeps cookies, follows redirects, sends forms with their token."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._cookies = CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self._cookies)
        )
        self.path, self.page = "", ""

    def get(self, path: str) -> str:
        return self._open(urllib.request.Request(self.address + path))

    def send(self, path: str, **typed: str) -> str:
        return self._open(
            urllib.request.Request(
                self.address + path,
                urlencode(typed | {"csrfmiddlewaretoken": self._token()}).encode(),
            )
        )

    def upload(self, path: str, file: Path) -> str:
        parts = [
            ('name="csrfmiddlewaretoken"', self._token().encode()),
            (f'name="files"; filename="{file.name}"', file.read_bytes()),
        ]
        body = b"".join(
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode()
            + content
            + b"\r\n"
            for head, content in parts
        )
        request = urllib.request.Request(self.address + path, body + f"--{BOUNDARY}--\r\n".encode())
        request.add_header("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        return self._open(request)

    def _token(self) -> str:
        return next(one.value or "" for one in self._cookies if one.name == "csrftoken")

    def _open(self, request: urllib.request.Request) -> str:
        answer: HTTPResponse = self._opener.open(request, timeout=PATIENCE)
        with answer:
            self.path = answer.url.removeprefix(self.address)
            self.page = answer.read().decode()
        return self.page


class Service:
    """One run of `zhitong serve`, in a process group of its own as under a terminal."""

    def __init__(self, environment: dict[str, str], port: int) -> None:
        self.address, self.home = f"http://127.0.0.1:{port}", environment["ZHITONG_HOME"]
        line = [sys.executable, "-m", "zhitong.cli", "serve", "--port", str(port), "--json"]
        self.process = subprocess.Popen(
            line, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        told = ""
        while not told.endswith("}\n") or told.count("{") != told.count("}"):
            told += (line_read := self.process.stdout.readline())
            assert line_read, told
        self.login: dict[str, str] | None = json.loads(told)["login"]
        wait_for(self._answers)

    def interrupt(self) -> int:
        """Ctrl-C: a terminal sends it to every process of the group."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE)

    def left(self) -> list[str]:
        """Command lines of this installation's processes that still run; the database may."""
        found = []
        for folder in Path("/proc").iterdir():
            try:
                environment = (folder / "environ").read_text().split("\0")
                line = (folder / "cmdline").read_text().replace("\0", " ")
            except (OSError, UnicodeDecodeError):
                continue
            if f"ZHITONG_HOME={self.home}" in environment and "zhitong.cli" in line:
                found.append(line)
        return found

    def _answers(self) -> bool:
        try:
            return bool(Visitor(self.address).get("/login/"))
        except (URLError, ConnectionError):
            return False


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens on and no connection is given as its own end meanwhile.

    Those that the system gives away begin at 32768 (Linux) or 49152.
    """
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("no port is free")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[], Service]]:
    """Start the service of a fresh installation, as often as one likes, on one port."""
    port = free_port()
    running: list[Service] = []
    with fresh_installation(tmp_path) as environment:

        def start() -> Service:
            running.append(Service(environment, port))
            return running[-1]

        yield start
        for one in running:
            if one.process.poll() is None:
                one.interrupt()
            assert one.process.stdout is not None
            one.process.stdout.close()


def test_a_day_with_the_service(serve: Callable[[], Service], tmp_path: Path) -> None:
    service = serve()
    assert service.login is not None
    visitor = Visitor(service.address)
    visitor.get("/login/")
    visitor.send("/login/", **service.login)
    assert visitor.path == "/login/enrol/"
    [shown] = re.findall(r'enrol-secret">([^<]+)<', visitor.page)
    visitor.send(visitor.path, code=shown_by(shown.replace(" ", "")))
    assert len(re.findall(r">[0-9]{5}-[0-9]{5}<", visitor.page)) == 10

    first = upload(visitor, write_csv(tmp_path / "a-2020-03-02.csv", [person(1)]))
    wait_for(lambda: DONE in visitor.get(first))
    assert "a-2020-03-02.csv" in visitor.page
    queued = [
        upload(visitor, write_csv(tmp_path / f"{at}-2020-03-02.csv", [person(at)]))
        for at in range(2, 8)
    ]

    assert service.interrupt() == 0
    assert service.left() == []
    with pytest.raises(URLError):
        visitor.get("/")

    again = serve()
    assert again.login is None  # told once
    for job in queued:  # the session goes on, and so does the queue
        wait_for(lambda job=job: DONE in visitor.get(job))
        assert visitor.path == job

    again.process.kill()
    wait_for(lambda: again.left() == [])


def upload(visitor: Visitor, file: Path) -> str:
    """Send a survey file; the address of its job."""
    visitor.get("/registry/upload/")
    visitor.upload("/registry/upload/", file)
    assert re.fullmatch(r"/registry/jobs/\d+/", visitor.path)
    return visitor.path
