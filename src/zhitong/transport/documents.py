"""Manifests 乘车名单 and charter placards 包车标志牌 as PDF, many trips in one file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime

from zhitong import places
from zhitong.kernel import fonts, journal
from zhitong.kernel.errors import UserError
from zhitong.offices.access import staff_of
from zhitong.offices.models import Role
from zhitong.policies.rules import applying
from zhitong.transport.corridor import cities_between
from zhitong.transport.lists import StopLine, TripList, lists_of
from zhitong.transport.models import Stop, Trip
from zhitong.transport.typesetting import qr_code, typeset

REVEALERS = frozenset({Role.DISPATCH, Role.ESCORT, Role.PLAN, Role.APPROVE})


class NotAllowed(UserError):
    """The reader's post does not entitle to the full copy."""

    code = "not-allowed"


def manifest_pdf(
    *, trips: Iterable[Trip], reader: Any | None, now: datetime, reveal: bool = False
) -> bytes:
    """The manifests of trips, a page or more each, marked with who reads them.

    `reveal` gives the full copy for the health department, with document numbers and telephones;
    it is journalled. Raises `NotAllowed` when the reader's post does not entitle to it.
    """
    lists = readable_lists(trips=trips, reader=reader, now=now, reveal=reveal)
    who = reader_name(reader)
    return typeset(
        "manifest",
        trips=[_manifest(one) for one in lists],
        now=now,
        watermark=who,
        notice=notice(who, now),
        copy="完整件" if reveal else "脱敏件",
    )


def placard_pdf(*, trips: Iterable[Trip], now: datetime) -> bytes:
    """The placards of trips for the windscreen, one sheet each. They hold no personal data."""
    return typeset("placard", trips=[_placard(one) for one in lists_of(trips=trips)], now=now)


def readable_lists(
    *, trips: Iterable[Trip], reader: Any | None, now: datetime, reveal: bool
) -> list[TripList]:
    """The lists as a reader may have them; a reveal is checked and journalled."""
    wanted = list(trips)
    if not reveal:
        return lists_of(trips=wanted)
    staff = staff_of(reader)
    if reader is not None and not (staff and REVEALERS & set(staff.roles)):
        raise NotAllowed("您的岗位不能查看未脱敏的乘车名单。")
    with transaction.atomic():
        lists = lists_of(trips=wanted, reveal=True)
        journal.record(
            actor=reader,
            verb="manifest.reveal",
            subject=f"trip:{wanted[0].pk}" if len(wanted) == 1 else "trips",
            now=now,
            details={"trips": [trip.number for trip in wanted]},
        )
    return lists


def reader_name(reader: Any | None) -> str:
    """Whose copy it is: office and person; the operator at the command line is 系统."""
    if reader is None:
        return "系统"
    staff = staff_of(reader)
    person = reader.get_full_name() or reader.get_username()
    return f"{staff.organisation.name} {person}" if staff else person


def notice(reader: str, now: datetime) -> str:
    """The line on every page that says who looked at it and when."""
    when = f"{localtime(now):%Y-%m-%d %H:%M}"
    return f"查阅：{reader}　{when}　含个人信息，仅限本次运输组织使用，不得外传"


def qr_content(one: TripList) -> str:
    """What the code on a paper says: trip, version (0: a draft) and the content's digest."""
    version = one.manifest.version if one.manifest else 0
    return f"ZHITONG {one.trip.number} v{version} {one.digest.hex()[:16]}"


def _manifest(one: TripList) -> dict[str, Any]:
    trip = one.trip
    texts = [text for person in one.people for text in (person.name, person.needs)]
    return {
        "number": trip.number,
        "title": trip.title,
        "issued": one.manifest is not None and one.trip.state != Trip.State.CANCELLED,
        "version": version(one),
        "issue": _issue(one),
        "qr": qr_code(qr_content(one)),
        "day": chinese_day(trip.day),
        "origin": one.origin,
        "destination": one.destination,
        "vehicle": vehicle(trip),
        "plate": trip.plate,
        "carrier": trip.carrier,
        "riders": f"{len(one.people)} 人"
        + (f"（可用 {trip.usable} 座）" if trip.usable is not None else ""),
        "km": kilometres(trip),
        "drivers": f"{trip.drivers} 名" if trip.drivers else "",
        "usable": seats_line(trip),
        "stops": [
            {
                "kind": stop.kind,
                "place": stop.place + ("（坐标为近似值）" if stop.approximate else ""),
                "time": chinese_time(stop.at) if stop.at else "",
                "km": f"{stop.km:,}",
                "people": stop.people,
            }
            for stop in one.stops
        ],
        "people": [asdict(person) for person in one.people],
        "notes": _notes(one, texts),
    }


def version(one: TripList) -> str:
    """第 2 版, 草稿 while nobody signed what is booked now, 已取消 for a trip that will not run."""
    if one.trip.state == Trip.State.CANCELLED:
        return Trip.State.CANCELLED.label
    return f"第 {one.manifest.version} 版" if one.manifest else "草稿"


def _issue(one: TripList) -> str:
    if one.manifest is None:
        return "尚未签发"
    return f"{localtime(one.manifest.issued_at):%Y-%m-%d %H:%M} 签发"


def _notes(one: TripList, texts: Iterable[str]) -> list[str]:
    notes = []
    if any(stop.at for stop in one.stops):
        notes.append("计划时间按平均车速推算，含停靠、休息和夜间停驶；以实际运行为准。")
    missing = sorted({point for text in texts for point in fonts.printable(text)[1]})
    if missing:
        notes.append(f"〓 表示字库未收的字，请手写补全，字码：{'、'.join(missing)}。")
    return notes


def _placard(one: TripList) -> dict[str, Any]:
    trip = one.trip
    last = one.stops[-1].at if one.stops else None
    until = localtime(last).date() if last else trip.day
    ends = one.origin + one.destination
    return {
        "number": trip.number,
        "qr": qr_code(qr_content(one)),
        "origin": one.origin,
        "destination": one.destination,
        "size": min(48, 640 // max(len(ends), 1)),
        "plate": trip.plate,
        "carrier": trip.carrier,
        "vehicle": vehicle(trip),
        "validity": chinese_day(trip.day)
        + ("" if until == trip.day else f"—{until.month}月{until.day}日"),
        "km": kilometres(trip),
        "way": _way(one.stops),
        "note": _placard_note(one),
    }


def _way(stops: Sequence[StopLine]) -> str:
    """The pickups, cities near the straight way, the drops."""
    pickups = [stop.short for stop in stops if stop.kind == Stop.Kind.PICKUP.label]
    drops = [stop.short for stop in stops if stop.kind == Stop.Kind.DROP.label]
    cities = [places.get(code).name for code in cities_between([stop.code for stop in stops])]
    return " — ".join([*pickups, *cities, *drops])


def _placard_note(one: TripList) -> str:
    note = "途经地按直线走廊推算，以实际行驶路线为准。"
    if one.policy is None:
        return note
    passes = applying(
        one.policy, "vehicle_pass", origin=one.trip.origin, destination=one.trip.destination
    )
    return note + "".join(f"{rule['value']['text']}。" for rule in passes)


def vehicle(trip: Trip) -> str:
    rated = f"核定 {trip.rated} 人" if trip.rated else ""
    if trip.vehicle_type and rated:
        return f"{trip.vehicle_type}（{rated}）"
    return trip.vehicle_type or rated


def seats_line(trip: Trip) -> str:
    if trip.usable is None:
        return ""
    return f"可用 {trip.usable} 座：{trip.usable_source}"


def kilometres(trip: Trip) -> str:
    return "" if trip.km is None else f"{trip.km:,} 公里"


def chinese_day(day: Any) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_time(at: datetime) -> str:
    here = localtime(at)
    return f"{here.month}月{here.day}日 {here:%H:%M}"
