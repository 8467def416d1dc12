"""`zhitong boundaries`: the approved boundaries of a province's townships, for the desk's maps."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import click
from django.db import transaction
from django.utils import timezone

from zhitong import places
from zhitong.cli import console, options, upkeep
from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.places import Level
from zhitong.web.boundaries import checking, installed
from zhitong.web.boundaries.installed import County


class NotInstalled(UserError):
    code = "no-boundaries"


@click.command("boundaries")
@click.argument(
    "file",
    metavar="[FILE.geojson]",
    required=False,
    type=click.Path(dir_okay=False, path_type=Path),
)
@click.option("--check", is_flag=True, help="Check the file and install nothing.")
@click.option("--list", "listing", is_flag=True, help="What is installed.")
@click.option(
    "--remove", "unwanted", type=options.Division(), help="Take a county's boundaries away."
)
@options.as_json
def command(
    file: Path | None, check: bool, listing: bool, unwanted: str | None, as_json: bool
) -> int:
    """Install township boundaries from a GeoJSON file, so that a county's map shows areas.

    Every feature is a township: properties.code has its 9 digits, the geometry is a Polygon, a
    MultiPolygon or, where only the position is known, a Point, in WGS-84 degrees. The file replaces
    all that was installed of the counties it names; one fault, and nothing of it is taken. A public
    deployment needs an approved map with its review number (审图号).
    """
    if sum((file is not None, listing, unwanted is not None)) != 1 or (check and file is None):
        raise click.UsageError("give a FILE (with --check to try it), or --list, or --remove")
    if file is not None:
        counties = _install(file, check=check)
    elif unwanted is not None:
        counties = _remove(unwanted)
    else:
        counties = installed.installed().values()
    if as_json:
        console.print_json({"counties": [_as_json(one) for one in counties]})
    else:
        removed = unwanted is not None
        title = _titled(check=check, listing=listing, removed=removed)
        _tell(counties, title, removed=removed)
    return 0


def _install(file: Path, *, check: bool) -> Collection[County]:
    found, now = checking.read(file), timezone.now()
    # A name in another encoding, as archives made in GBK leave it, is no text that can be kept.
    source = file.name.encode(errors="replace").decode()
    if check:
        return installed.prepared(found, source=source, now=now).values()
    upkeep.ready()
    with transaction.atomic():
        counties = installed.install(found, source=source, now=now).values()
        _journal("boundaries.installed", counties)
    return counties


def _remove(division: str) -> Collection[County]:
    if places.get(division).level != Level.COUNTY:
        raise NotInstalled(f"{places.full_name(division)}不是县：边界按县导入和删除。")
    county = installed.installed().get(division)
    if county is None:
        raise NotInstalled(f"{places.full_name(division)}没有导入过乡镇边界。")
    upkeep.ready()
    with transaction.atomic():
        installed.remove([division])
        _journal("boundaries.removed", [county])
    return [county]


def _journal(verb: str, counties: Iterable[County]) -> None:
    now = timezone.now()
    for one in counties:
        details = {"edition": one.edition, "source": one.source, "townships": len(one.townships)}
        journal.record(
            actor=None, verb=verb, subject=f"division:{one.code}", now=now, details=details
        )


def _titled(*, check: bool, listing: bool, removed: bool) -> str:
    if check:
        return "检查通过，没有导入"
    if listing:
        return "已导入的乡镇边界"
    return "已删除" if removed else "已导入"


def _tell(counties: Collection[County], title: str, *, removed: bool) -> None:
    console.print_table(
        title,
        ("县", "代码", "边界", "位置", "缺", "KB", "文件"),
        [
            (
                places.full_name(one.code),
                one.code,
                len(one.areas),
                len(one.positions),
                len(one.missing),
                max(1, one.size >> 10),
                one.source,
            )
            for one in counties
        ],
    )
    for one in counties:
        if one.tolerance and not removed:
            fewer = f"{one.points_given:,} 个点减为 {one.points:,} 个"
            click.echo(f"{places.get(one.code).name}已按 {one.tolerance} 米简化：{fewer}")
        if one.missing and not removed:
            names = "、".join(places.get(code).name for code in one.missing)
            click.echo(f"{places.get(one.code).name}还缺：{names}")


def _as_json(one: County) -> dict[str, Any]:
    return {
        "county": one.code,
        "name": places.full_name(one.code),
        "areas": sorted(one.areas),
        "positions": sorted(one.positions),
        "missing": one.missing,
        "bytes": one.size,
        "tolerance_metres": one.tolerance,
        "points": one.points,
        "points_given": one.points_given,
        "edition": one.edition,
        "source": one.source,
        "installed_at": one.installed_at,
    }
