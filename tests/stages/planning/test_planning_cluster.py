"""Planning on a Dask cluster: a real scheduler and two workers, one of them killed half-way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from stages.planning.test_planning_blocks import drawn
from zhitong.planning import ProblemError, Stop
from zhitong.planning.blocks import survey_blocks

ROOT = Path(__file__).resolve().parents[3]
HOST = "127.0.0.1"


class Cluster:
    """A scheduler and workers as processes of their own, on loopback only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []
        told = folder / "scheduler.json"
        self._start(
            *("scheduler", "--host", HOST, "--port", "0", "--no-dashboard"),
            *("--scheduler-file", str(told)),
        )
        _until(lambda: _address(told), "the scheduler has not started")
        self.address = _address(told)

    def worker(self, name: str) -> subprocess.Popen[bytes]:
        return self._start(
            *("worker", self.address, "--host", HOST, "--name", name, "--nthreads", "1"),
            *("--no-nanny", "--no-dashboard", "--local-directory", str(self.folder / name)),
        )

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": "ignore"},
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    def close(self) -> None:
        for process in reversed(self.running):
            process.kill()
            process.wait()


def _address(told: Path) -> str:
    """What the scheduler says of itself; nothing while it has not finished saying it."""
    try:
        return str(json.loads(told.read_text())["address"])
    except (OSError, ValueError):
        return ""


def _until(ready, what: str, seconds: float = 400.0) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            pytest.fail(what)
        time.sleep(0.1)


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    yield made
    made.close()


def test_a_worker_killed_half_way_changes_nothing(cluster):
    from distributed import Client

    victim = cluster.worker("one")
    cluster.worker("two")
    with Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=400)
    problem = drawn(300)
    budget = {"stop": Stop(iterations=60_000), "seed": 7, "block_parties": 30}
    alive = []

    def kill_once_under_way(progress):
        if progress.share > 0.3 and victim.poll() is None:
            victim.kill()
            victim.wait()
            alive.append(progress.share)

    far = survey_blocks(
        problem, cluster=cluster.address, progress=kill_once_under_way, **budget
    ).plan
    here = survey_blocks(problem, processes=1, **budget).plan
    assert alive and alive[0] < 0.9, "the worker was not killed half-way"
    assert replace(far, seconds=0.0) == replace(here, seconds=0.0)


def test_no_scheduler_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr("zhitong.planning.cluster.WAIT_SECONDS", 1.0)
    with pytest.raises(ProblemError, match="no scheduler answers") as refused:
        survey_blocks(drawn(5), stop=Stop(iterations=1), cluster=f"tcp://{HOST}:9")
    assert refused.value.code == "no-cluster"
