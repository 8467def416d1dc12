"""Several problems at once: budgets, starts, and what is left when somebody presses Ctrl-C."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from stages.planning.pooling_cases import family, three_villages_one_factory
from zhitong.planning import Stop, check
from zhitong.planning.charter import solve
from zhitong.planning.several import solve_several

STEPS = Stop(iterations=300)


class Elsewhere:
    """Does tasks one by one; after so many results somebody presses Ctrl-C."""

    workers = 2

    def __init__(self, patience):
        self.patience = patience
        self.order = []

    def run(self, tasks):
        for done, task in enumerate(tasks):
            if done == self.patience:
                raise KeyboardInterrupt
            self.order.append(task.number)
            yield task.do()


@pytest.fixture
def elsewhere(monkeypatch):
    def hire(patience=None):
        crew = Elsewhere(patience)

        @contextmanager
        def crew_for(processes, cluster):
            yield crew

        monkeypatch.setattr("zhitong.planning.several.crew_for", crew_for)
        return crew

    return hire


def test_ctrl_c_keeps_what_a_cluster_has_finished_and_the_starts_of_the_rest(elsewhere):
    problems = [three_villages_one_factory(), family(30, seed=2), family(10, seed=3)]
    start = solve(problems[2], stop=STEPS, seed=1)
    crew = elsewhere(patience=1)

    plans = solve_several(problems, stop=STEPS, starts=[None, None, start], cluster="tcp://x:1")

    assert crew.order == [1]
    assert all(check(*pair).ok for pair in zip(problems, plans, strict=True))
    assert [plan.iterations for plan in plans] == [0, 300, 0]
    assert plans[2].cost == pytest.approx(start.cost)


def test_seconds_are_shared_out_and_iterations_hold_for_each(elsewhere, monkeypatch):
    problems = [family(20, seed=seed) for seed in (1, 2)]
    shares, given = [], []

    def watched(problem, *, stop, **more):
        given.append(stop.seconds)
        return solve(problem, stop=stop, **more)

    monkeypatch.setattr("zhitong.planning.charter.solve", watched)
    solve_several(problems, stop=Stop(seconds=0.6), progress=shares.append)
    monkeypatch.undo()
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    assert len(given) == 2
    assert given[0] <= 0.3 + 1e-6
    assert 0 <= given[1] < 0.6

    crew = elsewhere()
    assert [p.iterations for p in solve_several(problems, stop=STEPS, cluster="x")] == [300, 300]
    assert crew.order == [0, 1]


def test_no_problems_no_plans():
    assert solve_several([], stop=STEPS) == []


def test_a_start_is_kept_when_there_is_no_time_at_all():
    problem = family(30, seed=4)
    good = solve(problem, stop=Stop(iterations=2000), seed=1)

    for stop in (Stop(seconds=0), Stop(iterations=0)):
        again = solve(problem, stop=stop, start=good)
        assert again.cost == pytest.approx(good.cost)
        assert check(problem, again).ok
