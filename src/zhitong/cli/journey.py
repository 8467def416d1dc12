"""`zhitong journey`: a whole province, from survey files to the bulletin."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
from django.utils import timezone

from zhitong.bulletin import figures as counting
from zhitong.bulletin import operations as bulletins
from zhitong.cli import bulletin, check, console, documents, intake, upkeep
from zhitong.flows import report as reports
from zhitong.flows.operations import store_days
from zhitong.flows.workbook import write_report
from zhitong.kernel.errors import UserError
from zhitong.kernel.progress import Progress
from zhitong.offices.operations import ensure_departments
from zhitong.policies.operations import load_shipped
from zhitong.registry.intake import admit_surveys
from zhitong.registry.models import Batch
from zhitong.scenario import hebei
from zhitong.transport import plans
from zhitong.transport.models import Plan
from zhitong.transport.operated import admit_operated
from zhitong.transport.queries import summary

HEBEI = "13"
ABOUT = date(2020, 3, 2)
FIRST_REPORT = date(2020, 2, 6)
PROFILE = "2020-02-11"
# A budget of iterations, not of seconds: every machine makes the same plan.
ITERATIONS = 400_000
SEED = 1


class OtherData(UserError):
    """The scenario would be mixed with what is there."""

    code = "database-in-use"


@dataclass
class Walk:
    """What the steps hand on, and the lines of the summary."""

    out: Path
    scale: int
    progress: Progress
    plan: Plan | None = None
    written: hebei.Written | None = None
    lines: list[tuple[str, str, object]] = field(default_factory=list)

    def tell(self, stage: str, what: str, value: object) -> None:
        self.lines.append((stage, what, value))


@click.command("journey")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out"),
    show_default=True,
)
@click.option("--scale", type=click.IntRange(1, 2_000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on output.")
def command(out: Path, scale: int, as_json: bool) -> int:
    """Walk the hebei-2020 scenario through every stage and leave the documents in --out.

    A second walk finds what the first one stored and gives the same results. Exit status 1 when
    the plan breaks a rule or the figures disagree.
    """
    out.mkdir(parents=True, exist_ok=True)
    upkeep.ready()
    began = time.perf_counter()
    with console.progress() as progress:
        walk = Walk(out=out, scale=scale, progress=progress)
        for step in STEPS:
            step(walk)
    summary_of = {
        "scale": scale,
        "about": ABOUT.isoformat(),
        "results": [
            {"stage": stage, "what": what, "value": value} for stage, what, value in walk.lines
        ],
    }
    text = json.dumps(summary_of, ensure_ascii=False, indent=2, default=str)
    (out / "summary.json").write_text(text + "\n", encoding="utf-8")
    if as_json:
        console.print_json(summary_of)
    else:
        console.print_table(
            f"直通：河北 {ABOUT}（1:{scale}）", ("环节", "项目", "结果"), walk.lines
        )
        seconds = time.perf_counter() - began
        click.echo(f"文件在 {out}/ ；用时 {seconds:.0f} 秒。查看工作台：make serve")
    return 0


def _prepare(walk: Walk) -> None:
    load_shipped()
    ensure_departments(division=HEBEI)


def _write_scenario(walk: Walk) -> None:
    """Files of an earlier walk at the same scale stand: writing them again would give the same."""
    folder = walk.out / "scenario"
    walk.written = _standing(folder, scale=walk.scale) or hebei.write(
        folder, scale=walk.scale, progress=walk.progress
    )
    _refuse_strangers(walk.written)
    walk.tell("情景", "调查表（个）", len(walk.written.surveys))


def _standing(folder: Path, *, scale: int) -> hebei.Written | None:
    answers = folder / "answers.json"
    if not answers.is_file():
        return None
    told = json.loads(answers.read_text(encoding="utf-8"))
    surveys = [folder / "survey" / one["file"] for one in told["files"]]
    operated = sorted((folder / "operated").glob("operated-*"))
    if told["scale"] != scale or not operated or not all(path.is_file() for path in surveys):
        return None
    return hebei.Written(surveys=surveys, operated=operated, answers=answers)


def _refuse_strangers(written: hebei.Written) -> None:
    """Figures of a scenario mean nothing among other people's data."""
    ours = {sha256(path.read_bytes()).digest() for path in (*written.surveys, *written.operated)}
    for digest in Batch.objects.values_list("digest", flat=True):
        if bytes(digest) not in ours:
            raise OtherData(
                "the database holds files of another origin or scale; give the journey a database "
                "of its own (ZHITONG_HOME or DATABASE_URL), or start afresh with `make clean`"
            )


def _receive(walk: Walk) -> None:
    assert walk.written
    receive: tuple[tuple[str, Callable[..., Any], list[Path], dict[str, Any]], ...] = (
        ("登记", admit_surveys, walk.written.surveys, {"about": None}),
        ("出行记录", admit_operated, walk.written.operated, {}),
    )
    labels = (
        ("rows", "行"),
        ("admitted", "入库"),
        ("refused", "退回"),
        ("duplicates", "重复待处理"),
    )
    for stage, admit, paths, more in receive:
        receipts = admit(
            paths,
            sent_by=None,
            now=timezone.now(),
            progress=walk.progress,
            errors_folder=walk.out / "errors",
            **more,
        )
        sums = intake.sums(receipts)
        for key, label in labels:
            walk.tell(stage, label, sums[key])


def _report(walk: Walk) -> None:
    days = [FIRST_REPORT + timedelta(days=n) for n in range((ABOUT - FIRST_REPORT).days + 1)]
    earlier = ABOUT.replace(year=ABOUT.year - 1)
    store_days(days=[earlier, *days], now=timezone.now(), progress=walk.progress)
    report = reports.report(division=HEBEI, about=ABOUT)
    write_report(walk.out / "daily-report.xlsx", report=report)
    walk.tell("日报", "在岗（人）", report.total)
    walk.tell("日报", "省内", report.within_province)
    walk.tell("日报", "省外", report.outside_province)
    walk.tell("日报", "已报/应报", f"{report.coverage.reported}/{report.coverage.due}")


def _plan(walk: Walk) -> None:
    plan = plans.make_plan(
        scope=HEBEI,
        first_day=ABOUT + timedelta(days=1),
        last_day=ABOUT + timedelta(days=7),
        profile=PROFILE,
        iterations=ITERATIONS,
        seed=SEED,
        made_by=None,
        now=timezone.now(),
        progress=walk.progress,
    )
    if plan.state == Plan.State.PROPOSED:
        plan = plans.accept_plan(plan=plan, by=None, now=timezone.now())
    walk.plan = plan
    for name, content in (("problem", plan.problem), ("plan", plan.answer)):
        text = json.dumps(content, ensure_ascii=False)
        (walk.out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    told = summary(plan=plan)
    walk.tell("出行计划", "车次", told["trips"])
    walk.tell("出行计划", "人数", told["people"])
    walk.tell("出行计划", "费用（元）", told["cost"])
    walk.tell("出行计划", "费用下界（元）", told["lower_bound"])


def _check(walk: Walk) -> None:
    """What was stored is judged again, from the files written."""
    cases = list(check.from_files(walk.out / "problem.json", walk.out / "plan.json"))
    broken = [v for _, problem, plan in cases for v in check.judged(problem, plan).violations]
    if broken:
        raise check.BrokenPlan(f"the plan breaks {len(broken)} rules; run `zhitong check`")
    walk.tell("出行计划", "规则核查", "全部符合")


def _papers(walk: Walk) -> None:
    assert walk.plan
    walk.progress.step("乘车名单与包车标志牌")
    documents.write(walk.plan, walk.out)


def _publish(walk: Walk) -> None:
    walk.progress.step("公报与图件")
    published = bulletins.publish(division=HEBEI, about=ABOUT, now=timezone.now())
    figures = counting.collect(division=HEBEI, about=ABOUT)
    _, drawn = bulletin.write(figures, walk.out, version=published.version)
    walk.tell("公报", "车次", figures.transported.trips)
    walk.tell("公报", "人次", figures.transported.people)
    holding = sum(1 for one in figures.sums if one.holds)
    walk.tell("公报", "勾稽核对", f"{holding}/{len(figures.sums)}")
    walk.tell("公报", "图件（张）", drawn)


STEPS: tuple[Callable[[Walk], None], ...] = (
    _prepare,
    _write_scenario,
    _receive,
    _report,
    _plan,
    _check,
    _papers,
    _publish,
)
