"""`zhitong shuttle`: runs between homes and factory gates, from a problem file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from zhitong.cli import console, options, upkeep
from zhitong.planning import Stop
from zhitong.planning.check_shuttle import check
from zhitong.planning.shuttle import ShuttleProblem, formats


@click.command("shuttle")
@click.argument("problem", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--profile", help="Policy profile whose load caps and kept rows hold.")
@click.option("--division", type=options.Division(), help="Where the shuttles run, with --profile.")
@click.option("--date", "day", type=options.Day(), help="The day whose risk areas count.")
@click.option("--seconds", type=click.FloatRange(0), help="Stop after so long.")
@click.option(
    "--iterations", type=click.IntRange(0), help="Stop after so many: repeatable on any machine."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--max-calls", type=click.IntRange(1, 3), help="Factories that one run may serve.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write problem.json (as planned) and plan.json here.",
)
@options.as_json
def command(
    problem: Path,
    profile: str | None,
    division: str | None,
    day: date | None,
    seconds: float | None,
    iterations: int | None,
    seed: int,
    max_calls: int | None,
    out: Path | None,
    as_json: bool,
) -> int:
    """Plan the shuttles of PROBLEM with as few buses as found, then as cheaply.

    Exit status 1 when somebody cannot be carried.
    """
    if (profile is None) != (division is None):
        raise click.UsageError("--profile and --division go together")
    task = formats.read_problem(problem)
    if max_calls is not None:
        task = replace(task, limits=replace(task.limits, max_calls=max_calls))
    if profile is not None and division is not None:
        task = _under(task, profile, division, day)
    if seconds is None and iterations is None:
        seconds = 30.0
    from zhitong.planning.shuttle import solve

    plan = solve(task, stop=Stop(seconds=seconds, iterations=iterations), seed=seed)
    report = check(task, plan)
    if not report.ok:
        raise RuntimeError(f"the solver's plan breaks rules: {report.violations[:3]}")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        formats.write_problem(out / "problem.json", task)
        formats.write_plan(out / "plan.json", plan)
    left = [(one.home, one.direction.value, one.riders, one.reason) for one in plan.unassigned]
    figures = {
        "buses": len(plan.buses),
        "lower_bound_buses": plan.lower_bound_buses,
        "runs": len(plan.runs),
        "riders": sum(run.load for run in plan.runs),
        "cost": round(report.cost, 2),
    }
    if as_json:
        keys = ("home", "direction", "riders", "reason")
        rows = [dict(zip(keys, row, strict=True)) for row in left]
        console.print_json({**figures, "unassigned": rows})
    else:
        labels = ("车辆（辆）", "车辆下界（辆）", "班次", "乘客（人次）", "费用（元）")
        lines = list(zip(labels, figures.values(), strict=True))
        console.print_table("班车计划", ("项目", "数值"), lines)
        if left:
            console.print_table("未安排", ("住处", "方向", "人数", "原因"), left)
    return 1 if left else 0


def _under(task: ShuttleProblem, key: str, division: str, day: date | None) -> ShuttleProblem:
    from zhitong.policies.operations import load_shipped
    from zhitong.policies.queries import freeze, profile
    from zhitong.transport.shuttles import under_profile

    upkeep.ready()
    load_shipped()
    return under_profile(task, freeze(profile(key)), division=division, day=day)
