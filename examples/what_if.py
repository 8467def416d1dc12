# ruff: noqa: T201
"""What load caps, wider windows and detours change: a table, one picture, and what each rule costs.

    python examples/what_if.py PROBLEM.json --seconds 5 --plot what_if.png

PROBLEM is an instance file or a problem in our own format; every question gets ``--seconds``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt

from zhitong.planning import Outcome, Stop, rule_costs, solve, what_if
from zhitong.planning.formats import read_problem

QUESTIONS = {
    "load": ("share of the seats used", (0.5, 0.7, 0.9, 1.0)),
    "days": ("days a party may wait longer", (0, 1, 2, 3)),
    "detour": ("ride over direct distance", (1.1, 1.2, 1.3, 1.5)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("problem", type=Path)
    parser.add_argument("--seconds", type=float, default=5.0, help="for every question")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path, help="write the picture here (png, svg)")
    args = parser.parse_args()
    problem, stop = read_problem(args.problem), Stop(seconds=args.seconds)

    rows = what_if(
        problem,
        stop=stop,
        loads=QUESTIONS["load"][1],
        extra_days=QUESTIONS["days"][1],
        detours=QUESTIONS["detour"][1],
        seed=args.seed,
    )
    print(f"{'what':8}{'value':>7}{'cost':>12}{'bound':>12}{'vehicles':>10}{'wait':>8}{'left':>6}")
    for row in rows:
        print(
            f"{row.what:8}{row.value:7g}{row.cost:12,.0f}{row.lower_bound:12,.0f}"
            f"{row.vehicles:10}{row.waiting_days:8}{row.unassigned:6}"
        )
    if args.plot:
        draw(rows, args.plot)

    plan = solve(problem, stop=stop, seed=args.seed)
    for rule in rule_costs(problem, plan, stop=stop, seed=args.seed):
        print(f"{rule.rule} ({rule.change}): {rule.share:.1%} of the cost")


def draw(rows: Sequence[Outcome], path: Path) -> None:
    """Cost with its proven bound, and waiting, over each thing that changes."""
    figure, axes = plt.subplots(1, len(QUESTIONS), figsize=(12, 3.6), layout="constrained")
    for axis, (what, (label, _)) in zip(axes, QUESTIONS.items(), strict=True):
        some = [row for row in rows if row.what == what]
        at = [row.value for row in some]
        axis.plot(at, [row.cost / 1000 for row in some], "o-", color="C0")
        axis.fill_between(
            at,
            [row.lower_bound / 1000 for row in some],
            [row.cost / 1000 for row in some],
            alpha=0.2,
            label="not proven necessary",
        )
        axis.set(xlabel=label, ylabel="cost, thousand")
        axis.yaxis.label.set_color("C0")
        waiting = axis.twinx()
        waiting.plot(at, [row.waiting_days for row in some], "s--", color="C1")
        waiting.set_ylabel("person-days waited", color="C1")
        waiting.set_ylim(bottom=0)
    axes[1].legend(loc="lower left")
    figure.savefig(path, dpi=130)


if __name__ == "__main__":
    main()
