"""Photograph the desk for the documents: the pages of a served installation, wide and narrow.

    ZHITONG_MFA=0 zhitong serve
    python tools/screenshots.py --password ... [--address http://127.0.0.1:8000] [--out docs/images]

Writes dashboard, plan and trip at 1366 and 390 pixels width. Needs Chromium.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

SIZES = {"desktop": (1366, 1000), "phone": (390, 844)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--username", default="admin")
    parser.add_argument("--password", required=True)
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
        browser.close()


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/login/")
    page.fill("#id_username", username)
    page.fill("#id_password", password)
    page.click(".plain-form button")
    page.wait_for_selector(".desk-nav")


def walk(page: Page) -> Iterator[str]:
    """Open one page after the other; the name of each once it stands still."""
    yield settled(page, "dashboard")
    page.goto("/plans/")
    page.click("[data-row-link] >> nth=0")
    yield settled(page, "plan")
    page.click("#trips [data-row-link] >> nth=0")
    yield settled(page, "trip")


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
