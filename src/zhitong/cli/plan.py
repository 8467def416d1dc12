"""`zhitong plan`: pool the departures of some days, or the parties of a file, into trips."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
from django.utils import timezone

from zhitong.cli import console, options, plan_files, upkeep
from zhitong.planning import Stop
from zhitong.policies.operations import load_shipped
from zhitong.transport import plans
from zhitong.transport.queries import summary

_READ = click.Path(path_type=Path, exists=True, dir_okay=False)
_WRITE = click.Path(path_type=Path, dir_okay=False)


@click.command("plan")
@click.option("--from", "first_day", type=options.Day(), help="First day.")
@click.option("--to", "last_day", type=options.Day(), help="Last day, included.")
@click.option("--division", type=options.Division(), help="By code or name, e.g. 130000.")
@click.option("--profile", help="Policy profile.  [default: ordinary]")
@click.option("--instance", type=_READ, help="Plan the parties of this file instead.")
@click.option("--plan-out", type=_WRITE, help="With --instance: write the plan here.")
@click.option("--start", type=_READ, help="With --instance: go on from this plan.")
@click.option("--seconds", type=click.FloatRange(0), help="Stop after so long.")
@click.option(
    "--iterations", type=click.IntRange(0), help="Stop after so many: repeatable on any machine."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--resume", is_flag=True, help="Go on from the proposed plan for the same people.")
@click.option("--cluster", metavar="TCP://...", help="Plan on the Dask cluster at this scheduler.")
@click.option("--accept", is_flag=True, help="Confirm it and issue the manifests.")
@options.as_json
def command(
    first_day: date | None,
    last_day: date | None,
    division: str | None,
    profile: str | None,
    instance: Path | None,
    plan_out: Path | None,
    start: Path | None,
    seconds: float | None,
    iterations: int | None,
    seed: int,
    resume: bool,
    cluster: str | None,
    accept: bool,
    as_json: bool,
) -> int:
    """Plan charters for the departures from a division, and store the trips.

    The same request over the same departures returns the plan it made before. Ctrl-C ends the
    search and stores the best plan so far; with --resume the same request goes on from there.

    With --instance, plan the parties of a file and store nothing but --plan-out. A file with the
    distances between all points is searched whole; one with a road factor instead is cut into
    blocks when it is large, and those may go to a --cluster.
    """
    if seconds is None and iterations is None:
        seconds = 30.0
    if instance is not None:
        plan_files.usage(
            {
                "from": first_day,
                "to": last_day,
                "division": division,
                "profile": profile,
                "resume": resume,
                "accept": accept,
            }
        )
        stop = Stop(seconds=seconds, iterations=iterations)
        request = plan_files.Request(instance, plan_out, start, stop, seed, cluster)
        return plan_files.plan_file(request, as_json=as_json)
    if first_day is None or last_day is None or division is None:
        raise click.UsageError("give --from, --to and --division, or --instance with a file")
    if plan_out or start:
        raise click.UsageError("--plan-out and --start go with --instance; see also --resume")
    upkeep.ready()
    load_shipped()
    with console.progress() as progress:
        plan = plans.make_plan(
            scope=division,
            first_day=first_day,
            last_day=last_day,
            profile=profile or "ordinary",
            seconds=seconds,
            iterations=iterations,
            seed=seed,
            made_by=None,
            now=timezone.now(),
            progress=progress,
            resume=resume,
            cluster=cluster,
        )
        if accept and plan.state == plan.State.PROPOSED:
            plan = plans.accept_plan(plan=plan, by=None, now=timezone.now())
    answer = summary(plan=plan)
    if as_json:
        console.print_json(answer)
    else:
        console.print_table(f"计划 {plan.pk}", ("项目", "数值"), _lines(answer))
    return 0


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
