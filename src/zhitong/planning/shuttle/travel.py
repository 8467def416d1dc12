"""Where travel times come from: a great circle, an OSRM or Valhalla server, or pyvalhalla.

Every source gives a ``Travel``. Pairs without a way are infinite there, and ``unreachable`` names
them; nothing is guessed. A server that fails or answers nonsense raises ``ProblemError``.
"""

from __future__ import annotations

import http.client
import importlib
import json
import math
import subprocess
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from zhitong.planning.model import ProblemError
from zhitong.planning.shuttle.model import Travel

EARTH_METRES = 6_371_008.8
NO_WAY = {170, 171, 442}
"""Valhalla's codes for locations in unconnected regions, away from any road, and without a path."""
NOT_INSTALLED = "pyvalhalla is not installed: zhitong[roads], Python 3.12 or later"
Point = tuple[float, float]
Block = tuple[list[list[float | None]], list[list[float | None]]]


class Source(Protocol):
    """Gives travel between ``points``, (latitude, longitude) in degrees (WGS-84)."""

    def between(self, points: Sequence[Point], *, names: Sequence[str] = ()) -> Travel:
        """Seconds and metres between all points."""
        ...


class GreatCircle:
    """The great circle times ``factor``, driven at ``kmh``: for where no road network is known."""

    def __init__(self, *, factor: float = 1.3, kmh: float = 40.0) -> None:
        if not (math.isfinite(factor) and factor >= 1) or not (math.isfinite(kmh) and kmh > 0):
            raise ProblemError("bad-travel", "the factor must be at least 1, the speed above 0")
        self.factor = factor
        self.kmh = kmh

    def between(self, points: Sequence[Point], *, names: Sequence[str] = ()) -> Travel:
        lat, lon = np.radians(_checked(points)).T
        half = (
            np.sin((lat[:, None] - lat) / 2) ** 2
            + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
        )
        metres = 2 * EARTH_METRES * np.arcsin(np.sqrt(np.minimum(half, 1.0))) * self.factor
        return Travel(metres / (self.kmh / 3.6), metres, tuple(names))


class Osrm:
    """The table service of an OSRM server at ``url``; at most ``block`` x ``block`` a request."""

    def __init__(
        self, url: str, *, profile: str = "driving", block: int = 50, timeout: float = 30.0
    ) -> None:
        self.url = url.rstrip("/")
        self.profile = profile
        self.block = block
        self.timeout = timeout

    def between(self, points: Sequence[Point], *, names: Sequence[str] = ()) -> Travel:
        return _in_blocks(_checked(points), self.block, self._table, names)

    def _table(self, origins: NDArray[np.float64], targets: NDArray[np.float64]) -> Block:
        spots = ";".join(f"{lon:.6f},{lat:.6f}" for lat, lon in (*origins, *targets))
        sources = ";".join(str(i) for i in range(len(origins)))
        ends = ";".join(str(len(origins) + i) for i in range(len(targets)))
        answer = _ask(
            f"{self.url}/table/v1/{self.profile}/{spots}"
            f"?annotations=duration,distance&sources={sources}&destinations={ends}",
            None,
            self.timeout,
        )
        if answer.get("code") != "Ok":
            text = answer.get("message") or answer.get("code")
            raise ProblemError("road-engine", f"OSRM refused the table: {text}")
        return answer["durations"], answer["distances"]


class Valhalla:
    """The matrix service of a Valhalla server at ``url``."""

    def __init__(
        self, url: str, *, costing: str = "bus", block: int = 50, timeout: float = 30.0
    ) -> None:
        self.url = url.rstrip("/")
        self.costing = costing
        self.block = block
        self.timeout = timeout

    def between(self, points: Sequence[Point], *, names: Sequence[str] = ()) -> Travel:
        return _in_blocks(_checked(points), self.block, self._matrix, names)

    def _matrix(self, origins: NDArray[np.float64], targets: NDArray[np.float64]) -> Block:
        """Valhalla refuses a whole matrix for one pair without a way, so it is then halved."""
        answer = self._answer(_valhalla_request(origins, targets, self.costing))
        if answer.get("error_code") not in NO_WAY:
            return _valhalla_block(answer)
        if len(origins) == len(targets) == 1:
            return [[None]], [[None]]
        if len(origins) >= len(targets):
            half = len(origins) // 2
            above, below = (
                self._matrix(part, targets) for part in (origins[:half], origins[half:])
            )
            return above[0] + below[0], above[1] + below[1]
        half = len(targets) // 2
        left = self._matrix(origins, targets[:half])
        right = self._matrix(origins, targets[half:])
        times, lengths = (
            [a + b for a, b in zip(one, other, strict=True)]
            for one, other in zip(left, right, strict=True)
        )
        return times, lengths

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        return _ask(f"{self.url}/sources_to_targets", request, self.timeout)


class ValhallaHere(Valhalla):
    """Valhalla inside this process, from the tiles that ``config`` (valhalla.json) names."""

    def __init__(self, config: Path, *, costing: str = "bus", block: int = 50) -> None:
        super().__init__("", costing=costing, block=block)
        try:
            engine = importlib.import_module("valhalla")
        except ImportError as error:
            raise ProblemError("no-road-engine", NOT_INSTALLED) from error
        try:
            self._actor: Any = engine.Actor(str(config))
        except (OSError, RuntimeError, ValueError) as error:
            raise ProblemError("road-engine", f"{config}: {error}") from error

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = self._actor.matrix(request)
            return dict(json.loads(answer) if isinstance(answer, str) else answer)
        except (RuntimeError, ValueError) as error:
            if getattr(error, "code", None) in NO_WAY:
                return {"error_code": error.code}  # type: ignore[union-attr]
            raise ProblemError("road-engine", f"Valhalla refused the matrix: {error}") from error


def build_roads(extract: Path, folder: Path) -> Path:
    """Build road tiles from an OpenStreetMap ``extract`` (.osm.pbf) in ``folder``, offline.

    Returns the configuration file for ``ValhallaHere``. Needs pyvalhalla.
    """
    try:
        config = importlib.import_module("valhalla.config")
        home = importlib.import_module("valhalla").PYVALHALLA_DIR
    except ImportError as error:
        raise ProblemError("no-road-engine", NOT_INSTALLED) from error
    tiles = folder / "tiles"
    tiles.mkdir(parents=True, exist_ok=True)
    path = folder / "valhalla.json"
    settings = config.get_config(tile_extract="", tile_dir=tiles, verbose=False)
    path.write_text(json.dumps(settings), encoding="utf-8")
    command = [str(Path(home) / "bin" / "valhalla_build_tiles"), "-c", str(path), str(extract)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not any(tiles.rglob("*.gph")):
        text = (done.stderr or done.stdout)[-200:]
        raise ProblemError("road-engine", f"no roads were built from {extract}: {text}")
    return path


def unreachable(travel: Travel) -> list[tuple[str, str]]:
    """Names of the pairs without a way, in order."""
    rows, columns = np.nonzero(np.isinf(travel.seconds))
    return [(travel.name(int(a)), travel.name(int(b))) for a, b in zip(rows, columns, strict=True)]


def _checked(points: Sequence[Point]) -> NDArray[np.float64]:
    try:
        places = np.array(points, dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError) as error:
        raise ProblemError("bad-points", "points must be (latitude, longitude)") from error
    if not np.all(np.isfinite(places)) or np.any(np.abs(places) > (90.0, 180.0)):
        raise ProblemError("bad-points", "latitudes reach to 90 degrees, longitudes to 180")
    return places


def _in_blocks(
    places: NDArray[np.float64],
    block: int,
    ask: Callable[[NDArray[np.float64], NDArray[np.float64]], Block],
    names: Sequence[str],
) -> Travel:
    """Ask block by block: servers limit the size of a table."""
    n = len(places)
    seconds = np.full((n, n), np.inf)
    metres = np.full((n, n), np.inf)
    for a, b in product(range(0, n, block), repeat=2):
        rows, columns = slice(a, a + block), slice(b, b + block)
        try:
            times, lengths = ask(places[rows], places[columns])
            seconds[rows, columns] = _numbers(times)
            metres[rows, columns] = _numbers(lengths)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, ProblemError):
                raise
            text = f"the road engine's answer is not a table: {error!r}"
            raise ProblemError("road-engine", text) from error
    np.fill_diagonal(seconds, 0.0)
    np.fill_diagonal(metres, 0.0)
    seconds[np.isinf(metres)] = np.inf
    return Travel(seconds, metres, tuple(names))


def _numbers(table: list[list[float | None]]) -> NDArray[np.float64]:
    return np.array([[math.inf if cell is None else float(cell) for cell in row] for row in table])


def _valhalla_request(
    origins: NDArray[np.float64], targets: NDArray[np.float64], costing: str
) -> dict[str, Any]:
    def spots(places: NDArray[np.float64]) -> list[dict[str, float]]:
        return [{"lat": float(lat), "lon": float(lon)} for lat, lon in places]

    return {
        "sources": spots(origins),
        "targets": spots(targets),
        "costing": costing,
        "units": "kilometers",
    }


def _valhalla_block(answer: dict[str, Any]) -> Block:
    if "sources_to_targets" not in answer:
        text = answer.get("error", "no matrix in the answer")
        raise ProblemError("road-engine", f"Valhalla refused the matrix: {text}")
    rows = answer["sources_to_targets"]
    metres = [
        [None if cell["distance"] is None else cell["distance"] * 1000 for cell in row]
        for row in rows
    ]
    return [[cell["time"] for cell in row] for row in rows], metres


def _ask(url: str, body: dict[str, Any] | None, timeout: float) -> dict[str, Any]:
    """GET, or POST ``body``, and the JSON object that comes back, also of a refusal."""
    parts = urlsplit(url)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname:
        raise ProblemError("road-engine", f"{url[:60]!r} is not the address of a server")
    connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=timeout)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        if body is None:
            connection.request("GET", path)
        else:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), headers)
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ProblemError("road-engine", f"{parts.netloc} does not answer: {error}") from error
    finally:
        connection.close()
    if not isinstance(answer, dict):
        raise ProblemError("road-engine", f"{parts.netloc} answers something else than an object")
    return answer
