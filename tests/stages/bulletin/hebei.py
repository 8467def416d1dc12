"""Hebei on 2020-03-02 as records: trips whole, the stock thinned to 1:10,000."""

from __future__ import annotations

from datetime import date

from factories.trips import shared, trip, trips
from factories.workers import at_work, reported
from zhitong.transport.models import Trip

DAY = date(2020, 3, 2)
ZHOUKOU, DAHUANGZHUANG, BOTOU, TIANJIN = "4116", "130730108", "130981", "12"
ZAOQIANG, RAOYANG, FUCHENG = "131121", "131124", "131128"
CHENGDU, YIWU, DALIAN = "5101", "330782", "2102"
DAYING, WANGJUN = "131121102", "131121202"


def stock() -> None:
    """174 at work: 135 inside the province, 39 outside."""
    at_work(
        [(DAYING, DAYING)] * 60
        + [(DAYING, WANGJUN)] * 40
        + [(WANGJUN, "131124100")] * 20
        + [(WANGJUN, "130102001")] * 15
        + [(WANGJUN, "110105001")] * 39
    )
    reported(DAYING, WANGJUN)


def operated() -> None:
    """Every trip and run of the article, by number of people."""
    trip(
        origin=ZHOUKOU,
        destination=DAHUANGZHUANG,
        people=17,
        day=date(2020, 2, 24),
        title="县际直通车",
    )
    trip(origin=BOTOU, destination=TIANJIN, people=24, day=date(2020, 2, 27), title="天津直通车")
    for origin, destination, people in (
        (ZAOQIANG, CHENGDU, 24),
        (RAOYANG, YIWU, 20),
        (FUCHENG, DALIAN, 20),
    ):
        trip(
            origin=origin,
            destination=destination,
            people=people,
            day=date(2020, 2, 28),
            title="直通车",
        )
    for number, people, origin, destination in (
        (86, 1243 - 24 - 64, ZAOQIANG, TIANJIN),
        (23, 529 - 17, ZHOUKOU, ZAOQIANG),
        (360, 7283 - 1243 - 529, ZAOQIANG, "130102"),
    ):
        trips(
            number,
            origin=origin,
            destination=destination,
            people=shared(people, among=number),
            day=date(2020, 2, 29),
        )
    trips(
        154,
        origin=DAYING,
        destination=ZAOQIANG,
        people=shared(6864, among=154),
        day=DAY,
        kind=Trip.Kind.SHUTTLE,
    )
