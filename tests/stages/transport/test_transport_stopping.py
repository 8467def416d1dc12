"""Ctrl-C while a plan is made: the search ends, and what was found is kept for every block."""

from __future__ import annotations

from datetime import date

from stages.planning.pooling_cases import family
from zhitong.kernel.progress import Silent
from zhitong.planning import check
from zhitong.transport.blocks import Block
from zhitong.transport.demand import Demand, solve


class Impatient(Silent):
    """Presses Ctrl-C at the first sign of progress."""

    def advance(self, units: int = 1) -> None:
        raise KeyboardInterrupt


def test_ctrl_c_ends_all_blocks_with_plans_that_keep_every_rule():
    problems = [family(60, seed) for seed in (1, 2)]
    blocks = tuple(Block(str(at), (), (), {}, {}, problem) for at, problem in enumerate(problems))
    demand = Demand(date(2020, 3, 2), 1.3, blocks, {}, ())

    plans = solve(demand, seconds=None, iterations=10**8, seed=1, progress=Impatient())

    for problem, plan in zip(problems, plans, strict=True):
        assert check(problem, plan).ok
        assert plan.iterations < 10**8
