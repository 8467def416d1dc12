"""`zhitong plan`: pool the departures of some days into trips."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from django.utils import timezone

from zhitong.cli import console, options, upkeep
from zhitong.policies.operations import load_shipped
from zhitong.transport import plans
from zhitong.transport.queries import summary


@click.command("plan")
@click.option("--from", "first_day", type=options.Day(), required=True, help="First day.")
@click.option("--to", "last_day", type=options.Day(), required=True, help="Last day, included.")
@options.division
@click.option("--profile", default="ordinary", show_default=True, help="Policy profile.")
@click.option("--seconds", type=click.FloatRange(0), help="Stop after so long.")
@click.option(
    "--iterations", type=click.IntRange(0), help="Stop after so many: repeatable on any machine."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--accept", is_flag=True, help="Confirm it and issue the manifests.")
@options.as_json
def command(
    first_day: date,
    last_day: date,
    division: str,
    profile: str,
    seconds: float | None,
    iterations: int | None,
    seed: int,
    accept: bool,
    as_json: bool,
) -> None:
    """Plan charters for the departures from a division, and store the trips.

    The same request over the same departures returns the plan it made before. Ctrl-C ends the
    search and stores the best plan so far.
    """
    upkeep.ready()
    load_shipped()
    if seconds is None and iterations is None:
        seconds = 30.0
    with console.progress() as progress:
        plan = plans.make_plan(
            scope=division,
            first_day=first_day,
            last_day=last_day,
            profile=profile,
            seconds=seconds,
            iterations=iterations,
            seed=seed,
            made_by=None,
            now=timezone.now(),
            progress=progress,
        )
        if accept and plan.state == plan.State.PROPOSED:
            plan = plans.accept_plan(plan=plan, by=None, now=timezone.now())
    answer = summary(plan=plan)
    if as_json:
        console.print_json(answer)
    else:
        console.print_table(f"计划 {plan.pk}", ("项目", "数值"), _lines(answer))


_LABELS = {
    "state": "状态",
    "first_day": "首日",
    "last_day": "末日",
    "policy": "规则方案",
    "trips": "车次",
    "people": "人数",
    "km": "总里程（公里）",
    "cost": "费用（元，含未成团者单独出行）",
    "cost_sent": "其中派车费用（元）",
    "lower_bound": "费用下界（元）",
    "gap": "差距",
}


def _lines(answer: dict[str, Any]) -> list[tuple[str, object]]:
    known = [(label, answer[key]) for key, label in _LABELS.items() if key in answer]
    return [*known, ("未安排（人）", sum(answer["left_over"].values()))]
