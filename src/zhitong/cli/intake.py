"""`zhitong intake`: survey files and logs of trips that ran, into the registry."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from django.utils import timezone

from zhitong.cli import console, options, upkeep
from zhitong.registry.intake import Receipt, admit_surveys
from zhitong.transport.operated import admit_operated


@click.command("intake")
@click.argument(
    "paths", type=click.Path(path_type=Path, exists=True, dir_okay=False), nargs=-1, required=True
)
@click.option(
    "--kind",
    type=click.Choice(["survey", "trips"]),
    default="survey",
    show_default=True,
    help="What the files are: survey forms, or a log of trips that ran.",
)
@click.option(
    "--date",
    "about",
    type=options.Day(),
    help="Day the survey speaks of, where neither the file nor its name says it.",
)
@click.option(
    "--errors",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("errors"),
    show_default=True,
    help="Folder for the workbooks of wrong rows.",
)
@options.as_json
def command(
    paths: tuple[Path, ...], kind: str, about: date | None, errors: Path, as_json: bool
) -> int:
    """Admit good rows, return wrong ones in a marked workbook, keep duplicates for a decision.

    A file is admitted whole or not at all; sending it again changes nothing. A file that cannot
    be read does not keep the others out. Exit status 1 when any file or row was refused.
    """
    upkeep.ready()
    with console.progress() as progress:
        if kind == "survey":
            receipts = admit_surveys(
                list(paths),
                about=about,
                sent_by=None,
                now=timezone.now(),
                progress=progress,
                errors_folder=errors,
            )
        else:
            receipts = admit_operated(
                list(paths),
                sent_by=None,
                now=timezone.now(),
                progress=progress,
                errors_folder=errors,
            )
    if as_json:
        console.print_json({"files": [_as_json(one) for one in receipts], "sums": sums(receipts)})
    else:
        show(receipts)
    return 1 if any(one.refused or one.fault for one in receipts) else 0


def sums(receipts: list[Receipt]) -> dict[str, int]:
    """What became of all rows; every row ends in one of the last three."""
    return {
        "files": len(receipts),
        "unreadable": sum(1 for one in receipts if one.fault),
        "again": sum(1 for one in receipts if one.again),
        "rows": sum(one.rows for one in receipts),
        "admitted": sum(one.admitted for one in receipts),
        "refused": sum(one.refused for one in receipts),
        "duplicates": sum(one.duplicates for one in receipts),
    }


def show(receipts: list[Receipt]) -> None:
    """The sums, then every file that needs attention."""
    labels = {
        "files": "文件",
        "unreadable": "无法读取",
        "again": "重复报送",
        "rows": "行",
        "admitted": "入库",
        "refused": "退回",
        "duplicates": "重复待处理",
    }
    console.print_table(
        "接收结果", ("项目", "数量"), [(labels[key], n) for key, n in sums(receipts).items()]
    )
    troubled = [one for one in receipts if one.fault or one.refused or one.duplicates]
    rows = [
        (
            one.filename,
            one.refused,
            one.duplicates,
            one.fault or (str(one.error_workbook) if one.error_workbook else ""),
        )
        for one in troubled[:20]
    ]
    if rows:
        more = f"（另有 {len(troubled) - 20} 个文件）" if len(troubled) > 20 else ""
        console.print_table("需要处理的文件" + more, ("文件", "退回行", "重复行", "错误说明"), rows)


def _as_json(one: Receipt) -> dict[str, object]:
    return {
        "filename": one.filename,
        "batch": one.batch_id,
        "again": one.again,
        "rows": one.rows,
        "admitted": one.admitted,
        "refused": one.refused,
        "duplicates": one.duplicates,
        "error_workbook": str(one.error_workbook) if one.error_workbook else None,
        "fault": one.fault,
        "fault_code": one.fault_code,
        "notes": list(one.notes),
    }
