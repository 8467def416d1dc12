"""Travel times from the great circle and from servers that speak OSRM's and Valhalla's protocol."""

from __future__ import annotations

import json
import sys
import threading
import types
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from zhitong.planning import ProblemError
from zhitong.planning.shuttle.travel import (
    GreatCircle,
    Osrm,
    Valhalla,
    ValhallaHere,
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
        return self.answer(200, valhalla_answer(body))

    def answer(self, status, body) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args) -> None:
        pass


def valhalla_answer(body) -> dict:
    sources, targets = (
        [(spot["lat"], spot["lon"]) for spot in body[name]] for name in ("sources", "targets")
    )
    times = [[seconds_between(a, b) for b in targets] for a in sources]
    return {
        "sources_to_targets": [
            [{"time": t, "distance": None if t is None else t / 100} for t in row] for row in times
        ]
    }


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
            return valhalla_answer(request)

    monkeypatch.setitem(sys.modules, "valhalla", types.SimpleNamespace(Actor=Actor))

    known(ValhallaHere(Path("valhalla.json")).between(POINTS))


def test_without_pyvalhalla_the_error_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "valhalla", None)
    with pytest.raises(ProblemError, match="not installed") as refusal:
        ValhallaHere(Path("valhalla.json"))
    assert refusal.value.code == "no-road-engine"


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
