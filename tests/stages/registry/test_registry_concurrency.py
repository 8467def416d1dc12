"""Two processes at once, and a process that is killed in the middle."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from stages.registry.survey_rows import counts, person, write_csv, write_parquet
from zhitong.registry.intake import admit_surveys
from zhitong.registry.models import Batch, Duplicate, Spell, Worker

pytestmark = pytest.mark.django_db(transaction=True)

# Runs against the database of the test, in a process of its own.
_SCRIPT = """
import datetime, json, sys
from pathlib import Path
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from zhitong.registry import parquets, storing
from zhitong.registry.intake import admit_surveys

paths, hold = [Path(one) for one in sys.argv[3:]], float(sys.argv[2])
if hold < 0:
    parquets.ROWS = 100
    print("begins", flush=True)
elif hold:
    import time
    parquets.ROWS = 50
    real = storing.BatchWriter.add
    def slow(self, prepared):
        real(self, prepared)
        print("stored a part", flush=True)
        time.sleep(hold)
    storing.BatchWriter.add = slow
receipts = admit_surveys(
    paths, about=datetime.date(2020, 3, 2), sent_by=None, workers=0,
    now=datetime.datetime.now(datetime.timezone.utc),
)
print(json.dumps([[one.admitted, one.refused, one.duplicates, one.again] for one in receipts]))
"""


def start(*paths: Path, hold: float = 0) -> subprocess.Popen:
    name = connection.settings_dict["NAME"]
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, name, str(hold), *map(str, paths)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "src"},
        cwd=Path(__file__).parents[3],
    )


def answers(process: subprocess.Popen) -> list[list]:
    out, _ = process.communicate(timeout=600)
    assert process.returncode == 0
    return json.loads(out.splitlines()[-1])


def test_the_same_file_from_two_processes_is_one_batch(tmp_path):
    path = write_csv(tmp_path / "a.csv", [person(number) for number in range(1, 400)])
    both = [start(path), start(path)]
    results = [answers(one)[0] for one in both]
    assert sorted(one[3] for one in results) == [False, True]
    assert all(one[:3] == [399, 0, 0] for one in results)
    assert Batch.objects.count() == 1
    assert Worker.objects.count() == Spell.objects.count() == 399


def test_files_that_share_people_in_opposite_order_both_get_in(tmp_path):
    people = [person(number) for number in range(1, 300)]
    there = write_parquet(tmp_path / "there.parquet", people)
    back = write_parquet(tmp_path / "back.parquet", [one | {"address": ""} for one in people[::-1]])
    both = [start(there, hold=0.05), start(back, hold=0.05)]
    results = [answers(one)[0] for one in both]
    assert sum(one[0] for one in results) == 299
    assert sum(one[2] for one in results) == 299
    assert Worker.objects.count() == 299
    assert Duplicate.objects.count() == 299


def test_killed_in_the_middle_nothing_is_left_and_sending_again_works(tmp_path, now):
    path = write_parquet(tmp_path / "a.parquet", [person(number) for number in range(1, 301)])
    before = counts()
    process = start(path, hold=3600)
    assert process.stdout is not None
    assert process.stdout.readline() == "stored a part\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    _wait_until_the_server_noticed()
    assert counts() == before
    (receipt,) = admit_surveys([path], about=now.date(), sent_by=None, now=now)
    assert (receipt.admitted, receipt.again) == (300, False)


@pytest.mark.parametrize(
    "kills", [3, pytest.param(40, marks=pytest.mark.long)], ids=["some", "many"]
)
def test_killed_at_random_moments_a_file_is_in_whole_or_not_at_all(tmp_path, now, kills):
    """Reading, copying, committing, or done: wherever it is when it dies."""
    rows = [person(number) for number in range(1, 900)] + [person(901, name="")]
    before, ended, moments = counts(), 0, random.Random(2020)
    lasts = None
    for at in range(kills + 1):
        # Another file each time, of the same people: a whole one must not stop the next.
        rows = [one | {"address": f"王庄村{at}号"} for one in rows]
        path = write_parquet(tmp_path / f"{at}.parquet", rows)
        process = start(path, hold=-1)
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        began = time.monotonic()
        if lasts is None:  # the first one lives, and tells how long it takes
            answers(process)
            lasts, whole = time.monotonic() - began, counts()
        else:
            time.sleep(moments.uniform(0, 1.1) * lasts)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
            _wait_until_the_server_noticed()
        if counts() != before:
            assert counts() == whole
            ended += 1
            (batch,) = Batch.objects.all()
            assert (batch.rows, batch.admitted, batch.refused) == (900, 899, 1)
            _empty()
            assert counts() == before
    assert 1 <= ended <= kills + 1


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE registry_batch, registry_worker, kernel_journalentry CASCADE")


def _wait_until_the_server_noticed() -> None:
    for _ in range(2000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.05)
    raise AssertionError("the killed session is still there")


def test_many_files_by_several_processes(tmp_path, now):
    paths = []
    for at in range(12):
        rows = [person(number, address=str(at)) for number in range(at * 20 + 1, at * 20 + 22)]
        paths.append(write_csv(tmp_path / f"{at:02d}.csv", rows))
    receipts = admit_surveys(paths, about=now.date(), sent_by=None, now=now, workers=2)
    assert [one.filename for one in receipts] == [path.name for path in paths]
    # Every file shares one person with the next.
    assert sum(one.admitted for one in receipts) == Worker.objects.count() == 241
    assert sum(one.duplicates for one in receipts) == Duplicate.objects.count() == 11


def test_processes_end_with_the_one_that_started_them(tmp_path):
    script = (
        "import os, time\n"
        "from pathlib import Path\n"
        "from zhitong.registry.pools import crew_for\n"
        "if __name__ == '__main__':\n"
        "    with crew_for([], workers=2) as crew:\n"
        "        print(*crew.map(os.getpid, [()]), flush=True)\n"
        "        time.sleep(3600)\n"
    )
    program = tmp_path / "program.py"
    program.write_text(script)
    process = subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")},
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    for _ in range(2000):
        if not _lives(child):
            return
        time.sleep(0.05)
    raise AssertionError("the reading process outlived its parent")


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
