"""`hebei-2020`: survey files and the log of trips that count to the figures of 2020-03-02."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl

from zhitong.kernel.errors import UserError
from zhitong.kernel.progress import Progress, Silent
from zhitong.scenario import answers, files, ground, operated, roster, survey, targets
from zhitong.scenario.files import Form
from zhitong.scenario.survey import Surveys
from zhitong.scenario.targets import DAY

NAME = "hebei-2020"
OURS = re.compile(
    r"answers\.json|survey(/\d{6}-[^/]+\.(xlsx|csv|parquet))?|operated(/operated-[^/]+\.(xlsx|csv))?"
)


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
    log = operated.log(rng, ground=land, roster=everybody)
    logs = _write_log(folder / "operated", *log.frames())
    told = folder / "answers.json"
    content = {
        "scenario": NAME,
        "seed": seed,
        "scale": scale,
        "day": DAY.isoformat(),
        "golden": answers.golden(everybody, log, reported=surveys.reported),
        "departures": answers.departures(everybody),
        "files": [asdict(answer) for answer in surveys.answers],
    }
    told.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return Written(surveys=surveys.paths, operated=logs, answers=told)


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
