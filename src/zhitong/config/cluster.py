"""One PostgreSQL cluster: its files, its server, and every state the two can be found in.

The server listens on a Unix socket only, in a folder that no other account can enter, and the
kernel tells it who is calling (peer authentication): no password exists.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from zhitong.config import home as homes
from zhitong.config import programs
from zhitong.config.home import StartupError
from zhitong.config.programs import Account

DATABASE = "zhitong"
ROLE = "zhitong"

PORT = 5432  # names the socket file; no port is opened
SOCKET_FILE = f".s.PGSQL.{PORT}"
SOCKET_PATH_BYTES = 107
START_SECONDS = 300  # after a crash the log of hours may have to be replayed
STOP_SECONDS = 60
ORPHAN_SECONDS = 5.0
POLL_SECONDS = 0.02
LOG_BYTES = 16 * 2**20
ROOMY_SHARED_MEMORY = 512 * 2**20

# Written into postgresql.conf once, when the cluster is made; an operator may change them there.
TUNING = {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "4GB",
    "max_wal_size": "4GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True, kw_only=True)
class Postmaster:
    pid: int
    state: str


class Cluster:
    """One data directory with its server. Methods that change something expect the lock held."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "postgres"
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.pid_file = self.data / "postmaster.pid"
        self.key = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        self.name = f"zhitong-{self.key}"  # leads the process titles of this cluster's backends
        fits = len(os.fsencode(self.folder / SOCKET_FILE)) <= SOCKET_PATH_BYTES
        self.socket_folder = self.folder if fits else Path("/tmp") / self.name  # noqa: S108

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Have the home to oneself; the kernel lets go when the holder dies."""
        path = self.home / "lock"
        while True:
            homes.create()
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except FileNotFoundError:  # `delete` took the whole home away
                continue
            except PermissionError as failure:
                raise StartupError(
                    f"{self.home} belongs to another account; set ZHITONG_HOME to your own",
                    code="home-unwritable",
                ) from failure
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                if _is_file(handle, path):  # else `delete` took it away while we waited
                    yield
                    return
            finally:
                os.close(handle)

    # -- looking

    def postmaster(self) -> Postmaster | None:
        """The living server on this data directory.

        Its pid file survives a kill -9 or a power cut, and the number may by then belong to
        anybody, another PostgreSQL included: only the command line of the process decides.
        """
        try:
            lines = self.pid_file.read_text(encoding="utf-8").splitlines()
            pid = int(lines[0])
        except (OSError, ValueError, IndexError):
            return None
        if not _is_program(_command_line(pid), name="postgres", data=self.data):
            return None
        return Postmaster(pid=pid, state=lines[7].strip() if len(lines) > 7 else "starting")

    def orphans(self) -> list[int]:
        """Backends of this cluster, recognised by the title that carries its name."""
        title = f"postgres: {self.name}: ".encode()
        return [pid for pid, line in _processes() if line.startswith(title)]

    def answers(self) -> bool:
        postmaster = self.postmaster()
        return (
            postmaster is not None
            and postmaster.state == "ready"
            and (self.socket_folder / SOCKET_FILE).exists()
        )

    # -- changing

    def start(self) -> None:
        """Bring the server up from whatever state it is found in."""
        account = programs.account(cluster_folder=self.folder)
        binaries = programs.folder(account)
        homes.make_folder(self.folder, mode=0o700, owner=(account.uid, account.gid))
        self._check_reachable(account)
        self._make_socket_folder(account)
        if not self.data.exists():
            self._initialise(account, binaries)
        self._check_version(account, binaries)
        if self._settle():
            return
        self._clear_remains()
        self._write_authentication(account)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        launch = programs.run(
            account,
            *(binaries / "pg_ctl", "start", "-w", "-s", "-t", START_SECONDS),
            *("-D", self.data, "-l", self.log, "-o", self._options()),
        )
        if not self.answers():
            tail = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
            raise StartupError(
                f"the embedded PostgreSQL did not start: {launch.stderr.strip()}\n{tail}",
                code="database-start",
            )

    def stop(self) -> bool:
        """Stop the server: disconnect the clients, then, if it does not end, at once."""
        postmaster = self.postmaster()
        if postmaster is None:
            return False
        for command in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate
            _signal(postmaster.pid, command)
            if _wait(lambda: self.postmaster() is None, seconds=STOP_SECONDS):
                break
        return True

    def delete(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.socket_folder != self.folder:
            shutil.rmtree(self.socket_folder, ignore_errors=True)
        for name in ("pg_hba.conf", "pg_ident.conf", "secrets.json", "lock"):
            (self.home / name).unlink(missing_ok=True)
        if not any(self.home.iterdir()):
            self.home.rmdir()

    # -- steps

    def _settle(self) -> bool:
        """Wait for a start or stop that somebody else began; True if a server then answers."""

        def settled() -> bool:
            postmaster = self.postmaster()
            return not self._launchers() and (postmaster is None or postmaster.state == "ready")

        _wait(settled, seconds=START_SECONDS)
        if self.answers():
            return True
        # Its socket was swept away (some systems clean /tmp): nobody can reach it any more.
        self.stop()
        return False

    def _clear_remains(self) -> None:
        """Remove what a killed server left, after the last of its backends is gone.

        A backend notices the death of its postmaster only between two pieces of work; until then it
        still writes. PostgreSQL itself would take a pid file for current whenever the number lives.
        """
        for command in (signal.SIGQUIT, signal.SIGKILL):
            for pid in self.orphans():
                _signal(pid, command)
            if _wait(lambda: not self.orphans(), seconds=ORPHAN_SECONDS):
                break
        self.pid_file.unlink(missing_ok=True)
        for suffix in ("", ".lock"):
            (self.socket_folder / f"{SOCKET_FILE}{suffix}").unlink(missing_ok=True)

    def _launchers(self) -> list[int]:
        """Every `pg_ctl` at work on this data directory: it outlives a starter that was killed."""
        return [
            pid for pid, line in _processes() if _is_program(line, name="pg_ctl", data=self.data)
        ]

    def _initialise(self, account: Account, binaries: Path) -> None:
        """Make the cluster with role and database aside; the rename makes it exist."""
        for remains in self.folder.glob("init-*"):
            shutil.rmtree(remains, ignore_errors=True)
        draft = self.folder / f"init-{secrets.token_hex(6)}"
        tuning = [word for name, value in TUNING.items() for word in ("-c", f"{name}={value}")]
        try:
            programs.must_run(
                account,
                *(binaries / "initdb", "-D", draft, "-U", "postgres", "--auth=reject"),
                *("--encoding=UTF8", "--locale=C"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", *tuning),
            )
            # Not a superuser: row-level security binds it, and it cannot touch the machine's files.
            said = programs.must_run(
                account,
                *(binaries / "postgres", "--single", "-D", draft, "postgres"),
                stdin=f"CREATE ROLE {ROLE} LOGIN CREATEDB\n"
                f"CREATE DATABASE {DATABASE} OWNER {ROLE}\n",
            )
            if "ERROR" in said:
                raise StartupError(said.strip(), code="database-program")
            draft.rename(self.data)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _check_reachable(self, account: Account) -> None:
        if programs.run(account, "/bin/sh", "-c", 'cd "$1"', "sh", self.folder).returncode:
            raise StartupError(
                f"the database server runs as {account.name}, who cannot enter {self.home}; "
                "set ZHITONG_HOME to a folder whose parents everybody may enter, "
                "or DATABASE_URL to a server",
                code="home-unreachable",
            )

    def _check_version(self, account: Account, binaries: Path) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        said = programs.must_run(account, binaries / "postgres", "-V")
        major = said.split()[2].split(".")[0]
        if made_by != major:
            raise StartupError(
                f"{self.data} was made by PostgreSQL {made_by} and the installed one is {major}; "
                "carry the data over with pg_dump and pg_restore",
                code="database-version",
            )

    def _make_socket_folder(self, account: Account) -> None:
        homes.make_folder(self.socket_folder, mode=0o700, owner=(account.uid, account.gid))
        found = self.socket_folder.lstat()
        if found.st_uid != account.uid or found.st_mode & 0o7777 != 0o700:
            raise StartupError(
                f"{self.socket_folder} belongs to somebody else; remove it, "
                "or set ZHITONG_HOME to a shorter path",
                code="socket-folder",
            )

    def _write_authentication(self, account: Account) -> None:
        """Let in the accounts that can read the data anyway: the server's and the caller's."""
        names = sorted({account.name, programs.named(os.geteuid()).pw_name})
        grants = [f'owners "{name}" {role}' for name in names for role in (ROLE, "postgres")]
        for file, lines in (
            ("pg_hba.conf", ["local all all peer map=owners"]),
            ("pg_ident.conf", grants),
        ):
            draft = self.home / f".{file}"
            draft.write_text("\n".join([*lines, ""]), encoding="utf-8")
            draft.chmod(0o644)  # the server reads them as another account; they hold no secret
            draft.replace(self.home / file)

    def _options(self) -> str:
        """What depends on the place and the moment, and therefore is no part of postgresql.conf."""
        room = os.statvfs("/dev/shm") if Path("/dev/shm").is_dir() else None  # noqa: S108
        roomy = room is not None and room.f_bavail * room.f_frsize >= ROOMY_SHARED_MEMORY
        options = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": '"{}"'.format(str(self.socket_folder).replace('"', '""')),
            "unix_socket_permissions": "0777",  # the folder is the gate
            "hba_file": str(self.home / "pg_hba.conf"),
            "ident_file": str(self.home / "pg_ident.conf"),
            "cluster_name": self.name,
            # Containers often have 64 MB there: too little for one parallel hash join.
            "dynamic_shared_memory_type": "posix" if roomy else "mmap",
        }
        return " ".join(f"-c {name}={_quoted(value)}" for name, value in options.items())


def _command_line(pid: int) -> bytes:
    """Of a living process, else empty. A zombie has none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _processes() -> Iterator[tuple[int, bytes]]:
    """Every process with its command line, NUL between the words."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            yield int(entry.name), _command_line(int(entry.name))


def _is_program(line: bytes, *, name: str, data: Path) -> bool:
    """Whether a command line is that of PostgreSQL's `name` on the directory `data`."""
    program, *words = line.split(b"\0")
    return program.rpartition(b"/")[2] == name.encode() and os.fsencode(data) in words


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _wait(done: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _is_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _quoted(value: str) -> str:
    """One word for the shell through which pg_ctl starts the server."""
    return "'" + value.replace("'", "'\\''") + "'"
