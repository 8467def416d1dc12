"""`zhitong plan --instance`: files in, a judged plan out, here and on a cluster."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from stages.planning.pooling_cases import family, three_villages_one_factory
from stages.planning.test_planning_cluster import HOST, cluster  # noqa: F401
from zhitong.cli import main
from zhitong.planning import Stop, formats, formats_large
from zhitong.planning.blocks import plan_blocks
from zhitong.planning.several import solve_several


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*words):
        monkeypatch.setattr("sys.argv", ["zhitong", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


@pytest.fixture
def villages(tmp_path):
    path = tmp_path / "villages.json"
    formats.write_problem(path, three_villages_one_factory())
    return path


@pytest.fixture
def county(tmp_path):
    """80 parties whose distances are to be reckoned."""
    drawn = family(80, seed=5)
    document = {
        "pts": drawn.points.tolist(),
        "road_factor": 1.3,
        "parties": [
            {"o": one.origin, "d": one.destination, "n": one.size, "e": one.earliest,
             "l": one.latest}
            for one in drawn.parties
        ],
        "types": [
            {"cap": kind.capacity, "fixed": kind.fixed, "per_km": kind.per_km}
            for kind in drawn.types
        ],
    }  # fmt: skip
    path = tmp_path / "county.json"
    path.write_text(json.dumps(document))
    return path


def test_a_file_is_planned_written_and_passes_the_checker(run, villages, tmp_path):
    out = tmp_path / "plan.json"
    asked = ("plan", "--instance", villages, "--plan-out", out, "--iterations", 500, "--json")

    status, said, _ = run(*asked)

    assert status == 0
    assert json.loads(said)["trips"] == 1
    assert run("check", villages, out, "--bound")[0] == 0


def test_a_plan_goes_on_from_the_one_in_a_file(run, villages, tmp_path):
    out = tmp_path / "plan.json"
    asked = ("plan", "--instance", villages, "--plan-out", out, "--json")

    costs = []
    for more in (
        ("--iterations", 0),
        ("--iterations", 500, "--start", out),
        ("--iterations", 0, "--start", out),
    ):
        _, said, _ = run(*asked, *more)
        costs.append(json.loads(said)["cost"])

    assert costs[0] > costs[1] == costs[2]


def test_a_cluster_plans_what_this_machine_plans(run, county, tmp_path, cluster):  # noqa: F811
    from distributed import Client

    for name in ("one", "two"):
        cluster.worker(name)
    with Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=400)
    asked = ("plan", "--instance", county, "--iterations", 4000, "--json", "--plan-out")

    status, said, _ = run(*asked, tmp_path / "far.json", "--cluster", cluster.address)
    far = formats.plan_from_json(json.loads((tmp_path / "far.json").read_text()))
    assert status == 0
    assert json.loads(said)["gap"] < 0.6
    assert run("check", county, tmp_path / "far.json", "--bound")[0] == 0

    large = formats_large.read_large(county)
    here = plan_blocks(large, stop=Stop(iterations=4000), seed=1, processes=1)
    assert replace(far, seconds=0.0) == replace(here, seconds=0.0)

    # and so do the problems of a stored plan, each with rules that blocks do not know
    several = [replace(family(20, seed), apart=((0, 1),)) for seed in (1, 2, 3)]
    stop = Stop(iterations=500)
    abroad = solve_several(several, stop=stop, seed=4, cluster=cluster.address)
    at_home = solve_several(several, stop=stop, seed=4)
    assert [replace(one, seconds=0.0) for one in abroad] == [
        replace(one, seconds=0.0) for one in at_home
    ]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--cluster", f"tcp://{HOST}:9"), "road_factor"),
        (("--resume",), "--resume"),
        (("--division", "13"), "--division"),
        (("--accept",), "--accept"),
        (("--plan-out", "nowhere/plan.json"), "nowhere"),
    ],
)
def test_what_cannot_be_honoured_is_refused_in_a_line(run, villages, words, reason):
    status, said, complaint = run("plan", "--instance", villages, *words)

    assert (status, said) == (2, "")
    assert complaint.count("\n") == 1
    assert reason in complaint


def test_stored_plans_and_files_are_told_apart(run, villages):
    days = ("--from", "2020-03-03", "--to", "2020-03-04", "--division", "13")

    assert "--instance" in run("plan", *days, "--start", villages)[2]
    assert "--from" in run("plan")[2]


def test_a_large_plan_edited_by_hand_is_judged(run, county, tmp_path):
    out = tmp_path / "plan.json"
    run("plan", "--instance", county, "--iterations", 500, "--plan-out", out)
    plan = json.loads(out.read_text())
    plan["trips"][0]["parties"].append(plan["trips"][1]["parties"][0])
    plan["trips"][2]["drops"] = [999]
    plan["trips"][3]["parties"] = ["nobody"]
    out.write_text(json.dumps(plan))

    status, said, _ = run("check", county, out, "--json")

    rules = {one["rule"] for one in json.loads(said)["violations"]}
    assert status == 1
    assert {"party-twice", "unknown-point", "unknown-party", "party-missing"} <= rules
