"""`hebei-2020`: survey files and the log of trips that count to the figures of 2020-03-02."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl

from zhitong import places
from zhitong.kernel.errors import UserError
from zhitong.kernel.progress import Progress, Silent
from zhitong.places import Category
from zhitong.scenario import files, ground, operated, roster, survey, targets
from zhitong.scenario.departures import MODES, NOBODY
from zhitong.scenario.files import Form
from zhitong.scenario.roster import Roster
from zhitong.scenario.survey import Surveys
from zhitong.scenario.targets import DAY

NAME = "hebei-2020"
OURS = re.compile(
    r"answers\.json|survey(/\d{6}-[^/]+\.(xlsx|csv|parquet))?|operated(/operated-[^/]+\.(xlsx|csv))?"
)
# Section S1 as published; three coaches of 02-28 carried 64.
THROUGH = [
    {"day": "2020-02-24", "people": 17, "coaches": 1},
    {"day": "2020-02-27", "people": 24, "coaches": 1},
    {"day": "2020-02-28", "people": 64, "coaches": 3},
]


class FolderInUse(UserError):
    code = "folder-in-use"


@dataclass(frozen=True)
class Written:
    surveys: list[Path]
    operated: list[Path]
    answers: Path


def write(
    folder: Path,
    *,
    scale: int = 100,
    seed: int = 2020,
    form: str = "xlsx",
    departing: int | None = None,
    progress: Progress | None = None,
) -> Written:
    """Write `survey/`, `operated/` and `answers.json` into `folder`, replacing an earlier scenario.

    `scale` thins the worker stock only: 100 means one in a hundred. `departing` is how many people
    want to leave in the coming week (default: 2,000 at 1:100, never more than 20,000). The same
    arguments give the same bytes. Raises BadScale, and FolderInUse when `folder` holds other files.
    """
    progress = progress or Silent()
    shape = Form(form)
    wanted = targets.targets(scale=scale, departing=departing)
    _clear(folder)

    progress.step("生成人员")
    rng = np.random.default_rng(seed)
    land = ground.survey(rng)
    copies = int(np.clip(wanted.at_work // 3000, 3, 40))
    everybody = roster.assemble(rng, ground=land, wanted=wanted, spare=survey.spare_people(copies))
    surveys = Surveys(
        folder / "survey", seed=seed, form=shape, land=land, roster=everybody, copies=copies
    )
    progress.step("写调查表", total=len(land.counties))
    surveys.write(progress)
    progress.step("写车次台账")
    logs = _write_log(folder / "operated", *operated.log(rng, ground=land, roster=everybody))
    answers = folder / "answers.json"
    content = {
        "scenario": NAME,
        "seed": seed,
        "scale": scale,
        "day": DAY.isoformat(),
        "golden": _golden(everybody, surveys.reported),
        "departures": _departures(everybody),
        "files": [asdict(answer) for answer in surveys.answers],
    }
    answers.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return Written(surveys=surveys.paths, operated=logs, answers=answers)


def _clear(folder: Path) -> None:
    """Remove what an earlier run wrote; refuse to touch anything else."""
    if folder.exists() and not folder.is_dir():
        raise FolderInUse(f"{folder} is a file, not a folder")
    inside = sorted(folder.rglob("*")) if folder.exists() else []
    for path in inside:
        if not OURS.fullmatch(path.relative_to(folder).as_posix()):
            raise FolderInUse(f"{folder} holds other files ({path.name}): give an empty folder")
    for path in inside:
        if path.is_file():
            path.unlink()
    for part in ("survey", "operated"):
        (folder / part).mkdir(parents=True, exist_ok=True)


def _write_log(folder: Path, coaches: pl.DataFrame, shuttles: pl.DataFrame) -> list[Path]:
    day = DAY.isoformat()
    book = folder / f"operated-point-to-point-{day}.xlsx"
    files.write_log_workbook(book, coaches)
    text = folder / f"operated-shuttles-{day}.csv"
    files.write_log_csv(text, shuttles)
    return [book, text]


def _golden(everybody: Roster, reported: set[str]) -> dict[str, object]:
    """The figures that the good rows and the log give, counted from the roster."""
    good = slice(everybody.good)
    count = np.bincount(everybody.category[good], minlength=6)
    categories = {one.key: int(count[one]) for one in Category}
    outside = categories[Category.OTHER_PROVINCE.key]
    total = sum(categories.values())
    legs = (operated.OUTBOUND, operated.INBOUND, operated.INSIDE)
    point = {
        "vehicles": sum(leg.coaches for leg in legs),
        "people": sum(leg.people for leg in legs),
    }
    door = {"runs": operated.SHUTTLES.coaches, "people": operated.SHUTTLES.people}
    return {
        "S1": THROUGH,
        "S2": {
            "total": total,
            "within_province": total - outside,
            "outside_province": outside,
            "categories": categories,
            "coverage": {
                "reported": len(reported),
                "due": len(places.expected_townships(ground.PROVINCE)),
            },
        },
        "S4": {
            way: {"trips": leg.coaches, "people": leg.people}
            for way, leg in (("outbound", operated.OUTBOUND), ("inbound", operated.INBOUND))
        },
        "S6": {
            "total": {
                "trips": point["vehicles"] + door["runs"],
                "people": point["people"] + door["people"],
            },
            "door_to_door": door,
            "point_to_point": point,
        },
    }


def _departures(everybody: Roster) -> dict[str, object]:
    trips = everybody.departures
    going = trips.party != NOBODY
    by_mode = np.bincount(trips.mode[going], minlength=len(MODES)).tolist()
    return {
        "people": int(going.sum()),
        "parties": len(np.unique(trips.party[going])),
        "modes": dict(zip(MODES, by_mode, strict=True)),
    }
