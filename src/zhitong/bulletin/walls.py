"""Which published bulletins a request may touch, see `offices.walls`."""

from __future__ import annotations

from zhitong.offices.rules import Stage
from zhitong.offices.walls import Wall, Walls, within

WALLS = Walls(
    walls=(
        Wall(table="bulletin_bulletin", stage=Stage.BULLETIN, using=within("division")),
        Wall(
            table="bulletin_publishedfigure",
            stage=Stage.BULLETIN,
            using="EXISTS (SELECT FROM bulletin_bulletin b"
            " WHERE b.id = bulletin_publishedfigure.bulletin_id)",
        ),
    )
)
