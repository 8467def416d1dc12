"""Real PDF and xlsx files: who may read what, and what they say."""

from __future__ import annotations

import io
import re
from datetime import date, datetime

import openpyxl
import pypdf
import pytest
import segno
from django.contrib.auth.models import User

from factories.departures import three_villages_one_factory, traveller, wish, wishes
from zhitong.kernel.models import JournalEntry
from zhitong.kernel.sealing import unseal
from zhitong.offices.models import Organisation, Role, Staff
from zhitong.policies.operations import load_shipped
from zhitong.transport import plans
from zhitong.transport.documents import NotAllowed, manifest_pdf, placard_pdf, qr_content
from zhitong.transport.lists import lists_of, place_name
from zhitong.transport.manifests import issue_manifest
from zhitong.transport.models import Manifest, Passage, Plan, Trip
from zhitong.transport.workbook import manifest_xlsx

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2020-03-02T17:00:00+08:00")


@pytest.fixture
def coach(db) -> Trip:
    load_shipped()
    three_villages_one_factory()
    return plan().trips.get()


@pytest.fixture
def dispatcher(db) -> User:
    return staff("li", Role.DISPATCH)


def staff(username: str, *roles: Role) -> User:
    office, _ = Organisation.objects.get_or_create(
        division="1311", department="human_resources", defaults={"name": "衡水市人社局"}
    )
    user = User.objects.create_user(username, first_name="国强", last_name="李")
    Staff.objects.create(user=user, organisation=office, roles=list(roles))
    return user


def plan(profile: str = "2020-02-11") -> Plan:
    return plans.make_plan(
        scope="13",
        first_day=date(2020, 3, 3),
        last_day=date(2020, 3, 4),
        profile=profile,
        iterations=500,
        made_by=None,
        now=NOW,
    )


def code_on(pdf: bytes) -> set[tuple[int, int]]:
    """The dark modules of the QR code on the first page, as (row, column)."""
    orders = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].get_contents().get_data().decode("latin-1")
    runs = re.findall(r"\b(\d+) (\d+)\.5 m (\d+) \2\.5 l", orders)
    return {(int(y), x) for start, y, end in runs for x in range(int(start), int(end))}


def words(pdf: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return "".join("".join(page.extract_text() for page in reader.pages).split())


def test_the_manifest_shows_masked_people_with_their_seats(coach):
    text = words(manifest_pdf(trips=[coach], reader=None, now=NOW))

    passage = coach.passages.select_related("worker").first()
    identity = unseal(passage.worker.identity_sealed, purpose="identity")
    assert "乘车名单" in text and coach.number in text
    assert identity not in text and passage.worker.name not in text
    assert f"{identity[:4]}**********{identity[-4:]}" in text
    assert "138****" in text
    assert "脱敏件" in text and "草稿" in text
    assert "枣强县恩察镇" in text and "成都市武侯区" in text
    assert "交运明电〔2020〕56号" in text
    assert "3月3日06:00" in text
    for box in ("驾驶员", "车长", "出发地移交", "目的地接收"):
        assert box in text


def test_the_copy_names_its_reader(coach, dispatcher):
    text = words(manifest_pdf(trips=[coach], reader=dispatcher, now=NOW))

    assert "查阅：衡水市人社局李国强2020-03-0217:00" in text or "国强李" in text


def test_the_full_copy_is_for_dispatchers_and_is_journalled(coach, dispatcher):
    passage = coach.passages.select_related("worker").first()

    text = words(manifest_pdf(trips=[coach], reader=dispatcher, now=NOW, reveal=True))

    assert unseal(passage.worker.identity_sealed, purpose="identity") in text
    assert passage.worker.name in text
    assert "完整件" in text
    entry = JournalEntry.objects.get(verb="manifest.reveal")
    assert (entry.actor, entry.subject) == (dispatcher, f"trip:{coach.pk}")
    assert entry.details == {"trips": [coach.number]}


def test_whoever_only_reads_gets_no_full_copy(coach):
    with pytest.raises(NotAllowed, match="岗位"):
        manifest_pdf(trips=[coach], reader=staff("wang", Role.READ), now=NOW, reveal=True)

    assert not JournalEntry.objects.filter(verb="manifest.reveal").exists()


def test_a_version_is_issued_once_and_a_change_of_people_voids_it(coach):
    first = issue_manifest(trip=coach, issued_by=None, now=NOW)
    again = issue_manifest(trip=coach, issued_by=None, now=NOW)
    assert first == again and first.version == 1
    assert "第1版" in words(manifest_pdf(trips=[coach], reader=None, now=NOW))

    coach.passages.filter(seat=1).update(state=Passage.State.CANCELLED)
    assert "草稿" in words(manifest_pdf(trips=[coach], reader=None, now=NOW))

    assert issue_manifest(trip=coach, issued_by=None, now=NOW).version == 2
    assert Manifest.objects.count() == 2


def test_the_papers_of_a_cancelled_trip_say_so(coach):
    plans.discard_plan(plan=coach.plan, by=None, now=NOW)
    coach.refresh_from_db()

    assert "已取消" in words(manifest_pdf(trips=[coach], reader=None, now=NOW))


def test_the_code_says_trip_version_and_digest(coach):
    issue_manifest(trip=coach, issued_by=None, now=NOW)
    one = lists_of(trips=[coach])[0]

    assert qr_content(one) == f"ZHITONG 13-20200303-0001 v1 {one.digest.hex()[:16]}"


def test_the_code_is_drawn_on_both_papers(coach):
    content = qr_content(lists_of(trips=[coach])[0])
    rows = segno.make(content, error="m", micro=False).matrix
    # One module of quiet border on every side.
    dark = {(y + 1, x + 1) for y, row in enumerate(rows) for x, on in enumerate(row) if on}

    assert code_on(manifest_pdf(trips=[coach], reader=None, now=NOW)) == dark
    assert code_on(placard_pdf(trips=[coach], now=NOW)) == dark


def test_a_rare_character_is_drawn_and_a_missing_one_is_told(coach):
    passages = list(coach.passages.select_related("worker")[:2])
    for passage, name in zip(passages, ("李䶮", "\U0002f9f9某"), strict=True):
        passage.worker.name = name
        passage.worker.save()

    text = words(manifest_pdf(trips=[coach], reader=None, now=NOW, reveal=True))

    assert "李䶮" in text
    assert "〓某" in text and "U+2F9F9" in text


def test_the_placard_asks_for_no_stamp_and_names_the_way(coach):
    text = words(placard_pdf(trips=[coach], now=NOW))

    assert "包车标志牌" in text
    assert "枣强县" in text and "成都市武侯区" in text and "运城市" in text
    assert "2020年3月3日—3月4日" in text
    assert "不得要求加盖公章" in text


def test_a_large_group_of_trips_is_one_file_with_pages_counted_by_trip(db):
    load_shipped()
    for _ in range(3):
        wishes(9, home="131121101", destination="510107")
        wishes(26, home="130730101", destination="330782", together=True)
    trips = list(plan().trips.all())
    assert len(trips) >= 4

    reader = pypdf.PdfReader(io.BytesIO(manifest_pdf(trips=trips, reader=None, now=NOW)))

    assert len(reader.pages) == len(trips)
    assert all("第1页" in "".join(page.extract_text().split()) for page in reader.pages)


def test_documents_of_many_trips_take_as_many_queries_as_of_one(coach, django_assert_num_queries):
    wishes(9, home="130730101", destination="330782")
    trips = [coach, *plan().trips.exclude(pk=coach.pk)]
    assert len(trips) == 2
    with django_assert_num_queries(6):
        lists_of(trips=trips[:1])
    with django_assert_num_queries(6):
        lists_of(trips=trips)


def test_the_workbook_has_an_index_and_a_sheet_for_each_trip(coach):
    wish_formula = wish(home="131121101", destination="510107", name="=1+1")
    Passage.objects.create(
        trip=coach, worker=wish_formula.worker, seat=40, state=Passage.State.BOOKED
    )

    content = manifest_xlsx(trips=[coach], reader=None, now=NOW, reveal=True)

    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["目录", coach.number]
    assert book["目录"]["B2"].value == coach.number
    assert book["目录"]["F2"].value == 14
    cells = [cell for row in book[coach.number].iter_rows() for cell in row]
    formula = next(cell for cell in cells if cell.value == "=1+1")
    assert formula.data_type == "s"


def test_the_workbook_is_masked_by_default(coach):
    worker = coach.passages.select_related("worker").first().worker

    book = openpyxl.load_workbook(
        io.BytesIO(manifest_xlsx(trips=[coach], reader=None, now=NOW)), read_only=True
    )

    values = {value for row in book[coach.number].iter_rows(values_only=True) for value in row}
    assert unseal(worker.identity_sealed, purpose="identity") not in values
    assert worker.name not in values


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("13", "河北省"),
        ("1311", "衡水市"),
        ("131121", "衡水市枣强县"),
        ("131121101", "枣强县恩察镇"),
        ("110115", "北京市大兴区"),
        ("510107", "成都市武侯区"),
        ("1101", "北京市"),
        ("130181", "辛集市"),
        ("429004", "仙桃市"),
        ("441900", "东莞市"),
    ],
)
def test_places_are_named_as_people_say_them(code, name):
    assert place_name(code) == name


def test_an_operated_trip_without_names_still_has_a_list(db):
    trip = Trip.objects.create(
        number="冀001",
        kind=Trip.Kind.COACH,
        state=Trip.State.ARRIVED,
        day=date(2020, 2, 27),
        origin="130981",
        destination="12",
        title="天津直通车",
    )
    Passage.objects.bulk_create(Passage(trip=trip, state="arrived") for _ in range(24))
    Passage.objects.create(trip=trip, worker=traveller(home="130981100"), state="arrived")

    text = words(manifest_pdf(trips=[trip], reader=None, now=NOW))

    assert "天津直通车" in text and "25人" in text
    assert "包车标志牌" in words(placard_pdf(trips=[trip], now=NOW))
