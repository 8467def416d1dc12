"""Which reports and figures a request may touch, see `offices.walls`."""

from __future__ import annotations

from zhitong.offices.rules import Stage
from zhitong.offices.walls import Wall, Walls, binding, within


def _wall(table: str, using: str, check: str | None = None) -> Wall:
    return Wall(table=table, stage=Stage.FLOWS, using=using, check=check)


def _of_return(table: str) -> Wall:
    return _wall(table, f"EXISTS (SELECT FROM flows_return r WHERE r.id = {table}.of_id)")


def _decision(table: str) -> Wall:
    """What is decided above binds those below, who read it; they decide only for their own."""
    return _wall(table, binding("division"), check=within("division"))


WALLS = Walls(
    walls=(
        _wall("flows_dailyfigure", within("division")),
        _wall("flows_dailyflow", within("home")),
        _wall("flows_return", within("unit")),
        _of_return("flows_figure"),
        _of_return("flows_approval"),
        _of_return("flows_correction"),
        _decision("flows_exemption"),
        _decision("flows_closedday"),
        _decision("flows_publication"),
        _decision("flows_item"),
        _of_return("flows_answer"),
        _decision("flows_timetable"),
        _wall("flows_reminder", within("division")),
        _wall("flows_reminderrun", within("division")),
    )
)
