"""People at the desk: found by POST, masked, shown once for a purpose."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from factories.departures import traveller, wish
from factories.trips import trip
from zhitong.kernel import sealing
from zhitong.kernel.models import Job, JournalEntry
from zhitong.registry.models import Departure, Spell
from zhitong.registry.purposes import PURPOSES
from zhitong.web.registry.words import LABELS

ZAOQIANG, DAYING = "131121", "131121102"
NUMBER, PHONE = "13112119900101101X", "13812345678"


@pytest.fixture
def person(db: None):
    found = traveller(home=DAYING, name="张小三", identity=NUMBER)
    found.phone_sealed = sealing.seal(PHONE, purpose="phone")
    found.phone_print = sealing.print_of(PHONE, purpose="phone")
    found.address = "王庄村3号"
    found.save()
    return found


def holds_nothing_clear(page: str) -> bool:
    return not any(one in page for one in ("张小三", NUMBER, PHONE, "王庄村"))


@pytest.mark.parametrize("text", ["张小", "小三", NUMBER, PHONE])
def test_somebody_is_found_and_stays_masked(desk_of, person, text: str) -> None:
    page = desk_of(ZAOQIANG).post("/registry/", {"q": text}).content.decode()

    assert f"/registry/workers/{person.pk}/" in page
    assert holds_nothing_clear(page.replace(f'value="{text}"', ""))
    assert "张*三" in page


def test_words_in_an_address_are_not_searched_for(desk_of, person) -> None:
    client = desk_of(ZAOQIANG)
    assert f"/workers/{person.pk}/" in client.get("/registry/?q=nobody").content.decode()
    assert "没有找到" in client.post("/registry/", {"q": "nobody"}).content.decode()
    assert "还没有登记人员" in desk_of("131124").get("/registry/").content.decode()


def test_a_person_is_shown_with_employment_and_travel(desk_of, person) -> None:
    Spell.objects.create(
        worker=person, status=1, started="2020-02-01", home=DAYING, work="110105",
        category=5, employer="某厂",
    )  # fmt: skip
    Departure.objects.create(
        worker=person, origin=DAYING, destination="110105", earliest="2020-03-03",
        latest="2020-03-05", mode="coach",
    )  # fmt: skip
    made = trip(origin="131121", destination="110105", people=[person])

    page = desk_of(ZAOQIANG).get(f"/registry/workers/{person.pk}/").content.decode()

    assert holds_nothing_clear(page)
    for words in ("某厂", "北京市朝阳区", "2020-02-01", "出行意愿", made.number, "138****5678"):
        assert words in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("arrived", "已随 {} 车次出行"),
        ("booked", "已编入 {} 车次"),
        ("cancelled", "出行意愿"),
    ],
)
def test_a_wish_says_which_trip_it_is_on(desk_of, person, state: str, words: str) -> None:
    wanted = Departure.objects.create(
        worker=person, origin=DAYING, destination="110105", earliest="2020-03-03",
        latest="2020-03-05", mode="coach",
    )  # fmt: skip
    taken = trip(origin=DAYING, destination="110105", people=1)
    taken.passages.update(worker=person, name="", departure=wanted, state=state)

    page = desk_of(ZAOQIANG).get(f"/registry/workers/{person.pk}/").content.decode()
    assert words.format(taken.number) in " ".join(page.split())
    assert (">出行意愿</span>" in page) is (state == "cancelled")


def test_particulars_are_shown_once_for_a_purpose(desk_of, person) -> None:
    client, address = desk_of(ZAOQIANG), f"/registry/workers/{person.pk}/"
    answer = client.post(f"{address}reveal/", {"purpose": "contact", "note": f"致电张小三{PHONE}"})

    page = answer.content.decode()
    assert all(one in page for one in ("张小三", NUMBER, PHONE, "王庄村3号"))
    assert answer.headers["Cache-Control"] == "no-store"
    assert holds_nothing_clear(client.get(address).content.decode())
    entry = JournalEntry.objects.get()
    assert (entry.verb, entry.subject) == ("worker.revealed", f"worker:{person.pk}")
    assert entry.details == {"purpose": "contact", "note": "致电本人***"}


@pytest.mark.parametrize("typed", [{}, {"purpose": "other"}, {"purpose": "x", "note": "核实信息"}])
def test_without_a_purpose_nothing_is_shown(desk_of, person, typed: dict[str, str]) -> None:
    answer = desk_of(ZAOQIANG).post(f"/registry/workers/{person.pk}/reveal/", typed)

    assert answer.status_code == 422
    assert holds_nothing_clear(answer.content.decode())
    assert not JournalEntry.objects.exists()


def test_an_export_is_asked_for_at_the_list(desk_of: Callable[..., Client], person) -> None:
    client = desk_of(ZAOQIANG)
    refused = client.post("/registry/export/", {"form": "csv"})
    assert (refused.status_code, Job.objects.count()) == (422, 0)

    answer = client.post("/registry/export/", {"form": "csv", "purpose": "verify"})

    job = Job.objects.get()
    assert answer.headers["Location"] == f"/registry/jobs/{job.pk}/"
    assert job.parameters["in_clear"] is False


def test_the_list_asks_as_often_for_many_as_for_few(desk_of, django_assert_max_num_queries):
    for _ in range(30):
        wish(home=DAYING, destination="110105")

    client = desk_of(ZAOQIANG)
    with django_assert_max_num_queries(15):
        client.get("/registry/")


def test_what_records_say_is_known_to_the_catalogue() -> None:
    assert {*Spell.Status.labels, *PURPOSES.values()} <= LABELS


def test_every_look_at_people_is_journalled_though_they_be_masked(
    desk_of, person, django_capture_on_commit_callbacks
) -> None:
    client = desk_of(ZAOQIANG)
    coach = trip(origin=DAYING, destination="110105", people=2)
    with django_capture_on_commit_callbacks(execute=True):
        client.get(f"/registry/workers/{person.pk}/")
        client.post("/registry/", {"q": NUMBER})
        client.get("/registry/repeated/")
        client.get(f"/trips/{coach.pk}/")

    entries = JournalEntry.objects.order_by("id")
    assert list(entries.values_list("verb", "subject")) == [
        ("worker.viewed", f"worker:{person.pk}"),
        ("workers.listed", f"division:{ZAOQIANG}"),
        ("duplicates.listed", f"division:{ZAOQIANG}"),
        ("trip.viewed", f"trip:{coach.pk}"),
    ]
    assert entries[1].details == {"by": "identity", "page": 1, "people": 1}
    assert {str(one.actor_id) for one in entries} == {client.session["_auth_user_id"]}
