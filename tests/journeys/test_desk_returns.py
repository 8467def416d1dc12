"""A day of the report chain in a real browser: township clerk, county reviewer, province."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from factories.catalogue import added
from factories.chain import DAY, DAYING, HEBEI, HENGSHUI, XINTUN, ZAOQIANG, officer, report
from factories.workers import at_work
from zhitong.flows.chain import operations
from zhitong.flows.chain.rules import State
from zhitong.flows.models import DailyFlow, Return
from zhitong.flows.reminding import sending
from zhitong.offices.models import Role
from zhitong.registry.models import Worker

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DESKTOP, PHONE = {"width": 1366, "height": 900}, {"width": 390, "height": 844}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; `make browser` installs it"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright's event loop runs in this thread; the records are made beside it, not in it.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        # The sandbox wants a user namespace, which containers and root do not have.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def staff(browser: Browser, transactional_db: None) -> dict[str, User]:
    at_work([(DAYING, DAYING)] * 3 + [(DAYING, "110105001")])
    return {
        DAYING: officer(DAYING, roles=[Role.ENTER]),
        XINTUN: officer(XINTUN, roles=[Role.ENTER]),
        ZAOQIANG: officer(ZAOQIANG, roles=[Role.VERIFY]),
        HENGSHUI: officer(HENGSHUI, roles=[Role.APPROVE]),
        HEBEI: officer(HEBEI, roles=[Role.APPROVE]),
    }


@pytest.fixture
def desk(browser: Browser, live_server: LiveServer, staff: dict[str, User]):
    """A page on which staff of a division are signed in, on the day's reports.

    What the console says when it closes must be nothing.
    """

    @contextmanager
    def opened(division: str, viewport: dict[str, int] = DESKTOP, **more: str) -> Iterator[Page]:
        context = browser.new_context(
            base_url=live_server.url, viewport=viewport, reduced_motion="reduce", **more
        )
        context.add_cookies([session_of(staff[division], live_server)])
        page, complaints = context.new_page(), []
        page.on("console", lambda one: complaints.append(one.text) if complains(one) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"/returns/?date={DAY}")
        yield page
        context.close()
        assert complaints == []

    return opened


def complains(said: ConsoleMessage) -> bool:
    """Whether the console reports a fault; a form that is refused (422) is an answer."""
    return said.type == "error" and "422" not in said.text


def session_of(user: User, live_server: LiveServer) -> dict[str, str]:
    """The cookie of a reader who is signed in; how one signs in has tests of its own."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": live_server.url}


def test_a_day_from_the_township_to_publication(desk, staff, now: datetime) -> None:
    report(XINTUN, by=staff[XINTUN], now=now)

    with desk(DAYING) as page:
        expect(page.get_by_label("乡内", exact=True)).to_have_value("3")
        page.get_by_label("乡内", exact=True).fill("5")
        expect(page.get_by_label("合计")).to_have_value("6")
        page.get_by_label("乡内 差异原因").fill("两人漏登")
        page.get_by_role("button", name="提交日报").click()
        expect(page.get_by_text("已提交，等待上级审核。")).to_be_visible()

    with desk(ZAOQIANG) as page:
        page.get_by_role("link", name="只看这些").click()
        expect(page.locator("[data-row-link]")).to_have_count(2)
        page.wait_for_load_state()  # keys are heard by then
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.get_by_text("两人漏登")).to_be_visible()
        page.get_by_label("退回原因").fill("请附名单核实")
        page.get_by_role("button", name="退回并说明").click()
        expect(page.get_by_text("已退回 1 个单位。")).to_be_visible()

    with desk(DAYING) as page:
        expect(page.get_by_text("请附名单核实")).to_be_visible()
        expect(page.get_by_label("乡内", exact=True)).to_have_value("5")
        page.get_by_role("button", name="提交日报").click()
        expect(page.get_by_text("已提交，等待上级审核。")).to_be_visible()

    with desk(ZAOQIANG) as page:
        page.get_by_label("全选").check()
        page.get_by_role("button", name="通过所选").click()
        expect(page.get_by_text("已通过 2 个单位。")).to_be_visible()

    operations.accept(units=[DAYING, XINTUN], about=DAY, by=staff[HENGSHUI], now=now)
    with desk(HEBEI) as page:
        page.get_by_label("衡水市").check()
        page.get_by_role("button", name="通过所选").click()
        expect(page.get_by_text("已通过 2 个单位。")).to_be_visible()
        for button, confirm, told in (
            ("锁定当日", "确认锁定", "已锁定。"),
            ("发布日报", "确认发布", "已发布，第 1 次。"),
        ):
            page.locator("summary", has_text=button).click()
            page.get_by_role("button", name=confirm).click()
            expect(page.get_by_text(told, exact=True)).to_be_visible()
        page.goto(f"/returns/?date={DAY}&division={DAYING}")
        page.get_by_label("乡内", exact=True).fill("4")
        page.get_by_label("更正原因").fill("重复登记一人")
        page.get_by_role("button", name="更正").click()
        expect(page.get_by_text("乡内 5 → 4")).to_be_visible()

    assert dict(Return.objects.values_list("unit", "state")) == {
        DAYING: State.LOCKED,
        XINTUN: State.PUBLISHED,
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_of_the_chain_hinders_a_reader_or_overflows(
    desk, staff, now: datetime, viewport: dict[str, int], scheme: str
) -> None:
    report(DAYING, 9, by=staff[DAYING], now=now)
    for home in ("131121", "131124"):
        for to in ("11", "12", "33"):
            DailyFlow.objects.create(about=DAY, home=home, destination=to, people=7)
    addresses = {
        DAYING: ["/returns/"],
        XINTUN: ["/returns/"],
        ZAOQIANG: ["/returns/", f"/returns/?division={DAYING}"],
        HEBEI: ["/returns/", "/returns/chase/", "/returns/flows/", "/returns/anomalies/"],
    }
    faults = []
    for division, those in addresses.items():
        with desk(division, viewport=viewport, color_scheme=scheme) as page:
            for address in those:
                page.goto(f"{address}{'&' if '?' in address else '?'}date={DAY}")
                page.wait_for_load_state("networkidle")
                faults += hindrances(page)
                if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                    faults.append(f"{address} is wider than the window")
    assert faults == []


def test_a_province_adds_figures_and_a_township_finds_them(desk, staff, now: datetime) -> None:
    staff["head"] = officer(HEBEI, name="head", roles=[Role.ADMINISTER])
    Worker.objects.filter(pk=Worker.objects.earliest("pk").pk).update(sex=Worker.Sex.FEMALE)

    with desk("head") as page:
        page.get_by_role("link", name="指标目录").click()
        for code, name in (("women", "女性在岗人数"), ("shops", "复工商铺数")):
            page.get_by_label("中文名称").fill(name)
            page.get_by_label("英文名称").fill(code)
            page.get_by_label("代码").fill(code)
            page.get_by_label("起用日期").fill(DAY.isoformat())
            page.get_by_label("由基层填报", exact=True).check()
            page.get_by_role("button", name="增加指标").click()
            if code == "women":
                expect(page.get_by_text("登记库已能统计")).to_be_visible()
                page.get_by_role("button", name="改由登记库统计").click()
            expect(page.get_by_text(f"已增加指标“{name}”")).to_be_visible()

    with desk(DAYING, PHONE) as page:
        expect(page.get_by_label("女性在岗人数").first).to_have_value("1")
        page.get_by_label("女性在岗人数").first.fill("2")
        page.get_by_label("女性在岗人数 差异原因").fill("漏登一人")
        page.get_by_label("复工商铺数").first.fill("7")
        expect(page.get_by_label("合计")).to_have_value("4")
        page.get_by_role("button", name="提交日报").click()
        expect(page.get_by_text("已提交，等待上级审核。")).to_be_visible()

    with desk(HEBEI) as page:
        page.get_by_role("link", name="填报汇总").click()
        expect(page.locator("#map canvas")).to_be_visible()
        expect(page.get_by_role("row", name="复工商铺数")).to_contain_text("7")


NARROW, LAPTOP = {"width": 360, "height": 780}, {"width": 1280, "height": 800}


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [
        pytest.param(NARROW, "dark", id="phone"),
        pytest.param(LAPTOP, "light", id="laptop", marks=pytest.mark.long),
    ],
)
def test_no_page_around_the_chain_hinders_a_reader_or_overflows(
    desk, staff, now: datetime, viewport: dict[str, int], scheme: str
) -> None:
    staff["head"] = officer(HEBEI, name="head", roles=list(Role.values))
    for code in ("shops", "visits", "sites"):
        added(code, by=staff["head"], now=now)
    answers = {"shops": 1, "visits": 2, "sites": 3}
    report(DAYING, 9, by=staff[DAYING], now=now, answers=answers)
    sending.remind(division=HEBEI, about=DAY, by=staff[HEBEI], now=now)
    addresses = {
        XINTUN: ["/returns/", "/reminders/"],
        ZAOQIANG: ["/returns/chase/"],
        "head": [
            "/returns/declared/",
            "/returns/items/",
            "/returns/catalogue/",
            "/returns/deadlines/",
            "/tokens/",
            "/offices/",
            "/staff/new/",
            "/api/",
        ],
    }
    faults = []
    for who, those in addresses.items():
        with desk(who, viewport=viewport, color_scheme=scheme) as page:
            for address in those:
                page.goto(f"{address}?date={DAY}")
                page.wait_for_load_state("networkidle")
                faults += hindrances(page)
                if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                    faults.append(f"{address} is wider than the window")
    assert faults == []


def hindrances(page: Page) -> list[str]:
    """Serious and critical findings of axe on the page as it stands."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url}: {one['id']}: {node['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
