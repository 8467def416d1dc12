"""The second wall: row-level security under every query that the web makes.

The first wall is `access` in every room. Should a query forget it, PostgreSQL still gives a reader
nothing outside their scope: requests run under the role `zhitong_desk`, which owns no table, and
every table with personal or scoped data has policies that ask the settings `zhitong.scope` (a
division code) and `zhitong.stages` (what the department sees). Without a scope nothing is visible.
Commands and jobs connect as the owner of the tables, whom the policies do not bind.

Each room states the rules of its tables in `walls.py`; they are put up after every `migrate`. The
reasons are in docs/decisions/0011-second-wall-and-sign-in.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from typing import Any, ParamSpec, TypeVar

from django.apps import apps
from django.db import connection, transaction
from django.utils.module_loading import module_has_submodule
from psycopg.pq import TransactionStatus

from zhitong.config import locks
from zhitong.offices import desk_role
from zhitong.offices.desk_role import ROLE
from zhitong.offices.rules import VIEWS, Stage

P = ParamSpec("P")
R = TypeVar("R")

# Where Django's connection remembers the (scope, stages) that it is behind the wall for.
_BEHIND = "_zhitong_behind_the_wall"
# Tables that requests read and nobody writes through them, or only adds to.
_ADDED_TO_ONLY = ("kernel_journalentry",)
_READ_ONLY = ("django_migrations", "django_content_type", "auth_permission")

_FUNCTIONS = """
CREATE OR REPLACE FUNCTION zhitong_scope() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT NULLIF(current_setting('zhitong.scope', true), '') $$;
CREATE OR REPLACE FUNCTION zhitong_sees(stage text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT stage = ANY (string_to_array(current_setting('zhitong.stages', true), ',')) $$;
"""


@dataclass(frozen=True, kw_only=True)
class Wall:
    """Which rows of a table a request may see (`using`) and write (`check`, else the same)."""

    table: str
    stage: Stage
    using: str
    check: str | None = None


@dataclass(frozen=True, kw_only=True)
class Walls:
    """The walls of one room, and the SQL functions that they call."""

    walls: Sequence[Wall]
    functions: str = ""


def within(column: str) -> str:
    """SQL: a division code lies in the reader's scope.

    A range of bytes: unlike LIKE it may use an index under row-level security, because the
    operators are leakproof. The scope is asked once a query, not once a row.
    """
    return (
        f"({column} ~>=~ (SELECT zhitong_scope()) AND {column} ~<~ (SELECT zhitong_scope() || ':'))"
    )


def binding(column: str) -> str:
    """SQL: a decision for a division binds the reader: made for their scope, within or above."""
    return f"({within(column)} OR starts_with((SELECT zhitong_scope()), {column}))"


WALLS = Walls(
    walls=(
        Wall(
            table="offices_apitoken",
            stage=Stage.FLOWS,
            using="EXISTS (SELECT FROM offices_organisation o"
            f" WHERE o.id = offices_apitoken.organisation_id AND {within('o.division')})",
        ),
    )
)
"""Posts and organisations are needed before anybody's scope is known, and stand open."""


# -- requests


@contextmanager
def behind(*, scope: str | None, stages: Sequence[str]) -> Iterator[None]:
    """Run what is inside as a reader of a scope; without one every walled table is empty."""
    _enter(scope or "", ",".join(stages))
    try:
        yield
    finally:
        _leave()


def stages_of(department: str | None) -> list[str]:
    """What a department sees, as `behind` wants it."""
    return sorted(VIEWS[department]) if department else []


@contextmanager
def lifted() -> Iterator[None]:
    """Look over the wall for one piece of work that the first wall has already allowed.

    For what spans scopes by its nature: the people aboard one trip, whose homes may lie in two
    counties; a survey file, whose rows may be known elsewhere. Nothing happens outside requests.
    """
    reader = getattr(connection, _BEHIND, None)
    if reader is None:
        yield
        return
    _as("none")
    setattr(connection, _BEHIND, None)
    try:
        yield
    finally:
        setattr(connection, _BEHIND, reader)
        if _usable():
            _as(ROLE)


def over_the_wall(work: Callable[P, R]) -> Callable[P, R]:
    """Decorator: the whole function runs `lifted`."""

    @wraps(work)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with lifted():
            return work(*args, **kwargs)

    return wrapped


def _enter(scope: str, stages: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('zhitong.scope', %s, false),"
            " set_config('zhitong.stages', %s, false), set_config('role', %s, false)",
            [scope, stages, ROLE],
        )
    setattr(connection, _BEHIND, (scope, stages))


def reenter(fresh: Any) -> None:
    """A new connection that replaces another in the middle of a request is behind the wall too."""
    if reader := getattr(fresh, _BEHIND, None):
        _enter(*reader)


def _leave() -> None:
    setattr(connection, _BEHIND, None)
    if _usable():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('zhitong.scope', '', false),"
                " set_config('zhitong.stages', '', false), set_config('role', 'none', false)"
            )


def _usable() -> bool:
    """A broken connection is thrown away, and a failed transaction takes its settings with it."""
    raw = connection.connection
    return (
        raw is not None
        and not raw.closed
        and not connection.needs_rollback
        and raw.info.transaction_status != TransactionStatus.INERROR
    )


def _as(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', %s, false)", [role])


# -- putting up


def put_up() -> None:
    """Bring role, grants and policies of this database to what the rooms state; idempotent."""
    if standing():
        return
    desk_role.ensure()
    rooms = _rooms()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [locks.BUILDING_THE_WALL])
        there = set(connection.introspection.table_names(cursor))
        _take_down(cursor)
        cursor.execute(_FUNCTIONS)
        _grant(cursor, there)
        for room in rooms:
            if {wall.table for wall in room.walls} <= there:
                if room.functions:
                    cursor.execute(room.functions)
                for wall in room.walls:
                    _build(cursor, wall)
        cursor.execute(f"COMMENT ON FUNCTION zhitong_scope() IS '{_stated()}'")


def standing() -> bool:
    """Whether this database has the role and the walls that this version states."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT obj_description(to_regprocedure('zhitong_scope()'), 'pg_proc'),"
            " count(*) FILTER (WHERE pg_has_role(oid, 'MEMBER')) FROM pg_roles WHERE rolname = %s",
            [ROLE],
        )
        stated, roles = cursor.fetchone()
    return bool(roles) and stated == _stated()


def _rooms() -> list[Walls]:
    return [
        import_module(f"{app.name}.walls").WALLS
        for app in apps.get_app_configs()
        if app.name.startswith("zhitong.") and module_has_submodule(app.module, "walls")
    ]


def walled_tables() -> set[str]:
    """Every table that has a wall."""
    return {wall.table for room in _rooms() for wall in room.walls}


def _stated() -> str:
    """A digest of all that `put_up` does, tables that requests may touch included."""
    tables = sorted(model._meta.db_table for model in apps.get_models(include_auto_created=True))
    text = repr((_FUNCTIONS, _ADDED_TO_ONLY, _READ_ONLY, tables, _rooms()))
    return hashlib.sha256(text.encode()).hexdigest()


def _take_down(cursor: Any) -> None:
    cursor.execute(
        "SELECT tablename, policyname FROM pg_policies"
        " WHERE schemaname = current_schema() AND %s::name = ANY (roles)",
        [ROLE],
    )
    for table, policy in cursor.fetchall():
        cursor.execute(f'DROP POLICY "{policy}" ON "{table}"')
        cursor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')


def _grant(cursor: Any, there: set[str]) -> None:
    cursor.execute("SELECT current_schema()")
    schema = f'"{cursor.fetchone()[0]}"'
    rights = "SELECT, INSERT, UPDATE, DELETE"
    cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {ROLE}")
    cursor.execute(f"GRANT {rights} ON ALL TABLES IN SCHEMA {schema} TO {ROLE}")
    cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {ROLE}")
    for tables, taken in (
        (_ADDED_TO_ONLY, "UPDATE, DELETE"),
        (_READ_ONLY, "INSERT, UPDATE, DELETE"),
    ):
        for table in sorted(there & set(tables)):
            cursor.execute(f'REVOKE {taken} ON "{table}" FROM {ROLE}')


def _build(cursor: Any, wall: Wall) -> None:
    sees = f"(SELECT zhitong_sees('{wall.stage}'))"
    cursor.execute(f'ALTER TABLE "{wall.table}" ENABLE ROW LEVEL SECURITY')
    cursor.execute(
        f'CREATE POLICY desk ON "{wall.table}" TO {ROLE}'
        f" USING ({sees} AND ({wall.using}))"
        f" WITH CHECK ({sees} AND ({wall.check or wall.using}))"
    )
