"""Django's PostgreSQL backend; without `DATABASE_URL` it brings up the embedded server first.

The server starts with the first connection, not with the settings: type checkers, `--help` and
import graphs read the settings too and must not start anything.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        if self.settings_dict["EMBEDDED"]:
            from zhitong.config import embedded

            server = embedded.ensure()
            params.update({key: server[key] for key in ("host", "user", "password")})
        return params
