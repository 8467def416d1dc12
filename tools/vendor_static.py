"""Fetch the stylesheets, scripts and icons of the pages and put them under static/vendor.

    python tools/vendor_static.py [--check]

Each npm package is fetched at the version below; only the files that pages load are copied, with
the licence. The icons used are joined into one SVG sprite. `versions.json` names package, version
and SHA-256 of every file; `--check` fetches nothing and compares the files with it.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent.parent / "src/zhitong/web/static/vendor"

MIT = """MIT License

Copyright (c) {holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT
OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


class Package(NamedTuple):
    """`files`: path inside the package -> name under static/vendor/<folder>.

    `holder` is set where the package names the MIT licence without carrying its text.
    """

    name: str
    version: str
    folder: str
    files: dict[str, str]
    holder: str = ""


PACKAGES = (
    Package(
        "@tabler/core",
        "1.6.1",
        "tabler",
        {"dist/css/tabler.min.css": "tabler.min.css", "dist/js/tabler.min.js": "tabler.min.js"},
        holder="2018-2026 The Tabler Authors",
    ),
    Package(
        "htmx.org",
        "2.0.11",
        "htmx",
        {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"},
    ),
    Package(
        "@alpinejs/csp",
        "3.17.4",
        "alpine",
        {"dist/cdn.min.js": "alpine-csp.min.js"},
        holder="2019-2026 Caleb Porzio and contributors",
    ),
    Package(
        "echarts",
        "6.1.0",
        "echarts",
        {
            "dist/echarts.min.js": "echarts.min.js",
            "LICENSE": "LICENSE",
            "NOTICE": "NOTICE",
            "licenses/LICENSE-d3": "LICENSE-d3",
        },
    ),
    Package("@tabler/icons", "3.51.0", "icons", {"LICENSE": "LICENSE"}),
)

ICONS = (
    "alert-triangle",
    "armchair",
    "arrow-right",
    "briefcase",
    "building-community",
    "bus",
    "calendar",
    "chart-bar",
    "chevron-left",
    "chevron-right",
    "clipboard-list",
    "coin",
    "download",
    "file-spreadsheet",
    "file-type-pdf",
    "home",
    "id",
    "info-circle",
    "language",
    "link",
    "lock",
    "logout",
    "map-pin",
    "menu-2",
    "news",
    "qrcode",
    "route",
    "search",
    "shield-check",
    "trending-down",
    "trending-up",
    "user",
    "users",
    "users-group",
    "world",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        sys.exit(check())
    with tempfile.TemporaryDirectory() as folder:
        packages = [copy(package, unpack(package, Path(folder))) for package in PACKAGES]
    text = json.dumps(packages, indent=2, ensure_ascii=False) + "\n"
    (FOLDER / "versions.json").write_text(text, encoding="utf-8")


def unpack(package: Package, folder: Path) -> Path:
    """The contents of one npm package, fetched."""
    wanted = f"{package.name}@{package.version}"
    run = subprocess.run(
        ["npm", "pack", "--silent", wanted], cwd=folder, check=True, capture_output=True, text=True
    )
    target = folder / package.folder
    with tarfile.open(folder / run.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def copy(package: Package, source: Path) -> dict[str, object]:
    """Copy what pages load and return the package's entry of versions.json."""
    target = FOLDER / package.folder
    target.mkdir(parents=True, exist_ok=True)
    for path, name in package.files.items():
        (target / name).write_bytes((source / path).read_bytes())
    if package.holder:
        (target / "LICENSE").write_text(MIT.format(holder=package.holder), encoding="utf-8")
    if package.name == "@tabler/icons":
        (target / "sprite.svg").write_text(sprite(source / "icons/outline"), encoding="utf-8")
    return {
        "package": package.name,
        "version": package.version,
        "files": {
            f"{package.folder}/{path.name}": digest(path) for path in sorted(target.iterdir())
        },
    }


def sprite(folder: Path) -> str:
    """One SVG of symbols `#name`; they take colour and stroke from the page."""
    symbols = []
    for name in ICONS:
        text = (folder / f"{name}.svg").read_text(encoding="utf-8")
        shapes = re.search(r"<svg[^>]*>(.*)</svg>", text, re.DOTALL)
        if shapes is None:
            raise SystemExit(f"{name}.svg has no shapes")
        inner = re.sub(r"\s+", " ", shapes[1]).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def check() -> str | int:
    """0, or the sentence that names the files which differ."""
    packages = json.loads((FOLDER / "versions.json").read_text(encoding="utf-8"))
    listed = {name: mark for package in packages for name, mark in package["files"].items()}
    found = {
        f"{path.parent.name}/{path.name}": digest(path)
        for path in FOLDER.glob("*/*")
        if path.is_file()
    }
    differing = sorted(name for name, _ in listed.items() ^ found.items())
    return f"differs from versions.json: {', '.join(dict.fromkeys(differing))}" if differing else 0


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
