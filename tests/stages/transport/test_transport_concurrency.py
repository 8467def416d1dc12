"""Planners in processes of their own: nobody is booked twice, a killed one leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from factories.departures import three_villages_one_factory
from zhitong.policies.operations import load_shipped
from zhitong.transport.models import Passage, Plan, Stop, Trip

pytestmark = pytest.mark.django_db(transaction=True)

PLANNER = Path(__file__).with_name("planner.py")


@pytest.fixture(autouse=True)
def villages(transactional_db):
    load_shipped()
    three_villages_one_factory()


def planner(seed: int, *more: str) -> subprocess.Popen:
    params = connection.get_connection_params()
    named = {
        "host": params.get("host"),
        "port": params.get("port"),
        "user": params.get("user"),
        "password": params.get("password"),
        "dbname": params["dbname"],
    }
    url = " ".join(f"{key}='{value}'" for key, value in named.items() if value)
    package = Path(settings.PACKAGE).parent
    return subprocess.Popen(
        [sys.executable, PLANNER, str(seed), *more],
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "zhitong.config.settings",
            "PYTHONPATH": str(package),
        },
        stdout=subprocess.PIPE,
    )


def finished(process: subprocess.Popen) -> tuple[int, str]:
    out, _ = process.communicate(timeout=600)
    return process.returncode, out.decode().strip()


def test_two_planners_at_once_book_everybody_once():
    both = [planner(1), planner(2)]

    codes = sorted(finished(one)[0] for one in both)

    assert codes == [0, 3]
    assert Plan.objects.count() == 1
    booked = list(Passage.objects.values_list("departure", flat=True))
    assert len(booked) == len(set(booked)) == 13


def test_two_planners_with_the_same_request_get_one_plan():
    both = [planner(1), planner(1)]

    answers = [finished(one) for one in both]

    assert answers == [(0, str(Plan.objects.get().pk))] * 2


def test_a_planner_killed_in_the_middle_leaves_nothing_and_blocks_nobody():
    assert finished(planner(1, "die"))[0] == -signal.SIGKILL

    for model in (Plan, Trip, Stop, Passage):
        assert not model.objects.exists()
    assert finished(planner(1))[0] == 0
    assert Passage.objects.count() == 13
