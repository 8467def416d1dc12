"""The walls are put up after every `migrate`, when all tables stand."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class Offices(AppConfig):
    name = "zhitong.offices"

    def ready(self) -> None:
        from zhitong.offices import lookups  # noqa: F401  registers itself

        post_migrate.connect(_put_up_walls, sender=self)
        connection_created.connect(_stay_behind_the_wall)


def _put_up_walls(*, using: str, **_: Any) -> None:
    from zhitong.offices import walls

    if using == DEFAULT_DB_ALIAS:
        walls.put_up()


def _stay_behind_the_wall(*, connection: Any, **_: Any) -> None:
    from zhitong.offices import walls

    if connection.alias == DEFAULT_DB_ALIAS:
        walls.reenter(connection)
