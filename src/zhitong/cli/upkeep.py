"""A database that a command can use: there, and with the tables of this version."""

from __future__ import annotations

import os

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from zhitong.config import locks
from zhitong.kernel.errors import UserError
from zhitong.offices import walls


class OldTables(UserError):
    """The database of an operator's own server is brought up to date only when they say so."""

    code = "database-not-migrated"


def ready() -> None:
    """The embedded database is migrated on the way; an own server's only by `zhitong migrate`."""
    if not pending():
        return
    if os.environ.get("DATABASE_URL"):
        raise OldTables("the database is not at this version; run `zhitong migrate`")
    migrate()


def migrate() -> list[str]:
    """Bring the tables to this version; names of what was applied."""
    # Two commands on a fresh machine must not create the tables twice.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [locks.MIGRATIONS])
        try:
            names = pending()
            if names:
                call_command("migrate", verbosity=0, interactive=False)  # and its walls
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [locks.MIGRATIONS])
    return names


def pending() -> list[str]:
    """Names of the migrations that the database in use lacks, row-level security the last."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    names = [str(migration) for migration, _ in plan]
    return names if walls.standing() else [*names, "row-level security"]
