"""Travel times from the great circle and from servers that speak OSRM's and Valhalla's protocol."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
import types
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from zhitong.planning import ProblemError, Stop
from zhitong.planning.check_shuttle import check
from zhitong.planning.shuttle import (
    BusType,
    Home,
    Shift,
    ShuttleLimits,
    ShuttleProblem,
    solve,
)
from zhitong.planning.shuttle.travel import (
    GreatCircle,
    Osrm,
    Valhalla,
    ValhallaHere,
    build_roads,
    unreachable,
)

POINTS = [(33.0, 114.0), (33.1, 114.0), (33.0, 114.2), (35.0, 120.0)]
NAMES = ("甲村", "乙村", "厂门", "海岛")
ISLAND = 120.0


def seconds_between(a, b) -> float | None:
    """What the fake engines know: seconds by degrees, one way dearer; no way to the island."""
    if ISLAND in (a[1], b[1]) and a != b:
        return None
    north = 1000.0 if b[0] >= a[0] else 1500.0
    return round(abs(a[0] - b[0]) * north * 10 + abs(a[1] - b[1]) * 10_000, 1)


class FakeRoads(BaseHTTPRequestHandler):
    """Answers a table request of either engine; the path prefix asks for trouble."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path.startswith("/broken"):
            return self.answer(200, b"<html>")
        if url.path.startswith("/refusing"):
            return self.answer(400, {"code": "TooBig", "message": "Too many table coordinates"})
        spots = [tuple(map(float, s.split(",")))[::-1] for s in url.path.split("/")[-1].split(";")]
        query = parse_qs(url.query)
        rows = [spots[int(i)] for i in query["sources"][0].split(";")]
        columns = [spots[int(i)] for i in query["destinations"][0].split(";")]
        assert query["annotations"] == ["duration,distance"]
        assert len(rows) <= 3
        times = [[seconds_between(a, b) for b in columns] for a in rows]
        lengths = [[None if t is None else 10 * t for t in row] for row in times]
        return self.answer(200, {"code": "Ok", "durations": times, "distances": lengths})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/sources_to_targets":
            return self.answer(404, {"error": "Try any of: /sources_to_targets"})
        assert body["costing"] == "bus"
        if cut_off(body):
            text = "Locations are in unconnected regions. Go check/edit the map at osm.org"
            return self.answer(400, {"error_code": 170, "error": text, "status_code": 400})
        return self.answer(200, valhalla_answer(body))

    def answer(self, status, body) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args) -> None:
        pass


def valhalla_times(body) -> list[list[float | None]]:
    sources, targets = (
        [(spot["lat"], spot["lon"]) for spot in body[name]] for name in ("sources", "targets")
    )
    return [[seconds_between(a, b) for b in targets] for a in sources]


def cut_off(body) -> bool:
    """Like the real engine: one pair without a way, and the whole matrix is refused."""
    return any(time is None for row in valhalla_times(body) for time in row)


def valhalla_answer(body) -> dict:
    return {
        "sources_to_targets": [
            [{"time": time, "distance": time / 100} for time in row] for row in valhalla_times(body)
        ]
    }


class Unconnected(RuntimeError):
    """What pyvalhalla raises."""

    code = 170


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeRoads) as roads:
        thread = threading.Thread(target=roads.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{roads.server_address[1]}"
        roads.shutdown()
        thread.join()


def known(travel) -> None:
    for a, start in enumerate(POINTS):
        for b, end in enumerate(POINTS):
            time = seconds_between(start, end)
            assert travel.seconds[a, b] == (np.inf if time is None else pytest.approx(time))
            if time is not None:
                assert travel.metres[a, b] == pytest.approx(10 * time)
    assert travel.seconds[0, 1] < travel.seconds[1, 0]


@pytest.mark.parametrize("engine", [Osrm, Valhalla])
@pytest.mark.parametrize("block", [3, 2])
def test_a_server_is_asked_block_by_block_and_unreachable_pairs_are_named(server, engine, block):
    travel = engine(server, block=block).between(POINTS, names=NAMES)

    known(travel)
    pairs = unreachable(travel)
    assert ("甲村", "海岛") in pairs
    assert len(pairs) == 6


def test_valhalla_in_this_process_gives_the_same(monkeypatch):
    class Actor:
        def __init__(self, config):
            assert config == "valhalla.json"

        def matrix(self, request):
            if cut_off(request):
                raise Unconnected("Locations are in unconnected regions.")
            return valhalla_answer(request)

    monkeypatch.setitem(sys.modules, "valhalla", types.SimpleNamespace(Actor=Actor))

    known(ValhallaHere(Path("valhalla.json")).between(POINTS))


def test_without_pyvalhalla_the_error_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "valhalla", None)
    for wanted in (lambda: ValhallaHere(Path("v.json")), lambda: build_roads(Path("x"), Path("y"))):
        with pytest.raises(ProblemError, match="not installed") as refusal:
            wanted()
        assert refusal.value.code == "no-road-engine"


def county(travel, homes, gate, depot) -> ShuttleProblem:
    return ShuttleProblem(
        travel=travel,
        shifts=(Shift("day", "works", gate, (8 * 3600 - 1200, 8 * 3600)),),
        homes=tuple(Home(travel.name(point), point, "day", 12) for point in homes),
        buses=(BusType("coach", 30, depot, 300.0, 3.0),),
        limits=ShuttleLimits(max_ride=3600.0, stop_fixed=30.0, gate_fixed=60.0),
    )


@pytest.mark.parametrize("engine", [Osrm, Valhalla])
def test_a_plan_on_a_servers_roads_names_who_has_none(server, engine):
    problem = county(engine(server, block=3).between(POINTS, names=NAMES), (0, 1, 3), 2, 2)

    plan = solve(problem, stop=Stop(iterations=200))

    assert check(problem, plan).ok
    assert sum(run.load for run in plan.runs) == 24
    (left,) = plan.unassigned
    assert (left.home, left.reason) == ("海岛", "unreachable")
    assert "厂门" in left.remedy


EXTRACTS = Path(__file__).parents[4] / "shared" / "data" / "osm"


@pytest.mark.skipif(
    importlib.util.find_spec("valhalla") is None, reason="pyvalhalla is not installed"
)
@pytest.mark.skipif(not EXTRACTS.exists(), reason="the OpenStreetMap extracts are not here")
def test_a_plan_on_the_real_roads_of_a_county(tmp_path):
    roads = ValhallaHere(build_roads(EXTRACTS / "guixi_jiangxi.osm.pbf", tmp_path))
    places = json.loads((EXTRACTS / "guixi_places.json").read_text(encoding="utf-8"))
    points = [(lat, lon) for _, _, lon, lat in places]
    beyond = (28.6, 117.6)  # no roads of this extract lead there
    travel = roads.between([*points, beyond], names=[*(name for name, *_ in places), "界外"])
    works = len(points) - 1
    problem = county(travel, (*range(1, works), works + 1), works, 0)

    plan = solve(problem, stop=Stop(iterations=2000))

    assert check(problem, plan).ok
    assert [left.home for left in plan.unassigned] == ["界外"]
    assert sum(run.load for run in plan.runs) == 12 * (works - 1)
    straight = GreatCircle(factor=1.0, kmh=90.0).between(points)
    assert np.all(travel.seconds[:works, works] > straight.seconds[:works, works])


@pytest.mark.parametrize(
    ("engine", "path", "message"),
    [
        (Osrm, "/broken", "does not answer"),
        (Osrm, "/refusing", "Too many table coordinates"),
        (Valhalla, "/elsewhere", "Try any of"),
    ],
)
def test_a_server_in_trouble_is_an_error_and_nothing_is_guessed(server, engine, path, message):
    with pytest.raises(ProblemError, match=message) as refusal:
        engine(server + path).between(POINTS)
    assert refusal.value.code == "road-engine"


@pytest.mark.parametrize("url", ["ftp://localhost", "localhost:5000", "http://127.0.0.1:9"])
def test_no_server_is_an_error(url):
    with pytest.raises(ProblemError) as refusal:
        Osrm(url, timeout=2.0).between(POINTS)
    assert refusal.value.code == "road-engine"


def test_the_great_circle_is_lengthened_and_driven_at_a_speed():
    travel = GreatCircle(factor=1.3, kmh=60.0).between([(33.0, 114.0), (34.0, 114.0)])

    assert travel.metres[0, 1] == pytest.approx(1.3 * 111_195, rel=1e-4)
    assert travel.seconds[0, 1] == pytest.approx(travel.metres[0, 1] / 1000 * 60)
    assert unreachable(travel) == []


@pytest.mark.parametrize("points", [[(91.0, 0.0)], [(0.0, float("nan"))], [("x", "y")]])
def test_points_off_the_globe_are_refused(points):
    with pytest.raises(ProblemError) as refusal:
        GreatCircle().between(points)
    assert refusal.value.code == "bad-points"


@pytest.mark.parametrize("bad", [{"factor": 0.5}, {"kmh": 0.0}, {"kmh": float("nan")}])
def test_a_speed_without_sense_is_refused(bad):
    with pytest.raises(ProblemError):
        GreatCircle(**bad)
