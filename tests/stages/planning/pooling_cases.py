"""Named tiny pooling problems, a drawing of the benchmark family, and any small problem."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from hypothesis import strategies as st

from zhitong.planning import ExtraDrivers, Limits, Party, Problem, VehicleType

MINIBUS = VehicleType("19 seats", 19, 900.0, 4.5)
COACH = VehicleType("35 seats", 35, 1300.0, 6.0)
BIG_COACH = VehicleType("53 seats", 53, 1700.0, 7.5)
FLEET = (MINIBUS, COACH, BIG_COACH)

_drawing = spec_from_file_location(
    "pooling_family", Path(__file__).parents[3] / "benchmarks" / "pooling_family.py"
)
assert _drawing and _drawing.loader
pooling_family = module_from_spec(_drawing)
_drawing.loader.exec_module(pooling_family)
family, road_km = pooling_family.family, pooling_family.road_km


def on_a_line(at, parties, types=FLEET, limits=None):
    """Points at the kilometre posts ``at`` of one straight road."""
    km = [[abs(a - b) for b in at] for a in at]
    points = [(33.0, 114.0 + post / 93.0) for post in at]
    return Problem(points, km, tuple(parties), tuple(types), limits or Limits())


def three_villages_one_factory(**limits):
    """Villages at km 0, 20 and 40, the factory at km 500; 5, 6 and 7 people."""
    return on_a_line(
        (0, 20, 40, 500),
        [Party("a", 0, 3, 5, 0, 2), Party("b", 1, 3, 6, 1, 3), Party("c", 2, 3, 7, 2, 4)],
        limits=Limits(**limits),
    )


@st.composite
def problems(draw, most_parties=14, split=True, fleets=True):
    """Any small problem: asymmetric distances without triangles, odd limits, outside prices,
    load caps, vehicles limited by day, parties to keep apart, more drivers on long trips."""
    n = draw(st.integers(2, 6))
    km = draw(
        st.lists(st.lists(st.integers(0, 300), min_size=n, max_size=n), min_size=n, max_size=n)
    )
    types = draw(
        st.lists(
            st.builds(
                VehicleType,
                st.just("coach"),
                st.integers(2, 20),
                st.integers(0, 900).map(float),
                st.integers(0, 9).map(float),
                st.sampled_from((None, None, 2, 1, 0) if fleets else (None,)),
            ),
            min_size=1,
            max_size=3,
        )
    )
    largest = max(kind.capacity for kind in types)
    classes = draw(st.integers(0, 2))
    types = [
        replace(
            kind,
            class_seats=tuple(draw(st.integers(0, kind.capacity)) for _ in range(classes)),
        )
        for kind in types
    ]
    parties = []
    for index in range(draw(st.integers(0, most_parties))):
        first = draw(st.integers(0, 4))
        parties.append(
            Party(
                index,
                draw(st.integers(0, n - 1)),
                draw(st.integers(0, n - 1)),
                draw(st.integers(1, 2 * largest if split else largest)),
                first,
                first + draw(st.integers(0, 3)),
                draw(st.none() | st.integers(0, 900).map(float)),
                draw(st.booleans()) and split,
                draw(st.integers(0, classes)),
            )
        )
    limits = Limits(
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
        draw(st.integers(0, 300)),
        draw(st.integers(0, 300)),
        draw(st.sampled_from((1.0, 1.3, 2.5))),
        draw(st.booleans()),
    )
    points = [(33.0 + i / 10, 114.0) for i in range(n)]
    pairs = st.tuples(*(st.integers(0, max(0, len(parties) - 1)),) * 2)
    apart = draw(
        st.lists(pairs.filter(lambda pair: pair[0] != pair[1]), max_size=len(parties) // 2)
    )
    above = draw(st.sets(st.integers(0, 600), max_size=2)) if not limits.empty_return else ()
    crew = ExtraDrivers(tuple(sorted(above)), draw(st.integers(0, 300).map(float)))
    return Problem(points, km, tuple(parties), tuple(types), limits, tuple(apart), crew)
