"""The database role under which requests run. It owns nothing, and nobody can log in as it."""

from __future__ import annotations

import os

from django.db import DatabaseError, connection, transaction

from zhitong.kernel.errors import UserError

ROLE = "zhitong_desk"


class RoleMissing(UserError):
    """The server of an operator's own lacks the role, and this account may not create it."""

    code = "desk-role-missing"


def ensure() -> None:
    """Make the role and let the account in use take it.

    On an own server that takes the right CREATEROLE, or an administrator who has made it before;
    raises `RoleMissing` with the words to give them.
    """
    if exists():
        return
    if not os.environ.get("DATABASE_URL"):
        from zhitong.config import embedded

        embedded.make_role(ROLE)
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_user, to_regrole(%s) IS NULL", [ROLE])
            account, missing = cursor.fetchone()
            if missing:
                cursor.execute(f"CREATE ROLE {ROLE} NOLOGIN")
            cursor.execute(f'GRANT {ROLE} TO "{account}"')
    except DatabaseError as refusal:
        raise RoleMissing(
            f"the database lacks the role {ROLE}, and this account may not create it; "
            f"an administrator of the server runs: CREATE ROLE {ROLE} NOLOGIN; "
            f"GRANT {ROLE} TO <the account in DATABASE_URL>;"
        ) from refusal


def exists() -> bool:
    """Whether the account in use may take the role."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS"
            " (SELECT FROM pg_roles WHERE rolname = %s AND pg_has_role(oid, 'MEMBER'))",
            [ROLE],
        )
        return bool(cursor.fetchone()[0])
