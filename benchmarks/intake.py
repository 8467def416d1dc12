"""Times the intake of a province's survey against the bare work it needs; prints one JSON line.

    python benchmarks/intake.py --rows 1736100 --form parquet [--single]

Writes the survey files of the `hebei-2020` scenario (by county, or with `--single` in one file),
admits them into a scratch database, and takes the time of

- parquet, csv: a bare COPY (binary, one transaction) of the very rows that were stored, into the
  same tables with all their indexes and constraints; at most 3 times that is allowed;
- xlsx: reading the same files with calamine alone, one after the other (python-calamine, and
  fastexcel for comparison). `reading_ratio` is our own reading of them, with its looks into the
  archive, over python-calamine's; at most 2 is allowed. `ratio` is the whole intake, which
  PostgreSQL alone keeps busier than calamine: a bare COPY of the rows takes longer than reading.

`peak_gib` is the largest sum of resident memory of this process and those it started; at most 4.
Exits 1 beyond a limit. Ratios are judged from 100,000 rows: below, starting processes counts most.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhitong.config.settings")

FULL = 1_736_100
LIMITS = {"parquet": 3.0, "csv": 3.0, "xlsx": 2.0}
PEAK_GIB = 4.0
JUDGED = 100_000
NOW = dt.datetime(2020, 3, 2, 17, tzinfo=dt.UTC)
TABLES = ("registry_batch", "registry_party", "registry_worker", "registry_spell",
          "registry_departure")  # fmt: skip
MEASURED = TABLES[2:]


class Memory:
    """Samples the resident memory of this process and its descendants."""

    def __init__(self) -> None:
        self.peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.2):
            self.peak = max(self.peak, sum(resident(pid) for pid in family(os.getpid())))


def family(pid: int) -> list[int]:
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found.extend(family(int(child)))
    except OSError:
        pass
    return found


def resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def write_files(folder: Path, *, rows: int, form: str, single: bool) -> list[Path]:
    from zhitong.scenario import hebei

    scale = max(1, round(FULL / rows))
    written = hebei.write(folder / "scenario", scale=scale, form=form, departing=rows // 20)
    if not single:
        return written.surveys
    import polars as pl

    path = folder / f"hebei-2020-03-02.{form}"
    if form == "parquet":
        pl.scan_parquet(written.surveys).sink_parquet(path, row_group_size=100_000)
    elif form == "csv":
        with path.open("w", encoding="utf-8", newline="") as out:
            for at, one in enumerate(written.surveys):
                text = decoded(one.read_bytes())
                out.write(text if at == 0 else text.partition("\n")[2])
    else:
        raise SystemExit("--single goes with parquet and csv: a sheet holds 1,048,576 rows")
    return [path]


def decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def bare_copy(folder: Path) -> float:
    """Dump what was stored, empty the tables, and time nothing but COPY into them."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        for table in TABLES:
            dump = cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)")
            with (folder / table).open("wb") as file, dump as copy:
                for block in copy:
                    file.write(block)
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        load(cursor, folder, TABLES[:2])
        start = time.perf_counter()
        with transaction.atomic():
            load(cursor, folder, MEASURED)
        return time.perf_counter() - start


def load(cursor, folder: Path, tables: tuple[str, ...]) -> None:
    for table in tables:
        loading = cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)")
        with (folder / table).open("rb") as file, loading as copy:
            while block := file.read(2**20):
                copy.write(block)


def calamine(paths: list[Path]) -> dict[str, float]:
    """Seconds to read the survey sheets, one file after the other, and do nothing with them."""
    import fastexcel
    import python_calamine

    from zhitong.registry.survey import SHEET

    books = [path for path in paths if path.suffix == ".xlsx"]
    start = time.perf_counter()
    for path in books:
        fastexcel.read_excel(str(path)).load_sheet(
            SHEET, header_row=None, dtypes="string"
        ).to_polars()
    middle = time.perf_counter()
    for path in books:
        python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name(SHEET).to_python()
    return {"fastexcel": middle - start, "python-calamine": time.perf_counter() - middle}


def reading(paths: list[Path]) -> float:
    """Seconds to read the same sheets as the intake does, one after the other."""
    from zhitong.registry.survey import QUESTIONS, SHEET
    from zhitong.registry.tables import read_table

    start = time.perf_counter()
    for path in paths:
        if path.suffix == ".xlsx":
            read_table(path, headings=QUESTIONS, sheet=SHEET)
    return time.perf_counter() - start


def measure(rows: int, form: str, single: bool, folder: Path) -> dict[str, object]:
    from django.db import connection

    from zhitong.registry.intake import admit_surveys

    paths = write_files(folder, rows=rows, form=form, single=single)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    start = time.perf_counter()
    with Memory() as memory:
        receipts = admit_surveys(
            paths, about=None, sent_by=None, now=NOW, errors_folder=folder / "back"
        )
    seconds = time.perf_counter() - start
    sums = {
        key: sum(getattr(one, key) for one in receipts)
        for key in ("rows", "admitted", "refused", "duplicates")
    }
    if form == "xlsx":
        bare = {f"{reader}_seconds": took for reader, took in calamine(paths).items()}
        took = reading(paths)
        ours = {
            "reading_seconds": round(took, 2),
            "reading_ratio": round(took / bare["python-calamine_seconds"], 3),
        }
    else:
        bare, ours = {"copy_seconds": bare_copy(folder)}, {}
    return {
        "benchmark": "intake",
        "form": form,
        "files": len(paths),
        **sums,
        "unreadable": sum(1 for one in receipts if one.fault),
        "seconds": round(seconds, 2),
        **{name: round(took, 2) for name, took in bare.items()},
        **ours,
        "ratio": round(seconds / (bare.get("copy_seconds") or bare["python-calamine_seconds"]), 3),
        "limit": LIMITS[form],
        "rows_per_second": round(sums["rows"] / seconds),
        "peak_gib": round(memory.peak / 2**30, 2),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load": round(os.getloadavg()[0], 1),
        "postgresql": server,
        "python": platform.python_version(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=FULL)
    parser.add_argument("--form", choices=sorted(LIMITS), default="parquet")
    parser.add_argument("--single", action="store_true", help="one file instead of one a county")
    given = parser.parse_args()

    import django

    django.setup()
    from django.conf import settings
    from django.test.utils import setup_databases, teardown_databases

    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = "bench_intake"
    scratch = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        with tempfile.TemporaryDirectory() as folder:
            result = measure(given.rows, given.form, given.single, Path(folder))
    finally:
        teardown_databases(scratch, verbosity=0)
    print(json.dumps(result))
    ratio = result.get("reading_ratio", result["ratio"])
    held = result["rows"] < JUDGED or ratio <= result["limit"]
    return 0 if held and result["peak_gib"] <= PEAK_GIB and not result["unreadable"] else 1


if __name__ == "__main__":
    sys.exit(main())
