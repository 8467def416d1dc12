"""The form catalogue on the desk: the administrator's page, a unit's form, sums by division."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from factories.catalogue import added
from factories.chain import (
    DAY,
    DAYING,
    HEBEI,
    HENGSHUI,
    XINTUN,
    ZAOQIANG,
    climb,
    counts,
    officer,
    offices,
    report,
)
from factories.workers import at_work
from stages.web.test_web_doors import assert_no_inline
from stages.web.test_web_returns import form, read, send, told
from zhitong.flows.chain import closing
from zhitong.flows.chain.rules import State
from zhitong.flows.models import Answer, Item, Return
from zhitong.offices.models import Role
from zhitong.places import Level
from zhitong.registry.models import Worker

pytestmark = pytest.mark.django_db
HEAD = "administrator"
Desk = Callable[[str], Client]


@pytest.fixture
def staff():
    return offices() | {HEAD: officer(HEBEI, name=HEAD, roles=[Role.ADMINISTER])}


@pytest.fixture
def desk(staff) -> Desk:
    def sign_in(who: str) -> Client:
        client = Client()
        client.force_login(staff[who])
        return client

    return sign_in


def women(**more: str) -> dict[str, str]:
    soon = timezone.localdate() + timedelta(days=2)  # tomorrow may be today by the time it is sent
    return {
        "code": "women",
        "name_zh": "女性在岗人数",
        "name_en": "Women at work",
        "unit": "people",
        "level": "4",
        "source": "asked",
        "measure": "",
        "first_day": soon.isoformat(),
        **more,
    }


def test_what_the_registry_holds_is_offered_instead_of_being_asked(desk: Desk) -> None:
    head = desk(HEAD)
    assert "增加指标" in head.get(reverse("desk:items")).content.decode()

    refused = head.post(reverse("desk:item_add"), women())
    page = refused.content.decode()

    assert refused.status_code == 422 and not Item.objects.exists()
    assert "登记库已能统计" in page and "改由登记库统计" in page
    assert 'value="女性在岗人数"' in page
    assert_no_inline(page)
    (offer,) = re.findall(r"<form[^>]*>(?:(?!</form>).)*改由登记库统计", page, re.DOTALL)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', offer))
    taken = head.post(reverse("desk:item_add"), fields)
    assert "已增加指标“女性在岗人数”" in told(taken, head)
    item = Item.objects.get()
    assert (item.source, item.derivation) == ("registry", "spells status=1 sex=F")


def test_a_reason_lets_it_be_asked_and_stays_visible(desk: Desk) -> None:
    head = desk(HEAD)
    made = head.post(reverse("desk:item_add"), women(why="核对登记库"))

    assert "填报理由：核对登记库" in told(made, head)
    assert "填报理由：核对登记库" in desk(DAYING).get(reverse("desk:items")).content.decode()
    head.cookies["django_language"] = "en"
    english = head.get(reverse("desk:items")).content.decode()
    assert "Women at work" in english and "Asked because" in english
    assert "Let the registry count it" in head.post(
        reverse("desk:item_add"), women(code="w2", name_zh="女工人数", name_en="W")
    ).content.decode()  # fmt: skip


def test_an_item_is_ended_or_deleted_when_nobody_used_it(desk: Desk, staff, now) -> None:
    for code in ("used", "unused"):
        added(code, by=staff[HEAD], now=now)
    report(DAYING, by=staff[DAYING], now=now, answers={"used": 1, "unused": 1})
    Answer.objects.filter(item__code="unused").delete()
    head = desk(HEAD)

    gone = head.post(reverse("desk:item_remove", args=["unused"]))
    assert "已删除" in told(gone, head)
    assert "只能停用" in told(head.post(reverse("desk:item_remove", args=["used"])), head)
    early = {"last_day": (DAY - timedelta(days=1)).isoformat()}
    assert "不能早于" in told(head.post(reverse("desk:item_end", args=["used"]), early), head)
    assert "请填写日期" in told(head.post(reverse("desk:item_end", args=["used"])), head)
    ended = head.post(reverse("desk:item_end", args=["used"]), {"last_day": DAY.isoformat()})
    assert "已停用" in told(ended, head)
    assert Item.objects.get().last_day == DAY


@pytest.mark.parametrize("who", [DAYING, ZAOQIANG, HENGSHUI, HEBEI])
def test_nobody_else_changes_the_catalogue(desk: Desk, staff, now, who) -> None:
    added(by=staff[HEAD], now=now)
    client = desk(who)

    assert "增加指标" not in client.get(reverse("desk:items")).content.decode()
    for name, args in (
        ("item_add", []),
        ("item_end", ["reopened"]),
        ("item_remove", ["reopened"]),
    ):
        assert client.post(reverse(f"desk:{name}", args=args), women()).status_code == 403
    assert Item.objects.get().last_day is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "\0"},
        {"largest": "x"},
        {"measure": "nothing"},
        {"measure": "spells", "sex": "X"},
        {"first_day": "2020"},
        {"sum_of": "no_such"},
        {"unit": "", "level": "9", "source": ""},
    ],
)
def test_nonsense_in_the_form_is_told_and_never_crashes(desk: Desk, wrong) -> None:
    assert desk(HEAD).post(reverse("desk:item_add"), women(**wrong)).status_code == 422


@pytest.fixture
def day(staff, now):
    """A derived item, an asked one and one of the county's, with two women at work in Daying."""
    spells = at_work([(DAYING, DAYING)] * 3)
    Worker.objects.filter(pk__in=[one.worker_id for one in spells[:2]]).update(sex="F")
    by = staff[HEAD]
    added(
        "women",
        derivation="spells status=1 sex=F",
        name_zh="女性在岗人数",
        name_en="Women at work",
        unit="people",
        by=by,
        now=now,
    )
    added("shops", name_zh="复工商铺数", name_en="Shops open", by=by, now=now)
    added("visits", name_zh="走访企业数", name_en="Visits", level=Level.COUNTY, by=by, now=now)


def test_a_clerk_finds_items_filled_in_where_the_registry_knows(desk: Desk, day) -> None:
    clerk = desk(DAYING)
    page = read(clerk)
    assert re.search(r'name="item-women"\s+value="2"', page)
    assert re.search(r'name="item-shops"\s+value=""', page)
    assert 'name="seen-women" value="2"' in page
    assert "item-visits" not in page
    assert_no_inline(page)

    derived = counts(3) | {"women": 2}
    missing = send(clerk, "declare", form(3, derived=derived))
    assert missing.status_code == 422 and "缺少“复工商铺数”" in missing.content.decode()
    typed = {"item-shops": "4", "item-women": "3"}
    differs = send(clerk, "declare", form(3, derived=derived, **typed))
    assert re.search(r'name="item-women"\s+value="3"', differs.content.decode())
    assert "请写明差异原因" in differs.content.decode()
    done = send(clerk, "declare", form(3, derived=derived, **typed, **{"reason-women": "漏登"}))

    assert "已提交" in told(done, clerk)
    assert {one.item.code: one.value for one in Answer.objects.select_related("item")} == {
        "women": 3,
        "shops": 4,
    }


def test_the_county_fills_in_its_items_and_accepts(desk: Desk, staff, now, day) -> None:
    row = report(DAYING, 3, by=staff[DAYING], now=now, answers={"shops": 4})
    county = desk(ZAOQIANG)
    assert 'name="item-visits"' in read(county, division=DAYING)
    accept = {"unit": [f"{DAYING}:{row.version}"], "act": "accept"}
    assert "由县级填报，请先填写再通过" in told(send(county, "decide", accept), county)

    mine = {"version": row.version, "item-visits": "x"}
    wrong = send(county, "fill", mine, division=DAYING)
    assert wrong.status_code == 422 and "不是整数" in wrong.content.decode()
    done = send(county, "fill", mine | {"item-visits": "6"}, division=DAYING)
    assert "已填写，可以审核" in told(done, county)
    send(county, "decide", {"unit": [f"{DAYING}:{row.version + 1}"], "act": "accept"})

    assert Return.objects.get().state == State.COUNTY
    assert Answer.objects.get(item__code="visits").value == 6


def test_items_are_summed_with_their_coverage_and_corrected(desk: Desk, staff, now, day) -> None:
    report(DAYING, 3, by=staff[DAYING], now=now, answers={"shops": 4})
    report(XINTUN, 0, by=staff[XINTUN], now=now, answers={"shops": 5})
    Answer.objects.update_or_create(
        of=Return.objects.get(unit=DAYING),
        item=Item.objects.get(code="visits"),
        defaults={"declared": 1},
    )
    climb([DAYING], staff=staff, now=now)
    city = desk(HENGSHUI)

    assert "复工商铺数" in read(city)
    sums = read(city, "returns_items")
    (row,) = re.findall(rf"<tr>(?:(?!</tr>).)*division={ZAOQIANG}.*?</tr>", sums, re.DOTALL)
    assert re.findall(r">\s*(\d+)\s*<span class=\"text-secondary\">\((\d+)/\d+\)", row) == [
        ("2", "2"),
        ("9", "2"),
        ("1", "1"),
    ]
    assert_no_inline(sums)
    Return.objects.filter(unit=XINTUN).delete()
    closing.lock(division=HEBEI, about=DAY, by=staff[HEBEI], now=now)
    province, version = desk(HEBEI), Return.objects.get().version
    change = {"version": version, "reason": "漏报", "item-shops": "7", "item-women": "2"}
    changed = send(province, "correct", form(3, **change), division=DAYING)
    assert "已更正" in told(changed, province)
    assert "复工商铺数 4 → 7" in read(province, division=DAYING)
    assert "没有增加的指标" in province.get(
        reverse("desk:returns_items"), {"date": (DAY - timedelta(days=1)).isoformat()}
    ).content.decode()  # fmt: skip


@pytest.mark.parametrize("division", [HEBEI, ZAOQIANG, DAYING])
def test_items_cost_few_queries_more(
    desk: Desk, staff, now, day, division, django_assert_max_num_queries
) -> None:
    for unit in (DAYING, XINTUN):
        report(unit, 3, by=staff[unit], now=now, answers={"shops": 1})
    client = desk(division)
    with django_assert_max_num_queries(27):
        read(client)
    with django_assert_max_num_queries(16):
        read(client, "returns_items")
    with django_assert_max_num_queries(12):
        client.get(reverse("desk:items"))
