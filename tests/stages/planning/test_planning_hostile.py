"""What careless or hostile callers pass: a typed error or an honest plan, never a crash."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from stages.planning.pooling_cases import three_villages_one_factory
from zhitong.planning import (
    ExtraDrivers,
    Limits,
    Party,
    Pins,
    Plan,
    Problem,
    ProblemError,
    Proof,
    Published,
    Stop,
    Trip,
    Unassigned,
    VehicleType,
    check,
    explain,
    formats,
    formats_large,
    lower_bound,
    solve_with_modes,
)
from zhitong.planning.blocks import survey_blocks
from zhitong.planning.charter import solve
from zhitong.planning.check_large import check_large
from zhitong.planning.large import LargeProblem

SEATS = (VehicleType("19 seats", 19, 900.0, 4.5),)
POINTS = ((33.0, 114.0), (33.1, 114.0), (30.0, 114.0))
KM = ((0, 14, 420), (14, 0, 434), (420, 434, 0))
ONE = Party("a", 0, 2, 3, 0, 1)
OTHER = Party("b", 1, 2, 4, 0, 1)
NAN = math.nan


def posed(*parties, points=POINTS, km=KM, types=SEATS, **more):
    return Problem(points, km, parties or (ONE, OTHER), types, **more)


def planned(problem, **given):
    plan = solve(problem, **{"stop": Stop(iterations=50), **given})
    assert check(problem, plan, verify_bound=True).ok
    return plan


def coach(**changes):
    return {"types": (replace(SEATS[0], **changes),)}


@pytest.mark.parametrize(
    ("parties", "more", "code"),
    [
        *(((replace(ONE, size=size),), {}, "bad-size") for size in (2.5, NAN, "3", None, 10**30)),
        *(((replace(ONE, latest=day),), {}, "bad-day") for day in (1.5, NAN, "2", 10**12)),
        *(((replace(ONE, origin=at),), {}, "unknown-point") for at in (0.5, "0", NAN, -1, 9)),
        *(((replace(ONE, id=name),), {}, "bad-id") for name in (NAN, None, [1], (1, 2), 1.5, True)),
        ((replace(ONE, outside_price="5"),), {}, "bad-price"),
        ((replace(ONE, outside_price=1.7e308),), {}, "bad-price"),
        ((replace(ONE, load_class=0.5),), coach(class_seats=(9,)), "bad-load-class"),
        ((), coach(capacity=19.5), "bad-capacity"),
        ((), coach(capacity=10**30), "bad-capacity"),
        ((), coach(class_seats=(NAN,)), "bad-capacity"),
        ((), coach(fixed="1"), "bad-price"),
        ((), coach(per_km=1.7e308), "bad-price"),
        ((), coach(available_per_day=NAN), "bad-fleet"),
        ((), coach(available_per_day=1.5), "bad-fleet"),
        ((), {"limits": Limits(max_pickups=2.5)}, "bad-stops"),
        ((), {"limits": Limits(pickup_hop_km="40")}, "bad-hop"),
        ((), {"limits": None}, "malformed"),
        ((), {"types": ({"cap": 19},)}, "malformed"),
        ((), {"km": ((0, 10**400, 1),) * 3}, "km-shape"),
        ((), {"points": "abc"}, "points-shape"),
        ((), {"points": ((1,), (1, 2), (1, 2))}, "points-shape"),
        ((), {"points": tuple((lon, lat) for lat, lon in POINTS)}, "points-range"),
        ((), {"apart": (([0], [1]),)}, "unknown-party"),
        ((), {"crew": ExtraDrivers((NAN,), 5.0)}, "bad-crew"),
        ((), {"crew": ExtraDrivers((10**30,), 5.0)}, "bad-crew"),
        ((), {"pins": Pins(together=(([0], [1]),))}, "bad-id"),
        ((), {"pins": Pins(trips=(Trip("x", 0, (0,), (2,), ("a",)),))}, "malformed-plan"),
        ((), {"published": Published((Trip(0, 0, (0.5,), (2,), ("a",)),))}, "malformed-plan"),
        ((), {"published": Published(penalty=NAN)}, "bad-penalty"),
    ],
)  # fmt: skip
def test_values_of_the_wrong_kind_are_refused_by_name(parties, more, code):
    with pytest.raises(ProblemError) as refused:
        posed(*parties, **more)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "problem",
    [
        posed(replace(ONE, earliest=-(10**7), latest=10**7), OTHER),
        posed(replace(ONE, latest=10**6), OTHER, **coach(available_per_day=1)),
        posed(replace(ONE, size=5000, splittable=True)),
        posed(replace(ONE, id=1), replace(OTHER, id="1")),
        posed(replace(ONE, size=np.int64(3)), replace(OTHER, id=np.int64(7))),
        posed(km=((0, 1, 900), (300, 0, 10), (1, 1, 0))),
        posed(km=((10**6,) * 3,) * 3),
        posed(replace(ONE, destination=0), points=POINTS[:1], km=((5,),)),
        posed(limits=Limits(pickup_hop_km=10**30, detour=1e300)),
        posed(limits=Limits(detour=10**30, drop_hop_km=10**30)),
        posed(**coach(fixed=1e15, per_km=1e15)),
        posed(**coach(fixed=0.0, per_km=0.0)),
        posed(**coach(available_per_day=10**9)),
        Problem((), (), (), SEATS),
    ],
)
def test_extremes_are_planned_by_the_rules(problem):
    planned(problem)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"seed": -1}, "bad-seed"),
        ({"seed": 1.5}, "bad-seed"),
        ({"seed": None}, "bad-seed"),
        ({"threads": 1.5}, "bad-threads"),
        ({"start": Plan((Trip(0.5, 0, (0,), (2,), ("a",)),))}, "malformed-plan"),
        ({"start": Plan((Trip(0, 0, (0,), (2,), (["a"],)),))}, "malformed-plan"),
    ],
)
def test_a_run_that_makes_no_sense_is_refused(given, code):
    with pytest.raises(ProblemError) as refused:
        planned(posed(), **given)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"seed": -1}, "bad-seed"),
        ({"seed": "1"}, "bad-seed"),
        ({"processes": 1.5}, "bad-processes"),
    ],
)
def test_blocks_and_modes_refuse_a_run_that_makes_no_sense(given, code):
    with pytest.raises(ProblemError) as refused:
        survey_blocks(large(), stop=Stop(iterations=50), **given)
    assert refused.value.code == code
    if "seed" in given:
        with pytest.raises(ProblemError, match="a seed is"):
            solve_with_modes(posed(), (), stop=Stop(iterations=50), **given)


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (Plan((Trip("x", 0, (0,), (2,), ("a",)),)), "malformed-plan"),
        (Plan((Trip(9, 0, (0,), (2,), ("a",)),)), "plan-of-another-problem"),
        (Plan((Trip(0, 0, (77,), (2,), ("a",)),)), "plan-of-another-problem"),
        (Plan((Trip(0, 0, (0,), (2,), ("a", "a")),)), "plan-of-another-problem"),
        (Plan((Trip(0, 0, (0,), (2,), ("a",), (("a", 0),)),)), "plan-of-another-problem"),
        (Plan((), outside=("nobody",)), "plan-of-another-problem"),
    ],
)
def test_a_bound_that_starts_from_nonsense_is_refused(start, code):
    with pytest.raises(ProblemError) as refused:
        lower_bound(posed(), start=start)
    assert refused.value.code == code


@pytest.mark.parametrize("budget", [{"seconds": NAN}, {"seconds": "5"}, {"rounds": -1}])
def test_a_bound_with_no_sensible_end_is_refused(budget):
    with pytest.raises(ValueError, match="must be"):
        lower_bound(posed(), **budget)


def test_prices_that_are_none_do_not_spoil_the_bound_they_start():
    start = Plan((), proof=Proof((("a", -1e6), ("b", 1e6))))
    bound = lower_bound(posed(), start=start)
    assert bound.value == pytest.approx(lower_bound(posed()).value)
    assert planned(posed(), start=start).cost == planned(posed()).cost


@pytest.mark.parametrize("budget", [{"iterations": 2.5}, {"iterations": NAN}, {"seconds": "5"}])
def test_a_stop_that_is_none_is_refused(budget):
    with pytest.raises(ValueError, match="must be"):
        Stop(**budget)


@pytest.mark.parametrize("back", [False, True])
def test_any_start_of_whole_numbers_is_taken_apart(back):
    problem = posed(limits=Limits(empty_return=back))
    nonsense = Plan(
        (
            Trip(9, 0, (0, 1), (2,), ("a", "b")),
            Trip(0, 0, (), (), ("a", "b")),
            Trip(-1, 10**9, (77,), (-5,), ("a", "a", "nobody")),
        ),
        outside=("a", "nobody"),
        proof=Proof((("a", NAN), ("b", math.inf), ("z", -5.0)), (9, 9, 9)),
    )
    assert planned(problem, start=nonsense).cost == planned(problem).cost


@pytest.mark.parametrize(
    "plan",
    [
        Plan((Trip("x", 0, (0,), (2,), ("a",)),)),
        Plan((Trip(0, NAN, (0,), (2,), ("a",)),)),
        Plan((Trip(0, 0, (10**30,), (2,), ("a",)),)),
        Plan((Trip(0, 0, (0,), (2,), (["a"],)),)),
        Plan((Trip(0, 0, (0,), (2,), ("a",), ((("a",), 1),)),)),
        Plan((), (Unassigned({}, "r", "m"),)),
        Plan((), (Unassigned("a", "r", "m", "x"),)),
        Plan((), lower_bound=NAN),
        Plan((), lower_bound="x"),
        Plan((), penalty=None),
        Plan((), proof=Proof((([0], 5.0),))),
    ],
)
def test_a_malformed_plan_is_told_so_wherever_it_is_read(plan):
    problem = posed()
    report = check(problem, plan, verify_bound=True)
    assert {one.rule for one in report.violations} == {"malformed"}
    with pytest.raises(ProblemError):
        explain(problem, plan)
    with pytest.raises(ProblemError):
        formats.plan_from_json(formats.plan_to_json(plan))


@pytest.mark.parametrize(
    "trip",
    [
        Trip(9, 0, (0,), (2,), ("a",)),
        Trip(0, 0, (0,), (9,), ("a",)),
        Trip(0, 0, (), (2,), ("a",)),
        Trip(0, 0, (0,), (2,), ()),
        Trip(0, 0, (0,), (2,), ("nobody",)),
    ],
)
def test_a_plan_of_another_problem_is_not_explained(trip):
    with pytest.raises(ProblemError, match=r"possible|unknown"):
        explain(posed(), Plan((trip,)))


NONSENSE = [None, True, "x", -1, 0.5, 1e300, NAN, math.inf, 10**30, [], [[0]], {}, {"a": 1}]


def _everywhere(document):
    """The document with each of its values replaced by each nonsense in turn, or left out."""
    for path in list(_paths(document)):
        for value in [*NONSENSE, ...]:
            copy = json.loads(json.dumps(document))
            place = copy
            for key in path[:-1]:
                place = place[key]
            if value is ...:
                del place[path[-1]]
            else:
                place[path[-1]] = value
            yield copy


def _paths(document, path=()):
    if path:
        yield path
    if isinstance(document, dict | list):
        for key in document if isinstance(document, dict) else range(len(document)):
            yield from _paths(document[key], (*path, key))


def _judged(problem, plan):
    assert check(problem, plan).ok


def test_a_problem_file_with_any_nonsense_is_refused_or_planned():
    problem = posed(
        **coach(available_per_day=3, class_seats=(9,)),
        apart=(("a", "b"),),
        crew=ExtraDrivers((300,), 5.0),
        pins=Pins(days=(("a", 1),)),
        published=Published((Trip(0, 0, (0,), (2,), ("a",)),), (), 2.0),
    )
    document = json.loads(json.dumps(formats.problem_to_json(problem)))
    refused = tried = 0
    for changed in _everywhere(document):
        tried += 1
        try:
            read = formats.problem_from_json(changed)
        except ProblemError:
            refused += 1
            continue
        _judged(read, solve(read, stop=Stop(iterations=2), threads=1))
    assert 0.5 * tried < refused < tried


def test_a_plan_file_with_any_nonsense_is_refused_or_judged():
    problem = posed()
    document = json.loads(json.dumps(formats.plan_to_json(planned(problem))))
    for changed in _everywhere(document):
        try:
            plan = formats.plan_from_json(changed)
        except ProblemError:
            continue
        check(problem, plan, verify_bound=True)
        planned(problem, start=plan, stop=Stop(iterations=2), threads=1)


def test_an_instance_of_either_kind_with_any_nonsense_is_refused_or_planned():
    row = {"d": 2, "n": 3, "e": 0, "l": 1}
    instance = {
        "pts": [list(point) for point in POINTS],
        "km": [list(line) for line in KM],
        "parties": [{"o": 0, **row}, {"o": 1, **row}],
        "types": [{"cap": 19, "fixed": 900, "per_km": 4.5}],
    }
    for changed in _everywhere(instance):
        try:
            read = formats.problem_from_instance(changed)
        except ProblemError:
            continue
        _judged(read, solve(read, stop=Stop(iterations=2), threads=1))
    del instance["km"]
    for changed in _everywhere({**instance, "road_factor": 1.3}):
        try:
            large = formats_large.large_from_instance(changed)
        except ProblemError:
            continue
        assert len(large) <= 2


@pytest.mark.parametrize("text", ["[" * 100_000, "\ufeff{}", '{"a": 1e999999', "\x00", "9" * 5000])
def test_a_file_that_is_no_json_is_refused(tmp_path, text):
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(ProblemError):
        formats.read_problem(tmp_path / "p.json")


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(
    ("where", "rule"),
    [
        (None, {"apart": [[0, 1]]}),
        (None, {"limits": {"detour": 1.1}}),
        ("parties", {"outside_price": 0.0}),
        ("parties", {"splittable": True}),
        ("types", {"available_per_day": 0}),
        ("types", {"class_seats": [9]}),
    ],
)
def test_a_rule_that_instance_files_do_not_know_is_refused(where, rule, large):
    row = {"o": 0, "d": 2, "n": 3, "e": 0, "l": 1, "label": "ignored", "splittable": False}
    coach = {"cap": 19, "fixed": 900, "per_km": 4.5, "available_per_day": None, "class_seats": []}
    document = {"pts": POINTS, "parties": [row], "types": [coach], "seed": 3, "drawn": "today"}
    document |= {"road_factor": 1.3} if large else {"km": KM}
    read = formats_large.large_from_instance if large else formats.problem_from_instance
    assert len(getattr(read(document), "size", (1,))) == 1

    (document if where is None else document[where][0]).update(rule)

    with pytest.raises(ProblemError, match=next(iter(rule))):
        read(document)


def test_a_plan_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "plan.json"
    plan = planned(three_villages_one_factory())
    formats.write_plan(path, plan)
    with pytest.raises(TypeError):
        formats.write_plan(path, Plan((object(),)))
    assert formats.plan_from_json(json.loads(path.read_text())) == plan
    assert [one.name for one in tmp_path.iterdir()] == ["plan.json"]


def test_numbers_of_numpy_are_written_as_numbers(tmp_path):
    problem = posed(replace(ONE, size=np.int64(3), outside_price=np.float64(5)), OTHER)
    formats.write_problem(tmp_path / "p.json", problem)
    assert formats.read_problem(tmp_path / "p.json") == problem


def large(**changes):
    columns = {
        "origin": [0, 1], "destination": [2, 2], "size": [3, 4], "earliest": [0, 0],
        "latest": [1, 1],
    }  # fmt: skip
    arrays = {name: np.array(values) for name, values in columns.items()}
    return LargeProblem(**{"points": np.array(POINTS), "types": SEATS, **arrays, **changes})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"earliest": np.array([-(10**12), 0])}, "bad-day"),
        ({"latest": np.array([10**12, 1])}, "bad-day"),
        ({"size": np.array([2.5, 1])}, "not-whole"),
        ({"size": np.array([20, 1])}, "too-large"),
        ({"points": np.array([(114.0, 33.0)] * 3)}, "points-range"),
        ({"road_factor": NAN}, "bad-factor"),
        ({"road_factor": 1e9}, "bad-factor"),
        ({"origin": np.array([0])}, "columns-length"),
    ],
)
def test_a_large_problem_that_makes_no_sense_is_refused(changes, code):
    with pytest.raises(ProblemError) as refused:
        large(**changes)
    assert refused.value.code == code


def test_a_large_plan_edited_by_hand_is_judged_trip_by_trip():
    problem = large()
    good = Trip(0, 0, (0, 1), (2,), (0, 1))
    assert check_large(problem, Plan((good,))).ok

    def rules(*trips, **more):
        return {one.rule for one in check_large(problem, Plan(trips, **more), trips=1).violations}

    assert rules(good, Trip(0, 0, (0,), (2,), (0,))) == {"party-twice"}
    assert rules() == {"party-missing"}
    assert rules(good, Trip(0, 0, (9,), (2,), ("x",))) == {"unknown-point", "unknown-party"}
    assert rules(replace(good, day=5)) == {"window"}
    assert rules(replace(good, drops=(2, 1))) == {"idle-stop", "drop-hop"}
    assert rules(replace(good, type="x")) == {"malformed"}
    assert rules(good, outside=(0,)) == {"needless-unassigned", "party-twice"}
    assert rules(good, lower_bound=1e9) == {"bound"}
