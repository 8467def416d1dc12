"""The map of a county in a real browser: a mark, a tile and an area lead to their township."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from factories.boundaries import made_up, written
from factories.figures import DAY, store_figure
from factories.staff import clerk
from journeys.test_desk_browser import hindrances
from journeys.test_desk_returns import CHROMIUM, DESKTOP, PHONE, complains, session_of
from journeys.test_desk_returns import browser as browser  # the fixture
from zhitong import places
from zhitong.web.boundaries import checking, installed

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; `make browser` installs it"),
]
COUNTY = "130109"
REPORTING = [places.get(one) for one in places.expected_townships(COUNTY)]
MARKED = next(one for one in REPORTING if not one.approximate)
TILED = next(one for one in REPORTING if one.approximate)
Opened = Callable[..., AbstractContextManager[Page]]


@pytest.fixture
def desk(
    browser: Browser, live_server: LiveServer, transactional_db: None, now: datetime
) -> Opened:
    """The county's page before a reader of the county. The console must say nothing."""
    store_figure(division=COUNTY, about=DAY, base=900, now=now)
    for at, one in enumerate(REPORTING):
        row = store_figure(division=one.code, about=DAY, base=1 + at * at, now=now)
        row.townships_reported = 1
        row.save()
    reader = clerk(COUNTY)

    @contextmanager
    def opened(viewport: dict[str, int] = DESKTOP, scheme: str = "light") -> Iterator[Page]:
        context = browser.new_context(
            base_url=live_server.url,
            viewport=viewport,
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        context.add_cookies([session_of(reader, live_server)])
        page, complaints = context.new_page(), []
        page.on("console", lambda one: complaints.append(one.text) if complains(one) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"/?division={COUNTY}&date={DAY}")
        yield page
        context.close()
        assert complaints == []

    return opened


@pytest.fixture
def boundaries(tmp_path: Path, now: datetime) -> None:
    path = written(made_up(COUNTY), tmp_path / "made-up.geojson")
    installed.install(checking.read(path), source=path.name, now=now)


def arrived(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=f"{name} 务工信息日报")).to_be_visible()


def test_a_mark_and_a_tile_lead_to_their_township(desk: Opened) -> None:
    with desk() as page:
        mark = page.locator(f"#sketch [data-code='{MARKED.code}']")
        mark.locator(".reach").hover()
        expect(page.locator(".map-tip")).to_contain_text(f"{MARKED.name}，")
        page.keyboard.press("Escape")
        expect(page.locator(".map-tip")).to_be_hidden()
        mark.locator(".reach").click()
        arrived(page, MARKED.name)
        expect(page.locator("#sketch .mark-own")).to_have_count(1)

        page.get_by_role("link", name="返回藁城区").click()
        arrived(page, "藁城区")
        page.locator("a.tile").filter(has_text=TILED.name).click()
        arrived(page, TILED.name)
        expect(page.get_by_text("这个乡镇的位置没有登记")).to_be_visible()


def test_keys_alone_walk_from_mark_to_mark_and_on_to_the_tiles(desk: Opened) -> None:
    with desk() as page:
        links = page.locator("#sketch a.mark, a.tile")
        links.first.focus()
        for at in range(1, links.count()):
            page.keyboard.press("Tab")
            expect(links.nth(at)).to_be_focused()
        expect(page.locator(".map-tip")).to_have_text(links.last.get_attribute("data-tip") or "")
        page.keyboard.press("Enter")
        name = page.locator("h1")
        expect(name).not_to_contain_text("藁城区")

        page.go_back()
        page.locator(f"#sketch [data-code='{MARKED.code}']").focus()
        page.keyboard.press("Enter")
        arrived(page, MARKED.name)


def test_installed_boundaries_are_areas_that_lead_there_too(desk: Opened, boundaries: None) -> None:
    with desk() as page:
        expect(page.locator("#sketch[data-drawn]")).to_be_visible()
        expect(page.locator("#sketch path.area")).to_have_count(len(REPORTING))
        expect(page.locator("#sketch .dot")).to_have_count(0)
        page.locator(f"#sketch [data-code='{TILED.code}']").focus()
        page.keyboard.press("Enter")
        arrived(page, TILED.name)
        expect(page.locator("#sketch .mark-own path.area")).to_have_count(1)


@pytest.mark.parametrize(
    ("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"]
)
def test_maps_hinder_nobody_and_fit(
    desk: Opened, boundaries: None, viewport: dict[str, int], scheme: str
) -> None:
    with desk(viewport, scheme) as page:
        faults = []
        for _ in ("with boundaries", "without"):
            for division in (COUNTY, MARKED.code, TILED.code):
                page.goto(f"/?division={division}&date={DAY}")
                page.wait_for_load_state("networkidle")
                faults += hindrances(page)
                if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                    faults.append(f"{division} is wider than the window")
            installed.remove([COUNTY])

    assert faults == []
