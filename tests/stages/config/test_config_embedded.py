"""The supervisor against real servers, each in a home of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from zhitong.config import embedded, programs
from zhitong.config.cluster import SOCKET_FILE, SOCKET_PATH_BYTES, Cluster
from zhitong.config.home import SYSTEM_ROOT, StartupError


def connect() -> psycopg.Connection:
    return psycopg.connect(**embedded.ensure(), autocommit=True)


def rows_survive() -> bool:
    with connect() as database:
        return database.execute("SELECT name FROM kept").fetchall() == [("张三",)]


def keep_a_row() -> None:
    with connect() as database:
        database.execute("DROP TABLE IF EXISTS kept")
        database.execute("CREATE TABLE kept (name text)")
        database.execute("INSERT INTO kept VALUES ('张三')")


def wait_until(done: Callable[[], bool], *, seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def works(backend: int) -> bool:
    with connect() as database:
        asked = "SELECT state FROM pg_stat_activity WHERE pid = %s"
        return database.execute(asked, [backend]).fetchone() == ("active",)


# Starts, but never gets so far as to give the new cluster its name.
_HELD = """
import time
from zhitong.config import embedded, programs
real = programs.must_run
def hold(account, *command, stdin=""):
    if "--single" in command:
        time.sleep(3600)
    return real(account, *command, stdin=stdin)
programs.must_run = hold
embedded.ensure()
"""


def starter(*, held: bool = False) -> subprocess.Popen[str]:
    how = ["-c", _HELD] if held else ["-m", "zhitong.config.embedded", "start"]
    return subprocess.Popen(
        [sys.executable, *how],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.fixture
def sleeper(cluster_home: Path) -> Iterator[int]:
    """A process that has nothing to do with us, under the account of the server."""
    account = programs.account(cluster_folder=Cluster(cluster_home).folder)
    switch = {"user": account.uid, "group": account.gid, "extra_groups": []}
    process = subprocess.Popen(
        ["/bin/sleep", "3600"], cwd="/", **(switch if account.switch else {})
    )
    yield process.pid
    assert process.poll() is None, "a stranger was killed"
    process.kill()
    process.wait()


def test_the_database_speaks_chinese_and_belongs_to_an_ordinary_role(cluster_home):
    with connect() as database:
        role, superuser, encoding, upper = database.execute(
            "SELECT current_user, current_setting('is_superuser'), "
            "current_setting('server_encoding'), upper('é直通')"
        ).fetchone()
        database.execute("CREATE EXTENSION pg_trgm")
        database.execute("CREATE EXTENSION btree_gist")

    assert (role, superuser, encoding, upper) == ("zhitong", "off", "UTF8", "É直通")


def test_nothing_listens_beyond_a_socket_in_a_closed_folder(cluster_home):
    server = embedded.ensure()
    with connect() as database:
        assert database.execute("SHOW listen_addresses").fetchone() == ("",)
    assert Path(server["host"]).stat().st_mode & 0o077 == 0


def test_a_second_ensure_finds_the_same_server_at_once(cluster_home, monkeypatch):
    pid = embedded.status().pid

    monkeypatch.setattr(Cluster, "lock", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    embedded.ensure()

    assert embedded.status().pid == pid


def refuse(*_arguments: object, **_named: object) -> None:
    raise AssertionError("nothing is to be waited for or started")


def test_stop_and_status_tell_the_truth_and_data_outlives_a_stop(cluster_home):
    keep_a_row()
    assert embedded.status().running

    assert embedded.stop()

    assert embedded.status().pid is None
    assert not embedded.stop()
    assert rows_survive()


def test_committed_rows_survive_a_killed_server_with_a_busy_backend(cluster_home):
    keep_a_row()
    busy = connect()
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000)")
    wait_until(lambda: works(busy.info.backend_pid))  # an idle one ends with its server
    killed = embedded.status().pid
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: embedded.status().pid is None)
    orphans = Cluster(cluster_home).orphans()

    assert busy.info.backend_pid in orphans
    assert rows_survive()
    assert embedded.status().pid != killed
    assert not set(orphans) & set(Cluster(cluster_home).orphans())
    busy.close()


def test_a_stale_pid_file_that_names_a_stranger_is_not_believed(cluster_home, sleeper):
    keep_a_row()
    cluster = Cluster(cluster_home)
    leftover = cluster.pid_file.read_text()
    socket_lock = cluster.socket_folder / f"{SOCKET_FILE}.lock"
    socket_leftover = socket_lock.read_text()
    embedded.stop()
    number, rest = leftover.split("\n", 1)
    cluster.pid_file.write_text(f"{sleeper}\n{rest}")
    socket_lock.write_text(socket_leftover.replace(number, str(sleeper), 1))

    assert not embedded.status().running
    assert rows_survive()


def test_before_the_first_start_nothing_runs_and_nothing_is_made(home):
    assert not embedded.status().running
    assert not embedded.stop()
    assert not home.exists()


def test_many_commands_at_once_share_one_server(home):
    starters = [starter() for _ in range(4)]
    said = [process.communicate(timeout=300) for process in starters]

    assert [process.returncode for process in starters] == [0] * 4, said
    assert len({out for out, _ in said}) == 1
    assert f"pid {embedded.status().pid}," in said[0][0]


def test_a_starter_killed_while_it_makes_the_cluster_leaves_nothing_in_the_way(home):
    killed = starter(held=True)
    wait_until(lambda: any((home / "postgres").glob("init-*/PG_VERSION")))
    killed.kill()
    killed.communicate()
    assert not Cluster(home).data.exists()

    keep_a_row()

    assert rows_survive()
    assert not list((home / "postgres").glob("init-*/global"))


def test_a_starter_killed_while_the_server_starts_leaves_one_server(cluster_home):
    embedded.stop()
    cluster = Cluster(cluster_home)
    killed = starter()
    wait_until(lambda: cluster.pid_file.exists())
    killed.kill()
    killed.communicate()

    embedded.ensure()

    assert embedded.status().running


def test_a_deep_home_gets_a_short_socket_path(home, monkeypatch):
    deep = home / ("省" * 30) / "a b,c"
    monkeypatch.setenv("ZHITONG_HOME", str(deep))
    try:
        server = embedded.ensure()
        with connect() as database:
            assert database.execute("SELECT 1").fetchone() == (1,)
        socket = Path(server["host"]) / SOCKET_FILE
        assert socket.parent.parent == Path("/tmp")
        assert len(os.fsencode(socket)) <= SOCKET_PATH_BYTES
        assert socket.parent.stat().st_mode & 0o777 == 0o700

        socket.unlink()  # as a cleaner of /tmp would
        with connect() as database:
            assert database.execute("SELECT 1").fetchone() == (1,)
    finally:
        embedded.destroy()
        deep.parent.rmdir()
        home.rmdir()
    assert not socket.parent.exists()


def test_a_socket_folder_of_somebody_else_is_refused(home, monkeypatch):
    deep = home / ("x" * 100)
    monkeypatch.setenv("ZHITONG_HOME", str(deep))
    squatted = Cluster(deep).socket_folder
    squatted.mkdir(mode=0o755)
    squatted.chmod(0o755)
    try:
        with pytest.raises(StartupError) as refusal:
            embedded.ensure()
        assert refusal.value.code == "socket-folder"
    finally:
        squatted.rmdir()
        embedded.destroy()
        home.rmdir()


def test_destroy_takes_its_own_files_and_nothing_else(home):
    embedded.ensure()
    note = home / "note.txt"
    note.write_text("mine")

    embedded.destroy()

    assert list(home.iterdir()) == [note]
    note.unlink()
    home.rmdir()


def test_data_of_another_major_version_is_refused_not_touched(cluster_home):
    embedded.stop()
    version = Cluster(cluster_home).data / "PG_VERSION"
    original = version.read_text()
    version.write_text("12\n")

    with pytest.raises(StartupError, match="PostgreSQL 12") as refusal:
        embedded.ensure()
    version.write_text(original)

    assert refusal.value.code == "database-version"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_a_home_under_a_closed_folder_is_named_as_the_reason(home, monkeypatch):
    closed = home / "closed"
    home.mkdir()
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("ZHITONG_HOME", str(closed / "home"))
    try:
        with pytest.raises(StartupError, match="cannot enter") as refusal:
            embedded.ensure()
        assert refusal.value.code == "home-unreachable"
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        embedded.destroy()
        closed.rmdir()
        home.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_roots_server_runs_under_an_account_that_cannot_read_the_secrets(cluster_home):
    owner = Path(f"/proc/{embedded.status().pid}").stat().st_uid

    assert owner != 0
    assert Cluster(cluster_home).data.stat().st_uid == owner
    assert cluster_home.stat().st_uid == 0
    assert cluster_home.stat().st_mode & 0o777 == 0o711
    assert not [path for path in SYSTEM_ROOT.glob("pg-*") if path.stat().st_uid != 0]


@pytest.mark.parametrize("words", [[], ["restart"], ["stop", "now"]])
def test_an_unknown_command_gets_the_usage(words, capsys):
    assert embedded.main(words) == 2
    assert "start | stop | status | destroy" in capsys.readouterr().err


def test_a_failure_is_one_sentence_on_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ZHITONG_HOME", "/proc/nowhere")
    assert embedded.main(["start"]) == 1
    assert "set ZHITONG_HOME" in capsys.readouterr().err
