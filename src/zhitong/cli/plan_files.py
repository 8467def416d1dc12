"""`zhitong plan --instance`: parties from a file to trips in a file, no registry needed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from zhitong.cli import console
from zhitong.kernel.errors import UserError
from zhitong.kernel.progress import Progress
from zhitong.planning import Plan, Problem, Report, Stop, check, formats, formats_large
from zhitong.planning import Progress as At
from zhitong.planning.check_large import check_large
from zhitong.planning.large import LargeProblem


class Unfit(UserError):
    """A request about files that cannot be honoured."""

    code = "bad-plan-request"


@dataclass(frozen=True, slots=True)
class Request:
    """Which files, and how to plan them."""

    instance: Path
    plan_out: Path | None
    start: Path | None
    stop: Stop
    seed: int
    cluster: str | None


def plan_file(request: Request, *, as_json: bool) -> int:
    """Plan, judge, write, tell; exit status 1 when somebody is left."""
    document = formats.load(request.instance)
    out = request.plan_out
    if out is not None and not os.access(out if out.exists() else out.parent, os.W_OK):
        raise Unfit(f"{out}不可写入。", code="file")
    with console.progress() as progress:
        progress.step("求解拼车方案", total=100)
        shown = _Shown(progress)
        if formats_large.is_large(document):
            large = formats_large.large_from_instance(document)
            plan, report = _plan_large(large, request, shown)
        else:
            problem = formats.problem_from_document(document)
            plan, report = _plan_whole(problem, request, shown)
    if not report.ok:
        raise RuntimeError(f"the solver's plan breaks rules: {report.violations[:3]}")
    if out is not None:
        formats.write_plan(out, plan)
    _tell(plan, as_json)
    return 1 if plan.unassigned else 0


def _plan_whole(problem: Problem, request: Request, shown: _Shown) -> tuple[Plan, Report]:
    """A problem with all its distances, by one search on this machine."""
    if request.cluster is not None:
        raise Unfit("集群按分块编制，分块里程由坐标推算：请在问题文件中以road_factor代替km。")
    from zhitong.planning.charter import solve

    start = None if request.start is None else formats.read_plan(request.start, problem)
    plan = solve(problem, stop=request.stop, seed=request.seed, start=start, progress=shown)
    return plan, check(problem, plan)


def _plan_large(problem: LargeProblem, request: Request, shown: _Shown) -> tuple[Plan, Report]:
    """In blocks, unless there is only one and nobody asked for a cluster."""
    from zhitong.planning.blocks import BLOCK_PARTIES, plan_blocks

    if request.cluster is None and len(problem) <= BLOCK_PARTIES:
        return _plan_whole(problem.problem(), request, shown)
    if request.start is not None:
        raise Unfit("分块编制的计划不能续算（--start）。")
    plan = plan_blocks(
        problem,
        stop=request.stop,
        seed=request.seed,
        processes=os.cpu_count() or 1,
        cluster=request.cluster,
        progress=shown,
    )
    return plan, check_large(problem, plan)


class _Shown:
    """The planner's progress, in hundredths."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.told = 0

    def __call__(self, at: At) -> None:
        now = round(100 * at.share)
        if now > self.told:
            self.progress.advance(now - self.told)
            self.told = now


def _tell(plan: Plan, as_json: bool) -> None:
    figures: dict[str, Any] = {
        "trips": len(plan.trips),
        "cost": round(plan.cost, 2),
        "lower_bound": round(plan.lower_bound, 2),
        "gap": round(plan.gap, 4),
        "iterations": plan.iterations,
        "seconds": round(plan.seconds, 2),
    }
    left = [(one.party, one.reason, one.remedy) for one in plan.unassigned]
    if as_json:
        keys = ("party", "reason", "remedy")
        rows = [dict(zip(keys, row, strict=True)) for row in left]
        console.print_json({**figures, "unassigned": rows})
        return
    labels = ("车次", "费用（元）", "费用下界（元）", "差距", "迭代次数", "用时（秒）")
    console.print_table("计划", ("项目", "数值"), list(zip(labels, figures.values(), strict=True)))
    if left:
        console.print_table("未安排", ("同行组", "原因", "办法"), left)


def usage(given: dict[str, object]) -> None:
    """Refuse options that only make sense for stored plans."""
    if extra := sorted(f"--{name.replace('_', '-')}" for name, value in given.items() if value):
        raise click.UsageError(f"--instance does not go with {', '.join(extra)}")
