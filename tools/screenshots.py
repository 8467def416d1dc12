"""Photograph the desk for the documents: the pages of a served installation, wide and narrow.

    zhitong journey; zhitong trial-accounts --json > trial.json
    ZHITONG_MFA=0 zhitong serve
    python tools/screenshots.py --password ... [--trial trial.json] [--out docs/images]

Writes dashboard, plan and trip at 1366 and 390 pixels width. With the trial accounts it walks the
guide, too, and leaves a day reported and a file sent behind: for an installation of its own. Needs
Chromium.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

SIZES = {"desktop": (1366, 1000), "phone": (390, 844)}
DAY = "2020-03-02"
# Three rows for the clerk's first upload, wrong in ways that the answer explains.
SURVEY = """\
姓名,身份证号,户籍地,就业状态,务工地,本人同意,详细地址
王建国,13112119800505001,大营镇,在岗,北京市朝阳区,是,
李秀英,131121198505050029,枣强县大营镇,在岗,,是,
张伟,131121199005050031,枣强县大营镇,求职,,是,电话13812345678
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--username", default="admin")
    parser.add_argument("--password", required=True)
    parser.add_argument("--trial", type=Path, help="answer of `zhitong trial-accounts --json`")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for size, (width, height) in SIZES.items():
            page = browser.new_page(
                base_url=asked.address, viewport={"width": width, "height": height}
            )
            sign_in(page, asked.username, asked.password)
            for name in walk(page):
                path = asked.out / f"desk-{name}-{size}.png"
                page.screenshot(path=path)
                shrink(path)
        if asked.trial:
            accounts = json.loads(asked.trial.read_text(encoding="utf-8"))["accounts"]
            passwords = {one["username"]: one["password"] for one in accounts}
            for page, name in guide(browser, asked.address, passwords | {"admin": asked.password}):
                path = asked.out / f"guide-{name}.png"
                page.screenshot(path=path)
                shrink(path)
        browser.close()


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/login/")
    page.fill("#id_username", username)
    page.fill("#id_password", password)
    page.click(".plain-form button")
    page.wait_for_selector(".desk-nav", state="attached")


def walk(page: Page) -> Iterator[str]:
    """Open one page after the other; the name of each once it stands still."""
    yield settled(page, "dashboard")
    page.goto("/plans/")
    page.click("[data-row-link] >> nth=0")
    yield settled(page, "plan")
    page.click("#trips [data-row-link] >> nth=0")
    yield settled(page, "trip")


def guide(browser: Browser, address: str, passwords: dict[str, str]) -> Iterator[tuple[Page, str]]:
    """A day from the township's form to the county's list, an upload, the administrator's page."""

    def desk_of(username: str, width: int = 1280, height: int = 800) -> Page:
        page = browser.new_page(
            base_url=address, viewport={"width": width, "height": height}, locale="zh-CN"
        )
        sign_in(page, username, passwords[username])
        return page

    clerk = desk_of("trial-township", height=700)
    clerk.goto(f"/returns/?date={DAY}")
    yield clerk, settled(clerk, "unit")
    with tempfile.TemporaryDirectory() as folder:
        survey = Path(folder) / f"大营镇{DAY}.csv"
        survey.write_text(SURVEY, encoding="utf-8")
        clerk.goto("/registry/upload/")
        clerk.set_input_files("input[type=file]", survey)
        clerk.click(".registry-form button[type=submit]")
        clerk.click("#job table a")
    yield clerk, settled(clerk, "upload")
    clerk.goto(f"/returns/?date={DAY}")
    clerk.click("button[value=submit]")
    phone = desk_of("trial-township", width=390, height=844)
    phone.goto(f"/returns/?date={DAY}")
    yield phone, settled(phone, "unit-phone")
    county = desk_of("trial-county", height=900)
    county.goto(f"/returns/?date={DAY}")
    yield county, settled(county, "review")
    administrator = desk_of("admin", height=700)
    administrator.goto("/staff/")
    yield administrator, settled(administrator, "staff")


def settled(page: Page, name: str) -> str:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)  # the charts' own animation
    return name


def shrink(path: Path) -> None:
    """A palette of 256 colours: a third of the bytes, no difference to the eye."""
    with Image.open(path) as image:
        image.convert("RGB").quantize(256).save(path, optimize=True)


if __name__ == "__main__":
    main()
