"""The log of trips that already ran: its columns, and every rule its rows keep. Knows no database.

A trip is one row with a number of people, or one row a passenger. A trip is good as a whole or is
returned as a whole: a list that lacks a person is not that trip's list.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from zhitong.registry import identity, localities
from zhitong.registry.days import day
from zhitong.registry.disclosed import disclosed
from zhitong.registry.headings import Column
from zhitong.registry.review import SPOILED, starred
from zhitong.registry.tables import Table
from zhitong.transport.models import Trip

SHEET = "已开行车次"
COLUMNS: dict[str, Column] = {
    "number": Column(heading="车次编号", required=True),
    "day": Column(heading="日期", required=True),
    "kind": Column(heading="类型", required=True),
    "title": Column(heading="名称"),
    "origin": Column(heading="出发地", required=True),
    "destination": Column(heading="目的地", required=True),
    "plate": Column(heading="车牌号"),
    "rated": Column(heading="核定载客"),
    "carrier": Column(heading="承运单位"),
    "people": Column(heading="人数"),
    "name": Column(heading="姓名"),
    "identity": Column(heading="身份证号", exact=True),
}
KINDS = {"包车": Trip.Kind.COACH, "coach": Trip.Kind.COACH} | {
    "门对门班车": Trip.Kind.SHUTTLE,
    "shuttle": Trip.Kind.SHUTTLE,
}
LONGEST = {"number": 40, "title": 60, "carrier": 60, "name": 60}
MOST_PEOPLE = 200
FIRST_DAY = date(2000, 1, 1)
_OF_THE_TRIP = ("day", "kind", "title", "origin", "destination", "plate", "rated", "carrier")
_PLATE = re.compile(r"[\u4e00-\u9fffA-Z0-9]{5,12}")


@dataclass(frozen=True, slots=True)
class Fault:
    """A wrong cell; the sentence is stored in clear and names nobody."""

    row: int
    key: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Aboard:
    """A named passenger; `identity` is "" when the log gives none."""

    row: int
    name: str
    identity: str


@dataclass(frozen=True, slots=True)
class LoggedTrip:
    """A trip as the log tells it; `named` is empty when only `people` is known."""

    number: str
    day: date
    kind: str
    title: str
    origin: str
    destination: str
    plate: str
    rated: int | None
    carrier: str
    people: int
    named: tuple[Aboard, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """`trips` whose rows have no fault in them, all `rows` of the log, and the faults found."""

    trips: tuple[LoggedTrip, ...]
    rows: tuple[int, ...]
    faults: tuple[Fault, ...]


def read_log(table: Table, *, today: date) -> Log:
    """Judge every row of a log and put rows of one number together."""
    faults = [*_spoiled(table), *_disclosed(table.frame)]
    cells = table.frame.select(
        "row", *(_column(table.frame, key).alias(key) for key in COLUMNS)
    ).to_dicts()
    places_of = _places(table.frame)
    flaws = _identity_flaws(cells, today)
    trips: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in cells:
        found: dict[str, tuple[str, str]] = {}
        clean = _clean(row, found, places_of, flaws, today)
        faults += [Fault(row["row"], key, *fault) for key, fault in found.items()]
        # Rows without a number stand alone, each a trip that cannot be stored.
        trips[clean["number"] or f"\0{row['row']}"].append(clean)
    wrong = {fault.row for fault in faults}
    good = []
    for rows in trips.values():
        if not any(row["row"] in wrong for row in rows):
            found_in_trip = list(_disagreements(rows))
            faults += found_in_trip
            if not found_in_trip:
                good.append(_trip(rows))
    return Log(tuple(good), tuple(row["row"] for row in cells), tuple(faults))


def with_companions(log: Log, faults: Sequence[Fault]) -> list[Fault]:
    """One fault a cell, and one for every row whose trip goes back because of another row."""
    first: dict[tuple[int, str], Fault] = {}
    for fault in faults:
        first.setdefault((fault.row, fault.key), fault)
    wrong = {fault.row for fault in first.values()}
    kept = {row for trip in log.trips if not wrong & set(trip.rows) for row in trip.rows}
    for row in log.rows:
        if row not in wrong and row not in kept:
            sentence = "同一车次的其他行有误，整车退回；改正后请连同本行一起重报。"
            first[row, "number"] = Fault(row, "number", "trip-refused", sentence)
    order = {key: at for at, key in enumerate(COLUMNS)}
    return sorted(first.values(), key=lambda fault: (fault.row, order.get(fault.key, 0)))


def _column(frame: pl.DataFrame, key: str) -> pl.Expr:
    return pl.col(key) if key in frame.columns else pl.lit(None, pl.String)


def _spoiled(table: Table) -> Iterator[Fault]:
    for row, key, code in table.spoiled.iter_rows():
        heading = COLUMNS[key].heading if key in COLUMNS else ""
        yield Fault(row, key, code, f"{heading}{SPOILED[code]}。")


def _places(frame: pl.DataFrame) -> dict[str, tuple[str | None, str | None, str | None]]:
    """What people wrote -> (code, trouble, code of the fault)."""
    texts = pl.concat([frame[key] for key in ("origin", "destination") if key in frame.columns])
    found = localities.resolved(texts)
    return {
        text: (code, trouble, fault)
        for text, code, trouble, fault in found.select(
            "text", "code", "trouble", "fault"
        ).iter_rows()
    }


def _identity_flaws(cells: Sequence[Mapping[str, Any]], today: date) -> dict[str, str]:
    """Identity numbers that are none -> the code of what is wrong."""
    numbers = sorted({_identity(row["identity"]) for row in cells if row["identity"]})
    series = pl.Series("number", numbers, dtype=pl.String)
    faults = identity.examine(series, about=today)["fault"]
    return {number: fault for number, fault in zip(numbers, faults, strict=True) if fault}


def _disclosed(frame: pl.DataFrame) -> Iterator[Fault]:
    """These cells are stored in clear, so nobody's number may stand in them."""
    for key in {"number", "title", "carrier"} & set(frame.columns):
        for code, texts, sentence in disclosed(frame[key], heading=COLUMNS[key].heading):
            held = frame[key].is_in(texts.implode()).fill_null(False)
            for row in frame["row"].filter(held):
                yield Fault(row, key, code, f"{sentence}。")


def _identity(text: str) -> str:
    return re.sub(r"[\s\-'`’‘]", "", _half(text)).upper()


def _half(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _clean(
    row: Mapping[str, Any],
    found: dict[str, tuple[str, str]],
    places_of: Mapping[str, tuple[str | None, str | None, str | None]],
    flaws: Mapping[str, str],
    today: date,
) -> dict[str, Any]:
    """The row's values, "" or None where missing; what is wrong goes into `found` by key."""
    given = {key: row[key] or "" for key in COLUMNS}
    for key, column in COLUMNS.items():
        if column.required and not given[key]:
            found[key] = ("missing", f"{column.heading}未填写。")
        elif len(given[key]) > LONGEST.get(key, 200):
            found[key] = ("too-long", f"{column.heading}过长，最多{LONGEST.get(key, 200)}个字。")
    clean: dict[str, Any] = {"row": row["row"], **given, "number": _half(given["number"])}
    clean["day"] = _day(given["day"], found, today)
    clean["kind"] = KINDS.get(_half(given["kind"]).lower(), "")
    if given["kind"] and not clean["kind"]:
        found["kind"] = ("bad-choice", "类型不在可选项中；请填“包车”或“门对门班车”。")
    for key in ("origin", "destination"):
        code, trouble, fault = places_of.get(given[key], (None, None, None))
        clean[key] = code or ""
        if given[key] and code is None:
            found[key] = (
                fault or "unknown-place",
                f"{COLUMNS[key].heading}“{starred(given[key])}”{trouble}。",
            )
    same = clean["origin"] and clean["origin"] == clean["destination"]
    if same and clean["kind"] == Trip.Kind.COACH:
        found["destination"] = ("same-place", "包车的出发地和目的地相同，请核对。")
    clean["plate"] = re.sub(r"[\s·•.\-]", "", _half(given["plate"])).upper()
    if clean["plate"] and not _PLATE.fullmatch(clean["plate"]):
        found["plate"] = ("bad-plate", "车牌号不像车牌，请对照行驶证填写，如“冀A12345”。")
    for key in ("rated", "people"):
        clean[key] = _count(given[key], key, found)
    clean["identity"] = _identity(given["identity"])
    if flaw := flaws.get(clean["identity"]):
        found["identity"] = (flaw, f"{identity.FAULTS[flaw]}。")
    clean["name"] = re.sub(
        r"\s+", "" if re.search(r"[^\x00-\x7f]", given["name"]) else " ", given["name"]
    )
    if re.search(r"\d", clean["name"]):
        found["name"] = ("bad-name", "姓名中有数字；请只填姓名。")
    if clean["identity"] and not clean["name"]:
        found["name"] = ("missing", "有身份证号但未填姓名。")
    if not (clean["name"] or clean["people"] or {"people", "name"} & found.keys()):
        found["people"] = ("missing", "人数和姓名都未填写；请填人数，或逐人填写姓名。")
    return clean


def _day(text: str, found: dict[str, tuple[str, str]], today: date) -> date | None:
    value = day(text) if text else None
    if text and (value is None or value < FIRST_DAY):
        found["day"] = ("bad-day", "日期看不懂；请按“2020-03-02”的样子填写。")
    elif value is not None and value > today:
        found["day"] = ("future-day", f"日期晚于今天（{today}）；这里只报已经开行的车次。")
    return value


def _count(text: str, key: str, found: dict[str, tuple[str, str]]) -> int | None:
    if not text:
        return None
    plain = _half(text).removesuffix("人").removesuffix("座").removesuffix(".0").strip()
    if not (plain.isascii() and plain.isdigit()) or not 1 <= int(plain) <= MOST_PEOPLE:
        heading = COLUMNS[key].heading
        found[key] = ("bad-number", f"{heading}应为 1 至 {MOST_PEOPLE} 的整数。")
        return None
    return int(plain)


def _disagreements(rows: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """What rows of one number say against each other."""
    head = rows[0]
    for row in rows[1:]:
        for key in _OF_THE_TRIP:
            if row[key] != head[key]:
                sentence = f"{COLUMNS[key].heading}与同一车次的第 {head['row']} 行不一致。"
                yield Fault(row["row"], key, "trip-disagrees", sentence)
    stated = {row["people"] for row in rows if row["people"] is not None}
    named = [row for row in rows if row["name"]]
    if len(stated) > 1:
        for row in rows[1:]:
            if row["people"] not in (None, head["people"]):
                yield Fault(row["row"], "people", "trip-disagrees", "同一车次的人数填得不一致。")
    elif not named and len(rows) > 1:
        for row in rows[1:]:
            sentence = f"车次编号与第 {head['row']} 行重复；一个车次只报一行人数，或逐人填写姓名。"
            yield Fault(row["row"], "number", "number-twice", sentence)
    elif named:
        yield from _against_names(rows, named, stated)
    yield from _too_many(rows, max(len(named), *stated) if stated else len(named))


def _against_names(
    rows: Sequence[Mapping[str, Any]], named: Sequence[Mapping[str, Any]], stated: set[int]
) -> Iterator[Fault]:
    for row in rows:
        if not row["name"]:
            yield Fault(row["row"], "name", "missing", "同一车次其他行有姓名，这一行没有。")
    if stated and stated != {len(named)}:
        row = next(row for row in rows if row["people"] is not None)
        sentence = f"人数填 {row['people']}，名单却有 {len(named)} 人；请核对。"
        yield Fault(row["row"], "people", "people-disagree", sentence)
    seen: dict[str, int] = {}
    for row in named:
        number = row["identity"]
        if number in seen:
            sentence = f"与第 {seen[number]} 行是同一个身份证号，一人在一个车次中只能出现一次。"
            yield Fault(row["row"], "identity", "person-twice", sentence)
        elif number:
            seen[number] = row["row"]


def _too_many(rows: Sequence[Mapping[str, Any]], people: int) -> Iterator[Fault]:
    head = rows[0]
    if head["rated"] is not None and people > head["rated"]:
        sentence = f"{people} 人超过核定载客 {head['rated']} 人。"
        yield Fault(head["row"], "people", "over-rated", sentence)


def _trip(rows: Sequence[Mapping[str, Any]]) -> LoggedTrip:
    head = rows[0]
    named = tuple(Aboard(row["row"], row["name"], row["identity"]) for row in rows if row["name"])
    return LoggedTrip(
        **{key: head[key] for key in ("number", *_OF_THE_TRIP)},
        people=len(named) or head["people"],
        named=named,
        rows=tuple(row["row"] for row in rows),
    )
