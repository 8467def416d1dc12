"""The registry in a real browser: files in, people found and shown, rows typed, wishes grouped."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from factories.departures import wishes
from factories.staff import clerk
from stages.registry.survey_rows import identity_of, person, traveller, write_csv
from zhitong.kernel import jobs
from zhitong.kernel.models import Job
from zhitong.registry.intake import admit_surveys
from zhitong.registry.models import Batch, Duplicate, Worker

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DESKTOP, PHONE = {"width": 1366, "height": 900}, {"width": 390, "height": 844}
ZAOQIANG = "131121"

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
def user(browser: Browser, transactional_db: None) -> User:
    return clerk(ZAOQIANG)


@pytest.fixture
def desk(browser: Browser, live_server: LiveServer, user: User):
    """A page on which the county's clerk is signed in; the console must stay silent."""

    @contextmanager
    def opened(
        address: str, viewport: dict[str, int] = DESKTOP, *, silent: bool = True, **more: str
    ) -> Iterator[Page]:
        context = browser.new_context(
            base_url=live_server.url, viewport=viewport, reduced_motion="reduce", **more
        )
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        value = client.cookies[name].value
        context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        page, complaints = context.new_page(), []
        page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        yield page
        context.close()
        assert not silent or complaints == []

    return opened


def work_off() -> None:
    """What the background service does, in a thread of its own."""

    def work() -> None:
        try:
            for job in Job.objects.filter(state=Job.State.WAITING):
                jobs.run(job.pk)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_a_file_is_sent_left_and_found_done(desk, tmp_path: Path) -> None:
    good = write_csv(tmp_path / "枣强2020-03-02.csv", [person(1), person(2, phone="12")])
    other = write_csv(tmp_path / "枣强乙2020-03-02.csv", [traveller(3)])

    with desk("/registry/upload/") as page:
        page.get_by_label("调查表文件（可多选）").set_input_files([good, other])
        page.get_by_role("button", name="上传并登记").click()
        expect(page.get_by_text("已完成 0 / 2 个文件")).to_be_visible()
        work_off()
        expect(page.get_by_text("已完成 2 / 2 个文件")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("button", name="下载退回表").click()
        assert download.value.suggested_filename.endswith(".xlsx")
        page.get_by_role("link", name=good.name).click()
        page.locator("summary", has_text="撤回本批").click()
        page.get_by_role("button", name="确认撤回").click()
        expect(page.get_by_text("已撤回。更正后的文件可以重新上传。")).to_be_visible()

    assert Worker.objects.count() == 1


def test_somebody_is_found_by_keyboard_and_shown_once(desk, tmp_path: Path, now) -> None:
    rows = write_csv(tmp_path / "a.csv", [person(1)])
    admit_surveys([rows], about=now.date(), sent_by=None, now=now)

    with desk("/registry/") as page:
        page.keyboard.press("/")
        page.keyboard.type("小三")
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="张*三")).to_be_visible()
        page.wait_for_load_state()  # keys are heard by then
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.get_by_text("138****0001")).to_be_visible()
        page.locator("summary", has_text="查看完整信息").click()
        page.get_by_label("目的").select_option("联系本人")
        page.get_by_role("button", name="显示一次").click()
        expect(page.get_by_text("13812300001")).to_be_visible()
        assert "13812300001" not in page.url
        page.goto(page.url.replace("reveal/", ""))
        expect(page.get_by_text("138****0001")).to_be_visible()


def test_rows_typed_without_a_network_are_saved_once_when_it_is_back(desk) -> None:
    lost: list[str] = []

    def lose_the_answer(route: Route) -> None:
        # The server enters the row; the browser never hears of it.
        if not lost:
            lost.append(route.request.post_data or "")
            route.fetch()
        route.abort()

    with desk("/registry/entry/", silent=False) as page:
        page.get_by_label("填报日").fill("2020-03-02")
        page.route("**/entry/save/", lose_the_answer)
        page.get_by_label("姓名 1", exact=True).focus()
        copied = "\t".join(
            ["张小三", identity_of(1), "13812300001", "枣强县恩察镇", "", "在家待岗", "", "", "",
             "", "", "", "", "是"]
        )  # fmt: skip
        wrong = copied.replace(identity_of(1), identity_of(2)).replace("13812300001", "12")
        page.evaluate(
            """text => {
                const data = new DataTransfer();
                data.setData("text/plain", text);
                document.activeElement.dispatchEvent(
                    new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
            }""",
            f"{copied}\n{wrong}\n",
        )
        expect(page.get_by_text("等待网络，会自动再存")).to_have_count(2)
        assert Worker.objects.count() == 1

        page.reload()
        expect(page.get_by_label("姓名 1", exact=True)).to_have_value("张小三")
        page.unroute("**/entry/save/")
        expect(page.get_by_text("已入库")).to_have_count(1)
        expect(page.get_by_text("手机号不是有效号码")).to_have_count(1)
        page.get_by_label("手机号 2", exact=True).fill("13812300002")
        page.keyboard.press("Enter")
        expect(page.get_by_text("已入库")).to_have_count(2)
        assert "张小三" not in page.evaluate("JSON.stringify(sessionStorage)")

    assert Worker.objects.count() == 2
    assert not Duplicate.objects.exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_of_the_registry_hinders_a_reader_or_overflows(
    desk, user: User, tmp_path: Path, now, viewport: dict[str, int], scheme: str
) -> None:
    first = [person(1), traveller(2), person(3, phone="1")]
    again = [person(1, name="张大三"), traveller(2), person(4)]
    for name, rows in (("a.csv", first), ("b.csv", again)):
        path = write_csv(tmp_path / name, rows)
        admit_surveys([path], about=now.date(), sent_by=user, now=now)
    wishes(6, home="131121102", destination="110105")
    batch, repeated = Worker.objects.earliest("pk").batch_id, Duplicate.objects.earliest("pk").pk
    worker, faults = Worker.objects.earliest("pk").pk, []
    with desk("/registry/", viewport=viewport, color_scheme=scheme) as page:
        for address in (
            "", "upload/", "entry/", "batches/", f"batches/{batch}/", f"workers/{worker}/",
            "repeated/", f"repeated/{repeated}/", "departures/?first=2020-03-02",
        ):  # fmt: skip
            page.goto(f"/registry/{address}")
            page.wait_for_load_state("networkidle")
            found = Axe().run(page).response["violations"]
            faults += [
                f"{address}: {one['id']}: {node['html'][:120]}"
                for one in found
                if one["impact"] in ("serious", "critical")
                for node in one["nodes"]
            ]
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                faults.append(f"{address} is wider than the window")
    assert faults == []


# What a narrow screen cuts off, and words that stand letter under letter.
_UNREADABLE = """
() => {
  const wide = document.documentElement.clientWidth;
  const cut = [...document.querySelectorAll(".tabs a, .desk-bar a, .desk-bar button, .btn, h1, h2")]
    .filter(one => one.offsetParent && one.getBoundingClientRect().right > wide + 1);
  const narrow = [...document.querySelectorAll(".table th, .table td")]
    .filter(one => one.offsetParent && one.textContent.trim().length > 3 && one.clientWidth < 44);
  const page = document.documentElement.scrollWidth > wide ? [document.body] : [];
  return [...page, ...cut, ...narrow].map(one => one.outerHTML.slice(0, 120));
}
"""


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_small_phone_cuts_nothing_off(desk, tmp_path: Path, now, language: str) -> None:
    first = write_csv(tmp_path / "枣强县恩察镇摸底调查表2020-03-02.csv", [person(1), traveller(2)])
    again = [person(1, employer="新厂"), person(3, phone="12")]
    second = write_csv(tmp_path / "枣强县恩察镇补报2020-03-02.csv", again)
    admit_surveys([first, second], about=None, sent_by=None, now=now)
    worker, batch = Worker.objects.earliest("pk"), Batch.objects.latest("pk")
    repeated = Duplicate.objects.get()
    addresses = (
        "/registry/", f"/registry/workers/{worker.pk}/", "/registry/upload/",
        "/registry/batches/", f"/registry/batches/{batch.pk}/", "/registry/repeated/",
        f"/registry/repeated/{repeated.pk}/", "/registry/departures/?first=2020-03-03", "/trips/",
    )  # fmt: skip
    with desk("/registry/", viewport={"width": 360, "height": 740}) as page:
        if language == "en":
            page.locator(".language-switch button").click()
        for address in addresses:
            page.goto(address)
            assert page.evaluate(_UNREADABLE) == [], address
