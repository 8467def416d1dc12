"""The log of what already ran: through coaches (S1), between provinces (S4), by class (S6).

The coaches of S1 are among those of S4, and those of S4 among the 474 point-to-point coaches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhitong import places
from zhitong.scenario import people
from zhitong.scenario.ground import Ground, draw_rows
from zhitong.scenario.lists import draw, surnames
from zhitong.scenario.roster import RIDES, Roster
from zhitong.scenario.targets import DAY

# The same as transport.logs.COLUMNS, which cannot be imported without the database's models.
COLUMNS = {
    "number": "车次编号",
    "day": "日期",
    "kind": "类型",
    "title": "名称",
    "origin": "出发地",
    "destination": "目的地",
    "plate": "车牌号",
    "rated": "核定载客",
    "carrier": "承运单位",
    "people": "人数",
    "name": "姓名",
    "identity": "身份证号",
}
SHEET = "已开行车次"
FIRST_DAY = date(2020, 2, 12)
TITLES = {"130981": "天津直通车"}
# Which letter a city's number plates begin with.
LETTERS = dict(
    zip(
        ["1301", "1302", "1303", "1304", "1305", "1306", "1307", "1308", "1309", "1310", "1311"],
        "ABCDEFGHJRT",
        strict=True,
    )
)
HALF_LOAD = 0.5
COACHES = (35, 39, 45, 49, 53, 55)
BUSES = (45, 49, 53, 55)


@dataclass(frozen=True)
class Leg:
    """So many coaches with so many people, one direction."""

    coaches: int
    people: int


OUTBOUND, INBOUND, INSIDE = Leg(90, 1243), Leg(24, 529), Leg(360, 5511)
SHUTTLES = Leg(154, 6864)
INBOUND_THROUGH = Leg(1, 17)
# Where shuttles run, by weight: 唐山, 衡水, 邢台 as the article names them, and a few others.
SHUTTLE_CITIES = {"1302": 5.0, "1311": 4.0, "1305": 4.0, "1301": 1.0, "1306": 1.0, "1309": 1.0}
# Whence people come to work, by weight: 周口, 安阳, 德州, 大同, 乌兰察布, 葫芦岛, 聊城.
INBOUND_ORIGINS = {
    "4116": 5.0,
    "4105": 4.0,
    "3714": 4.0,
    "1402": 3.0,
    "1509": 3.0,
    "2114": 2.0,
    "3715": 3.0,
}
CARRIERS = ("直达客运", "安途运输", "通达旅游客运", "公路客运集团", "长运汽车运输")


@dataclass(frozen=True)
class Trip:
    """One vehicle on one day; `named` are (name, identity number) where the log gives people."""

    day: date
    kind: str
    title: str
    origin: str
    destination: str
    plate: str
    rated: int
    carrier: str
    people: int
    named: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Log:
    """What ran, in the order of the files."""

    coaches: list[Trip]
    shuttles: list[Trip]

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Coaches and shuttles as rows of strings, columns COLUMNS."""
        return _frame(self.coaches, "DD"), _frame(self.shuttles, "MM")


def log(rng: np.random.Generator, *, ground: Ground, roster: Roster) -> Log:
    """Every trip of S1, S4 and S6; people by name where S1 is."""
    coaches = list(_through(rng, ground, roster))
    seated = sum(ride.people for ride in RIDES)
    coaches += _coaches(
        rng, ground, _Way.OUT, Leg(OUTBOUND.coaches - len(RIDES), OUTBOUND.people - seated)
    )
    coaches += _coaches(
        rng,
        ground,
        _Way.IN,
        Leg(INBOUND.coaches - INBOUND_THROUGH.coaches, INBOUND.people - INBOUND_THROUGH.people),
    )
    coaches += _coaches(rng, ground, _Way.INSIDE, INSIDE)
    coaches.sort(key=lambda trip: (trip.day, trip.origin, trip.destination, trip.plate))
    return Log(coaches, _shuttles(rng, ground))


class _Way(IntEnum):
    OUT = 0
    IN = 1
    INSIDE = 2


def _frame(trips: list[Trip], prefix: str) -> pl.DataFrame:
    rows: list[tuple[str | None, ...]] = []
    for serial, trip in enumerate(trips, start=1):
        head = (
            f"{prefix}{trip.day:%m%d}-{serial:03d}",
            trip.day.isoformat(),
            trip.kind,
            trip.title or None,
            places.full_name(trip.origin),
            places.full_name(trip.destination),
            trip.plate,
            str(trip.rated),
            trip.carrier,
        )
        if trip.named:
            rows += [(*head, None, name, identity) for name, identity in trip.named]
        else:
            rows.append((*head, str(trip.people), None, None))
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def _through(rng: np.random.Generator, ground: Ground, roster: Roster) -> Iterator[Trip]:
    """The five coaches of S1, by name; the riders from Henan are in no survey of Hebei."""
    names, identities = _strangers(rng, 411681, INBOUND_THROUGH.people)
    yield Trip(
        day=date(2020, 2, 24),
        kind="包车",
        title="直通车",
        origin="4116",
        destination="130730108",
        plate="冀GD0224",
        rated=35,
        carrier=_carrier("1307", 0),
        people=INBOUND_THROUGH.people,
        named=tuple(zip(names, identities, strict=True)),
    )
    for serial, (ride, rows) in enumerate(zip(RIDES, roster.riders, strict=True)):
        day = DAY + timedelta(days=ride.day)
        yield Trip(
            day=day,
            kind="包车",
            title=TITLES.get(ride.home, "直通车"),
            origin=ride.home,
            destination=ride.destination,
            plate=f"冀{LETTERS[ride.home[:4]]}D{day:%m}{serial + 1:02d}",
            rated=49,
            carrier=_carrier(ride.home[:4], serial),
            people=ride.people,
            named=tuple(
                zip(
                    roster.people.names(rows).to_list(),
                    roster.people.identities(rows).to_list(),
                    strict=True,
                )
            ),
        )


def _strangers(rng: np.random.Generator, area: int, count: int) -> tuple[list[str], list[str]]:
    born = np.datetime64("1985-01-01").astype(np.int64) + rng.choice(4000, count, replace=False)
    numbers = people.identity_numbers(
        area=np.full(count, area), born=born, sequence=np.full(count, 997)
    )
    family = [surnames().items[one] for one in surnames().draw(rng, count)]
    own = rng.choice(list("伟强磊军勇涛超刚鹏杰峰斌"), count)
    return [a + b for a, b in zip(family, own, strict=True)], numbers.to_list()


def _coaches(rng: np.random.Generator, ground: Ground, way: _Way, leg: Leg) -> list[Trip]:
    """Coaches at half load, also inside a city, where the rule did not ask for it."""
    size = np.bincount(ground.county_of, weights=ground.weight).astype(np.float64)
    home = draw(rng, size, leg.coaches)
    counties = np.array(ground.counties)
    if way == _Way.OUT:
        reached = ground.abroad_site[draw_rows(rng, ground.abroad, home)]
        origins, goals = counties[home], [ground.sites[one][:6] for one in reached.tolist()]
    elif way == _Way.IN:
        cities = list(INBOUND_ORIGINS)
        from_city = draw(rng, np.array(list(INBOUND_ORIGINS.values())), leg.coaches)
        origins, goals = np.array(cities)[from_city], counties[home].tolist()
    else:
        reached = ground.county_site[draw_rows(rng, ground.far + 0.5 * ground.near, home)]
        origins, goals = counties[home], [ground.sites[one] for one in reached.tolist()]
    rated = _rated(rng, COACHES[3:] if way == _Way.IN else COACHES, leg)
    loads = _loads(rng, (rated * HALF_LOAD).astype(np.int64), leg.people, least=5)
    days = _days(rng, leg.coaches)
    plates = _plates(rng, leg.coaches, mark=way)
    trips = []
    for index in range(leg.coaches):
        base = counties[home[index]][:4]
        trips.append(
            Trip(
                day=days[index],
                kind="包车",
                title="",
                origin=str(origins[index]),
                destination=goals[index],
                plate=f"冀{LETTERS[base]}{plates[index]}",
                rated=int(rated[index]),
                carrier=_carrier(base, index),
                people=int(loads[index]),
            )
        )
    return trips


def _shuttles(rng: np.random.Generator, ground: Ground) -> list[Trip]:
    """Home door to factory gate inside a county, on DAY; staff shuttles may be full."""
    cities = list(SHUTTLE_CITIES)
    weight = np.array([SHUTTLE_CITIES.get(code[:4], 0.0) for code in ground.townships])
    per_city = {city: sum(code[:4] == city for code in ground.townships) for city in cities}
    weight /= np.array([per_city.get(code[:4], 1) for code in ground.townships])
    # A third of a city's counties run them, each with a handful of runs.
    inside = [
        np.flatnonzero([code.startswith(city) for code in ground.counties]) for city in cities
    ]
    hosts = np.concatenate([rng.choice(one, len(one) // 3, replace=False) for one in inside])
    weight *= np.isin(ground.county_of, hosts) & (
        np.diff(ground.first_of_county)[ground.county_of] > 1
    )
    origin = np.sort(draw(rng, weight, SHUTTLES.coaches))
    first = ground.first_of_county[ground.county_of[origin]]
    gate = np.where(origin == first, first + 1, first)
    # Where shifts allow, a bus runs twice: vehicles are fewer than runs.
    county = ground.county_of[origin]
    turn = np.arange(SHUTTLES.coaches) - np.searchsorted(county, county)
    bus = np.cumsum(turn % 2 == 0) - 1
    rated = rng.choice(BUSES, SHUTTLES.coaches)[bus]
    loads = _loads(rng, rated, SHUTTLES.people, least=30)
    trips = []
    for index in range(SHUTTLES.coaches):
        code = ground.townships[origin[index]]
        trips.append(
            Trip(
                day=DAY,
                kind="门对门班车",
                title="",
                origin=code,
                destination=ground.townships[gate[index]],
                plate=f"冀{LETTERS[code[:4]]}M{bus[index]:04d}",
                rated=int(rated[index]),
                carrier=_carrier(code[:4], int(bus[index])),
                people=int(loads[index]),
            )
        )
    return trips


def _rated(rng: np.random.Generator, sizes: tuple[int, ...], leg: Leg) -> NDArray[np.int64]:
    """Rated passengers of each coach, enough in all for the people of the leg at half load."""
    rated = rng.choice(sizes, leg.coaches)
    while (rated * HALF_LOAD).astype(np.int64).sum() < leg.people * 1.04:
        rated[rng.integers(leg.coaches)] = sizes[-1]
    return rated


def _loads(
    rng: np.random.Generator, most: NDArray[np.int64], people: int, *, least: int
) -> NDArray[np.int64]:
    """People on each vehicle, between `least` and `most`, summing to `people`."""
    share = people / most.sum()
    wished = np.rint(most * share * rng.uniform(0.75, 1.25, len(most)))
    loads: NDArray[np.int64] = np.clip(wished, least, most).astype(np.int64)
    while difference := people - int(loads.sum()):
        step = 1 if difference > 0 else -1
        free = np.flatnonzero(loads < most) if step > 0 else np.flatnonzero(loads > least)
        loads[rng.choice(free, min(abs(difference), len(free)), replace=False)] += step
    return loads


def _days(rng: np.random.Generator, count: int) -> list[date]:
    """Days from FIRST_DAY to DAY, more towards the end."""
    length = (DAY - FIRST_DAY).days + 1
    chosen = draw(rng, np.linspace(1, 4, length), count)
    return [FIRST_DAY + timedelta(days=int(one)) for one in chosen]


def _plates(rng: np.random.Generator, count: int, *, mark: _Way) -> list[str]:
    """Distinct registration marks; each direction has a letter of its own."""
    return [f"{'KPU'[mark]}{number:04d}" for number in rng.choice(10_000, count, replace=False)]


def _carrier(city: str, index: int) -> str:
    return f"{places.get(city).short}{CARRIERS[index % len(CARRIERS)]}有限公司"
