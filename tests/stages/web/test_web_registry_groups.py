"""Whom the message of a suggested group goes to."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factories.departures import wish, wishes
from factories.trips import trip
from zhitong.kernel import jobs, sealing
from zhitong.kernel.models import Job, JournalEntry
from zhitong.registry.models import Worker
from zhitong.transport.models import Passage

pytestmark = pytest.mark.django_db
ZAOQIANG, DAYING = "131121", "131121102"
ASKED = "?first=2020-03-02&last=2020-03-08&city=1101&day=2020-03-03"
ADDRESS = f"/registry/departures/group/{ASKED}"


def test_the_board_leads_to_the_people_of_each_group(desk_of) -> None:
    wish(home=DAYING, destination="110105", name="欧阳建国")
    wishes(5, home=DAYING, destination="110108")
    client = desk_of(ZAOQIANG)
    (one,) = client.get("/registry/departures/?first=2020-03-02").context["suggestions"]

    page = client.get(f"/registry/departures/group/{one.query}")
    text = page.content.decode()

    assert len(page.context["people"]) == one.group.people == 6
    assert one.message in " ".join(text.split())
    assert "欧阳建国" not in text
    assert not any(phone in text for phone in clear_phones())


def test_only_the_people_of_the_group_are_in_it(desk_of) -> None:
    meant = wishes(5, home=DAYING, destination="110105")
    wishes(5, home=DAYING, destination="310115")  # to another city
    wishes(5, home=DAYING, destination="110105", mode="own")  # by themselves
    wishes(5, home="131124100", destination="110105")  # of another county
    seated, *others = wishes(2, home=DAYING, destination="110105")
    Passage.objects.filter(trip=trip(origin=DAYING, destination="110105", people=1)).update(
        departure=seated
    )

    page = desk_of(ZAOQIANG).get(ADDRESS)

    assert {one.wish for one in page.context["people"]} == {*meant, *others}


def test_whose_days_differ_are_in_another_group(desk_of) -> None:
    early = wishes(6, home=DAYING, destination="110105")
    late = wishes(
        5, home=DAYING, destination="110105", earliest=date(2020, 3, 6), latest=date(2020, 3, 30)
    )
    client = desk_of(ZAOQIANG)
    board = client.get("/registry/departures/?first=2020-03-02&last=2020-03-08")

    found = [
        {one.wish for one in client.get(f"/registry/departures/group/{s.query}").context["people"]}
        for s in board.context["suggestions"]
    ]
    assert found == [set(early), set(late)]


def test_in_clear_for_a_stated_purpose_and_journalled(desk_of) -> None:
    made = wishes(5, home=DAYING, destination="110105")
    client = desk_of(ZAOQIANG)
    address = f"/registry/departures/group/reveal/{ASKED}"
    refused = client.post(address, {"purpose": ""})
    assert refused.status_code == 422 and "请先选择查看或导出的目的" in refused.content.decode()
    assert not any(phone in refused.content.decode() for phone in clear_phones())

    note = f"请{made[1].worker.name}和{made[4].worker.name}通知大家"
    text = client.post(address, {"purpose": "travel", "note": note}).content.decode()

    assert all(phone in text for phone in clear_phones())
    entry = JournalEntry.objects.get(verb="workers.revealed")
    assert (entry.details["purpose"], entry.details["note"]) == ("travel", "请本人和本人通知大家")
    assert entry.details["workers"] == [one.worker_id for one in made]


def test_a_workbook_of_the_group_alone_bears_its_reader(desk_of) -> None:
    wishes(5, home=DAYING, destination="110105")
    wishes(5, home=DAYING, destination="310115")
    client = desk_of(ZAOQIANG)
    answer = client.post(f"/registry/departures/group/export/{ASKED}", {"purpose": "contact"})
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/registry/jobs/{job.pk}/"

    jobs.run(job.pk)

    (file,) = job.files.all()
    book = openpyxl.load_workbook(io.BytesIO(b"".join(jobs.content_of(file))))
    assert file.name.startswith("枣强县-同行-")
    assert book.worksheets[1].max_row == 1 + 5
    assert "联系本人" in book.worksheets[0]["A1"].value
    assert not {cell.value for row in book.worksheets[1] for cell in row} & set(clear_phones())
    asked = JournalEntry.objects.get(verb="workers.export-asked")
    assert asked.details["people"] == 5


def test_every_look_is_journalled(desk_of, django_capture_on_commit_callbacks) -> None:
    wishes(5, home=DAYING, destination="110105")
    client = desk_of(ZAOQIANG)
    with django_capture_on_commit_callbacks(execute=True):
        client.get(ADDRESS)

    entry = JournalEntry.objects.get(verb="group.listed")
    assert entry.subject == f"division:{ZAOQIANG}"
    assert entry.details == {"city": "1101", "day": "2020-03-03", "page": 1, "people": 5}


def test_many_are_paged_and_ask_no_more_queries_than_few(desk_of) -> None:
    client = desk_of(ZAOQIANG)
    reveal = f"/registry/departures/group/reveal/{ASKED}"
    wishes(5, home=DAYING, destination="110105")
    client.get(ADDRESS)
    with CaptureQueriesContext(connection) as few:
        client.get(ADDRESS)
        client.post(reveal, {"purpose": "travel"})
    wishes(65, home=DAYING, destination="110105")
    with CaptureQueriesContext(connection) as many:
        first = client.get(ADDRESS)
        client.post(reveal, {"purpose": "travel"})

    assert len(many) == len(few)
    assert len(first.context["people"]) == 50
    assert len(client.get(f"{ADDRESS}&page=2").context["people"]) == 20


def test_a_group_that_is_no_more_says_where_to_look(desk_of) -> None:
    answer = desk_of(ZAOQIANG).get(ADDRESS)
    assert answer.status_code == 404


def clear_phones() -> list[str]:
    return [
        sealing.unseal(one.phone_sealed, purpose="phone")
        for one in Worker.objects.exclude(phone_sealed=None)
    ]
