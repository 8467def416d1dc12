"""`home__within="1311"`: a code in a subtree, as row-level security lets an index answer it.

LIKE is not leakproof, so under a policy PostgreSQL applies `startswith` only after it has read
every row that the policy allows: a province's 1.7 million for one township.
"""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Lookup


@CharField.register_lookup
class Within(Lookup):
    """Codes at or below a division."""

    lookup_name = "within"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, column_values = self.process_lhs(compiler, connection)
        code, code_values = self.process_rhs(compiler, connection)
        # Digits only: the byte after "9" is ":".
        sql = f"({column} ~>=~ {code} AND {column} ~<~ ({code} || ':'))"
        return sql, (*column_values, *code_values, *column_values, *code_values)
