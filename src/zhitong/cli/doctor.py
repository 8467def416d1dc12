"""`zhitong doctor`: is this installation sound?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass

import click
from django.db import connection

from zhitong import places
from zhitong.cli import console, options, upkeep
from zhitong.config import home
from zhitong.kernel import fonts, journal, sealing
from zhitong.offices import desk_role, walls
from zhitong.registry.models import Spell, Worker


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    what: str
    sound: bool
    detail: str


@click.command("doctor")
@options.as_json
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> int:
    """Check interpreter, database, tables, keys, divisions, fonts, journal and categories."""
    findings = [_look(what, check) for what, check in CHECKS]
    if as_json:
        console.print_json(
            {"sound": all(f.sound for f in findings), "findings": findings_json(findings)}
        )
    else:
        rows = [("✓" if f.sound else "✗", f.what, f.detail) for f in findings]
        console.print_table("zhitong doctor", ("", "checked", "found"), rows)
    return 0 if all(finding.sound for finding in findings) else 1


def findings_json(findings: list[Finding]) -> list[dict[str, object]]:
    return [asdict(finding) for finding in findings]


def _look(what: str, check: Callable[[], tuple[bool, str]]) -> Finding:
    """A check that cannot even run is a finding, not a crash: the next may tell more."""
    try:
        sound, detail = check()
    except Exception as failure:
        return Finding(what, False, f"{type(failure).__name__}: {failure}")
    return Finding(what, sound, detail)


def _python() -> tuple[bool, str]:
    return sys.version_info >= (3, 11), sys.version.split()[0]


def _home() -> tuple[bool, str]:
    path = home.create()
    return path.is_dir(), str(path)


def _database() -> tuple[bool, str]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
        cursor.execute("SHOW server_encoding")
        encoding = cursor.fetchone()[0]
    return int(
        version.split(".")[0]
    ) >= 15 and encoding == "UTF8", f"PostgreSQL {version} {encoding}"


def _tables() -> tuple[bool, str]:
    pending = upkeep.pending()
    return not pending, f"{len(pending)} migrations to apply" if pending else "up to date"


def _walls() -> tuple[bool, str]:
    if not desk_role.exists():
        return False, f"the role {desk_role.ROLE} is missing; run `zhitong migrate`"
    if not walls.standing():
        return False, "row-level security is not of this version; run `zhitong migrate`"
    return True, f"{len(walls.walled_tables())} tables under row-level security"


def _keys() -> tuple[bool, str]:
    blob = Worker.objects.order_by("id").values_list("identity_sealed", flat=True).first()
    if blob is None:
        return True, "no sealed value to try"
    sealing.unseal(blob, purpose="identity")
    return True, "the keys open what is stored"


def _divisions() -> tuple[bool, str]:
    provinces = len(places.provinces())
    return provinces == 31, f"{provinces} provinces"


def _fonts() -> tuple[bool, str]:
    return any(fonts.FOLDER.glob("*.[ot]tf")), fonts.FAMILY


def _journal() -> tuple[bool, str]:
    altered = journal.first_altered()
    return altered is None, "unbroken" if altered is None else f"altered at entry {altered.pk}"


def _categories() -> tuple[bool, str]:
    """Categories are stored with the spell: the exception table may have changed since."""
    spells = Spell.objects.filter(status=Spell.Status.AT_WORK, work__isnull=False)
    wrong = 0
    for home_code, work, category in spells.values_list("home", "work", "category").distinct():
        decided = places.category(home_code, str(work))
        wrong += decided is not None and decided != category
    return wrong == 0, f"{wrong} pairs of home and work stored under another category"


CHECKS: tuple[tuple[str, Callable[[], tuple[bool, str]]], ...] = (
    ("Python", _python),
    ("home", _home),
    ("database", _database),
    ("tables", _tables),
    ("walls", _walls),
    ("keys", _keys),
    ("divisions", _divisions),
    ("fonts", _fonts),
    ("journal", _journal),
    ("categories", _categories),
)
