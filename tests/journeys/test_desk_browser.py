"""The desk in a real browser: from the sign-in to a manifest, and what screen readers find."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pypdf import PdfReader
from pytest_django.live_server_helper import LiveServer

from factories.departures import three_villages_one_factory, wishes
from factories.figures import HEBEI, HENGSHUI, store_hebei_days
from factories.staff import PASSWORD, authenticator, clerk, shown_by
from zhitong.policies.operations import load_shipped
from zhitong.transport.models import Plan
from zhitong.transport.plans import make_plan

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DESKTOP = {"width": 1366, "height": 900}
PHONE = {"width": 390, "height": 844}
ADDRESSES = (
    *("/", "/?division=131121", "/?date=2021-01-01"),
    *("/bulletin/", "/bulletin/?date=2021-01-01"),
    *("/plans/", "/trips/", "/nowhere/"),
)

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
def admin(browser: Browser, transactional_db: None, now: datetime) -> User:
    """The province's administrator, with figures, a plan and its trips."""
    load_shipped()
    store_hebei_days(now)
    three_villages_one_factory()
    wishes(2, home="131124100", destination="330782", together=True)
    make_plan(
        scope=HEBEI,
        first_day=date(2020, 3, 3),
        last_day=date(2020, 3, 9),
        profile="2020-02-11",
        iterations=500,
        made_by=None,
        now=now,
    )
    return clerk(HEBEI, name="admin")


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console says; blocked scripts and styles are told there."""
    return []


@pytest.fixture
def context(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    opened = browser.new_context(base_url=live_server.url, viewport=DESKTOP)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Page:
    opened = context.new_page()
    opened.on(
        "console", lambda told: complaints.append(told.text) if told.type == "error" else None
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    return opened


def sign_in(page: Page, user: User) -> None:
    secret = authenticator(user)
    page.goto("/login/")
    page.get_by_label("用户名").fill(user.username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_label("验证码").fill(shown_by(secret))
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("navigation", name="业务环节", include_hidden=True)).to_be_attached()


def test_from_the_sign_in_to_a_manifest(
    admin: User, page: Page, complaints: list[str], tmp_path: Path
) -> None:
    sign_in(page, admin)
    expect(page.get_by_role("heading", name="河北省 务工信息日报")).to_be_visible()
    expect(page.locator("data[value='1736100']").first).to_have_text("173.61万")

    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Daily report of workers: Hebei")).to_be_visible()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="河北省 务工信息日报")).to_be_visible()

    chart = page.locator("#map[data-drawn]")
    expect(chart).to_be_visible()
    page.wait_for_load_state("networkidle")  # nothing moves the map any more
    click_on_map(page, "衡水市")
    expect(page.get_by_role("heading", name="衡水市 务工信息日报")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["division"] == [HENGSHUI]

    page.get_by_role("link", name="出行", exact=True).click()
    page.get_by_role("link", name=f"{Plan.objects.get().pk} 号").click()
    expect(page.locator("#flows[data-drawn]")).to_be_visible()
    page.wait_for_load_state()  # what is typed is heard by then
    page.get_by_role("searchbox").fill("王均")
    expect(page.get_by_text("没有符合条件的车次。")).to_be_visible()
    page.get_by_role("searchbox").fill("成都")
    expect(page.locator("[data-row-link]")).to_have_count(1)
    assert "q=" in page.url

    page.get_by_role("heading", name="流向").click()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="乘车名单").last).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="下载乘车名单").click()
    saved = tmp_path / "manifest.pdf"
    download.value.save_as(saved)

    assert download.value.suggested_filename.startswith("乘车名单-13-2020")
    assert len(PdfReader(saved).pages) >= 1
    assert complaints == []


def click_on_map(page: Page, name: str) -> None:
    """Click where the chart says a division lies."""
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map").bounding_box()
    assert box
    x, y = page.evaluate(
        """(name) => {
            const chart = echarts.getInstanceByDom(document.getElementById("map"));
            const shapes = echarts.getMap("children").geoJSON.features;
            const one = shapes.find((shape) => shape.properties.name === name);
            const ring = one.geometry.type === "Polygon"
                ? one.geometry.coordinates[0] : one.geometry.coordinates[0][0];
            const middle = [0, 1].map((at) => {
                const all = ring.map((point) => point[at]);
                return (Math.min(...all) + Math.max(...all)) / 2;
            });
            return chart.convertToPixel({ seriesIndex: 0 }, middle);
        }""",
        name,
    )
    page.mouse.click(box["x"] + x, box["y"] + y)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_hinders_a_reader_or_overflows(
    admin: User,
    browser: Browser,
    live_server: LiveServer,
    viewport: dict[str, int],
    scheme: str,
) -> None:
    context = browser.new_context(
        base_url=live_server.url, viewport=viewport, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    plan = Plan.objects.get()
    details = (f"/plans/{plan.pk}/", f"/trips/{plan.trips.get().pk}/")

    page.goto("/login/")
    faults = hindrances(page)
    page.get_by_label("用户名").fill(admin.username)
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_be_visible()
    faults += hindrances(page)
    sign_in(page, admin)
    for address in (*ADDRESSES, *details):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        faults += hindrances(page)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            faults.append(f"{address} is wider than the window")
    context.close()

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
