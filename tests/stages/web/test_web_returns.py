"""The pages of the report chain: the form, completeness, decisions, closing, flows, anomalies."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from factories.chain import (
    DAY,
    DAYING,
    HEBEI,
    HENGSHUI,
    KEYS,
    RAOYANG_TOWN,
    XINTUN,
    ZAOQIANG,
    climb,
    counts,
    offices,
    report,
)
from factories.workers import at_work
from stages.web.test_web_doors import assert_no_inline
from zhitong import places
from zhitong.flows.chain import closing
from zhitong.flows.chain.rules import State
from zhitong.flows.models import Correction, DailyFlow, Exemption, Figure, Publication, Return
from zhitong.offices.models import Organisation

pytestmark = pytest.mark.django_db
QUERY = f"date={DAY}"
Desk = Callable[[str], Client]


@pytest.fixture
def staff():
    return offices()


@pytest.fixture
def desk(staff) -> Desk:
    def sign_in(division: str) -> Client:
        client = Client()
        client.force_login(staff[division])
        return client

    return sign_in


def read(client: Client, name: str = "returns", **more: str) -> str:
    query = "&".join([QUERY, *(f"{key}={value}" for key, value in more.items())])
    response = client.get(f"{reverse(f'desk:{name}')}?{query}")
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def send(client: Client, name: str, form: dict[str, object], **more: str) -> HttpResponse:
    query = "&".join([QUERY, *(f"{key}={value}" for key, value in more.items())])
    return client.post(f"{reverse(f'desk:returns_{name}')}?{query}", form)


def form(*figures: int, derived: dict[str, int] | None = None, **more: object) -> dict[str, object]:
    given = counts(*figures)
    seen = {f"seen-{key}": count for key, count in (derived or counts()).items()}
    why = {f"reason-{key}": "村组核实" for key in KEYS}
    sent = {"version": 0, "total": sum(given.values()), "act": "submit"}
    return {**sent, **given, **seen, **why, **more}


def told(response: HttpResponse, client: Client) -> str:
    assert response.status_code == 302
    return client.get(response.headers["Location"]).content.decode()


def test_a_clerk_finds_the_figures_filled_in_and_submits_them(desk: Desk) -> None:
    at_work([(DAYING, DAYING)] * 3 + [(DAYING, "110105001")])
    clerk = desk(DAYING)

    page = read(clerk)
    done = send(clerk, "declare", form(3, 0, 0, 0, 1, derived=counts(3, 0, 0, 0, 1)))

    assert re.search(r'name="within_township"\s+value="3"', page)
    assert re.search(r'name="total"\s+value="4"', page)
    assert_no_inline(page)
    assert "已提交，等待上级审核" in told(done, clerk)
    assert Return.objects.get().state == State.SUBMITTED
    assert not Figure.objects.filter(declared__isnull=False).exists()


def test_a_page_only_reads(desk: Desk) -> None:
    read(desk(DAYING))
    assert not Return.objects.exists()


def test_a_refused_form_keeps_what_was_typed(desk: Desk) -> None:
    response = send(desk(DAYING), "declare", form(7, total="8"))
    page = response.content.decode()

    assert response.status_code == 422
    assert "五类合计为 7，与填写的总数 8 不符" in page
    assert re.search(r'name="within_township"\s+value="7"', page) and "村组核实" in page
    assert not Return.objects.exists()


def test_a_draft_is_kept_and_found_again(desk: Desk) -> None:
    clerk = desk(DAYING)
    send(clerk, "declare", form(7, act="save"))

    page = read(clerk)

    assert Return.objects.get().state == State.DRAFT
    assert re.search(r'name="within_township"\s+value="7"', page)
    assert "提交日报" in page


@pytest.mark.parametrize("wrong", ["", "x", "-1", "1.5", "9" * 40])
def test_nonsense_in_a_form_is_told_and_never_crashes(desk: Desk, wrong: str) -> None:
    bad = form(1, within_township=wrong, total=wrong, version=wrong)
    assert send(desk(DAYING), "declare", bad).status_code == 422


def test_nonsense_in_an_address_or_a_decision_never_crashes(desk: Desk, staff, now) -> None:
    report(DAYING, 1, by=staff[DAYING], now=now)
    county, province = desk(ZAOQIANG), desk(HEBEI)
    for day in ("0001-01-01", "9999-12-31", "2020-02-30", "x"):
        for name in ("returns", "returns_flows", "returns_anomalies", "returns_chase"):
            assert county.get(reverse(f"desk:{name}"), {"date": day}).status_code == 404
    for unit in ("", "x", f"{ZAOQIANG}\0:1", "131121999:1", f"{DAYING}:{'9' * 30}", f"{DAYING}:x"):
        for seen_at in ("", "x", "0001-01-01T00:00"):
            sent = {"unit": [unit], "act": "accept", "seen_at": seen_at}
            assert send(county, "decide", sent).status_code == 302
    long = {"act": "send-back", "unit": [f"{DAYING}:1"], "reason": "\0误" * 900}
    assert send(county, "decide", long).status_code == 302
    for until in ("", "x", "0001-01-01T00:00", "9999-12-31T23:59"):
        permit = {"until": until, "reason": "停电\0" * 400}
        assert send(province, "exempt", permit).status_code == 302
    assert Return.objects.get().state == State.RETURNED


def test_a_county_sees_who_is_missing_before_it_sees_totals(desk: Desk, staff, now) -> None:
    report(DAYING, 3, by=staff[DAYING], now=now.replace(hour=10))
    page = read(desk(ZAOQIANG))

    assert page.index("已报/应报") < page.index("填报合计")
    assert "待我审核" in page
    assert_no_inline(page)
    missing = read(desk(ZAOQIANG), show="missing")
    assert "大营镇" not in re.findall(r"<tbody>.*</tbody>", missing, re.DOTALL)[0]


def test_a_county_accepts_all_that_it_ticked(desk: Desk, staff, now) -> None:
    for unit in (DAYING, XINTUN):
        report(unit, 3, by=staff[unit], now=now)
    reviewer = desk(ZAOQIANG)
    values = re.findall(r'name="unit"\s+value="([^"]+)"', read(reviewer))

    done = send(reviewer, "decide", {"act": "accept", "unit": values})

    assert set(values) == {f"{DAYING}:1", f"{XINTUN}:1"}
    assert "已通过 2 个单位" in told(done, reviewer)
    assert set(Return.objects.values_list("state", flat=True)) == {State.COUNTY}
    undone = send(reviewer, "decide", {"act": "take-back", "unit": [f"{DAYING}:2"]})
    assert "已撤销 1 个单位" in told(undone, reviewer)


def test_a_city_accepts_a_whole_county_as_it_saw_it(desk: Desk, staff, now) -> None:
    for unit in (DAYING, XINTUN):
        report(unit, 3, by=staff[unit], now=now)
    county, city = desk(ZAOQIANG), desk(HENGSHUI)
    send(county, "decide", {"act": "accept", "unit": [f"{DAYING}:1"]})
    page = read(city)
    seen_at = re.findall(r'name="seen_at" value="([^"]+)"', page)[0]
    assert re.findall(r'name="unit"\s+value="([^"]+)"', page) == [ZAOQIANG]
    send(county, "decide", {"act": "accept", "unit": [f"{XINTUN}:1"]})

    done = send(city, "decide", {"act": "accept", "unit": [ZAOQIANG], "seen_at": seen_at})

    answer = told(done, city)
    assert "已通过 1 个单位" in answer and "另有 1 个单位在您查看之后有变化" in answer
    assert Return.objects.get(unit=XINTUN).state == State.COUNTY


def test_a_return_is_sent_back_with_its_reason(desk: Desk, staff, now) -> None:
    report(DAYING, 3, by=staff[DAYING], now=now)
    county, clerk = desk(ZAOQIANG), desk(DAYING)
    sent = {"act": "send-back", "unit": [f"{DAYING}:1"]}

    silent = send(county, "decide", sent)
    assert "须说明原因" in told(silent, county)
    send(county, "decide", sent | {"reason": "少报一村"})

    page = read(clerk)
    assert "少报一村" in page and "已退回" in page and "提交日报" in page


def test_the_second_reviewer_is_told_who_was_first(desk: Desk, staff, now) -> None:
    report(DAYING, 3, by=staff[DAYING], now=now)
    county = desk(ZAOQIANG)
    sent = {"unit": [f"{DAYING}:1"], "act": "accept"}
    send(county, "decide", sent)

    second = send(county, "decide", sent | {"act": "send-back", "reason": "有误"})

    assert f"已由{staff[ZAOQIANG].username}于" in told(second, county)


def test_the_province_locks_publishes_corrects_and_publishes_again(desk: Desk, staff, now) -> None:
    report(DAYING, 3, by=staff[DAYING], now=now)
    climb([DAYING], staff=staff, now=now)
    province = desk(HEBEI)

    assert "锁定后不能解锁" in read(province)
    assert "已锁定。" in told(send(province, "close", {"act": "lock"}), province)
    assert "已发布，第 1 次" in told(send(province, "close", {"act": "publish"}), province)
    version = Return.objects.get().version
    corrected = send(
        province, "correct", form(4, reason="漏报一人", version=version), division=DAYING
    )
    assert "已更正" in told(corrected, province)
    assert "3 → 4" in read(province, division=DAYING)
    assert "发布后有 1 个单位变动" in read(province)
    assert "已发布，第 2 次" in told(send(province, "close", {"act": "publish"}), province)
    assert (Correction.objects.count(), Publication.objects.count()) == (1, 2)


def test_a_refused_correction_keeps_what_was_typed(desk: Desk, staff, now) -> None:
    report(DAYING, 3, by=staff[DAYING], now=now)
    climb([DAYING], staff=staff, now=now)
    closing.lock(division=HEBEI, about=DAY, by=staff[HEBEI], now=now)

    response = send(desk(HEBEI), "correct", form(4, reason="", version=5), division=DAYING)

    assert response.status_code == 422
    assert "更正已锁定的日报须说明原因" in response.content.decode()


def test_a_silent_unit_is_let_in_after_the_lock(desk: Desk, staff, now) -> None:
    report(DAYING, 3, by=staff[DAYING], now=now)
    climb([DAYING], staff=staff, now=now)
    closing.lock(division=HEBEI, about=DAY, by=staff[HEBEI], now=now)
    clerk, province = desk(XINTUN), desk(HEBEI)
    assert "提交日报" not in read(clerk)
    assert send(clerk, "declare", form(2)).status_code == 422

    until = (datetime.now(UTC) + timedelta(hours=20)).strftime("%Y-%m-%dT%H:%M")
    permit = {"until": until, "reason": "停电"}
    assert "已批准补报" in told(send(province, "exempt", permit, division=XINTUN), province)

    assert Exemption.objects.get().division == XINTUN
    assert "提交日报" in read(clerk)
    assert send(clerk, "declare", form(2)).status_code == 302


@pytest.mark.parametrize("act", ["declare", "decide", "close", "correct", "exempt"])
def test_nothing_is_written_for_a_division_outside_the_scope(desk: Desk, staff, now, act) -> None:
    """The denied clerk has a return of the same kind."""
    report(RAOYANG_TOWN, 1, by=staff[RAOYANG_TOWN], now=now)
    report(DAYING, 1, by=staff[DAYING], now=now)
    before = list(Return.objects.order_by("pk").values())

    response = send(desk(RAOYANG_TOWN), act, form(9), division=DAYING)

    assert response.status_code == 404
    assert list(Return.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("who", [DAYING, XINTUN, RAOYANG_TOWN, ZAOQIANG, HENGSHUI])
@pytest.mark.parametrize("act", ["close", "exempt", "correct"])
def test_only_the_province_closes_corrects_and_permits(desk: Desk, staff, now, who, act) -> None:
    report(DAYING, 1, by=staff[DAYING], now=now)
    climb([DAYING], staff=staff, now=now)
    values = form(9, reason="错", until="2999-01-01T00:00")

    response = send(desk(who), act, values | {"act": "lock"})

    assert response.status_code in (302, 404, 422)
    assert Return.objects.get(unit=DAYING).state == State.PROVINCE
    assert not Exemption.objects.exists() and not Correction.objects.exists()


@pytest.mark.parametrize("who", [DAYING, XINTUN, RAOYANG_TOWN, HENGSHUI, HEBEI])
@pytest.mark.parametrize("act", ["accept", "send-back"])
def test_only_the_level_whose_turn_it_is_decides(desk: Desk, staff, now, who, act) -> None:
    for unit in (DAYING, XINTUN, RAOYANG_TOWN):
        report(unit, 1, by=staff[unit], now=now)
    send(desk(who), "decide", {"act": act, "unit": [f"{DAYING}:1"], "reason": "有误"})
    assert Return.objects.get(unit=DAYING).state == State.SUBMITTED


def test_a_place_that_owes_no_report_is_not_found(desk: Desk) -> None:
    address = f"{reverse('desk:returns')}?{QUERY}&division=131121400"
    assert desk(ZAOQIANG).get(address).status_code == 404


def test_the_day_is_today_unless_the_address_names_another(desk: Desk, monkeypatch) -> None:
    # half past midnight in China, still the day before in Greenwich
    late = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: late)
    page = desk(DAYING).get(reverse("desk:returns")).content.decode()
    assert "2027-01-01 在岗人数" in page


def test_a_future_day_has_no_form(desk: Desk) -> None:
    later = datetime.now(UTC).date() + timedelta(days=3)
    page = desk(DAYING).get(f"{reverse('desk:returns')}?date={later}").content.decode()
    assert "提交日报" not in page


def test_flows_are_drawn_and_listed(desk: Desk) -> None:
    for home, to, people in (("131121", "11", 5), ("131124", "12", 3), ("131121", "13", 90)):
        DailyFlow.objects.create(about=DAY, home=home, destination=to, people=people)
    province = desk(HEBEI)

    page = read(province, "returns_flows")
    county = read(province, "returns_flows", division=HENGSHUI)
    within = read(province, "returns_flows", within="1")

    assert '"source": "h1311"' in page and '"value": 5' in page and '"value": 90' not in page
    assert '"source": "h131121"' in county
    assert '"value": 90' in within
    assert_no_inline(page)


def test_a_township_sees_its_own_flows_and_its_county_one_line_each(desk: Desk) -> None:
    at_work([(DAYING, "110105001")] * 2 + [(XINTUN, "120101001")])

    own = read(desk(DAYING), "returns_flows")
    county = read(desk(ZAOQIANG), "returns_flows")

    assert f'"source": "h{DAYING}", "target": "d11", "value": 2' in own
    assert XINTUN not in own
    assert f'"source": "h{XINTUN}", "target": "d12", "value": 1' in county
    assert f'href="?date={DAY}&amp;division={DAYING}"' in county


def test_a_day_without_flows_says_so(desk: Desk) -> None:
    assert "这一天没有流向数据" in read(desk(HEBEI), "returns_flows")


def test_anomalies_name_the_unit_and_what_is_odd(desk: Desk, staff, now) -> None:
    for back in range(8):
        about = DAY - timedelta(days=back)
        people = 300 if back == 0 else 100 + back % 3
        report(DAYING, people, by=staff[DAYING], now=now, about=about)
        report(XINTUN, 50, by=staff[XINTUN], now=now, about=about)
    page = read(desk(ZAOQIANG), "returns_anomalies")

    assert "突增突减" in page and "近日中位数 101" in page
    assert "多日不变" in page
    assert_no_inline(page)
    assert "这一天没有发现异常数字" in read(desk(RAOYANG_TOWN), "returns_anomalies")


def test_the_chase_list_names_office_and_telephone(desk: Desk, staff, now) -> None:
    Organisation.objects.filter(division=XINTUN).update(phone="0318-8200001")
    Organisation.objects.filter(division=ZAOQIANG).update(phone="0318-8200002")
    report(DAYING, 3, by=staff[DAYING], now=now)

    page = read(desk(HENGSHUI), "returns_chase")
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)

    (xintun,) = [row for row in rows if f"division={XINTUN}" in row]
    assert "未提交" in xintun and 'href="tel:0318-8200001"' in xintun and "已过截止" in xintun
    page = read(desk(HENGSHUI), "returns_chase", show="review")
    (county,) = re.findall(r"<tr>.*?</tr>", page[page.index("<tbody>") :], re.DOTALL)
    assert "待审 1" in county and "0318-8200002" in county
    assert not [row for row in rows if f"division={DAYING}" in row]
    assert_no_inline(page)


def test_a_provinces_chase_list_has_pages_and_its_file_has_all(desk: Desk, staff, now) -> None:
    report(DAYING, 3, by=staff[DAYING], now=now)
    Organisation.objects.filter(division=XINTUN).update(phone="0318-8200001")
    province = desk(HEBEI)
    units = len(places.expected_townships(HEBEI))

    first, last = read(province, "returns_chase"), read(province, "returns_chase", page="99")

    assert f"共 {units:,} 个" in first and first.count("data-row-link") == 50
    assert "page=2" in first and f"division={ZAOQIANG}&" in last, "offices above come last"
    assert "0318-8200001" in last, "the numbers of all can be copied from any page"
    assert chased(province) == units

    found = read(province, "returns_chase", q="8200001")
    assert found.count("data-row-link") == 1 and f"division={XINTUN}" in found
    assert chased(province, q="8200001") == 1
    assert read(province, "returns_chase", show="review").count("data-row-link") == 1
    assert "没有符合条件的单位" in read(province, "returns_chase", q="没有这个单位")


def chased(client: Client, **query: str) -> int:
    """How many offices the file names."""
    answer = client.get(reverse("desk:returns_chase_xlsx"), {"date": DAY.isoformat(), **query})
    book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
    return len(list(book.active.iter_rows(min_row=3)))


def test_pages_of_the_chain_speak_english(desk: Desk, staff, now) -> None:
    report(DAYING, 3, by=staff[DAYING], now=now)
    client = desk(ZAOQIANG)
    client.cookies["django_language"] = "en"
    page = read(client)
    assert "Reporting chain" in page and "Accept selected" in page and "Waiting for me" in page


@pytest.mark.parametrize(("division", "most"), [(HEBEI, 16), (ZAOQIANG, 16), (DAYING, 27)])
def test_a_page_costs_few_queries(
    desk: Desk, staff, now, division, most, django_assert_max_num_queries
) -> None:
    for unit in (DAYING, XINTUN, RAOYANG_TOWN):
        report(unit, 3, by=staff[unit], now=now)
    client = desk(division)
    with django_assert_max_num_queries(most):
        read(client)
