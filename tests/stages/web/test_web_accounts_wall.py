"""Pages behind the second wall: a forgotten filter shows nothing, and the role ends in time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory

from factories.trips import trip
from factories.workers import workers
from zhitong.registry.models import Worker
from zhitong.transport import access, queries
from zhitong.transport.models import Trip
from zhitong.web.accounts.wall import wall

ZAOQIANG, RAOYANG, DAYING, YUNNAN_TOWN = "131121", "131124", "131121102", "530102002"


def standing() -> tuple[str, str]:
    """The role in force and the scope that is set."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('zhitong.scope', true)")
        return cursor.fetchone()


def test_a_list_that_forgets_its_filter_shows_the_scope_only(
    desk_of: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = trip(origin=ZAOQIANG, destination=ZAOQIANG)
    other = trip(origin=RAOYANG, destination=RAOYANG)
    monkeypatch.setattr(queries, "trips_in", lambda scope: Trip.objects.all())

    page = desk_of(ZAOQIANG).get("/trips/").content.decode()

    assert own.number in page
    assert other.number not in page


def test_a_page_that_forgets_its_filter_does_not_find_the_row(
    desk_of: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = trip(origin=RAOYANG, destination=RAOYANG)
    monkeypatch.setattr(access, "trips_in", lambda scope: Trip.objects.all())
    reader = desk_of(ZAOQIANG)

    assert reader.get(f"/trips/{other.pk}/").status_code == 404
    assert reader.post(f"/trips/{other.pk}/manifest.xlsx").status_code == 404


def test_a_trip_shows_people_of_other_places_who_are_aboard(
    desk_of: Callable[..., Client],
) -> None:
    [here] = workers([DAYING], name="赵一一")
    [there] = workers([YUNNAN_TOWN], name="钱二二")
    made = trip(origin=DAYING, destination="510100", people=2)
    made.passages.all().delete()
    for person in (here, there):
        made.passages.create(worker=person, state="arrived")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zhitong.transport.lists.unseal", lambda blob, purpose: "13112119850505001X")
        page = desk_of(DAYING).get(f"/trips/{made.pk}/").content.decode()

    assert "赵*一" in page
    assert "钱*二" in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", ["/", "/nowhere/", "/trips/1/", "/login/"])
def test_the_role_ends_with_the_request(
    staff_of: Callable[..., User], method: str, address: str
) -> None:
    before = standing()
    client = Client()
    client.force_login(staff_of(ZAOQIANG))

    getattr(client, method)(address)

    assert standing() == (before[0], "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failure", [Http404, RuntimeError, DatabaseError])
def test_the_role_ends_when_the_view_fails(
    rf: RequestFactory, staff_of: Callable[..., User], failure: type[Exception]
) -> None:
    request = rf.get("/")
    request.user = staff_of(ZAOQIANG)

    def view(_request: object) -> HttpResponse:
        assert standing() == ("zhitong_desk", ZAOQIANG)
        if failure is DatabaseError:
            with connection.cursor() as cursor:
                cursor.execute("SELECT no_such_column")
        raise failure

    with pytest.raises(failure):
        wall(view)(request)

    assert standing()[0] != "zhitong_desk"


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_on_the_way_is_replaced_behind_the_wall(
    rf: RequestFactory, staff_of: Callable[..., User]
) -> None:
    request = rf.get("/")
    request.user = staff_of(ZAOQIANG)

    def view(_request: object) -> HttpResponse:
        connection.close()
        assert standing() == ("zhitong_desk", ZAOQIANG)
        return HttpResponse()

    wall(view)(request)

    assert standing()[0] != "zhitong_desk"


def test_who_is_not_signed_in_sees_no_rows(rf: RequestFactory, staff_of: Callable) -> None:
    workers([DAYING])
    request = rf.get("/")
    request.user = User()
    seen = []
    wall(lambda _request: seen.append(Worker.objects.count()) or HttpResponse())(request)

    assert seen == [0]
    assert Worker.objects.count() == 1
