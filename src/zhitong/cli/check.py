"""`zhitong check`: does a plan keep every rule?"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from zhitong.cli import console, options
from zhitong.kernel.errors import UserError
from zhitong.planning import Plan, Problem, Report, formats, formats_large
from zhitong.planning import check as judge
from zhitong.planning.check_large import check_large
from zhitong.planning.check_shuttle import check as judge_shuttle
from zhitong.planning.large import LargeProblem
from zhitong.planning.model import gap_between
from zhitong.planning.shuttle import formats as shuttle_formats

VERIFIABLE_POINTS = 5000

Cases = list[tuple[str, Problem | LargeProblem, Plan]]
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


class NoSuchPlan(UserError):
    """The number given is no stored plan's."""

    code = "no-such-plan"


class BrokenPlan(UserError):
    """A plan that was to be used breaks rules."""

    code = "plan-breaks-rules"


class TooLarge(UserError):
    """Verifying a bound needs all distances at once."""

    code = "too-large-to-verify"


class Mismatch(UserError):
    """A plan answers another problem than the one it is held against."""

    code = "plan-of-another-problem"


@click.command("check")
@click.argument("problem", type=_FILE, required=False)
@click.argument("plan", type=_FILE, required=False)
@click.option("--stored", type=int, help="Judge this stored plan instead of files.")
@click.option("--bound", is_flag=True, help="Verify the plan's proof of its lower bound, too.")
@options.as_json
def command(
    problem: Path | None, plan: Path | None, stored: int | None, bound: bool, as_json: bool
) -> int:
    """Judge PLAN (any program's, edited by hand too) against PROBLEM, charters or shuttles.

    With --bound, tell how far a charter plan may be from the cheapest, as its proof shows; large
    plans take minutes. Exit status 1 when a rule is broken or a proof does not hold.
    """
    if problem and plan and stored is None and _is_shuttle(problem):
        return _judge_shuttle(problem, plan, as_json)
    cases: Cases
    if stored is not None:
        cases = list(_stored(stored))
    elif problem and plan:
        cases = list(from_files(problem, plan))
    else:
        raise click.UsageError("give PROBLEM and PLAN, or --stored with a plan's number")
    cost, proven, rows = 0.0, 0.0, []
    for block, question, answer in cases:
        report = judged(question, answer, bound=bound)
        cost += report.cost
        proven += report.bound or 0.0
        rows += [(block, v.rule, v.trip, v.party, v.message) for v in report.violations]
    if as_json:
        keys = ("block", "rule", "trip", "party", "message")
        violations = [dict(zip(keys, row, strict=True)) for row in rows]
        proof = {"lower_bound": proven, "gap": gap_between(cost, proven)} if bound else {}
        console.print_json({"ok": not rows, "cost": cost, **proof, "violations": violations})
    elif rows:
        headings = ("block", "rule", "trip", "party", "what")
        console.print_table("broken rules", headings, rows)
    else:
        click.echo(f"every rule is kept; cost {cost:,.2f}")
        if bound:
            gap = gap_between(cost, proven)
            click.echo(f"proven: no plan costs less than {proven:,.2f}; gap {gap:.1%}")
    return 1 if rows else 0


def judged(question: Problem | LargeProblem, answer: Plan, *, bound: bool = False) -> Report:
    """Every rule that a plan of either kind breaks; with `bound`, its proof too."""
    if isinstance(question, Problem):
        return judge(question, answer, verify_bound=bound)
    if not bound:
        return check_large(question, answer)
    if len(question.points) > VERIFIABLE_POINTS:
        raise TooLarge(f"no bound is verified between more than {VERIFIABLE_POINTS} points")
    return judge(question.problem(), answer, verify_bound=True)


def _is_shuttle(problem: Path) -> bool:
    content = _json(problem)
    return isinstance(content, dict) and content.get("format") == shuttle_formats.PROBLEM


def _judge_shuttle(problem: Path, plan: Path, as_json: bool) -> int:
    question = shuttle_formats.read_problem(problem)
    report = judge_shuttle(question, shuttle_formats.read_plan(plan))
    rows = [(v.rule, v.bus, v.run, v.home, v.message) for v in report.violations]
    if as_json:
        keys = ("rule", "bus", "run", "home", "message")
        violations = [dict(zip(keys, row, strict=True)) for row in rows]
        cost = report.cost if math.isfinite(report.cost) else None
        console.print_json({"ok": report.ok, "cost": cost, "violations": violations})
    elif rows:
        console.print_table("broken rules", ("rule", "bus", "run", "home", "what"), rows)
    else:
        click.echo(f"every rule is kept; cost {report.cost:,.2f}")
    return 0 if report.ok else 1


def from_files(problem: Path, plan: Path) -> Iterator[tuple[str, Problem | LargeProblem, Plan]]:
    """One case, or one a block when the problem is a stored plan's."""
    content = _json(problem)
    if isinstance(content, dict) and "blocks" in content:
        yield from _blocks(content, _json(plan))
    elif isinstance(content, dict) and formats_large.is_large(content):
        answer = formats.plan_from_json(formats.load(plan))
        yield "", formats_large.large_from_instance(content), answer
    else:
        question = formats.read_problem(problem)
        yield "", question, formats.read_plan(plan, question)


def _stored(number: int) -> Iterator[tuple[str, Problem, Plan]]:
    from zhitong.cli import upkeep
    from zhitong.transport.models import Plan as StoredPlan

    upkeep.ready()
    plan = StoredPlan.objects.filter(pk=number).first()
    if plan is None:
        raise NoSuchPlan(f"there is no plan {number}")
    yield from _blocks(plan.problem, plan.answer)


def _blocks(problem: Any, answer: Any) -> Iterator[tuple[str, Problem, Plan]]:
    try:
        answers = {block["key"]: block["plan"] for block in answer["blocks"]}
        keys = [block["key"] for block in problem["blocks"]]
    except (KeyError, TypeError) as failure:
        raise Mismatch("the files do not hold a stored plan's blocks") from failure
    if sorted(answers) != sorted(keys):
        raise Mismatch("the plan's blocks are not the problem's")
    for block in problem["blocks"]:
        question = formats.problem_from_json(block["problem"])
        yield block["key"], question, formats.plan_from_json(answers[block["key"]])


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as failure:
        raise Mismatch(f"{path} is not JSON: {failure}", code="not-json") from failure
